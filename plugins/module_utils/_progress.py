# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status that a wait reports, and the interface that receives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Protocol


@dataclass(frozen=True)
class Status:
    """How a wait stands.

    subject: the object that the operation waits for. state: the state it is in. awaited: what it waits for, if the state does not say.
    usual: how many seconds such a wait usually takes, if known.
    """

    subject: str
    state: str
    awaited: str | None = None
    usual: float | None = None

    def line(self, elapsed: float) -> str:
        """The status as one line, elapsed seconds into the wait."""
        usually = f" (usually about {duration(self.usual)})" if self.usual else ""
        awaited = f"; waiting for {self.awaited}" if self.awaited else ""
        return f"{self.subject}: {self.state}, {duration(elapsed)}{usually}{awaited}"


class Progress(Protocol):
    """Receives the status of a wait. every: how often, in seconds, a wait should report."""

    every: float

    def report(self, status: Callable[[], Status], elapsed: float) -> None:
        """Take the status of a wait that began elapsed seconds ago. status is called only if the result is used."""


class NullProgress:
    """Discards all progress and never interrupts a wait."""

    every = math.inf

    def report(self, status: Callable[[], Status], elapsed: float) -> None:
        """Discard the status."""


NO_PROGRESS = NullProgress()


def duration(seconds: float) -> str:
    """A duration in short form: 45s, 1m40s, 4m, 1h02m."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    if minutes:
        return f"{minutes}m{rest:02d}s" if rest else f"{minutes}m"
    return f"{rest}s"
