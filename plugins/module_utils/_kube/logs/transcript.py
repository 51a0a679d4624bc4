# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Joins several readings of a container's log into one log with each line once."""

from __future__ import annotations

import re
from typing import Callable

from .kept_lines import KeptLines

_STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?(.*)", re.DOTALL)


class Transcript:
    """The log of one run of a container, joined from several readings.

    Each reading requests timestamps, and the lines from `since` on. Kubernetes rounds that time down to the second, so that a reading
    begins with lines that are known already.

    Args:
        whole: takes each line; `kept` does not keep all lines of a long log.
    """

    def __init__(self, whole: Callable[[str], None] | None = None) -> None:
        self.kept = KeptLines()
        self._whole = whole
        self.since = ""  # the timestamp of the newest line; less than any other until there is one
        self._at_since = 0  # how many lines have this timestamp

    def reading(self) -> Callable[[str], None]:
        """Begin a reading; return the function that takes its lines in order. Readings must not overlap in time."""
        known, repeats = self.since, self._at_since

        def take(line: str) -> None:
            nonlocal repeats
            stamped = _STAMPED.match(line)
            if not stamped:
                self._take_unstamped(line)
            elif stamped[1] == known and repeats:
                repeats -= 1
            elif stamped[1] >= known:
                self._take(stamped[1], stamped[2])

        return take

    def _take(self, stamp: str, text: str) -> None:
        if stamp > self.since:
            self.since, self._at_since = stamp, 0
        self._at_since += stamp == self.since
        self._add(text)

    def _take_unstamped(self, line: str) -> None:
        """Take a line of the kubelet itself, such as an error about the log file, which it repeats in each reading."""
        if line and line not in self.kept.newest(1):
            self._add(line)

    def _add(self, line: str) -> None:
        self.kept.add(line)
        if self._whole is not None:
            self._whole(line)
