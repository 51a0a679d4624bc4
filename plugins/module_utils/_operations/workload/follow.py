# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Follows a Job to its end: watches it and its pods, and keeps the log of each attempt."""

from __future__ import annotations

from contextlib import ExitStack, closing

from ..._clock import Clock, Deadline
from ..._core.scheduling.placement import PodDemand
from ..._core.shared.mappings import Json
from ..._core.workload.evidence import Workload
from ..._core.workload.job import attempts, ending
from ..._core.workload.progress import job_status
from ..._kube.client import KubeClient
from ..._kube.mirror import Mirror
from ..._kube.patience import entered
from ..._progress import Status
from ..jobs.attempt_logs import AttemptLogs
from ..jobs.evidence import is_refused
from ..jobs.job_view import JobView, job_collections
from ..jobs.log_file import LogFiles
from .node import may_prove, node_of
from .observed_run import ObservedRun
from .request import JobRequest
from .result import read_lines

# The least and the most that the patterns have for a whole log, which is a second's work; the least also where the wait is over.
_LEAST_PATTERN_SECONDS, _MOST_PATTERN_SECONDS = 2.0, 10.0
# Enough for the newest hundred of steps, and little work however long the log.
_STATUS_LINES = 500


def follow_job(request: JobRequest, job: Json, client: KubeClient, deadline: Deadline, clock: Clock, *, files: LogFiles) -> ObservedRun:
    """Watch the Job until it has ended, is gone or the deadline passes, and follow its log meanwhile. Raises KubernetesError.

    Args:
        request: What was requested, and by which patterns to read the log.
        job: The Job as it was read or created.
        client: The API server.
        deadline: When the task's time is over.
        clock: What a retry sleeps by.
        files: Where the logs are written as a whole.
    """
    with ExitStack() as stack:
        mirror = entered(stack, Mirror(client, job_collections(request.job_name, job, known=True)), deadline, clock)
        view = JobView(job, mirror)
        logs = stack.enter_context(closing(AttemptLogs(request.job_name, client, files)))
        _follow(request, view, logs, deadline, client=client, clock=clock)
        node = node_of(view.pod, request, client) if view.succeeded else None
        # Where the node is gone or another one, nothing is there that could give the log out.
        trusted = not view.succeeded or may_prove(request, view.pod, node)
        lines, file = logs.whole(ending(view.job), deadline, clock) if trusted else ((), None)
    return ObservedRun(
        job=view.job,
        pod=view.pod,
        attempts=attempts(view.job, view.pods, request.settings.name),
        end=ending(view.job),
        lines=lines,
        dropped=logs.dropped,
        file=file,
        log=read_lines(request, lines, seconds=max(_LEAST_PATTERN_SECONDS, min(_MOST_PATTERN_SECONDS, deadline.remaining))),
        gone=view.gone,
        node=node,
    )


def _follow(request: JobRequest, view: JobView, logs: AttemptLogs, deadline: Deadline, *, client: KubeClient, clock: Clock) -> None:
    """Keep up with the Job and its logs until it is finished, the deadline passes, or Kubernetes refuses to create its pod."""

    def changed() -> bool:
        view.refresh()
        return view.finished or logs.is_behind(view.pod)

    def status() -> Status:
        """How the Job stands, by the newest lines of its log: older ones have been shown."""
        accuracy = read_lines(request, logs.newest(_STATUS_LINES)).accuracy
        return job_status(request.settings.name, view.job, view.pod, accuracy)

    while True:
        if not view.mirror.wait(changed, deadline, status, look_after=view.look_after):
            if deadline.passed or is_refused(_workload(request, view), client):
                return
            continue
        finished = view.finished
        view.wait_for_pods(clock)
        logs.keep_up(view.pod, last=finished)
        if finished:
            return


def _workload(request: JobRequest, view: JobView) -> Workload:
    settings = request.settings
    demand = PodDemand(view.job["spec"]["template"]["spec"], settings.resource, settings.gpus)
    return Workload(f"{settings.namespace}/{settings.name}", demand, view.job, view.pod)
