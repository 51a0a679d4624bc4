# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Follows the log of each attempt of a Job and reads the deciding one to its end.

A log is kept as it grows, because Kubernetes deletes the pods of a Job that fails, a node may take its pods' logs with it, and of a log
that the kubelet has rotated it returns the newest part only.
"""

from __future__ import annotations

from typing import NamedTuple

from ..._clock import Clock, Deadline
from ..._core.shared.mappings import Json
from ..._core.workload.job import Attempt, Ending, attempt
from ..._core.workload.log_steps import log_steps
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.logs.pod_log import PodLog
from ..._kube.patience import RETRY_SECONDS, may_pass
from .job_view import JobName
from .log_file import LogFile, LogFiles

# How long a log may be out of reach once the Job has ended: an API server restarts in less.
_PATIENCE_SECONDS = 60.0


class _Log(NamedTuple):
    """One attempt's log as it is followed, and the file that takes all of it."""

    pod: PodLog
    file: LogFile | None


class AttemptLogs:
    """The logs of a Job's attempts: the newest one, and of the older ones the newest that has a line."""

    def __init__(self, job: JobName, client: KubeClient, files: LogFiles) -> None:
        self._job = job
        self._client = client
        self._files = files
        self._logs: list[_Log] = []
        self._attempt: Attempt | None = None

    def is_behind(self, pod: Json | None) -> bool:
        """Whether the pod's newest attempt is another one than at the last call of `keep_up`, or has ended since."""
        return attempt(pod, self._job.name) != self._attempt

    def keep_up(self, pod: Json | None, *, last: bool) -> None:
        """Follow the log of the pod's newest attempt; read that of an attempt that is over to its end, while that is possible.

        Args:
            pod: The Job's deciding pod.
            last: Nothing more comes, and `whole` is going to read the log.
        """
        now = attempt(pod, self._job.name)
        steps = log_steps(self._attempt, now, last=last)
        self._attempt = now
        if steps.finish:
            self._catch_up(previous=steps.previous)
        if steps.begin and now is not None:
            # An older log than the newest with a line is never shown, and so not kept.
            self._logs = [*[log for log in self._logs if log.pod.newest(1)][-1:], self._log_of(now.pod)]
        if steps.follow:
            self._logs[-1].pod.start()
        if steps.read:
            self._catch_up(previous=False)

    def newest(self, most: int) -> tuple[str, ...]:
        """The last lines of the newest attempt's log, as far as it has been read."""
        return self._logs[-1].pod.newest(most) if self._logs else ()

    def whole(self, end: Ending | None, deadline: Deadline, clock: Clock) -> tuple[tuple[str, ...], LogFile | None]:
        """The log of the attempt that has decided, and its file, as far as it could be read.

        Args:
            end: How the Job has ended, None while it has not.
            deadline: When the task's time is over.
            clock: What a wait for an API server sleeps by.

        Raises KubernetesError when the log of a Job that has succeeded cannot be read: without it nothing is proven.
        """
        succeeded = end is not None and end.succeeded
        self._read_newest(Deadline(clock, min(deadline.remaining, _PATIENCE_SECONDS) if end else 0.0), clock, needed=succeeded)
        # Of a pod that shows nothing of its container there is no attempt: another pod's log proves nothing of it.
        decisive = self._logs[-1:] if self._attempt is not None else []
        shown = decisive if succeeded else self._logs
        return next(((log.pod.lines, log.file) for log in reversed(shown) if log.pod.lines), ((), None))

    def _read_newest(self, patience: Deadline, clock: Clock, *, needed: bool) -> None:
        while self._logs:
            try:
                self._logs[-1].pod.catch_up()
                return
            except KubernetesError as error:
                if patience.passed or not may_pass(error):
                    if needed:
                        raise
                    return
            clock.sleep(RETRY_SECONDS)

    @property
    def dropped(self) -> int:
        """The number of lines of the newest attempt's log that are not kept."""
        return self._logs[-1].pod.dropped if self._logs else 0

    def close(self) -> None:
        """Stop following logs."""
        for log in self._logs:
            log.pod.stop()

    def _log_of(self, pod: str) -> _Log:
        file = self._files.new()
        whole = file.write if file is not None else None
        return _Log(PodLog(self._client, pod, self._job.namespace, self._job.name, whole=whole), file)

    def _catch_up(self, *, previous: bool) -> None:
        try:
            self._logs[-1].pod.catch_up(previous=previous)
        except KubernetesError:
            pass  # what was followed is kept; the log of a success is read again
