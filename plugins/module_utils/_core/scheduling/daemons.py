# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A DaemonSet with its pods by node, and why it has none on a node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.taints import Taint
from ..shared.mappings import Json
from .pods import bound_to
from .reasons import Kind, Reason, selection_reasons, taint_reasons

# What the DaemonSet controller adds to its pods, so that they run on a node whatever its state
# (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
_ADDED_TOLERATIONS = (
    *(
        {"key": f"node.kubernetes.io/{pressure}-pressure", "operator": "Exists", "effect": "NoSchedule"}
        for pressure in ("disk", "memory", "pid")
    ),
    {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
)


@dataclass(frozen=True)
class Daemon:
    """A DaemonSet, and its pods by node. containers: all of the template, in the order in which they start."""

    name: str
    namespace: str
    tolerations: tuple[Json, ...]
    node_selector: Mapping[str, str]
    pods: Mapping[str, Json]
    affinity: Json = field(default_factory=dict)
    containers: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The name in messages."""
        return f"DaemonSet {self.namespace}/{self.name}"

    def reasons_against(self, node: GpuNode) -> list[Reason]:
        """Why it should have no pod on the node. A node that is cordoned or not Ready for now is not a reason."""
        return [each for each in self.kept_off(node.labels, node.info.taints, node.name) if each.kind is not Kind.STATE_TAINT]

    def kept_off(self, labels: Mapping[str, str], taints: Iterable[Taint], node: str | None = None) -> list[Reason]:
        """Why its pods do not run on a node.

        Args:
            labels: The node's labels.
            taints: The node's taints.
            node: The node's name, None for a node that does not exist yet.
        """
        spec = {"nodeSelector": self.node_selector, "affinity": self.affinity}
        return [*selection_reasons(spec, labels, node), *taint_reasons(self.tolerations, taints)]


def daemon_fields(daemonset: Json, pods: Mapping[str, Json]) -> dict[str, Any]:
    """The fields of a Daemon, for one or for a class that adds to it."""
    metadata, spec = daemonset["metadata"], template_of(daemonset)
    return {
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "tolerations": (*(spec.get("tolerations") or ()), *_ADDED_TOLERATIONS),
        "node_selector": spec.get("nodeSelector") or {},
        "pods": pods,
        "affinity": spec.get("affinity") or {},
        "containers": tuple(str(each.get("name", "")) for each in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))),
    }


def template_of(daemonset: Json) -> Json:
    """The spec of the DaemonSet's pods."""
    template: Json = daemonset["spec"]["template"]["spec"]
    return template


def pods_of(daemonsets: Sequence[Json], pods: Iterable[Json]) -> dict[str, dict[str, Json]]:
    """The pods of each DaemonSet, by the DaemonSet's uid and the pod's node.

    A DaemonSet may own pods that it does not control, such as the CUDA program that the GPU Operator's validator starts.
    """
    by_owner: dict[str, dict[str, Json]] = {each["metadata"]["uid"]: {} for each in daemonsets}
    for pod in pods:
        for owner in pod["metadata"].get("ownerReferences") or ():
            if owner["uid"] in by_owner and owner.get("controller"):
                _keep(by_owner[owner["uid"]], pod)
    return by_owner


def _keep(pods: dict[str, Json], pod: Json) -> None:
    """Keep a node's pod; one that is being deleted is replaced by its successor."""
    node = bound_to(pod)
    if node is not None and (node not in pods or "deletionTimestamp" in pods[node]["metadata"]):
        pods[node] = pod
