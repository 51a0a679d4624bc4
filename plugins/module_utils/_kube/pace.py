# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""When a failed request is sent again, and how long requests may take in all."""

from __future__ import annotations

import math

from .._clock import Deadline
from .._errors import KubernetesError

# A request is a page of a list at most, or one object.
_EXCHANGE_SECONDS = 60.0
# After its time, a task may still say why it was in vain, or what it has seen last.
_GRACE_SECONDS = 10.0
# What is asked for at the last moment is not cut off in the middle.
_LEAST_SECONDS = 5.0
# Where nobody has said how long: somebody waits for the answer.
_PATIENCE_SECONDS = 30.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 2.0


class Pace:
    """How long a client's requests may take, and when one that failed is sent again; both end with the task's deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    @property
    def now(self) -> float:
        """Seconds since the task began."""
        return self._deadline.elapsed

    def seconds(self, most: float = _EXCHANGE_SECONDS) -> float:
        """How long an exchange may take in all, 0 when there is no time left even to explain a failure."""
        left = self._deadline.timeout + _GRACE_SECONDS - self._deadline.elapsed
        return max(0.0, min(most, max(self._deadline.remaining, _LEAST_SECONDS), left))

    def waited(self, error: KubernetesError, *, since: float, tries: int) -> bool:
        """Wait until the request is to be sent again; False where it isn't. since: when it was first sent."""
        pause = max(error.pause, min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0**tries))
        patience = min(error.patience, _PATIENCE_SECONDS if math.isinf(self._deadline.timeout) else math.inf)
        if self.now - since + pause > patience or pause >= self._deadline.remaining:
            return False
        self._deadline.sleep(pause)
        return True
