# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare by; those of long-term support end in text: 1.28.101-akslts → (1, 28, 101)."""
    return tuple(map(int, re.findall(r"\d+", version)))
