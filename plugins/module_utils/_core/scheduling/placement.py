# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a pod fits on a node, and why not on each: the scheduler's own filters, computed instead of read from events."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..nodes.gpu_node import GpuNode, NodeInfo
from ..nodes.gpu_operator import OPERATOR_NAMESPACE, operator_state
from ..nodes.state_taints import explanation_of, is_passing
from ..nodes.taints import Taint, parse_taint, untolerated
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from .requests import effective_requests
from .selectors import why_not_selected
from .usage import in_units

# Of reasons, taints and pods, as many as a message has room for.
_REASONS, _TAINTS, _HOLDERS = 5, 5, 10
_CORDON = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
# Which of them a node has, the kubelet's last word decides: a pod that tolerates both is placed there whatever it was.
_NOT_READY = (Taint("node.kubernetes.io/not-ready", "", "NoSchedule"), Taint("node.kubernetes.io/unreachable", "", "NoSchedule"))
_STATES = {
    "node.kubernetes.io/unschedulable": "it is cordoned",
    "node.kubernetes.io/not-ready": "it is not Ready",
    "node.kubernetes.io/unreachable": "its kubelet does not answer",
}


@dataclass(frozen=True)
class PodDemand:
    """What decides where a pod may run: its spec, and how many whole units of which resource it asks for."""

    spec: Json
    resource: str
    gpus: int


class Refusal(NamedTuple):
    """Why a node doesn't take the pod, as what is said of the node; a passing one ends without the user."""

    code: str
    node: str
    why: str
    remedy: str
    passing: bool = False


def why_pending(name: str, asked: PodDemand, nodes: Sequence[GpuNode], labels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """Why no node takes the pod of this name, [] when one would. The first reason that only the user can end leads.

    Computed from the nodes, because the scheduler's text names no taint and hides a node's second reason.
    """
    refusals = [next(_refusals(asked, node, labels.get(node.name, {})), None) for node in nodes]
    given = [refusal for refusal in refusals if refusal is not None]
    if not given or len(given) < len(nodes):
        return []
    first = min(given, key=lambda refusal: refusal.passing)
    reasons = _by_reason([first, *given])
    evidence = "; ".join([*reasons[:_REASONS], *([f"{len(reasons) - _REASONS} more reasons"] if len(reasons) > _REASONS else [])])
    why = evidence.rstrip(".") if len(reasons) == 1 else f"each of {len(nodes)} for a reason of its own"
    severity = "warning" if first.passing else "error"
    return [
        finding(
            Explanation(first.code, cause=f"No node takes the pod: {why}.", remedy=first.remedy, severity=severity),
            [(name, evidence)],
            node=first.node,
        )
    ]


def _by_reason(refusals: Sequence[Refusal]) -> list[str]:
    """Each reason once, with the nodes that have it."""
    nodes: dict[str, dict[str, None]] = {}
    for each in refusals:
        nodes.setdefault(each.why, {})[each.node] = None
    return [f"{joined_names(found)} {why}" if len(found) == 1 else f"{joined_names(found)}: each {why}" for why, found in nodes.items()]


def _refusals(asked: PodDemand, node: GpuNode, labels: Mapping[str, str]) -> Iterator[Refusal]:
    """Why this node doesn't take the pod, in the order of the scheduler's filters; what the user can end before what passes."""
    yield from _taint_refusals(asked, node)
    wanted = asked.spec.get("nodeSelector") or {}
    missing = ", ".join(f"{key}={value}" for key, value in wanted.items() if labels.get(key) != value)
    if missing:
        yield Refusal("PodSelectorMisses", node.name, f"lacks the label {missing}", "Change the job's node_selector.")
    if not node.ready and not _tolerates_all(asked.spec, _NOT_READY):
        yield Refusal("NodeNotReady", node.name, "is not Ready", "Look at 'kubectl describe node {node}'.")
    cordoned = node.cordoned and not _tolerates_all(asked.spec, [_CORDON])
    operators = operator_state(labels)
    if operators is not None and (cordoned or not node.allocatable):
        remedy = operators.explanation.remedy.replace("{operator}", OPERATOR_NAMESPACE)
        yield Refusal(operators.explanation.code, node.name, f"is in the GPU Operator's hands ({operators.evidence})", remedy, passing=True)
    if cordoned:
        yield Refusal("NodeCordoned", node.name, "is cordoned", "kubectl uncordon {node}")
    yield from _gpu_refusals(asked, node)


def _taint_refusals(asked: PodDemand, node: GpuNode) -> Iterator[Refusal]:
    blocking = untolerated(asked.spec.get("tolerations") or (), (parse_taint(text) for text in node.taints))
    lasting = [str(taint) for taint in blocking if not is_passing(taint.key)]
    if lasting:
        more = "" if len(lasting) <= _TAINTS else " The others: 'kubectl describe node {node}'."
        yield Refusal(
            "PodLacksToleration", node.name, f"has the taint {joined_names(lasting, _TAINTS)}, which the pod doesn't tolerate",
            f"Set node_taints: {lasting[:_TAINTS]}.{more}",
        )  # fmt: skip
    for taint in blocking:
        if is_passing(taint.key):
            state = explanation_of(taint.key)
            remedy = state.remedy.replace("{first}", "{node}")  # the finding's subject is the pod
            yield Refusal(state.code, node.name, f"has the taint {taint}: {state.cause}", remedy, passing=True)


def _tolerates_all(spec: Json, taints: Sequence[Taint]) -> bool:
    return not untolerated(spec.get("tolerations") or (), taints)


def _gpu_refusals(asked: PodDemand, node: GpuNode) -> Iterator[Refusal]:
    if node.allocatable == 0:
        why = f"offers no {asked.resource}"
        yield Refusal("NoGpuOnNode", node.name, why, "Run the plugin and verify steps; verify names what is missing.")
    elif node.allocatable < asked.gpus:
        why = f"has {node.allocatable} {asked.resource}, the pod asks for {asked.gpus}"
        yield Refusal("AsksForTooMany", node.name, why, "Ask for fewer gpus, or use a bigger vm_size.")
    elif node.free < asked.gpus:
        why = f"has GPUs that are held by {joined_names((f'{pod} ({units})' for pod, units in node.holders), _HOLDERS)}"
        yield Refusal("AllGpusInUse", node.name, why, "Wait for these pods, delete them, or raise the pool's max_count.")


@dataclass(frozen=True)
class Fit:
    """Whether a pod would find a node now, and why each node that doesn't take it does not, [] for one that does."""

    nodes: Mapping[str, Sequence[str]]

    @property
    def fits(self) -> bool:
        """Whether one node takes it."""
        return any(not why for why in self.nodes.values())

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {"fits": self.fits, "nodes": {name: list(why) for name, why in self.nodes.items()}}


def fit(spec: Json, nodes: Sequence[GpuNode], dynamic: Sequence[str] = ()) -> Fit:
    """Which of the nodes would take a pod of this spec now, by the scheduler's own filters and not by the text of an event.

    Recomputed: scheduling gates, node name, cordon, taints, node selector and required node affinity, the number of pods, and requests
    of every resource. Not: affinity between pods, topology spread, host ports, volumes, quotas. dynamic names the resources that DRA
    serves where a node's kubelet offers none.
    """
    asked = {name: in_units(name, amount) for name, amount in effective_requests({"spec": spec}).items()}
    gates = [f"the pod has the scheduling gate {gate.get('name')}" for gate in spec.get("schedulingGates") or ()]
    return Fit({node.name: [*gates, *why_not(spec, asked, node, dynamic)] for node in nodes})


def why_not(spec: Json, asked: Mapping[str, Decimal], node: GpuNode, dynamic: Sequence[str] = ()) -> Iterator[str]:
    """Every reason why the node doesn't take the pod, in the order of the scheduler's filters, which themselves stop at the first."""
    if node.info is None:
        return
    yield from _kept_off(spec, node, node.info)
    missed = why_not_selected(spec, node.labels, node.name)
    if missed:
        yield f"it doesn't match the pod's {missed}"
    yield from _no_space(asked, node, node.info, dynamic)


def _kept_off(spec: Json, node: GpuNode, info: NodeInfo) -> Iterator[str]:
    if spec.get("nodeName") not in (None, "", node.name):
        yield f"the pod is bound to {spec['nodeName']}"
    blocking = untolerated(spec.get("tolerations") or (), [*([_CORDON] if info.cordoned else []), *info.taints])
    yield from dict.fromkeys(map(_keeps_off, blocking))


def _keeps_off(taint: Taint) -> str:
    """What an untolerated taint says of its node; one that only looks like a cordon may be there though the pod tolerates a cordon."""
    state = _STATES.get(taint.key) if taint.key != _CORDON.key or taint == _CORDON else None
    return state or f"the pod doesn't tolerate its taint {taint}"


def _no_space(asked: Mapping[str, Decimal], node: GpuNode, info: NodeInfo, dynamic: Sequence[str]) -> Iterator[str]:
    most = info.allocatable.get("pods", Decimal(0))
    if info.pods + 1 > most:
        yield f"it has its {most} pods"
    for name, amount in sorted(asked.items()):
        offered = info.allocatable.get(name, Decimal(0))
        if not amount:
            continue
        if name in dynamic and not offered:
            if amount > node.dra.free:
                yield f"{amount:f} {name} asked for, {node.dra.free} of {node.dra.devices} free by DRA{_held_by(node.dra.holders)}"
            continue
        free = offered - (info.used or {}).get(name, Decimal(0))
        if amount > free:
            yield f"{amount:f} {name} asked for, {max(free, Decimal(0)):f} of {offered:f} free{_held_by(info.holders.get(name, ()))}"


def _held_by(holders: Sequence[tuple[str, int]]) -> str:
    return f" (held by {joined_names((f'{pod} ({units})' for pod, units in holders), _HOLDERS)})" if holders else ""
