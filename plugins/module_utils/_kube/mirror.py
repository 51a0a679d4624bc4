# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Keeps local copies of some collections up to date by watches, so that a wait ends when the cluster changes."""

from __future__ import annotations

import queue
import threading
from functools import partial
from types import TracebackType
from typing import Callable, Sequence

from .._clock import Deadline
from .._core.shared.mappings import Json
from .._errors import KubernetesError, WaitTimeoutError
from .._progress import Status
from .client import KubeClient
from .watch import Event, Watch, Watched

# Below the idle timeout of Azure's load balancer (4 minutes), which cuts silent connections without telling either end.
_WATCH_SECONDS = 200
# A watch that has died without a word is noticed and begun anew twice before the wait is over.
_LIVES = 3
_SHORTEST_LIFE_SECONDS = 2.0


class Mirror:
    """Local copies of some collections, kept up to date by watches, for waits that end when the cluster changes and not later.

    One thread a collection reads the API server; the caller's thread takes what they read, so `objects` changes only inside `wait`.
    watch_seconds is how long the server is asked to keep one watch open.
    """

    def __init__(self, client: KubeClient, watched: Sequence[Watched], *, watch_seconds: int = _WATCH_SECONDS) -> None:
        self._watches: list[Watch] = []
        self._wanted = watched
        self._new_watch = partial(Watch, client, seconds=watch_seconds)
        self._events: queue.Queue[Event | BaseException] = queue.Queue()
        self._watching = False
        self.objects: dict[str, dict[str, Json]] = {}

    def __enter__(self) -> Mirror:
        """List everything once. What is already as it should be needs no watch: the first wait that has to wait starts them, from here."""
        self._watches = []
        self.add(*self._wanted)
        return self

    def add(self, *watched: Watched) -> None:
        """List these collections too; before the first wait only. Raises KubernetesError."""
        for one in watched:
            watch = self._new_watch(one)
            self.objects[one.name] = watch.begin()
            self._watches.append(watch)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Cut the watches."""
        for watch in self._watches:
            watch.stop()

    def all(self, name: str) -> list[Json]:
        """The mirrored objects of one collection."""
        return list(self.objects[name].values())

    def wait(self, reached: Callable[[], bool], deadline: Deadline, status: Callable[[], Status] | None = None) -> bool:
        """Wait until reached() is true, asked again after every change; False when the deadline passes first. Raises KubernetesError.

        status tells meanwhile how the wait stands; without it the wait is silent.
        """
        while not reached():
            if not self._changed(deadline, status):
                return False
        return True

    @property
    def trouble(self) -> KubernetesError | None:
        """Why the copies are not what is in the cluster now: the API server doesn't answer a watch. None where it does."""
        return next((watch.trouble for watch in self._watches if watch.trouble is not None), None)

    def _changed(self, deadline: Deadline, status: Callable[[], Status] | None) -> bool:
        """Take in a change; False when the deadline passes first."""
        self._watch(max(_SHORTEST_LIFE_SECONDS, deadline.remaining / _LIVES))
        while not deadline.passed:
            if status is not None:
                deadline.report(status)
            if self._take(deadline.remaining if status is None else deadline.pause):
                return True
        return False

    def _watch(self, silence: float) -> None:
        if not self._watching:
            self._watching = True
            for watch in self._watches:
                threading.Thread(name=f"watch of {watch.watched.name}", target=self._follow, args=(watch, silence), daemon=True).start()

    def _follow(self, watch: Watch, silence: float) -> None:
        """What a thread does. Whatever ends it goes to the thread that waits, which raises it."""
        try:
            watch.follow(self._events.put, silence)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a thread that ended for itself would leave the wait to its deadline
            self._events.put(error)

    def _take(self, timeout: float) -> bool:
        """Take in what has been read; False when that is nothing until the timeout."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return False
        while True:
            if isinstance(event, BaseException):
                raise event
            self._apply(*event)
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return True

    def _apply(self, name: str, change: str, item: Json) -> None:
        if change == "RELISTED":
            self.objects[name] = {one["metadata"]["uid"]: one for one in item["items"]}
        elif change == "DELETED":
            self.objects[name].pop(item["metadata"]["uid"], None)
        else:
            self.objects[name][item["metadata"]["uid"]] = item


def await_gone(client: KubeClient, watched: Sequence[Watched], deadline: Deadline, *, what: str) -> None:
    """Wait until nothing of what is watched is left. Raises KubernetesError, WaitTimeoutError."""
    with Mirror(client, watched) as mirror:
        if not mirror.wait(lambda: not any(mirror.all(one.name) for one in watched), deadline, lambda: Status(what, "still there")):
            raise WaitTimeoutError(
                f"{what} is still there after {deadline.timeout:.0f} s.",
                cause="A node that is not Ready keeps its pods in Terminating, and a finalizer keeps any object.",
                remedy="Run the task again when the node is back or removed.",
            )
