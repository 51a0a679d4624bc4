# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Splits a log stream into lines, and shows a progress bar's line the way a terminal ends up showing it."""

from __future__ import annotations

import re
from typing import Iterator

from .printable import left_out

# Of one line, in bytes. The GPU's name and an accuracy stand in short lines; what a program prints by the megabyte is data.
LINE_LIMIT = 8192
_HALF = LINE_LIMIT // 2
# How a program colors its text and names its window (ECMA-48): control sequences, strings for the terminal, and two-character escapes.
_ESCAPES = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[]PX^_][^\x07\x1b]{0,500}(?:\x07|\x1b\\\\)|\x1b[@-Z\\\\-_]")


class LineSplitter:
    """Splits the bytes of a log into lines as they arrive. Only a newline ends a line.

    A line longer than LINE_LIMIT keeps only its beginning and end, which bounds memory and time whatever a container prints.
    """

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The lines that end in this chunk."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._add(end)
            yield self._line()
        self._add(rest)

    def rest(self) -> Iterator[str]:
        """What follows the last newline, if anything."""
        if self._head:
            yield self._line()

    def _add(self, part: bytes) -> None:
        room = _HALF - len(self._head)
        self._head += part[:room]
        self._tail += part[room:]
        if len(self._tail) > LINE_LIMIT:
            self._drop()

    def _drop(self) -> None:
        """Drop everything before the part that is kept. Done only when twice as much has arrived, so that each byte moves at most twice."""
        excess = max(0, len(self._tail) - _HALF)
        del self._tail[:excess]
        self._dropped += excess

    def _line(self) -> str:
        self._drop()
        middle = left_out(self._dropped, "bytes") if self._dropped else ""
        line = (bytes(self._head) + middle.encode() + bytes(self._tail)).decode(errors="replace")
        self._head.clear()
        self._tail.clear()
        self._dropped = 0
        return line


def overwritten(line: str) -> list[str]:
    """The strings that a line has shown one after another: a progress bar returns to the start of the line and rewrites it."""
    return [text for text in line.split("\r") if text.strip()] or [""]


def as_shown(line: str) -> str:
    """A line as a terminal finally shows it: for a progress bar, the last string."""
    return overwritten(line)[-1]


def uncolored(text: str) -> str:
    """The string without escape sequences for terminals, which may stand between two words."""
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text
