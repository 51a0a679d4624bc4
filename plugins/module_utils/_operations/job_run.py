# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping

from .._clock import Deadline
from .._errors import KubernetesError, WaitTimeoutError, WorkloadError
from .._gpu.diagnosis import pod_state
from .._gpu.findings import Finding
from .._gpu.joblog import NO_LOG, JobLog, parse_job_log
from .._gpu.jobs import CONTROLLER_UID, Ending, LogMoment, ending, is_suspended, last_pod, log_moment, pod_facts
from .._gpu.manifests import JobSettings
from .._gpu.placement import Asked, why_pending
from .._kube.client import KubeClient
from .._kube.mirror import Mirror, Watched
from .._kube.resources import JOBS, PODS
from .job_request import JobRequest
from .scene import Selection, read_scene

Json = Mapping[str, Any]
_LOG_TAIL = 20


@dataclass(frozen=True)
class Seen:
    """What is known of a run: nothing at first, its end and log at last."""

    pod: Json | None = None
    end: Ending | None = None
    lines: tuple[str, ...] = ()
    log: JobLog = NO_LOG
    findings: tuple[Finding, ...] = ()


def follow_job(request: JobRequest, job: Json, client: KubeClient, deadline: Deadline) -> Seen:
    """Watch the Job until it has ended, and read its log. Raises WorkloadError when it is deleted, WaitTimeoutError with the reason."""
    settings, uid = request.settings, job["metadata"]["uid"]
    with Mirror(client, job_collections(settings, uid)) as mirror:
        follower = _Follower(settings, uid, mirror, client)
        follower.follow(deadline)
        live = follower.job
        if live is None:
            raise WorkloadError(
                f"{request.subject} was deleted before it ended.",
                code="JobDeleted",
                cause="Somebody, or the Job's ttlSecondsAfterFinished, removed it.",
                remedy="Run the task again.",
            )
        end = ending(live)
        if end is None:
            raise _not_done(request, live, follower.pod, client)
    lines = (() if end.succeeded else follower.kept_log) or _read_log(settings, follower.pod, client)
    log = parse_job_log(lines, device_pattern=request.device_pattern, accuracy_pattern=request.accuracy_pattern)
    return Seen(follower.pod, end, lines, log)


class _Follower:
    """Keeps up with a Job and its newest pod.

    Kubernetes deletes the running pod of a Job that fails, and its log with it: the log is read before, whenever an attempt has failed.
    """

    def __init__(self, settings: JobSettings, uid: str, mirror: Mirror, client: KubeClient) -> None:
        self._settings = settings
        self._uid = uid
        self._mirror = mirror
        self._client = client
        self._last_pod: Json | None = None
        self._kept: LogMoment | None = None
        self.kept_log: tuple[str, ...] = ()

    @property
    def job(self) -> Json | None:
        """The Job as of the last event, None when it is gone."""
        return self._mirror.objects["job"].get(self._uid)

    @property
    def pod(self) -> Json | None:
        """The Job's newest pod, as it was last seen when it is gone."""
        self._last_pod = last_pod(self._mirror.all("pods")) or self._last_pod
        return self._last_pod

    def follow(self, deadline: Deadline) -> None:
        """Until the Job has ended or is gone, or the deadline passes."""
        while self._mirror.wait(lambda: self._over or log_moment(self.pod) != self._kept, deadline) and not self._over:
            self._kept = log_moment(self.pod)
            self.kept_log = _last_words(self._settings, self.pod, self._client) or self.kept_log

    @property
    def _over(self) -> bool:
        live = self.job
        return live is None or ending(live) is not None


def _last_words(settings: JobSettings, pod: Json | None, client: KubeClient) -> tuple[str, ...]:
    """The log of the pod's attempt that has ended last, or is being ended."""
    moment = log_moment(pod)
    if moment is None:
        return ()
    try:
        return _read_log(settings, pod, client, previous=moment.previous)
    except KubernetesError:  # nothing is lost but a help to the reader of a failure that may not come
        return ()


def _read_log(settings: JobSettings, pod: Json | None, client: KubeClient, *, previous: bool = False) -> tuple[str, ...]:
    if pod is None:
        return ()
    path = f"{PODS.object(pod['metadata']['name'], settings.namespace)}/log"
    query = {"previous": "true"} if previous else {}
    try:
        response = client.send("GET", path, what=f"Reading the log of {pod['metadata']['name']}", query=query, accept="*/*")
    except KubernetesError as error:
        if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return ()
        raise
    return tuple(response.data.decode(errors="replace").splitlines())


def _not_done(request: JobRequest, job: Json, pod: Json | None, client: KubeClient) -> WaitTimeoutError:
    findings = tuple(_why_not_done(request, job, pod, client))
    first = findings[0] if findings else None
    state = pod_state(pod) if pod is not None else "no pod yet"
    return WaitTimeoutError(
        f"{request.subject} has not ended after {request.wait_timeout:.0f} s; its pod: {state}.",
        code=first.code if first else "Timeout",
        cause=first.cause if first else "",
        remedy=first.remedy if first else "Run the task again: it goes on watching the same Job. Or raise wait_timeout.",
        facts=job_result(request, Seen(pod, findings=findings)),
    )


def _why_not_done(request: JobRequest, job: Json, pod: Json | None, client: KubeClient) -> list[Finding]:
    subject = f"{request.settings.namespace}/{request.settings.name}"
    if is_suspended(job):
        return [
            Finding(
                "JobSuspended", "warning", (subject,), "spec.suspend is true", "The Job is queued: a queue or a person holds it back.",
                "Look at the queue that admits it; this collection never resumes somebody's Job.",
            )
        ]  # fmt: skip
    if pod is None or pod["spec"].get("nodeName"):
        return []
    asked = Asked(pod["spec"], request.settings.resource, request.settings.gpus)
    scene = read_scene(Selection("", request.settings.resource), client)
    return why_pending(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", asked, scene.nodes, scene.labels)


def job_result(request: JobRequest, seen: Seen) -> dict[str, Any]:
    """The module's return value: what the run did and proved."""
    log = seen.log
    return {
        "job": {
            "name": request.settings.name,
            "namespace": request.settings.namespace,
            "succeeded": seen.end is not None and seen.end.succeeded and bool(log.gpu_device),
            "gpu_device": log.gpu_device,
            "gpus": log.gpus,
            "accuracy": [list(step) for step in log.accuracy],
            "final_accuracy": log.final_accuracy,
            "steps": log.steps,
            **pod_facts(seen.pod),
            "log_tail": list(seen.lines[-_LOG_TAIL:]),
            "findings": [finding.facts() for finding in seen.findings],
        }
    }


def job_collections(settings: JobSettings, uid: str) -> tuple[Watched, Watched]:
    """The Job, and its own pods: those of an earlier run of the same name have another controller."""
    return (
        Watched("job", JOBS, settings.namespace, field_selector=f"metadata.name={settings.name}"),
        Watched("pods", PODS, settings.namespace, label_selector=f"{CONTROLLER_UID}={uid}"),
    )
