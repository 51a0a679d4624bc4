# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a pod finds a node now, and if not, the finding that says why: two renderings of the same reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Iterable, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from .reasons import Kind, Reason, reasons
from .requests import effective_requests
from .usage import in_units

# As many reasons and taints as a message has room for.
_REASONS, _TAINTS = 5, 5


@dataclass(frozen=True)
class PodDemand:
    """What decides where a pod may run: its spec, and how many whole units of which resource it requests."""

    spec: Json
    resource: str
    gpus: int


def why_pending(name: str, asked: PodDemand, nodes: Sequence[GpuNode]) -> list[Finding]:
    """Why no node takes the pod, as a finding; none if a node would take it. The first reason that only the user can end leads.

    Computed from the nodes, because the scheduler's text names no taint and hides a node's second reason.

    Args:
        name: namespace/name of the pod.
        asked: What the pod requests.
        nodes: All nodes with GPUs.
    """
    requests = {asked.resource: Decimal(asked.gpus)}
    explained = [(node.name, _leading(reasons(asked.spec, requests, node))) for node in nodes]
    refusing = [(node, why) for node, why in explained if why is not None]
    if not refusing or len(refusing) < len(nodes):
        return []
    node, first = min(refusing, key=lambda each: each[1].severity != "error")
    texts = _by_reason([(node, first), *refusing])
    evidence = "; ".join([*texts[:_REASONS], *([f"{len(texts) - _REASONS} more reasons"] if len(texts) > _REASONS else [])])
    why = evidence.rstrip(".") if len(texts) == 1 else f"each of {len(nodes)} nodes has its own reason"
    return [finding(replace(first, cause=f"No node fits the pod: {why}."), [(name, evidence)], node=node)]


def _leading(found: Iterable[Reason]) -> Explanation | None:
    """What a finding says of one node: the explanation of the reason that it prefers, about all taints of a node at once."""
    explained = sorted((each for each in found if each.explanation is not None), key=lambda each: each.kind)
    first = explained[0].explanation if explained else None
    if first is None:
        return None
    about = [each.about for each in explained if each.explanation == first]
    shown = about[:_TAINTS]
    more = " 'kubectl describe node {node}' shows the others." if len(about) > _TAINTS else ""
    return replace(
        first,
        cause=first.cause.replace("{about}", joined_names(about, _TAINTS)),
        remedy=first.remedy.replace("{list}", str(shown)).replace("{removals}", " ".join(f"{taint}-" for taint in shown)) + more,
    )


def _by_reason(refusing: Iterable[tuple[str, Explanation]]) -> list[str]:
    """Each reason once, with the nodes that have it."""
    nodes: dict[str, dict[str, None]] = {}
    for node, why in refusing:
        nodes.setdefault(why.cause, {})[node] = None
    return [f"{joined_names(found)} {why}" if len(found) == 1 else f"{joined_names(found)}: each {why}" for why, found in nodes.items()]


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
    """Which of the nodes would take a pod of this spec now.

    Args:
        spec: The pod's spec.
        nodes: The nodes, with what all of their pods take.
        dynamic: The resources that DRA serves where a node's kubelet offers none.
    """
    requests = {name: in_units(name, amount) for name, amount in effective_requests({"spec": spec}).items()}
    return Fit({node.name: _texts(reasons(spec, requests, node, dynamic)) for node in nodes})


def _texts(found: Iterable[Reason]) -> list[str]:
    """What keeps the pod off at this moment, each once: whether a node is Ready, the scheduler knows by its taints only."""
    return list(dict.fromkeys(each.text for each in found if each.kind is not Kind.NOT_READY))
