# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A time limit for a child that does not blame the device for a busy node: time in which the child waits for a processor does not count."""

from __future__ import annotations

import time
from pathlib import Path


class TimeLimit:
    """A number of seconds, from now on, for a process and its device to work in."""

    def __init__(self, process: int, seconds: float) -> None:
        self._process = process
        self._end = time.monotonic() + seconds
        self._waited = _seconds_without_processor(process)

    @property
    def left(self) -> float:
        """How many seconds are left. They get more while the process waits for a processor."""
        return self._end - time.monotonic() + _seconds_without_processor(self._process) - self._waited


def _seconds_without_processor(process: int) -> float:
    """For how long the thread that has waited longest was ready to run and had no processor; 0 if the kernel does not count it."""
    return max(map(_waited_ns, Path(f"/proc/{process}/task").glob("*/schedstat")), default=0) / 1e9


# https://docs.kernel.org/scheduler/sched-stats.html: the second number
def _waited_ns(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[1])
    except OSError:  # the thread has ended meanwhile
        return 0
