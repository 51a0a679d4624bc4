# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Removes passwords from URLs in text.

The URL of a proxy or server may contain credentials. Every message, diff and result that shows a URL passes through here: from both entry
points and from _kube.
"""

from __future__ import annotations

import re
from typing import Any, Mapping

# What stands between the scheme and the host of a URL, up to the last @ before the path; "name:password" or a token alone.
_SIGN_IN = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.\-]{0,30}://)(?P<sign_in>[^/?#\s]{1,4096})@")
HIDDEN = "***"


def without_password(text: str) -> str:
    """The text with the passwords of its URLs hidden."""
    return _SIGN_IN.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    name, colon, _password = found["sign_in"].partition(":")
    return f"{found['scheme']}{name}:{HIDDEN}@" if colon else f"{found['scheme']}{HIDDEN}@"


def passwords(values: Mapping[str, Any]) -> set[str]:
    """The passwords in those values that are URLs."""
    signs_in = (match["sign_in"] for value in values.values() if isinstance(value, str) for match in _SIGN_IN.finditer(value))
    parts = (sign_in.partition(":") for sign_in in signs_in)
    return {password if colon else name for name, colon, password in parts if password or not colon}
