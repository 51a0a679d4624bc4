# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The part of a long log that is kept in memory: its beginning, its end, and lines that name a GPU."""

from __future__ import annotations

from collections import deque

from ..._core.shared.printable import left_out

# Of a log, in characters, from its beginning and from its end. A kubelet keeps 50 MB of a container's log by default.
_HALF = 8 * 1024 * 1024
_LINE_COST = 64  # what an empty line takes


class KeptLines:
    """A log's lines as far as memory is lent to them: its beginning, where a GPU is named, and its end, where it says how it went."""

    def __init__(self, half: int = _HALF) -> None:
        self._half = half
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    def add(self, line: str) -> None:
        """The log's next line."""
        size = len(line) + _LINE_COST
        if not self._tail and self._head_size + size <= self._half:
            self._head.append(line)
            self._head_size += size
            return
        self._tail.append(line)
        self._tail_size += size
        while self._tail_size > self._half:
            self._tail_size -= len(self._tail.popleft()) + _LINE_COST
            self._dropped += 1

    @property
    def lines(self) -> list[str]:
        """All that is kept; a line says how many are left out."""
        mark = [left_out(self._dropped, "lines").strip()] if self._dropped else []
        return [*self._head, *mark, *self._tail]

    def newest(self, most: int) -> list[str]:
        """The last of them."""
        if len(self._tail) >= most:
            return [self._tail[place] for place in range(-most, 0)]
        return self.lines[-most:]
