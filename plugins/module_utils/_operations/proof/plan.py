# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads what can be proven now: the selected nodes, what each offers, and the Jobs for what is free."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..._core.proof.duration import least_seconds, stress_seconds
from ..._core.proof.jobs import ProofSettings, jobs_of
from ..._core.proof.offers import NodePlan, plans
from ..._core.proof.own_pods import without_leftovers, without_own
from ..._core.shared.counts import counted
from ..._core.shared.findings import Finding, most_telling
from ..._errors import GpuopsError, InvalidInputError, WaitTimeoutError, WorkloadError
from ..._kube.client import KubeClient
from ..cluster_reader import ClusterReader
from ..evidence import explained
from .conclusion import Plan
from .objects import is_left_by, pods_of_proofs
from .request import ProofRequest


def read_plan(request: ProofRequest, client: KubeClient, *, check_mode: bool) -> tuple[Plan, GpuopsError | None]:
    """What can be proven now, and why if no node can be. Raises KubernetesError, InvalidInputError for an unknown node.

    Args:
        request: What is requested.
        client: The API server.
        check_mode: Whether the pods that earlier runs with the same selection have left are still there, and a run would remove them.
    """
    snapshot = ClusterReader(request.selection, client, dynamic=True).snapshot()
    snapshot, findings = explained(snapshot, client, whole_pools=request.selection.whole_pools, by_name=True)
    nodes = _without_proofs(plans(snapshot, findings, request.nodes), request, client, check_mode=check_mode)
    _require_known(request, {node.name for node in nodes})
    plan = Plan(nodes, [job for node in nodes for job in jobs_of(node, request.settings)])
    return plan, None if nodes else _no_nodes(request, findings)


def _without_proofs(offered: Sequence[NodePlan], request: ProofRequest, client: KubeClient, *, check_mode: bool) -> list[NodePlan]:
    """The plans without the pods of proofs: in check mode, what a run would remove first counts as gone."""
    pods = pods_of_proofs(client)
    if not check_mode:
        return without_own(offered, pods)
    left = [pod for pod in pods if is_left_by(request.settings, pod)]
    return without_own(without_leftovers(offered, left), [pod for pod in pods if pod not in left])


def require_time(request: ProofRequest, plan: Plan) -> None:
    """Raise InvalidInputError if the Jobs cannot end before the task's time is over. Any one GPU may be proven by then."""
    settings = request.settings
    least = least_seconds(plan.jobs, settings, request.parallel)
    if request.require == "any" or least < request.wait_timeout:
        return
    gpus, nodes = sum(job.asked for job in plan.jobs), len({job.node for job in plan.jobs})
    raise InvalidInputError(
        f"The proof of {counted(gpus, 'GPU')} on {counted(nodes, 'node')} takes at least {least:.0f} s, and wait_timeout is "
        f"{request.wait_timeout:.0f}.",
        code="NotEnoughTime",
        cause=" ".join((*_long_parts(settings), f"Nodes proven at a time: {request.parallel}.")),
        remedy=f"Raise wait_timeout well above {least:.0f}, raise parallel, lower timeout, or set load_seconds to less.",
    )


def require_time_left(request: ProofRequest, plan: Plan, seconds: float) -> None:
    """Raise WaitTimeoutError if the Jobs cannot end in the time that is left after reading the cluster and clearing it.

    Args:
        request: What is requested.
        plan: The Jobs.
        seconds: How much of the task's time is left.
    """
    least = 0.0 if request.require == "any" else least_seconds(plan.jobs, request.settings, request.parallel)
    if not plan.jobs or seconds > least:
        return
    raise WaitTimeoutError(
        f"Of {request.wait_timeout:.0f} s, {seconds:.0f} s are left, which is not enough for the proof of {request.subject}.",
        code="NotEnoughTime",
        cause="Reading the cluster and removing what an earlier proof left took too much of wait_timeout.",
        remedy=f"Raise wait_timeout well above {least + request.wait_timeout - seconds:.0f}. If kept is not empty, remove what it names.",
    )


def _long_parts(settings: ProofSettings) -> Iterator[str]:
    if stress_seconds(settings):
        yield f"Each GPU computes for half of timeout, which is {settings.seconds} s. The GPUs of a node are proven one after the other."
    if settings.load_seconds:
        yield f"The GPUs of a node work for another {settings.load_seconds} s, all at once, so that their exporters show it (load_seconds)."


def _require_known(request: ProofRequest, found: set[str]) -> None:
    unknown = [name for name in request.nodes if name not in found]
    if unknown:
        raise InvalidInputError(
            f"The node {unknown[0]} is not a GPU node of {request.subject}.",
            code="NodeNotFound",
            cause="nodes contains a name that the cluster does not have, or that the other options exclude.",
            remedy="Check 'kubectl get nodes', and correct nodes, pool and node_selector.",
        )


def _no_nodes(request: ProofRequest, findings: Sequence[Finding]) -> WorkloadError:
    found = most_telling(findings)
    message = f"No node to prove was found{f' in {request.subject}' if request.pool else ''}."
    if found is None or request.nodes or request.selector:
        return WorkloadError(
            message, code="NoGpuNodes", cause="No node matches the options.", remedy="Check pool, nodes and node_selector."
        )
    return WorkloadError(message, **found.explanation.error_fields())
