# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is wrong with the files of a dump: each problem once, however often it occurs, so that no dump fills the memory with them."""

from __future__ import annotations

_MOST = 20


class Problems:
    """Problems in the order in which they were found."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}
        self._more = 0

    def add(self, problem: str) -> None:
        """Note a problem."""
        if problem in self._times or len(self._times) < _MOST:
            self._times[problem] = self._times.get(problem, 0) + 1
        else:
            self._more += 1

    def texts(self) -> list[str]:
        """Each problem, with how often it occurred."""
        known = [problem if times == 1 else f"{problem.rstrip('.')} ({times} times)." for problem, times in self._times.items()]
        return [*known, *([f"There are {self._more} more problems."] if self._more else [])]
