# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from .findings import Finding
from .nodes import GpuNode
from .taints import parse_taint, untolerated

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What decides where a pod may run: its spec, and how many whole units of which resource it asks for."""

    spec: Json
    resource: str
    gpus: int


Refusal = tuple[str, str, str]  # code, why (names the node), remedy


def why_pending(name: str, asked: Asked, nodes: Sequence[GpuNode], labels: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """Why no node takes the pod of this name, [] when one would.

    Computed from the nodes, because the scheduler's text names no taint and hides a node's second reason.
    """
    refusals = [next(_refusals(asked, node, labels.get(node.name, {})), None) for node in nodes]
    given = [refusal for refusal in refusals if refusal is not None]
    if not given or len(given) < len(nodes):
        return []
    code, cause, remedy = given[0]
    return [Finding(code, "error", (name,), "; ".join(why for _code, why, _remedy in given), f"No node takes the pod: {cause}.", remedy)]


def _refusals(asked: Asked, node: GpuNode, labels: Mapping[str, str]) -> Iterator[Refusal]:
    """Why this node doesn't take the pod, in the order of the scheduler's filters."""
    blocking = untolerated(asked.spec.get("tolerations") or (), (parse_taint(text) for text in node.taints))
    if blocking:
        taints = ", ".join(map(str, blocking))
        yield (
            "PodLacksToleration",
            f"{node.name} has the taint {taints}, which the pod doesn't tolerate",
            f"Set node_taints: {[str(taint) for taint in blocking]}.",
        )
    wanted = asked.spec.get("nodeSelector") or {}
    missing = ", ".join(f"{key}={value}" for key, value in wanted.items() if labels.get(key) != value)
    if missing:
        yield "PodSelectorMisses", f"{node.name} lacks the label {missing}", "Change the job's node_selector."
    if not node.ready:
        yield "NodeNotReady", f"{node.name} is not Ready", f"Look at 'kubectl describe node {node.name}'."
    if node.cordoned:
        yield "NodeCordoned", f"{node.name} is cordoned", f"kubectl uncordon {node.name}"
    yield from _gpu_refusals(asked, node)


def _gpu_refusals(asked: Asked, node: GpuNode) -> Iterator[Refusal]:
    if node.allocatable == 0:
        yield "NoGpuOnNode", f"{node.name} offers no {asked.resource}", "Run the plugin and verify steps; verify names what is missing."
    elif node.allocatable < asked.gpus:
        why = f"{node.name} has {node.allocatable} {asked.resource}, the pod asks for {asked.gpus}"
        yield "AsksForTooMany", why, "Ask for fewer gpus, or use a bigger vm_size."
    elif node.free < asked.gpus:
        why = f"the GPUs of {node.name} are held by {', '.join(f'{pod} ({units})' for pod, units in node.holders)}"
        yield "AllGpusInUse", why, "Wait for these pods, delete them, or raise the pool's max_count."
