# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_proof: reads what the nodes offer, proves every free GPU, and removes what it created."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from ..._clock import Deadline
from ..._core.proof.coverage import Coverage, held_of
from ..._core.proof.jobs import PROOF_LABEL, ProofJob, config_map, job_manifest, jobs_of
from ..._core.proof.judge import ObservedJob, judge
from ..._core.proof.offers import NodePlan, plans
from ..._core.proof.verdict import compared
from ..._core.shared.change import Change
from ..._core.shared.findings import Finding, most_telling
from ..._errors import InvalidInputError, KubernetesError, WorkloadError
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._termination import clean_termination
from ..._writes import Writes
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..cluster_reader import ClusterReader
from ..evidence import explained
from ..operation import Operation, Outcome, Run
from ..target_cluster import connected, spoken_to, target_cluster
from .evidence_files import checked_directory, write_evidence
from .fleet import Fleet
from .objects import Program, idle_programs, leftovers, remove
from .program import program_files
from .request import ProofRequest, proof_arguments, proof_request

# For the removal, also when the task's time is over or it is told to end.
_REMOVAL_SECONDS = 60.0


@dataclass(frozen=True)
class _Plan:
    """What the run does: the nodes as they are, and a Job for what is free on each."""

    nodes: Sequence[NodePlan]
    jobs: Sequence[ProofJob]


def _read(request: ProofRequest, client: KubeClient) -> _Plan:
    """What can be proven now. Raises WorkloadError if no node is selected."""
    snapshot = ClusterReader(request.selection, client, dynamic=True).snapshot()
    snapshot, findings = explained(snapshot, client, whole_pools=request.selection.whole_pools, by_name=True)
    nodes = plans(snapshot, findings, request.nodes)
    unknown = [name for name in request.nodes if name not in {node.name for node in nodes}]
    if unknown:
        raise InvalidInputError(
            f"The node {unknown[0]} is not a GPU node of {request.subject}.",
            code="NodeNotFound",
            cause="nodes contains a name that the cluster does not have, or that the other options exclude.",
            remedy="Check 'kubectl get nodes', and correct nodes, pool and node_selector.",
        )
    if not nodes:
        raise _no_nodes(request, findings)
    return _Plan(nodes, [job for node in nodes for job in jobs_of(node, request.settings)])


def _no_nodes(request: ProofRequest, findings: Sequence[Finding]) -> WorkloadError:
    found = most_telling(findings)
    message = f"There is no node to prove in {request.subject}."
    if found is None:
        return WorkloadError(
            message, code="NoGpuNodes", cause="No node matches the options.", remedy="Check pool, nodes and node_selector."
        )
    return WorkloadError(message, **found.explanation.error_fields())


def _clear(request: ProofRequest, client: KubeClient, run: Run, deadline: Deadline) -> list[Change]:
    """Remove what earlier runs with the same selection have left, until the deadline. Raises KubernetesError."""
    settings = request.settings
    left = [f"Job {settings.namespace}/{job['metadata']['name']}" for job in leftovers(settings, client)]
    if request.absent:  # otherwise, the run uses the ConfigMap, and removes it at its end
        left += [f"ConfigMap {settings.namespace}/{each['metadata']['name']}" for each in idle_programs(settings, client)]
    if left and not run.check_mode:
        run.writes.note()
        remove(settings, client, deadline, run_only=False)
    return [Change(name, before={"left by": "an earlier run"}) for name in left]


def _prove(request: ProofRequest, client: KubeClient, run: Run) -> Outcome:
    settings = request.settings
    removed = _clear(request, client, run, client.deadline.within(_REMOVAL_SECONDS))
    plan = _read(request, client)
    program = Program(config_map(program_files(), settings), client)
    kept = [
        Change(f"Job {settings.namespace}/{job.name}", after=job_manifest(job, settings, program.name))
        for job in plan.jobs
        if settings.keep
    ]
    if run.check_mode:
        return Outcome(_result(request, plan, Coverage(plan.nodes, held_of(plan.nodes))), (*removed, *kept))
    with _removed_after(request, client, run) as unremoved:
        program.ensure()
        fleet = Fleet(plan.jobs, settings, program, client, run)
        seen = fleet.prove(request.parallel, request.subject) if plan.jobs else {}
    outcome = _concluded(request, plan, seen, (*removed, *kept))
    return replace(outcome, warnings=(*outcome.warnings, *unremoved))


@contextmanager
def _removed_after(request: ProofRequest, client: KubeClient, run: Run) -> Iterator[list[str]]:
    """Remove what the run creates in the context when it is left, however that happens, unless the user keeps it.

    Yields the warnings of the removal. Its failure does not hide that of the run.
    """
    warnings: list[str] = []
    done = False
    with clean_termination():
        try:
            yield warnings
            done = True
        finally:
            try:
                warnings += _removed(request, client, run)
            except KubernetesError:
                run.writes.note()  # something may be left
                if done:
                    raise


def _removed(request: ProofRequest, client: KubeClient, run: Run) -> list[str]:
    """Remove what the run has created, and return a warning about what does not go."""
    if request.settings.keep:
        run.writes.note()
        return []
    deadline = run.deadline(_REMOVAL_SECONDS)
    if remove(request.settings, client.until(deadline), deadline, run_only=True):
        return []
    run.writes.note()
    where = f"the label {PROOF_LABEL}={request.settings.identity} in {request.settings.namespace}"
    return [f"Pods of the proof are still being deleted: those with {where}. They go when their node responds or is removed."]


def _concluded(request: ProofRequest, plan: _Plan, seen: Mapping[str, ObservedJob], changes: Sequence[Change]) -> Outcome:
    """The verdict on everything. Raises WorkloadError if it is not enough."""
    models = {node.name: node.model for node in plan.nodes}
    reported = [
        device for job in plan.jobs if job.name in seen for device in judge(job, request.settings, seen[job.name], model=models[job.node])
    ]
    devices = compared([*reported, *held_of(plan.nodes)], fail_on_slow=request.fail_on_slow)
    coverage = Coverage(plan.nodes, sorted(devices, key=lambda each: each.node))
    result = _result(request, plan, coverage)
    if request.evidence_dir is not None:
        result["evidence"] = write_evidence(Path(request.evidence_dir).expanduser(), coverage, result)
    short = coverage.shortfall(request.require)
    if short is not None:
        message = f"{coverage.sentence}."
        raise WorkloadError(message, **replace(short.explanation, cause=_cause(short)).error_fields(), facts=result)
    warnings = tuple(each.sentence() for each in coverage.findings if each.code != "GpuNotProven")
    return Outcome(result, tuple(changes), warnings)


def _cause(found: Finding) -> str:
    return f"{found.explanation.cause.rstrip('.')} ({', '.join(found.subjects[:1])}: {found.evidence.rstrip('. ')})."


def _result(request: ProofRequest, plan: _Plan, coverage: Coverage) -> dict[str, Any]:
    return {
        "devices": [device.facts() for device in coverage.devices],
        "nodes": coverage.node_facts(),
        "coverage": coverage.facts(),
        "jobs": [job.facts() for job in plan.jobs],
        "level": request.settings.level,
        "nonce": request.settings.nonce,
        "evidence": [],
        "simulated": any(node.simulated for node in plan.nodes) or any(device.simulated for device in coverage.devices),
        **request.identity,
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = replace(proof_request(params, secrets.token_hex(16)), cluster=target_cluster(params, run))
    if request.evidence_dir is not None:
        checked_directory(request.evidence_dir)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return Outcome({"kept": []} if request.absent else _result(request, _Plan([], []), Coverage([], [])))
    # What a proof creates it also removes: only what stays is a change.
    own = run if request.absent else replace(run, writes=Writes())
    with connected(settings, request.cluster, own, wait_timeout=request.wait_timeout) as client:
        if request.absent:
            return Outcome({"kept": []}, tuple(_clear(request, client, run, client.deadline)))
        return _prove(replace(request, spoken_to=spoken_to(settings, client)), client, run)


OPERATION = Operation(proof_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
