# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Decides when a failed request is retried, and how long requests may take in total."""

from __future__ import annotations

import math

from .._clock import Deadline
from .._errors import KubernetesError

# A response is at most one page of a list, or one object.
_EXCHANGE_SECONDS = 60.0
# After its deadline, a task may still find out why it failed and what it has seen last.
_GRACE_SECONDS = 10.0
# A request that is sent just before the deadline is not cut off.
_MIN_SECONDS = 5.0
# How long to retry without a deadline.
_PATIENCE_SECONDS = 30.0
_FIRST_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 0.2, 2.0


class Pace:
    """How long a client's requests may take and when a failed one is retried, within the task's deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    @property
    def now(self) -> float:
        """Seconds since the deadline was set."""
        return self._deadline.elapsed

    def seconds(self, most: float = _EXCHANGE_SECONDS) -> float:
        """How long an exchange may take in total, at most; 0 if the time to explain a failure is over, too."""
        left = self._deadline.timeout + _GRACE_SECONDS - self._deadline.elapsed
        return max(0.0, min(most, max(self._deadline.remaining, _MIN_SECONDS), left))

    def waited(self, error: KubernetesError, *, since: float, tries: int) -> bool:
        """Wait before a retry; return False, without waiting, if the request should not be retried.

        Args:
            error: why the request failed.
            since: when it was first sent, by `now`.
            tries: how often it has been retried.
        """
        pause = max(error.pause, min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0**tries))
        patience = min(error.patience, _PATIENCE_SECONDS if math.isinf(self._deadline.timeout) else math.inf)
        if self.now - since + pause > patience or pause >= self._deadline.remaining:
            return False
        self._deadline.sleep(pause)
        return True
