# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A time limit for a child that does not blame the device for a busy node: time in which the child waits for a processor does not count."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Dict, Iterator, Tuple

from .limits import MOST_PATIENCE

# How often to look at the threads at least: how long one has waited is no longer known when it has ended.
LOOK_SECONDS = 0.5


class TimeLimit:
    """A number of seconds, from now on, for a process and its device to work in."""

    def __init__(self, process: int, seconds: float) -> None:
        self._process, self._seconds = process, seconds
        self._began = time.monotonic()
        self._waited: Dict[str, int] = {}  # by thread, in ns
        self._waited_before = self._seconds_without_processor()

    @property
    def left(self) -> float:
        """How many seconds are left. They get more while the process waits for a processor.

        Not without end, because a process that asks a device again and again if it is done waits for a processor, too.
        """
        waited = self._seconds_without_processor() - self._waited_before
        return self._seconds + min(waited, (MOST_PATIENCE - 1) * self._seconds) - (time.monotonic() - self._began)

    def _seconds_without_processor(self) -> float:
        """For how long threads, also those that have ended, were ready to run and had no processor; 0 if the kernel does not count it."""
        self._waited.update(_waits(self._process))
        return sum(self._waited.values()) / 1e9


# https://docs.kernel.org/scheduler/sched-stats.html: the second number
def _waits(process: int) -> Iterator[Tuple[str, int]]:
    """How long each thread has waited for a processor, in ns."""
    for thread in Path(f"/proc/{process}/task").glob("*"):
        try:
            yield thread.name, int((thread / "schedstat").read_text().split()[1])
        except OSError:  # it has ended meanwhile
            continue
