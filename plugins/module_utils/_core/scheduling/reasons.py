# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a node does not take a pod, by the scheduler's own filters: computed, not read from the scheduler's messages.

The one place that judges a pod against a node. Findings about a pending pod, the facts on where a pod fits, and the nodes that a device
plugin does not serve are all renderings of these reasons.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import IntEnum
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import OPERATOR_NAMESPACE, operator_state
from ..nodes.state_taints import explanation_of, is_passing
from ..nodes.taints import Taint, untolerated
from ..shared.counts import counted
from ..shared.explanation import Explanation
from ..shared.findings import joined_names
from ..shared.mappings import Json
from .selectors import missing_labels, unmet_affinity

_HOLDERS = 10  # as many pods as a message has room for
_CORDON = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
# The kubelet's last report decides which of the two a node has, so a pod may wait for the node unless it tolerates both.
_NOT_READY = (Taint("node.kubernetes.io/not-ready", "", "NoSchedule"), Taint("node.kubernetes.io/unreachable", "", "NoSchedule"))
# Kubernetes repeats a node's state in these taints.
_STATES = {
    "node.kubernetes.io/unschedulable": "it is cordoned",
    "node.kubernetes.io/not-ready": "it is not Ready",
    "node.kubernetes.io/unreachable": "its kubelet does not answer",
}


class Kind(IntEnum):
    """What a reason is about, in the order in which a finding prefers them; those after IN_USE have no explanation of their own."""

    TAINT = 1
    PASSING_TAINT = 2
    NODE_SELECTOR = 3
    NOT_READY = 4
    CORDON = 5
    NOT_OFFERED = 6
    TOO_FEW = 7
    IN_USE = 8
    NODE_AFFINITY = 9
    STATE_TAINT = 10
    GATE = 11
    BINDING = 12
    POD_COUNT = 13


class Reason(NamedTuple):
    """Why a node does not take a pod.

    Args:
        kind: What it is about.
        text: The reason as a clause in which "it" is the node.
        about: The labels, taint, amounts or pods that it is about.
        explanation: What a finding says: its cause is a predicate of the node, and {about} and {node} stand for what is filled in.
    """

    kind: Kind
    text: str
    about: str = ""
    explanation: Explanation | None = None


# {about} stands for the subject that all reasons of the kind share, {list} for the same as a list, {removals} for it as kubectl removes it.
_LACKS_TOLERATION = Explanation(
    "PodLacksToleration",
    cause="has the taint {about}, which the pod does not tolerate",
    # Nothing of a node shows which taints are its pool's.
    remedy="Add {list} to node_taints. If a taint is not the pool's, but someone set it, such as for maintenance, remove it with "
    "'kubectl taint nodes {node} {removals}' instead.",
)
_SELECTOR_MISSES = Explanation("PodSelectorMisses", cause="lacks the label {about}", remedy="Change the Job's node_selector.")
_IS_NOT_READY = Explanation("NodeNotReady", cause="is not Ready", remedy="Check 'kubectl describe node {node}'.")
_CORDONED = Explanation("NodeCordoned", cause="is cordoned", remedy="kubectl uncordon {node}")
_NO_GPU = Explanation(
    "NoGpuOnNode", cause="offers no {about}", remedy="Run the plugin and verify steps. The verify step reports what is missing."
)
_TOO_MANY = Explanation("AsksForTooMany", cause="has {about}", remedy="Request fewer gpus, or use a larger vm_size.")
_IN_USE = Explanation(
    "AllGpusInUse",
    cause="has GPUs that are held by {about}",
    remedy="Wait for these pods to end, delete them, or raise the pool's max_count.",
)


def reasons(spec: Json, requests: Mapping[str, Decimal], node: GpuNode, dynamic: Sequence[str] = ()) -> list[Reason]:
    """Every reason why the node does not take the pod, in the order of the scheduler's filters, which themselves stop at the first.

    Computed: scheduling gates, node name, cordon, taints, node selector and required node affinity, the number of pods, and requests of
    every resource. Not: affinity between pods, topology spread, host ports, volumes, quotas.

    Args:
        spec: The pod's spec.
        requests: How much of which resource it requests, in the scheduler's units.
        node: The node.
        dynamic: The resources that dynamic resource allocation (DRA) serves where a node's kubelet offers none.
    """
    return [
        *_binding(spec, node),
        *_readiness(spec, node),
        *taint_reasons(spec.get("tolerations") or (), node.info.taints),
        *selection_reasons(spec, node.labels, node.name),
        *_room(requests, node, dynamic),
    ]


def _binding(spec: Json, node: GpuNode) -> Iterator[Reason]:
    for gate in spec.get("schedulingGates") or ():
        yield Reason(Kind.GATE, f"the pod has the scheduling gate {gate.get('name')}")
    if spec.get("nodeName") not in (None, "", node.name):
        yield Reason(Kind.BINDING, f"the pod is bound to {spec['nodeName']}")


def _readiness(spec: Json, node: GpuNode) -> Iterator[Reason]:
    tolerations = spec.get("tolerations") or ()
    if node.cordoned and untolerated(tolerations, [_CORDON]):
        yield Reason(Kind.CORDON, _STATES[_CORDON.key], explanation=_by_operator(node) or _CORDONED)
    if not node.ready and untolerated(tolerations, _NOT_READY):
        yield Reason(Kind.NOT_READY, "it is not Ready", explanation=_IS_NOT_READY)


def _by_operator(node: GpuNode) -> Explanation | None:
    """What the GPU Operator does with the node, if it is the one that keeps pods away for now."""
    state = operator_state(node.labels)
    if state is None:
        return None
    remedy = state.explanation.remedy.replace("{operator}", OPERATOR_NAMESPACE)
    return replace(state.explanation, cause=f"is being changed by the GPU Operator ({state.evidence})", remedy=remedy, severity="warning")


def taint_reasons(tolerations: Iterable[Mapping[str, Any]], taints: Iterable[Taint]) -> Iterator[Reason]:
    """The taints that the pod does not tolerate."""
    for taint in untolerated(tolerations, taints):
        text = f"the pod doesn't tolerate its taint {taint}"
        if taint.key in _STATES:
            # A taint that only looks like a cordon may block a pod that tolerates a cordon.
            yield Reason(Kind.STATE_TAINT, text if taint.key == _CORDON.key and taint != _CORDON else _STATES[taint.key], str(taint))
        elif is_passing(taint.key):
            yield Reason(Kind.PASSING_TAINT, text, str(taint), _passing(taint))
        else:
            yield Reason(Kind.TAINT, text, str(taint), _LACKS_TOLERATION)


def _passing(taint: Taint) -> Explanation:
    state = explanation_of(taint.key)
    remedy = state.remedy.replace("{first}", "{node}")  # the finding's subject is the pod
    return replace(state, cause=f"has the taint {taint}: {state.cause}", remedy=remedy, severity="warning")


def selection_reasons(spec: Json, labels: Mapping[str, str], node: str | None = None) -> Iterator[Reason]:
    """Which labels of nodeSelector, or else which required node affinity, the node does not have.

    Args:
        spec: The pod's spec.
        labels: The node's labels.
        node: The node's name, None for a node that does not exist yet.
    """
    missing = missing_labels(spec, labels)
    if missing:
        about = ", ".join(missing)
        yield Reason(Kind.NODE_SELECTOR, f"it doesn't match the pod's nodeSelector {about}", about, _SELECTOR_MISSES)
        return
    unmet = unmet_affinity(spec, labels, node)
    if unmet is not None:
        yield Reason(Kind.NODE_AFFINITY, f"it doesn't match the pod's node affinity {unmet}", unmet)


def _room(requests: Mapping[str, Decimal], node: GpuNode, dynamic: Sequence[str]) -> Iterator[Reason]:
    most = node.info.allocatable.get("pods", Decimal(0))
    if node.info.pods + 1 > most:
        yield Reason(Kind.POD_COUNT, f"it has its {counted(most, 'pod')}")
    for name, amount in sorted(requests.items()):
        supply = _supply(name, node, dynamic)
        if amount > supply.free:
            yield _shortage(name, amount, supply, node)


class _Supply(NamedTuple):
    """How much of a resource a node offers and has left, and who holds the rest."""

    offered: Decimal
    free: Decimal
    holders: Sequence[tuple[str, int]]
    by_dra: bool = False


def _supply(name: str, node: GpuNode, dynamic: Sequence[str]) -> _Supply:
    offered = node.info.allocatable.get(name, Decimal(0))
    if name in dynamic and not offered:
        return _Supply(Decimal(node.dra.devices), Decimal(node.dra.free), node.dra.holders, by_dra=True)
    free = offered - (node.info.used or {}).get(name, Decimal(0))
    return _Supply(offered, max(free, Decimal(0)), node.info.holders.get(name, ()))


def _shortage(name: str, amount: Decimal, supply: _Supply, node: GpuNode) -> Reason:
    holders = joined_names((f"{pod} ({units})" for pod, units in supply.holders), _HOLDERS)
    text = f"{amount:f} {name} asked for, {supply.free:f} of {supply.offered:f} free{' by DRA' if supply.by_dra else ''}"
    text += f" (held by {holders})" if holders else ""
    if not supply.offered:
        return Reason(Kind.NOT_OFFERED, text, name, _by_operator(node) or _NO_GPU)
    if supply.offered < amount:
        return Reason(Kind.TOO_FEW, text, f"{supply.offered:f} {name}, the pod asks for {amount:f}", _TOO_MANY)
    return Reason(Kind.IN_USE, text, holders, _IN_USE)
