# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A time limit for a child that does not blame the device for a busy node: time in which the child waits for a processor does not count."""

from __future__ import annotations

import time
from pathlib import Path


class TimeLimit:
    """So many seconds from now on in which a process can work, or its device does."""

    def __init__(self, process: int, seconds: float) -> None:
        self._process = process
        self._end = time.monotonic() + seconds
        self._waited = _seconds_without_processor(process)

    @property
    def left(self) -> float:
        """How many seconds are left; it grows while the process waits for a processor."""
        return self._end - time.monotonic() + _seconds_without_processor(self._process) - self._waited


def _seconds_without_processor(process: int) -> float:
    """For how long the thread of a process that has waited longest was ready to run and had no processor; 0 where the kernel doesn't say.

    It is the second number of schedstat, in ns: https://docs.kernel.org/scheduler/sched-stats.html
    """
    waits = [0]
    try:
        waits += [int(each.read_text().split()[1]) for each in Path(f"/proc/{process}/task").glob("*/schedstat")]
    except OSError:  # a thread has ended meanwhile
        pass
    return max(waits) / 1e9
