# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a wait reports while it waits, and the interface that shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Protocol


@dataclass(frozen=True)
class Status:
    """What a wait sees: an object, its state, and what it waits for, "" when the state says it all.

    usual is how long such a wait usually takes, in seconds, 0 when nobody knows.
    """

    subject: str
    state: str
    awaited: str = ""
    usual: float = 0.0

    def line(self, elapsed: float) -> str:
        """The status in words, after so many seconds of waiting."""
        usually = f" (usually about {duration(self.usual)})" if self.usual else ""
        awaited = f"; waiting for {self.awaited}" if self.awaited else ""
        return f"{self.subject}: {self.state}, {duration(elapsed)}{usually}{awaited}"


class Progress(Protocol):
    """Who is told while an operation waits. every is how often a wait should wake up to tell, in seconds."""

    every: float

    def tell(self, status: Callable[[], Status], elapsed: float) -> None:
        """The wait is elapsed seconds old; status is asked for only when it is of use."""


class NullProgress:
    """Tells nobody, and wakes nobody up."""

    every = math.inf

    def tell(self, status: Callable[[], Status], elapsed: float) -> None:
        """Nothing."""


NO_PROGRESS = NullProgress()


def duration(seconds: float) -> str:
    """A duration as people say it: 45s, 1m40s, 4m, 1h02m."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    if minutes:
        return f"{minutes}m{rest:02d}s" if rest else f"{minutes}m"
    return f"{rest}s"
