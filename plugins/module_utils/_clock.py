# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Time for everything that waits: a clock that tests can replace, and a deadline that also reports progress."""

from __future__ import annotations

import time
from typing import Callable, Protocol

from ._progress import NO_PROGRESS, Progress, Status


class Clock(Protocol):
    """A monotonic clock, in seconds. The tests' clock advances the simulator's time instead of sleeping."""

    def now(self) -> float:
        """Seconds since a fixed point in time."""

    def sleep(self, seconds: float) -> None:
        """Wait this long."""


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds since a fixed point in time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait this long; a negative duration counts as 0."""
        time.sleep(max(0.0, seconds))


class Deadline:
    """A point in time at which a wait must end, and where the wait reports its progress.

    Args:
        clock: the source of time.
        timeout: seconds from now until the deadline.
        progress: receives the status of the wait.
        wait_began: when the whole wait began, if this deadline covers only part of it; by default now.
    """

    def __init__(self, clock: Clock, timeout: float, progress: Progress = NO_PROGRESS, *, wait_began: float | None = None) -> None:
        self._clock = clock
        self._start = clock.now()
        self._wait_began = self._start if wait_began is None else wait_began
        self._progress = progress
        self.timeout = timeout

    @property
    def elapsed(self) -> float:
        """Seconds since this deadline was set."""
        return self._clock.now() - self._start

    @property
    def remaining(self) -> float:
        """Seconds left; 0 once the deadline has passed."""
        return max(0.0, self.timeout - self.elapsed)

    @property
    def passed(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining == 0.0

    def within(self, seconds: float) -> Deadline:
        """A deadline this many seconds from now, or this one if it is sooner."""
        return Deadline(self._clock, min(seconds, self.timeout - self.elapsed), self._progress, wait_began=self._wait_began)

    @property
    def pause(self) -> float:
        """How long a wait may sleep at a time: until the deadline, or until progress is due."""
        return min(self.remaining, self._progress.every)

    def sleep(self, seconds: float) -> None:
        """Wait this long, but not past the deadline."""
        self._clock.sleep(min(seconds, self.remaining))

    def report(self, status: Callable[[], Status]) -> None:
        """Report the status of the wait. status is called only if the result is used."""
        self._progress.report(status, self._clock.now() - self._wait_began)
