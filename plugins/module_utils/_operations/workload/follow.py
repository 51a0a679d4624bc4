# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Follows a Job to its end: watches it and its pods, and keeps the log of each attempt."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus
from typing import Mapping, NamedTuple

from ..._clock import Clock, Deadline
from ..._core.scheduling.pods import pod_ended
from ..._core.shared.mappings import Json
from ..._core.workload.job import CONTROLLER_UID, Attempt, attempt, attempts, deciding_pod, ending, owned_by
from ..._core.workload.manifest import JobSettings
from ..._core.workload.progress import job_status
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.logs.pod_log import PodLog
from ..._kube.mirror import Mirror
from ..._kube.resources import JOBS, PODS
from ..._kube.watch import Watched
from ..._progress import Status
from .log_file import LogFile, LogFiles
from .node import may_prove, node_of
from .observed_run import ObservedRun
from .request import JobRequest
from .result import read_lines

_RETRY_SECONDS = 1.0
# The least and the most that the patterns have for a whole log, which is a second's work; the least also where the wait is over.
_LEAST_PATTERN_SECONDS, _MOST_PATTERN_SECONDS = 2.0, 10.0
# Enough for the newest hundred of steps, and little work however long the log.
_TOLD_LINES = 500
# How long a log may be out of reach once the Job has ended: an API server starts again in less.
_PATIENCE_SECONDS = 60.0
# By how much the news of a pod may be behind that of its Job.
_TELLING_SECONDS = 5.0


def follow_job(request: JobRequest, job: Json, client: KubeClient, deadline: Deadline, clock: Clock, *, files: LogFiles) -> ObservedRun:
    """Watch the Job until it has ended, is gone or the deadline passes; its log is followed meanwhile. Raises KubernetesError."""
    with ExitStack() as stack:
        mirror = _entered(stack, Mirror(client, job_collections(request.settings, job, known=True)), deadline, clock)
        follower = _Follower(request, job, mirror, client, files)
        try:
            follower.follow(deadline, clock)
            node = node_of(follower.pod, request, client) if follower.succeeded else None
            # Where the node is gone or another one, nothing is there that could give the log out.
            trusted = not follower.succeeded or may_prove(request, follower.pod, node)
            lines, file = follower.whole_log(deadline, clock) if trusted else ((), None)
        finally:
            follower.stop()
    return ObservedRun(
        job=follower.job,
        pod=follower.pod,
        attempts=attempts(follower.job, follower.pods, request.settings.name),
        end=ending(follower.job),
        lines=lines,
        file=file,
        log=read_lines(request, lines, seconds=max(_LEAST_PATTERN_SECONDS, min(_MOST_PATTERN_SECONDS, deadline.remaining))),
        gone=follower.gone,
        node=node,
    )


def _entered(stack: ExitStack, mirror: Mirror, deadline: Deadline, clock: Clock) -> Mirror:
    """The mirror, filled. The API server was there when the Job was read or made: it is waited for. Raises KubernetesError."""
    while True:
        try:
            return stack.enter_context(mirror)
        except KubernetesError as error:
            if deadline.passed or not _may_pass(error):
                raise
        clock.sleep(_RETRY_SECONDS)


def _may_pass(error: KubernetesError) -> bool:
    """No answer, or one that an API server gives while it starts, is overloaded or can't reach a kubelet."""
    return error.status in (0, HTTPStatus.TOO_MANY_REQUESTS) or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class _Log(NamedTuple):
    """One attempt's log as it is followed, and the file that takes all of it."""

    pod: PodLog
    file: LogFile | None


class _Follower:
    """Keeps up with a Job, its pods and the log of each attempt.

    The log is kept as it grows, because Kubernetes deletes the pods of a Job that fails, a node may take its pods' logs with it, and the
    kubelet gives out the newest part only of a log that it has rotated.
    """

    def __init__(self, request: JobRequest, job: Json, mirror: Mirror, client: KubeClient, files: LogFiles) -> None:
        self._request = request
        self._settings = request.settings
        self._mirror = mirror
        self._client = client
        self._pods: dict[str, Json] = {}
        self._attempt: Attempt | None = None
        self._files = files
        self._logs: list[_Log] = []
        self.job = job
        self.gone = False

    @property
    def pods(self) -> list[Json]:
        """Every pod of the Job's that was seen, as it was last seen."""
        return list(self._pods.values())

    @property
    def pod(self) -> Json | None:
        """The one by which the Job has succeeded, else the newest of them."""
        return deciding_pod(self.job, self._pods.values())

    @property
    def succeeded(self) -> bool:
        """Whether the Job has ended, and well."""
        end = ending(self.job)
        return end is not None and end.succeeded

    def follow(self, deadline: Deadline, clock: Clock) -> None:
        """Until the Job has ended or is gone, or the deadline passes."""
        while self._mirror.wait(lambda: self._over or attempt(self.pod, self._settings.name) != self._attempt, deadline, self._status):
            over = self._over
            if over and self.succeeded:
                self._mirror.wait(lambda: self._over and self._told, Deadline(clock, _TELLING_SECONDS))
            self._keep_up(last=over)
            if over:
                return

    def whole_log(self, deadline: Deadline, clock: Clock) -> tuple[tuple[str, ...], LogFile | None]:
        """The log of the attempt that has decided, as far as it could be had. Raises KubernetesError when a success can't be proven."""
        end = ending(self.job)
        patience = Deadline(clock, min(deadline.remaining, _PATIENCE_SECONDS) if end else 0.0)
        while self._logs:
            try:
                self._logs[-1].pod.catch_up()
                break
            except KubernetesError as error:
                if patience.passed or not _may_pass(error):
                    if end and end.succeeded:
                        raise
                    break
            clock.sleep(_RETRY_SECONDS)
        told = self._logs[-1:] if end and end.succeeded else self._logs
        return next(((log.pod.lines, log.file) for log in reversed(told) if log.pod.lines), ((), None))

    def stop(self) -> None:
        """Follow no log any longer."""
        for log in self._logs:
            log.pod.stop()

    def _status(self) -> Status:
        """How the Job stands, by the newest lines of its log: the older ones have been told of."""
        lines = self._logs[-1].pod.newest(_TOLD_LINES) if self._logs else ()
        return job_status(self._settings.name, self.job, self.pod, read_lines(self._request, lines).accuracy)

    @property
    def _over(self) -> bool:
        """Takes in what the mirror shows, and says whether there is nothing more to come."""
        uid = self.job["metadata"]["uid"]
        self._pods.update({name: pod for name, pod in self._mirror.objects["pods"].items() if owned_by(pod, uid)})
        live = self._mirror.objects["job"].get(self.job["metadata"]["uid"])
        self.gone = live is None
        self.job = live or self.job
        return self.gone or ending(self.job) is not None

    @property
    def _told(self) -> bool:
        """Whether the mirror shows of each pod how it ended: a Job's end may come before its pod's."""
        return all(pod_ended(pod) or uid not in self._live for uid, pod in self._pods.items())

    @property
    def _live(self) -> Mapping[str, Json]:
        return self._mirror.objects["pods"]

    def _keep_up(self, *, last: bool) -> None:
        """The newest attempt's log is followed; of one that is over it is read to its end, while that is possible.

        last: nothing more comes, and the whole log is going to be read.
        """
        now, before = attempt(self.pod, self._settings.name), self._attempt
        self._attempt = now
        if before is not None and (now is None or not now.is_same(before)):
            self._catch_up(previous=now is not None and now.is_after(before))
        if now is None:
            return
        if before is None or not now.is_same(before):
            # An older log than the newest that says something is not told, and is not kept.
            self._logs = [*[log for log in self._logs if log.pod.newest(1)][-1:], self._log_of(now.pod)]
            if not now.over:
                self._logs[-1].pod.start()
        if now.over and not last:
            self._catch_up(previous=False)

    def _log_of(self, pod: str) -> _Log:
        file = self._files.new()
        whole = file.write if file is not None else None
        return _Log(PodLog(self._client, pod, self._settings.namespace, self._settings.name, whole=whole), file)

    def _catch_up(self, *, previous: bool) -> None:
        try:
            self._logs[-1].pod.catch_up(previous=previous)
        except KubernetesError:
            pass  # what was followed is there; of a success it is read again


def job_collections(settings: JobSettings, job: Json, *, known: bool) -> tuple[Watched, Watched]:
    """The Job, and its own pods: those of an earlier run of the same name have another controller. known: the Job has just been read."""
    selector = f"{CONTROLLER_UID}={job['metadata']['uid']}"
    return (
        Watched("job", JOBS, settings.namespace, field_selector=f"metadata.name={settings.name}", known=job if known else None),
        Watched("pods", PODS, settings.namespace, label_selector=selector),
    )
