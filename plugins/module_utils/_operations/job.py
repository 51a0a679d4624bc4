# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping

from .._clock import Deadline
from .._errors import InvalidInputError, KubernetesError, WaitTimeoutError, WorkloadError
from .._gpu.change import Change
from .._gpu.diagnosis import pod_state
from .._gpu.findings import Finding
from .._gpu.joblog import ACCURACY_PATTERN, DEVICE_PATTERN, NO_LOG, JobLog, compile_patterns, parse_job_log
from .._gpu.jobs import CONTROLLER_UID, Ending, differences, ending, is_suspended, last_pod, pod_facts
from .._gpu.manifests import JobSettings, is_marked, job_manifest
from .._gpu.placement import Asked, why_pending
from .._kube.client import KubeClient
from .._kube.mirror import Mirror, Watched, await_gone
from .._kube.resources import JOBS, PODS
from .._kube.settings import kube_settings
from .arguments import KUBE_LIBRARIES, as_texts, kube_arguments, state_arguments, toleration_arguments, wait_arguments
from .operation import Operation, Outcome, Run
from .scene import Selection, read_scene
from .schedulable import GPU_RESOURCE

Json = Mapping[str, Any]
_LOG_TAIL = 20


@dataclass(frozen=True)
class JobRequest:
    """The workload that is to have run, or not to be there. rerun is never, on_failure or always; timeouts are in seconds."""

    settings: JobSettings
    absent: bool
    marked_only: bool
    rerun: str
    min_accuracy: float
    device_pattern: str
    accuracy_pattern: str
    wait: bool
    wait_timeout: float


@dataclass(frozen=True)
class Seen:
    """What is known of a run: nothing at first, its end and log at last."""

    pod: Json | None = None
    end: Ending | None = None
    lines: tuple[str, ...] = ()
    log: JobLog = NO_LOG
    findings: tuple[Finding, ...] = ()


def ensure_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Create the Job unless it is there, follow it to its end, and prove from its log that it used a GPU.

    Raises WorkloadError when it failed or proved nothing, WaitTimeoutError with the reason why it isn't done.
    """
    settings = request.settings
    manifest = job_manifest(settings)
    live = client.find(JOBS, settings.name, settings.namespace)
    again = live is not None and _runs_again(request, live)
    if live is not None and not again:
        _refuse_other(request, live, manifest)
    change = Change(_subject(settings), after={} if live is not None and not again else manifest)
    if run.check_mode:
        if live is None:
            client.create(JOBS, manifest, dry_run=True)
        return Outcome(_result(request, Seen()), (change,))
    deadline = Deadline(run.clock, request.wait_timeout)
    if live is not None and again:
        _delete(request, live, client, deadline)
    if change.changed:
        live = client.create(JOBS, manifest)
    if live is None or not request.wait:
        return Outcome(_result(request, Seen()), (change,))
    return Outcome(_prove(request, live, client, deadline), (change,))


def _subject(settings: JobSettings) -> str:
    return f"Job {settings.namespace}/{settings.name}"


def _runs_again(request: JobRequest, live: Json) -> bool:
    end = ending(live)
    return end is not None and (request.rerun == "always" or (request.rerun == "on_failure" and not end.succeeded))


def _refuse_other(request: JobRequest, live: Json, manifest: Json) -> None:
    """A Job's template can't be changed; another Job of this name is not the wanted one. Raises InvalidInputError."""
    for name, (found, wanted) in differences(live, manifest).items():
        raise InvalidInputError(
            f"{_subject(request.settings)} exists with other settings: {name} is {found}, not {wanted}.",
            code="JobDiffers",
            cause="Kubernetes can't change the pod template of a Job.",
            remedy="Use another name, remove the Job first (state: absent), or set rerun: always once it has ended.",
        )


def _prove(request: JobRequest, job: Json, client: KubeClient, deadline: Deadline) -> dict[str, Any]:
    end, pod = _follow(request, job, client, deadline)
    lines = _read_log(request, pod, client)
    log = parse_job_log(lines, device_pattern=request.device_pattern, accuracy_pattern=request.accuracy_pattern)
    seen = Seen(pod, end, lines, log)
    _fail_unless_proven(request, end, seen)
    return _result(request, seen)


def _follow(request: JobRequest, job: Json, client: KubeClient, deadline: Deadline) -> tuple[Ending, Json | None]:
    """Watch the Job until it has ended; its newest pod comes with it."""
    settings, uid = request.settings, job["metadata"]["uid"]
    with Mirror(client, _watched(settings, uid)) as mirror:

        def seen() -> Json | None:
            return mirror.objects["job"].get(uid)

        def over() -> bool:
            found = seen()
            return found is None or ending(found) is not None

        reached = mirror.wait(over, deadline)
        found, pod = seen(), last_pod(mirror.all("pods"))
        end = ending(found) if found is not None else None
        if end is not None:
            return end, pod
        if reached or found is None:
            raise WorkloadError(
                f"{_subject(settings)} was deleted before it ended.",
                code="JobDeleted",
                cause="Somebody, or the Job's ttlSecondsAfterFinished, removed it.",
                remedy="Run the task again.",
            )
        raise _not_done(request, found, pod, client)


def _not_done(request: JobRequest, job: Json, pod: Json | None, client: KubeClient) -> WaitTimeoutError:
    findings = tuple(_why_not_done(request, job, pod, client))
    first = findings[0] if findings else None
    state = pod_state(pod) if pod is not None else "no pod yet"
    return WaitTimeoutError(
        f"{_subject(request.settings)} has not ended after {request.wait_timeout:.0f} s; its pod: {state}.",
        code=first.code if first else "Timeout",
        cause=first.cause if first else "",
        remedy=first.remedy if first else "Run the task again: it goes on watching the same Job. Or raise wait_timeout.",
        facts=_result(request, Seen(pod, findings=findings)),
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


def _read_log(request: JobRequest, pod: Json | None, client: KubeClient) -> tuple[str, ...]:
    if pod is None:
        return ()
    path = f"{PODS.object(pod['metadata']['name'], request.settings.namespace)}/log"
    try:
        response = client.send("GET", path, what=f"Reading the log of {pod['metadata']['name']}", accept="*/*")
    except KubernetesError as error:
        if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return ()
        raise
    return tuple(response.data.decode(errors="replace").splitlines())


def _fail_unless_proven(request: JobRequest, end: Ending, seen: Seen) -> None:
    subject, pod, log = _subject(request.settings), seen.pod, seen.log
    if not end.succeeded:
        problem: tuple[str, ...] = (
            "JobFailed",
            f"{subject} failed: {end.reason}: {end.message}",
            f"Its pod ended with: {pod_state(pod)}." if pod is not None else "",
            "Read log_tail in this task's result; run it again with rerun: on_failure.",
        )
    elif not seen.lines:
        problem = (
            "LogGone",
            f"{subject} is complete, but its log can't be read any more.",
            "The pod or its node has been removed since.",
            "Prove it again with rerun: always.",
        )
    elif not log.gpu_device:
        problem = (
            "RanOnCpu",
            f"{subject} is complete, but it ran on the CPU: its log names no GPU.",
            "The image's CUDA doesn't fit the node's driver or GPU, or device_pattern doesn't fit the image's log.",
            "Read log_tail in this task's result; use an image made for the node's GPU.",
        )
    elif (log.final_accuracy or 0.0) < request.min_accuracy:
        problem = (
            "AccuracyTooLow",
            f"{subject} ended with an accuracy of {log.final_accuracy}, less than {request.min_accuracy}.",
            "It has trained for too few steps, or the GPU computes wrongly.",
            "Raise --max_steps in args, or lower min_accuracy.",
        )
    else:
        return
    code, message, cause, remedy = problem
    raise WorkloadError(message, code=code, cause=cause, remedy=remedy, facts=_result(request, seen))


def _result(request: JobRequest, seen: Seen) -> dict[str, Any]:
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


def remove_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the Job with its pods and wait until they are gone."""
    settings = request.settings
    live = client.find(JOBS, settings.name, settings.namespace)
    if live is None:
        return Outcome({"left": []})
    if request.marked_only and not is_marked(live):
        return Outcome({"left": [f"{_subject(settings)}: not made by this collection"]})
    if not run.check_mode:
        _delete(request, live, client, Deadline(run.clock, request.wait_timeout))
    before = {"image": live["spec"]["template"]["spec"]["containers"][0]["image"], "labels": dict(live["metadata"].get("labels") or {})}
    return Outcome({"left": []}, (Change(_subject(settings), before=before),))


def _delete(request: JobRequest, live: Json, client: KubeClient, deadline: Deadline) -> None:
    settings, uid = request.settings, live["metadata"]["uid"]
    client.delete(JOBS, settings.name, settings.namespace, uid=uid)
    if request.wait:
        await_gone(client, _watched(settings, uid), deadline, what=f"{_subject(settings)} with its pods")


def _watched(settings: JobSettings, uid: str) -> tuple[Watched, Watched]:
    """The Job, and its own pods: those of an earlier run of the same name have another controller."""
    return (
        Watched("job", JOBS, settings.namespace, field_selector=f"metadata.name={settings.name}"),
        Watched("pods", PODS, settings.namespace, label_selector=f"{CONTROLLER_UID}={uid}"),
    )


def _predicted(request: JobRequest) -> Outcome:
    """Check mode before there is a cluster: the Job would be created as described."""
    if request.absent:
        return Outcome({"left": []})
    change = Change(_subject(request.settings), after=job_manifest(request.settings))
    return Outcome(_result(request, Seen()), (change,))


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **state_arguments(),
        **toleration_arguments(),
        **wait_arguments(timeout=1800),
        "name": {"type": "str", "default": "samples-tf-mnist-demo"},
        "namespace": {"type": "str", "default": "default"},
        "image": {"type": "str", "default": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "command": {"type": "list", "elements": "str", "default": []},
        "args": {"type": "list", "elements": "str", "default": ["--max_steps", "500"]},
        "env": {"type": "dict", "default": {}},
        "gpus": {"type": "int", "default": 1},
        "resource_name": {"type": "str", "default": GPU_RESOURCE},
        "backoff_limit": {"type": "int", "default": 2},
        "active_deadline": {"type": "int", "default": 0},
        "rerun": {"type": "str", "choices": ["never", "on_failure", "always"], "default": "never"},
        "min_accuracy": {"type": "float", "default": 0.0},
        "device_pattern": {"type": "str", "default": DEVICE_PATTERN},
        "accuracy_pattern": {"type": "str", "default": ACCURACY_PATTERN},
    }


def _request(params: Mapping[str, Any]) -> JobRequest:
    as_given = ("name", "namespace", "image", "image_pull_policy", "command", "args", "gpus", "node_taints", "tolerations", "backoff_limit")
    settings = JobSettings(
        **{name: params[name] for name in as_given},
        resource=params["resource_name"],
        node_selector=as_texts(params["node_selector"] or {}),
        env=as_texts(params["env"]),
        deadline=params["active_deadline"],
    )
    also = ("marked_only", "rerun", "min_accuracy", "device_pattern", "accuracy_pattern", "wait", "wait_timeout")
    return JobRequest(settings, absent=params["state"] == "absent", **{name: params[name] for name in also})


def _validate(request: JobRequest) -> None:
    if request.settings.gpus < 1:
        raise InvalidInputError(
            f"gpus is {request.settings.gpus}; the workload needs at least one whole GPU to prove anything.",
            code="InvalidGpuCount",
            remedy="Set gpus to 1 or more.",
        )
    compile_patterns(request.device_pattern, request.accuracy_pattern)
    job_manifest(request.settings)


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = _request(params)
    _validate(request)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _predicted(request)
    with closing(KubeClient(settings)) as client:
        return remove_job(request, client, run) if request.absent else ensure_job(request, client, run)


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES)
