# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Time as every wait sees it: a clock that a test can replace, and a deadline that also reports progress."""

from __future__ import annotations

import time
from typing import Callable, Protocol

from ._progress import NO_PROGRESS, Progress, Status


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
    """A point in time that a wait must not pass, and who is told meanwhile. timeout is in seconds."""

    def __init__(self, clock: Clock, timeout: float, progress: Progress = NO_PROGRESS, *, told_since: float | None = None) -> None:
        self._clock = clock
        self._start = clock.now()
        self._told_since = self._start if told_since is None else told_since  # the beginning of the whole wait, of which this is a part
        self._progress = progress
        self.timeout = timeout

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self._clock.now() - self._start

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self.timeout - self.elapsed)

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0.0

    def within(self, seconds: float) -> Deadline:
        """The same, or sooner: in so many seconds from now."""
        return Deadline(self._clock, min(seconds, self.timeout - self.elapsed), self._progress, told_since=self._told_since)

    @property
    def pause(self) -> float:
        """How long a wait may sleep at a time: to the end, or until there may be something to tell."""
        return min(self.remaining, self._progress.every)

    def sleep(self, seconds: float) -> None:
        """Let this much time pass, or what is left of it."""
        self._clock.sleep(min(seconds, self.remaining))

    def tell(self, status: Callable[[], Status]) -> None:
        """Let whoever looks on know how the wait stands; status is asked for only when it is of use."""
        self._progress.tell(status, self._clock.now() - self._told_since)
