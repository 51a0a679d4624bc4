# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import heapq
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from tests.lab.clock import LabClock

# Simulated seconds. Medians of Azure CLI's recordings of 2022-24 unless a reason says otherwise.
POOL_CREATE = 241.0
GPU_POOL_CREATE = 273.0  # ND96asr_v4, one recording
POOL_UPDATE = 8.0
POOL_SCALE = 60.0  # not recorded: a plausible value
POOL_UPGRADE = 241.0  # not recorded: every node is replaced, so as long as a creation
POOL_DELETE = 50.0
POOL_STOP = 60.0  # not recorded: a plausible value; starting takes as long as a creation
CLUSTER_CREATE = 322.0
CLUSTER_UPDATE = 111.0
CLUSTER_STOP = 180.0  # not recorded: a plausible value
CLUSTER_START = 240.0  # not recorded: a plausible value
ABORT = 6.5  # one recording
CLUSTER_DELETE = 300.0  # not recorded: a plausible value
GROUP_DELETE = 30.0  # not recorded: a plausible value, after the clusters in it are gone
FEATURE_REGISTER = 300.0  # not recorded: minutes, in people's reports
PROVIDER_REGISTER = 30.0  # not recorded: a plausible value


class Timeline:
    """Scheduled changes, in the order in which they are due."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = itertools.count()

    def after(self, seconds: float, action: Callable[[datetime], None]) -> datetime:
        """Schedule an action in this many simulated seconds; it is called with the time at which it was due."""
        moment = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._due, (moment, next(self._order), action))
        return moment

    def settle(self) -> bool:
        """Run all actions that are due; true if there were any."""
        now = self._clock.now()
        happened = False
        while self._due and self._due[0][0] <= now:
            moment, _order, action = heapq.heappop(self._due)
            action(moment)
            happened = True
        return happened

    def next_due(self) -> datetime | None:
        """When the next action is due."""
        return self._due[0][0] if self._due else None


@dataclass(frozen=True)
class Fate:
    """How an operation ends if it does not succeed.

    error: Azure's code, message and details; None for one that is only slow or never ends. part: the share of the work that is done by
    then, for a pool the share of its new nodes. never: it stays InProgress. canceled: somebody aborts it. interim: the error that it shows
    while it goes on, and, where it sticks, also after it has ended well. shown: what it shows instead of the error, which the resource
    keeps.
    """

    error: Mapping[str, Any] | None = None
    part: float = 0.0
    never: bool = False
    canceled: bool = False
    interim: Mapping[str, Any] | None = None
    interim_sticks: bool = False
    shown: Mapping[str, Any] | None = None


SUCCESS = Fate()
_ABORTED: Mapping[str, Any] = MappingProxyType({"code": "Canceled", "message": "Operation is being canceled by user"})


def failure(code: str, message: str, *, inner: str | None = None) -> dict[str, Any]:
    """The error of an operation that fails; inner: the code under which the scale set reported it to AKS, which quotes it."""
    if inner is None:
        return {"code": code, "message": message}
    return {"code": code, "message": f'Code="{inner}" Message="{message}"', "details": [{"code": inner, "message": message}]}


@dataclass
class Operation:
    """One asynchronous operation, as its status resource shows it."""

    identifier: str
    location: str
    started: datetime
    seconds: float
    fate: Fate = SUCCESS
    phases: tuple[str, ...] = ()
    ended: datetime | None = None
    canceled: bool = False

    @property
    def status(self) -> str:
        """InProgress, or the final state."""
        if self.ended is None:
            return "InProgress"
        if self.canceled:
            return "Canceled"
        return "Succeeded" if self.fate.error is None else "Failed"

    def phase(self, now: datetime) -> str:
        """The status as Azure words it: each phase takes an equal part of the time, after a first one that is only InProgress."""
        if self.ended is not None or not self.phases:
            return self.status
        steps = ("InProgress", *self.phases)
        done = (now - self.started).total_seconds() / self.seconds
        return steps[min(int(done * len(steps)), len(steps) - 1)]

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The error in its status resource, which may be there before the operation has ended and even if it succeeds."""
        if self.status == "Failed":
            return self.fate.shown or self.fate.error
        if self.status == "Canceled":
            return _ABORTED
        return self.fate.interim if self.ended is None or self.fate.interim_sticks else None


class Operations:
    """The asynchronous operations of the subscription; finished ones stay readable."""

    def __init__(self, clock: LabClock, timeline: Timeline) -> None:
        self._clock = clock
        self._timeline = timeline
        self._known: dict[str, Operation] = {}
        self._fate: Fate | None = None

    @contextmanager
    def doomed(self, fate: Fate) -> Iterator[None]:
        """Give this fate to all operations that start in this context."""
        self._fate = fate
        try:
            yield
        finally:
            self._fate = None

    def start(
        self, *, location: str, seconds: float, then: Callable[[Operation], None], fate: Fate = SUCCESS, phases: tuple[str, ...] = ()
    ) -> Operation:
        """Start an operation that ends in this many simulated seconds; `then` is called with it to apply its outcome."""
        operation = Operation(
            identifier=str(uuid.uuid4()),
            location=location,
            started=self._clock.now(),
            seconds=seconds,
            fate=fate if self._fate is None else self._fate,
            phases=phases,
        )

        def finish(moment: datetime) -> None:
            if operation.ended is None:
                operation.ended = moment
                operation.canceled = operation.fate.canceled
                then(operation)

        if not operation.fate.never:
            self._timeline.after(seconds, finish)
        self._known[operation.identifier] = operation
        return operation

    def cancel(self, operation: Operation) -> None:
        """End it now, without its effect."""
        operation.ended = self._clock.now()
        operation.canceled = True

    def find(self, identifier: str) -> Operation | None:
        """The operation of that id."""
        return self._known.get(identifier.lower())

    def running(self) -> int:
        """How many operations are running."""
        return sum(operation.ended is None for operation in self._known.values())
