# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Keeps the beginning and end of a long log in memory."""

from __future__ import annotations

from collections import deque

from ..._core.shared.printable import left_out

# How many characters to keep of a log's beginning, and of its end. By default a kubelet keeps 50 MB of a container's log.
_HALF = 8 * 1024 * 1024
_LINE_COST = 64  # the memory of an empty line


class KeptLines:
    """The lines of a log within a memory limit: its beginning, which names the GPU, and its end, which has the outcome.

    Args:
        half: how many characters to keep of the beginning, and of the end.

    dropped is the number of lines in between that are not kept.
    """

    def __init__(self, half: int = _HALF) -> None:
        self._half = half
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self.dropped = 0

    def add(self, line: str) -> None:
        """Add the next line of the log."""
        size = len(line) + _LINE_COST
        if not self._tail and self._head_size + size <= self._half:
            self._head.append(line)
            self._head_size += size
            return
        self._tail.append(line)
        self._tail_size += size
        while self._tail_size > self._half:
            self._tail_size -= len(self._tail.popleft()) + _LINE_COST
            self.dropped += 1

    @property
    def lines(self) -> list[str]:
        """All lines that are kept; a line in between says how many are left out."""
        mark = [left_out(self.dropped, "lines").strip()] if self.dropped else []
        return [*self._head, *mark, *self._tail]

    def newest(self, most: int) -> list[str]:
        """The last lines, at most this many."""
        if len(self._tail) >= most:
            return [self._tail[place] for place in range(-most, 0)]
        return self.lines[-most:]
