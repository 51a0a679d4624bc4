# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# AKS' limits on requests, as its documentation of quotas has them: buckets that refill by the lab's clock.

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from tests.lab.clock import LabClock


@dataclass(frozen=True)
class Limit:
    """A token bucket: its size, its refill per second, and the pattern whose captured values have a bucket each."""

    method: str
    path: re.Pattern[str]
    burst: int
    per_second: float


def _limit(method: str, path: str, burst: int, per_second: float) -> Limit:
    return Limit(method, re.compile(path, re.IGNORECASE), burst, per_second)


_AKS = r"/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?/providers/Microsoft\.ContainerService"
_CLUSTER = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerService/managedClusters/[^/]+"

# The first that matches counts; the group is what has a bucket of its own.
_LIMITS = (
    _limit("PUT", rf"({_CLUSTER}/agentPools/[^/]+)/?", 20, 1 / 60),
    _limit("PUT", rf"({_CLUSTER})/?", 20, 1 / 60),
    _limit("GET", rf"({_CLUSTER})/?", 60, 1),
    _limit("GET", r"(/subscriptions/[^/]+/resourceGroups/[^/]+)/providers/Microsoft\.ContainerService/managedClusters/?", 60, 1),
    _limit("GET", r"(/subscriptions/[^/]+)/providers/Microsoft\.ContainerService/managedClusters/?", 500, 1),
    _limit("GET", rf"({_AKS})/locations/[^/]+/operations/[^/]+", 200, 2),
    _limit("*", rf"({_AKS})/.*", 60, 1),
)


@dataclass
class _Bucket:
    level: float
    at: datetime


class Throttle:
    """Throttles requests. factor scales every bucket and its refill; None turns throttling off."""

    def __init__(self, clock: LabClock) -> None:
        self.factor: float | None = None
        self._clock = clock
        self._buckets: dict[tuple[Limit, str], _Bucket] = {}

    def wait_s(self, method: str, path: str) -> float:
        """Simulated seconds until the request would be admitted; 0 admits and counts it now."""
        if self.factor is None:
            return 0.0
        for limit in _LIMITS:
            match = limit.path.fullmatch(path) if limit.method in ("*", method) else None
            if match:
                return self._draw(limit, match[1].lower(), self.factor)
        return 0.0

    def _draw(self, limit: Limit, key: str, factor: float) -> float:
        now = self._clock.now()
        burst, rate = limit.burst * factor, limit.per_second * factor
        bucket = self._buckets.setdefault((limit, key), _Bucket(burst, now))
        bucket.level = min(burst, bucket.level + (now - bucket.at).total_seconds() * rate)
        bucket.at = now
        if bucket.level < 1:
            return (1 - bucket.level) / rate
        bucket.level -= 1
        return 0.0

    def retry_after_s(self, method: str, path: str) -> int | None:
        """The Retry-After of a throttled request, in whole real seconds; None admits it."""
        wait = self.wait_s(method, path)
        return max(1, math.ceil(wait / self._clock.speed)) if wait > 0 else None
