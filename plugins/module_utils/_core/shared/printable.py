# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Makes strings from outside safe to show: escapes control characters and shortens long strings."""

from __future__ import annotations

import re
from typing import Any, Mapping

# What a terminal obeys or what changes the order of what it shows: C0 but tab and newline, DEL, C1, the marks, embeddings, overrides and
# isolates of bidirectional text (Unicode Standard Annex 9), line and paragraph separators; and surrogates, which no encoding can write.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A string from outside with every terminal control character escaped."""
    return _UNPRINTABLE.sub(_escape, text)


def printable_value(value: Any) -> Any:
    """A result with every string in it made printable, including field names."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable_value(name): printable_value(below) for name, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_value(each) for each in value]
    return value


def shortened(text: str, most: int) -> str:
    """A string of at most that many characters. A longer one keeps its beginning and end and says how many characters are omitted."""
    if len(text) <= most:
        return text
    half = max(1, (most - len(left_out(len(text)))) // 2)
    return f"{text[:half]}{left_out(len(text) - 2 * half)}{text[-half:]}"


def left_out(count: int, unit: str = "characters") -> str:
    """The mark that replaces what is left out of a string."""
    return f" [... {count} {unit} left out ...] "


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004  # the largest that two digits write
