# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns a Job that proved nothing into an error whose cause is the diagnosis of the Job and the cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from ..._core.scheduling.placement import PodDemand
from ..._core.scheduling.pods import pod_state
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding, most_telling
from ..._core.workload.causes import diagnose_workload, refused_for_good
from ..._core.workload.evidence import Workload
from ..._errors import WaitTimeoutError, WorkloadError
from ..._kube.client import KubeClient
from ..jobs.evidence import cause_with_evidence, explain_deletion, searched, with_cluster, with_taints
from .doubts import problem_of
from .log_doubts import ttl_of, why_gone
from .observed_run import ObservedRun
from .request import JobRequest
from .result import job_result


def require_proof(request: JobRequest, observed: ObservedRun, client: KubeClient) -> None:
    """Return for a Job that has proved what it should. Raises WorkloadError, or WaitTimeoutError when it has not ended."""
    if observed.end is None:
        raise _deleted(request, observed, client) if observed.gone else _not_done(request, observed, client)
    doubt = problem_of(request, observed)
    if doubt is None:
        return
    explanation, message = doubt.explanation, f"{request.subject} {doubt.predicate}"
    findings: Sequence[Finding] = ()
    if explanation.code in ("JobFailed", "RanOnCpu", "DeviceNotNamed", "FailureInLog"):
        findings = diagnose_workload(with_taints(_workload(request, observed, on_cpu=explanation.code == "RanOnCpu"), client))
        first = most_telling(findings)
        if first is not None and first.code != explanation.code:
            explanation = replace(
                explanation,
                cause=cause_with_evidence(first, message),
                remedy=first.explanation.remedy,
                # The same task only helps if it makes a new Job.
                retriable=first.explanation.retriable and request.repeats(observed.end),
            )
    raise WorkloadError(message, **explanation.error_fields(), facts=job_result(request, observed, findings))


def _deleted(request: JobRequest, observed: ObservedRun, client: KubeClient) -> WorkloadError:
    ended = "" if ttl_of(observed.job) is None else f", or it has ended: {why_gone(observed.job)}".rstrip(".")
    itself = Explanation("JobDeleted", cause=f"Someone deleted the Job{ended}.", remedy="Run the task again.", retriable=True)
    unknown = replace(
        itself,
        cause=f"Someone deleted the Job or its namespace{ended}.",
        remedy="Run the task again. If the namespace was deleted, create it first.",
    )
    why = explain_deletion(request.settings.namespace, itself, unknown, client)
    return WorkloadError(f"{request.subject} was deleted before it ended.", **why.error_fields(), facts=job_result(request, observed))


def _not_done(request: JobRequest, observed: ObservedRun, client: KubeClient) -> WaitTimeoutError:
    findings = diagnose_workload(_workload(request, observed, client=client))
    first = most_telling(findings)
    state = pod_state(observed.pod) if observed.pod is not None else "no pod yet"
    progress = f", at step {observed.log.steps}" if observed.log.accuracy else ""
    message = f"{request.subject} has not ended after {request.wait_timeout:.0f} s; its pod: {state}{progress}."
    refused = refused_for_good(findings)
    if refused:
        message = f"{request.subject} has no pod: Kubernetes refuses to create it."
    return WaitTimeoutError(
        message,
        code=first.code if first else "Timeout",
        cause=cause_with_evidence(first, message) if first else "It takes longer than wait_timeout, or it hangs.",
        remedy=first.explanation.remedy if first else "Run the task again, which continues to watch the same Job, or raise wait_timeout.",
        retriable=not refused,
        facts=job_result(request, observed, findings),
    )


def _workload(request: JobRequest, observed: ObservedRun, *, client: KubeClient | None = None, on_cpu: bool = False) -> Workload:
    """What the diagnosis looks at.

    Args:
        request: What was requested.
        observed: What is known of the run.
        client: The API server, to read what the cluster says about a Job that has not ended; None for a Job that has.
        on_cpu: Whether the workload ran on the CPU.
    """
    settings, job, pod = request.settings, observed.job or {}, observed.pod
    spec = pod["spec"] if pod is not None else job["spec"]["template"]["spec"]
    workload = Workload(
        name=f"{settings.namespace}/{settings.name}",
        asked=PodDemand(spec, settings.resource, settings.gpus),
        job=job,
        pod=pod,
        # Of a workload that runs and has found its GPU, no warning in its log is a cause.
        log=searched(observed.lines) if client is None or not observed.log.gpu_device else "",
        on_cpu=on_cpu,
    )
    return workload if client is None else with_cluster(workload, client)
