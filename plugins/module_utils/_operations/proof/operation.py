# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_proof: reads what the nodes offer, proves every free GPU, and removes what it created."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any, Mapping

from ..._core.proof.coverage import Coverage
from ..._core.proof.jobs import config_map, job_manifest
from ..._core.shared.change import Change
from ..._errors import GpuopsError
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._writes import Writes
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..jobs.rehearsal import rehearse
from ..operation import Operation, Outcome, Run
from ..target_cluster import connected, spoken_to, target_cluster
from .cleanup import clear, removed_after, told_with_failures
from .conclusion import Conclusion, Plan, concluded, result_of, with_evidence
from .earlier_evidence import without_earlier_evidence
from .evidence_files import checked_directory
from .fleet import Fleet
from .load import LoadSampler, find_exporters, with_load_seconds
from .objects import Program
from .plan import read_plan, require_time, require_time_left
from .program import program_files
from .request import ProofRequest, proof_arguments, proof_request
from .rights import require_proof_rights


def _prove(request: ProofRequest, client: KubeClient, run: Run) -> Outcome:
    if not run.check_mode:
        require_proof_rights(request.settings.namespace, client)
    cleared = clear(request, client, run)
    with told_with_failures(cleared):
        plan, nothing = read_plan(request, client, check_mode=run.check_mode)
        found = find_exporters(request, {job.node for job in plan.jobs}, client)
        request = with_load_seconds(request, plan, found.exporters)
        require_time(request, plan)
        if run.check_mode:
            return _predicted(request, plan, client, cleared.changes, nothing)
        require_time_left(request, plan, client.deadline.remaining)
        if nothing is not None:
            raise nothing
    program = Program(config_map(program_files(), request.settings), client)
    with removed_after(request, client, run) as removal:
        program.ensure()
        fleet = Fleet(plan.jobs, request.settings, program, client, run)
        conclusion = _proven(request, plan, fleet, LoadSampler(found, client, run.clock))
    conclusion = with_evidence(request, conclusion.with_kept([*cleared.kept, *removal.kept]).failed_by(removal.failure))
    conclusion.require_success()
    changes = (*cleared.changes, *_kept(request, plan, program.name))
    return Outcome(conclusion.result, changes, (*conclusion.warnings, *cleared.warnings, *removal.warnings))


def _proven(request: ProofRequest, plan: Plan, fleet: Fleet, sampler: LoadSampler) -> Conclusion:
    """What the Jobs have shown, also if they could not be followed to their end."""
    failure: GpuopsError | None = None
    gone: set[str] = set()
    try:
        with sampler:
            fleet.prove(request.parallel, request.subject)
        gone = fleet.gone_nodes()
    except GpuopsError as error:
        failure = error
    conclusion = concluded(request, plan, fleet.seen(failure), failure, gone=gone, load=sampler.load)
    return conclusion.with_warning(f"The load of some GPUs was not measured. {sampler.problem}") if sampler.problem else conclusion


def _predicted(request: ProofRequest, plan: Plan, client: KubeClient, cleared: tuple[Change, ...], nothing: GpuopsError | None) -> Outcome:
    """Check mode. A pool without nodes may be one that an earlier step would create.

    One Job is rehearsed, since all differ only in their node, unless one of an earlier run is there that a run would remove first.
    """
    program = config_map(program_files(), request.settings)["metadata"]["name"]
    warnings = (f"{nothing.message} {nothing.cause}",) if nothing is not None else ()
    rehearsed = rehearse(job_manifest(plan.jobs[0], request.settings, program), client) if plan.jobs and not cleared else ()
    return Outcome(result_of(request, plan, plan.untested), (*cleared, *_kept(request, plan, program)), (*warnings, *rehearsed))


def _kept(request: ProofRequest, plan: Plan, program: str) -> tuple[Change, ...]:
    """The Jobs that the run leaves."""
    settings = request.settings
    jobs = plan.jobs if settings.keep else ()
    return tuple(Change(f"Job {settings.namespace}/{job.name}", after=job_manifest(job, settings, program)) for job in jobs)


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = replace(proof_request(params, secrets.token_hex(16)), cluster=target_cluster(params, run))
    if request.evidence_dir is not None:
        checked_directory(request.evidence_dir)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return Outcome({"kept": []} if request.absent else result_of(request, Plan([], []), Coverage([], [])))
    # What a proof creates it also removes: only what stays is a change.
    own = run if request.absent else replace(run, writes=Writes())
    seconds = request.wait_timeout
    with without_earlier_evidence(request, settings, run), connected(settings, request.cluster, own, wait_timeout=seconds) as client:
        if request.absent:
            removal = clear(request, client, run)
            return Outcome({"kept": removal.kept}, removal.changes)
        return _prove(replace(request, spoken_to=spoken_to(settings, client)), client, run)


OPERATION = Operation(proof_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
