# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Time as every wait sees it; a test's clock moves the simulator's instead of sleeping. Seconds, monotonic."""

    def now(self) -> float:
        """Seconds since some moment that stays the same."""

    def sleep(self, seconds: float) -> None:
        """Let this much time pass."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep; a negative duration is none."""
        time.sleep(max(0.0, seconds))


class Deadline:
    """A point in time that a wait must not pass. timeout is in seconds."""

    def __init__(self, clock: Clock, timeout: float) -> None:
        self._clock = clock
        self._end = clock.now() + timeout
        self.timeout = timeout

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self._end - self._clock.now())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0.0
