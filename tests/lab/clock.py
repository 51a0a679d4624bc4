# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class LabClock:
    """Simulated UTC time: starts at the real now, runs `speed` times as fast as real time, and can be moved forward."""

    def __init__(self, speed: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        if speed <= 0:
            message = f"speed must be above 0, not {speed}"
            raise ValueError(message)
        self.speed = speed
        self._monotonic = monotonic
        self._origin = datetime.now(UTC)
        self._started = monotonic()
        self._advanced = timedelta()

    def now(self) -> datetime:
        """The simulated moment."""
        elapsed = (self._monotonic() - self._started) * self.speed
        return self._origin + timedelta(seconds=elapsed) + self._advanced

    def advance(self, seconds: float) -> None:
        """Move simulated time forward by so many simulated seconds, at once."""
        if seconds < 0:
            message = f"time only moves forward, not by {seconds} s"
            raise ValueError(message)
        self._advanced += timedelta(seconds=seconds)

    def real_seconds_until(self, moment: datetime) -> float:
        """Real seconds that pass before the simulated moment comes; 0 once it has."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)
