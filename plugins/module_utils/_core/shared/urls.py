# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A URL without its user name and password, for messages about clouds and sign-in that name the address they used."""

from __future__ import annotations

import re

_USER_INFO = re.compile(r"//[^/?#\s@]{1,500}@")


def without_password(text: str) -> str:
    """A URL, or a text with URLs in it, without the user names and passwords that URLs may have before their host."""
    return _USER_INFO.sub("//", text)
