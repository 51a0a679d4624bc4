# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns a Job that proved nothing into an error whose cause is the diagnosis of the Job and the cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Sequence

from ..._core.scheduling.placement import PodDemand
from ..._core.scheduling.pods import pod_state
from ..._core.scheduling.selection import Selection
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.findings import Finding, most_telling
from ..._core.shared.log_lines import overwritten
from ..._core.shared.mappings import Json
from ..._core.shared.printable import shortened
from ..._core.workload.causes import diagnose_workload
from ..._core.workload.evidence import Workload
from ..._errors import KubernetesError, WaitTimeoutError, WorkloadError
from ..._kube.client import KubeClient
from ..._kube.resources import RESOURCE_QUOTAS
from ..cluster_reader import ClusterReader
from ..evidence import EVIDENCE_SECONDS, events_about, with_evidence
from .doubts import problem_of, ttl_of, why_gone
from .observed_run import ObservedRun
from .request import JobRequest
from .result import job_result

_SEARCHED = 1024 * 1024  # characters


def require_proof(request: JobRequest, observed: ObservedRun, client: KubeClient) -> None:
    """Nothing, for a Job that has proved what it should. Raises WorkloadError, or WaitTimeoutError when it has not ended."""
    if observed.end is None:
        raise _deleted(request, observed) if observed.gone else _not_done(request, observed, client)
    doubt = problem_of(request, observed)
    if doubt is None:
        return
    explanation, message = doubt.explanation, f"{request.subject} {doubt.said}"
    findings: Sequence[Finding] = ()
    if explanation.code in ("JobFailed", "RanOnCpu", "FailureInLog"):
        findings = diagnose_workload(_workload(request, observed, on_cpu=explanation.code == "RanOnCpu"))
        first = most_telling(findings)
        if first is not None and first.code != explanation.code:
            explanation = replace(explanation, cause=_cause_with_evidence(first, message), remedy=first.explanation.remedy)
    raise WorkloadError(message, **explanation.error_fields(), facts=job_result(request, observed, findings))


def _cause_with_evidence(found: Finding, said: str) -> str:
    """The cause with what shows it, unless the message that it follows, or the cause itself, has said that already."""
    if found.evidence.strip("…. ") in f"{said} {found.explanation.cause}":
        return found.explanation.cause
    return f"{found.explanation.cause.rstrip('.')} ({found.evidence.rstrip('. ')})."


def _deleted(request: JobRequest, observed: ObservedRun) -> WorkloadError:
    ttl = ttl_of(observed.job)
    return WorkloadError(
        f"{request.subject} was deleted before it ended.",
        code="JobDeleted",
        cause="It was deleted." if ttl is None else f"It was deleted, or it has ended: {why_gone(observed.job)}",
        remedy="Run the task again.",
        facts=job_result(request, observed),
    )


def _not_done(request: JobRequest, observed: ObservedRun, client: KubeClient) -> WaitTimeoutError:
    findings = diagnose_workload(_workload(request, observed, client=client))
    first = most_telling(findings)
    state = pod_state(observed.pod) if observed.pod is not None else "no pod yet"
    progress = f", at step {observed.log.steps}" if observed.log.accuracy else ""
    message = f"{request.subject} has not ended after {request.wait_timeout:.0f} s; its pod: {state}{progress}."
    return WaitTimeoutError(
        message,
        code=first.code if first else "Timeout",
        cause=_cause_with_evidence(first, message) if first else "It takes longer than wait_timeout allows, or it hangs.",
        remedy=first.explanation.remedy if first else "Run the task again: it goes on watching the same Job. Or raise wait_timeout.",
        facts=job_result(request, observed, findings),
    )


def _workload(request: JobRequest, observed: ObservedRun, *, client: KubeClient | None = None, on_cpu: bool = False) -> Workload:
    """What the diagnosis looks at; of a Job that has not ended, with what the cluster says of it."""
    settings, job, pod = request.settings, observed.job or {}, observed.pod
    spec = pod["spec"] if pod is not None else job["spec"]["template"]["spec"]
    placed = pod is not None and pod["spec"].get("nodeName")
    watched = pod is not None and (not placed or (pod.get("status") or {}).get("phase") == "Running")
    client = client.within(EVIDENCE_SECONDS) if client is not None else None
    return Workload(
        name=_name(request),
        asked=PodDemand(spec, settings.resource, settings.gpus),
        job=job,
        pod=pod,
        snapshot=_snapshot(request, client) if client is not None and watched else None,
        events=_events(request, pod, client) if client is not None else (),
        quotas=_quotas(request, client) if client is not None and pod is None else (),
        # Of a workload that runs and has seen its GPU, no warning in its log is the cause of anything.
        log=_told_by(observed.lines) if client is None or not observed.log.gpu_device else "",
        on_cpu=on_cpu,
    )


def _told_by(lines: Iterable[str]) -> str:
    """The log as it is searched for known causes: of a large one its beginning and its end."""
    return shortened("\n".join(text for line in lines for text in overwritten(line)), _SEARCHED)


def _name(request: JobRequest) -> str:
    return f"{request.settings.namespace}/{request.settings.name}"


def _snapshot(request: JobRequest, client: KubeClient) -> ClusterSnapshot | None:
    """The GPU nodes, where the user may see them and the API server answers: a diagnosis says less without, and nothing wrong."""
    try:
        snapshot = ClusterReader(Selection(None, request.settings.resource), client, dynamic=True).snapshot(whole=True)
        return with_evidence(snapshot, client, whole_pools=True)
    except KubernetesError:
        return None


def _events(request: JobRequest, pod: Json | None, client: KubeClient) -> list[Json]:
    names = [request.settings.name, *([pod["metadata"]["name"]] if pod is not None else [])]
    return [event for name in names for event in events_about(client, request.settings.namespace, name)]


def _quotas(request: JobRequest, client: KubeClient) -> list[Json]:
    """The namespace's quotas, where the user may list them."""
    try:
        return client.list(RESOURCE_QUOTAS, namespace=request.settings.namespace)
    except KubernetesError:
        return []
