# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The causes of a pod that something other than itself has ended: an eviction, a preemption, or the end of its node."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator, Sequence

from ..nodes.state_taints import is_passing
from ..nodes.taints import Taint, tolerates
from ..scheduling.pods import pod_condition
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from ..signatures.pod import RUN_AGAIN
from .evidence import Workload

_BY_TAINT = "DeletionByTaintManager"
_UNREACHABLE = ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")
_AGAIN = f"{RUN_AGAIN}, or use a pool that is not a spot pool."


# The condition of a pod that a taint evicted does not say which taint it was, and the node may have lost it since.
_UNKNOWN_TAINT = Explanation(
    "PodEvicted",
    cause="A taint with the effect NoExecute evicted the pod: its node was unreachable, or someone set the taint.",
    remedy=f"Check the node with 'kubectl describe node {{node}}'. {_AGAIN}",
    severity="warning",
    retriable=True,
)
# https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
_DISRUPTIONS = {
    "DeletionByPodGC": Explanation(
        "NodeDeleted", cause="The pod's node no longer exists.", remedy=_AGAIN, severity="warning", retriable=True
    ),
    "EvictionByEvictionAPI": Explanation(
        "PodEvicted",
        cause="A user or the autoscaler drained the pod's node.",
        remedy=f"{RUN_AGAIN}. If the node stays and no other has free GPUs, first run 'kubectl uncordon {{node}}'.",
        severity="warning",
        retriable=True,
    ),
    "PreemptionByScheduler": Explanation(
        "PodPreempted",
        cause="A pod with higher priority has taken the pod's place.",
        remedy=f"{RUN_AGAIN}.",
        severity="warning",
        retriable=True,
    ),
    "TerminationByKubelet": Explanation(
        "PodEvicted",
        cause="The pod's node is shutting down or short of resources, as when Azure reclaims a spot node.",
        remedy=_AGAIN,
        severity="warning",
        retriable=True,
    ),
}


def evicted_by_taint(pod: Json | None) -> bool:
    """Whether a taint of its node ended the pod; only the node shows which."""
    return _condition(pod).get("reason") == _BY_TAINT


def disrupted(workload: Workload) -> Iterator[Finding]:
    """Who has ended the pod, by its condition."""
    condition = _condition(workload.pod)
    reason = str(condition.get("reason") or "")
    explanation = _of_taint(workload) if reason == _BY_TAINT else _DISRUPTIONS.get(reason)
    if explanation is not None:
        said = f"condition DisruptionTarget is True ({reason}: {condition.get('message', '')})"
        yield finding(explanation, [(workload.subject, said)], node=workload.node)


def _condition(pod: Json | None) -> Json:
    return (pod_condition(pod, "DisruptionTarget", "True") if pod is not None else None) or {}


def _of_taint(workload: Workload) -> Explanation:
    """Which taint of the node evicted the pod, and whether its remedy is to remove it."""
    evicting = _evicting(workload)
    if not evicting:
        return _UNKNOWN_TAINT
    named = f"the taint {joined_names(map(str, evicting))}"
    if all(taint.key in _UNREACHABLE for taint in evicting):
        return replace(
            _UNKNOWN_TAINT, cause=f"The node {workload.node} is unreachable or not Ready: {named} evicted the pod.", remedy=_AGAIN
        )
    cause = f"The node {workload.node} was given {named}, which evicts every pod that does not tolerate it."
    return replace(_UNKNOWN_TAINT, cause=cause, remedy=f"{_without(evicting)} {RUN_AGAIN}.")


def _evicting(workload: Workload) -> list[Taint]:
    """The node's taints that evict the pod; one that it tolerates for some time only evicts it after that."""
    tolerations: Sequence[Json] = ((workload.pod or {}).get("spec") or {}).get("tolerations") or ()
    lasting = [each for each in tolerations if each.get("tolerationSeconds") is None]
    return [taint for taint in workload.taints if taint.effect == "NoExecute" and not tolerates(lasting, taint)]


def _without(taints: Sequence[Taint]) -> str:
    """What to do about taints that someone, or a controller, has set."""
    command = f"'kubectl taint nodes {{node}} {' '.join(f'{taint}-' for taint in taints)}'"
    if any(is_passing(taint.key) for taint in taints):
        return f"Wait until what has set the taint removes it, or remove it with {command} if you have set it."
    tolerated = "tolerate it with node_taints of mnist_job and gpu_job; gpu_proof tolerates what its nodes have when it starts"
    return f"Remove the taint with {command}, or {tolerated}."
