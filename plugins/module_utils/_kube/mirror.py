# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Local copies of collections, kept up to date by watches, so that a wait ends as soon as the cluster changes."""

from __future__ import annotations

import math
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
from .resources import Kind
from .watch import Event, Watch, Watched

# Less than the idle timeout of Azure's load balancer (4 minutes), which drops idle connections without notice.
_WATCH_SECONDS = 200
# A watch that has died silently is noticed and restarted twice before the wait is over.
_WATCHES_PER_WAIT = 3
_MIN_SILENCE_SECONDS = 2.0


class Mirror:
    """Local copies of collections, kept up to date by watches. Use it as a context.

    One thread per collection reads from the API server. The caller's thread applies the events, so that `objects` changes only in `wait`.

    Args:
        client: the client of the cluster.
        watched: the collections.
        watch_seconds: how long the server should keep one watch open.
    """

    def __init__(self, client: KubeClient, watched: Sequence[Watched], *, watch_seconds: int = _WATCH_SECONDS) -> None:
        self._watches: list[Watch] = []
        self._wanted = watched
        self._new_watch = partial(Watch, client, seconds=watch_seconds)
        self._events: queue.Queue[Event | BaseException] = queue.Queue()
        self._watching = False
        self.objects: dict[str, dict[str, Json]] = {}
        # The last state of what was deleted from the remembered collections: an end and the deletion may arrive together.
        self.deleted: dict[str, dict[str, Json]] = {one.name: {} for one in watched if one.remember}

    def __enter__(self) -> Mirror:
        """List all collections. The watches are started only when a wait has to wait."""
        self._watches = []
        self.add(*self._wanted)
        return self

    def add(self, *watched: Watched) -> None:
        """List more collections; only before the first wait. Raises KubernetesError."""
        for one in watched:
            watch = self._new_watch(one)
            self.objects[one.name] = watch.begin()
            self._watches.append(watch)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the watches."""
        for watch in self._watches:
            watch.stop()

    def all(self, name: str) -> list[Json]:
        """The current objects of a collection."""
        return list(self.objects[name].values())

    def wait(
        self,
        reached: Callable[[], bool],
        deadline: Deadline,
        status: Callable[[], Status] | None = None,
        *,
        look_after: float = math.inf,
    ) -> bool:
        """Wait until a condition is met; return False if the deadline passes first. Raises KubernetesError.

        Args:
            reached: the condition, which is checked after each change.
            deadline: when to give up.
            status: returns the status of the wait to report; by default none is reported.
            look_after: after how many seconds to return False before the deadline, because the caller then looks elsewhere.
        """
        until = deadline.within(look_after)
        while not reached():
            self._watch(max(_MIN_SILENCE_SECONDS, deadline.remaining / _WATCHES_PER_WAIT))
            if not self._changed(until, status):
                return False
        return True

    @property
    def trouble(self) -> KubernetesError | None:
        """Why the copies may be out of date: the error of a watch that cannot be opened; None if all watches work."""
        return next((watch.trouble for watch in self._watches if watch.trouble is not None), None)

    def _changed(self, deadline: Deadline, status: Callable[[], Status] | None) -> bool:
        """Wait for a change; return False if the deadline passes first."""
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
        """Run a watch in its thread. Any exception goes to the waiting thread, which raises it."""
        try:
            watch.follow(self._events.put, silence)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # otherwise the wait would go on until its deadline
            self._events.put(error)

    def _take(self, timeout: float) -> bool:
        """Apply all pending events; return False if there is none within the timeout."""
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
            if name in self.deleted:
                self.deleted[name][item["metadata"]["uid"]] = item
        else:
            self.objects[name][item["metadata"]["uid"]] = item


def await_gone(
    client: KubeClient, watched: Sequence[Watched], deadline: Deadline, *, what: str, why: Callable[[Kind, Json], str] | None = None
) -> None:
    """Wait until all watched objects are gone. Raises KubernetesError, WaitTimeoutError.

    Args:
        client: the client of the cluster.
        watched: the collections that must become empty.
        deadline: when to give up.
        what: what the objects are, for messages.
        why: what keeps an object that stays, and what to do about it.
    """
    with Mirror(client, watched) as mirror:
        if not mirror.wait(lambda: not any(mirror.all(one.name) for one in watched), deadline, lambda: Status(what, "still there")):
            staying = [why(one.kind, item) for one in watched for item in mirror.all(one.name)] if why is not None else []
            message = f"{what} still exists after {deadline.timeout:.0f} s."
            if staying:
                raise WaitTimeoutError(message, cause=" ".join(staying), remedy="Remove what keeps them, and run the task again.")
            raise WaitTimeoutError(
                message,
                cause="Pods stay in Terminating while their node is not Ready, and a finalizer can keep any object.",
                remedy="Wait until the node is Ready or has been removed, and until what has set a finalizer has removed it. "
                "Then run the task again.",
            )
