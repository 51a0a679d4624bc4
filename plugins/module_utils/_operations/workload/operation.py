# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_job and its presets: creates the Job, follows it to its end and proves that it used a GPU."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any, Mapping

from ..._clock import Deadline
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_going, is_marked
from ..._core.workload.job import ending
from ..._core.workload.manifest import job_manifest
from ..._core.workload.match import held_to
from ..._core.workload.proof import Doubt
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._kube.resources import JOBS
from ..jobs.log_file import LogFiles
from ..jobs.rehearsal import rehearse
from ..operation import Outcome, Run
from ..target_cluster import connected, spoken_to, target_cluster
from .adoption import create_or_adopt, refuse_other
from .doubts import problem_of, unproven
from .failure import require_proof
from .follow import follow_job
from .observed_run import ObservedRun
from .removal import delete_job, delete_left_pods, of_others, remove_job
from .request import JobRequest, job_request, validate
from .result import job_result, save_log


def ensure_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Create the Job unless it exists, follow it to its end, and prove from its log that it used a GPU.

    Raises WorkloadError if it failed or proved nothing, WaitTimeoutError with the reason if it has not ended.
    """
    live = client.find(JOBS, request.settings.name, request.settings.namespace)
    deadline = client.deadline
    if live is None or request.repeats(ending(live)):
        return _make(request, live, client, run, deadline)
    because = _unfit(request, live)
    if because is not None:
        return _make(request, live, client, run, deadline, because=because)
    refuse_other(request, live, job_manifest(request.settings), client)
    if not _is_followed(request, live, run):
        return Outcome(job_result(request, ObservedRun()))
    observed = _watch(request, live, client, run, deadline)
    doubt = problem_of(request, observed)
    if doubt is not None and _is_lost(doubt, observed) and _may_replace(request, live):
        return _make(request, live, client, run, deadline, because=f"the one before {doubt.predicate}")
    require_proof(request, observed, client)
    return Outcome(job_result(request, observed), warnings=unproven(request, observed))


def _is_followed(request: JobRequest, live: Json, run: Run) -> bool:
    """Whether the task waits for the Job; check mode does not wait for one that has not ended."""
    return request.wait and not (run.check_mode and ending(live) is None)


def _make(
    request: JobRequest, live: Json | None, client: KubeClient, run: Run, deadline: Deadline, *, because: str | None = None
) -> Outcome:
    """Create the Job, in place of the live one, and prove it.

    Args:
        request: What is requested.
        live: The Job that exists, which is deleted first.
        client: The API server.
        run: The task.
        deadline: When the task's time is over.
        because: Why an earlier run is not enough, for a warning.
    """
    manifest = job_manifest(request.settings)
    change = Change(request.subject, after=manifest)
    warnings = (*of_others(request, live, "replaced"), *((f"{request.subject} is run again: {because.rstrip('.')}.",) if because else ()))
    if run.check_mode:
        left, _stay = delete_left_pods(request, client, run)
        rehearsed = rehearse(manifest, client) if live is None else ()
        return Outcome(job_result(request, ObservedRun()), (*left, change), (*warnings, *rehearsed))
    if live is not None:
        delete_job(request, live, client, deadline)
    left, stay = delete_left_pods(request, client, run)
    warnings = (*warnings, *stay)
    made, ours = create_or_adopt(request, manifest, client)
    changes = (*left, *((change,) if ours or live is not None else ()))
    if not request.wait:
        return Outcome(job_result(request, ObservedRun()), changes, warnings)
    observed = _watch(request, made, client, run, deadline)
    require_proof(request, observed, client)
    return Outcome(job_result(request, observed), changes, (*warnings, *unproven(request, observed)))


def _unfit(request: JobRequest, live: Json) -> str | None:
    """Why the live Job can prove nothing about this request and is replaced, None if it may."""
    if is_going(live):
        return "the one before is being deleted"
    return f"it was held to the pool {held_to(live)}" if _is_of_another_pool(request, live) else None


def _is_of_another_pool(request: JobRequest, live: Json) -> bool:
    """Whether the collection created the live Job earlier for another pool, so that it proves nothing about this one."""
    pool = request.settings.pool
    return pool is not None and held_to(live) not in (None, pool) and ending(live) is not None and _may_replace(request, live)


def _is_lost(doubt: Doubt, observed: ObservedRun) -> bool:
    """Whether an earlier run did prove it, and the proof no longer exists."""
    return doubt.lost and observed.earlier


def _may_replace(request: JobRequest, live: Json) -> bool:
    """Whether the Job may be replaced to prove it again: never one that others have created."""
    return request.rerun != "never" and is_marked(live)


def _watch(request: JobRequest, job: Json, client: KubeClient, run: Run, deadline: Deadline) -> ObservedRun:
    with closing(LogFiles(None if run.check_mode else request.log_path)) as files:
        observed = replace(follow_job(request, job, client, deadline, run.clock, files=files), earlier=ending(job) is not None)
        save_log(request, observed)
    return observed


def _predicted(request: JobRequest) -> Outcome:
    """Check mode before the cluster exists: the Job would be created as described."""
    if request.absent:
        return Outcome({"kept": []})
    change = Change(request.subject, after=job_manifest(request.settings))
    return Outcome(job_result(request, ObservedRun()), (change,))


def run_job(params: Mapping[str, Any], run: Run) -> Outcome:
    """Make sure that the workload has run and that its log proves what was requested, or that it is gone. Raises GpuopsError."""
    request = replace(job_request(params), cluster=target_cluster(params, run))
    validate(request)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _predicted(request)
    wait_timeout = request.wait_timeout if request.wait and not run.check_mode else None
    with connected(settings, request.cluster, run, wait_timeout=wait_timeout) as client:
        request = replace(request, spoken_to=spoken_to(settings, client))
        return remove_job(request, client, run) if request.absent else ensure_job(request, client, run)
