# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping

from .paths import is_dedicated_image
from .requests import quantity, requests_by_node
from .sizes import gpu_model
from .taints import taints_of_node

# https://learn.microsoft.com/azure/aks/use-labels; the label without prefix is what AKS set before 1.24 and still sets.
POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")
GPU_LABELS = ("kubernetes.azure.com/accelerator", "accelerator")
SIZE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
IMAGE_LABEL = "kubernetes.azure.com/node-image-version"
MANAGED_LABEL = "kubernetes.azure.com/dcgm-exporter"  # AKS sets it where plugin and exporter are services of the node
PRODUCT_LABEL = "nvidia.com/gpu.product"  # GPU feature discovery
# Kubernetes repeats a node's state in taints that no pod should have to tolerate; `cordoned` and `ready` say the same.
_STATE_TAINTS = ("node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def first_label(node: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of these labels that the node has, "" for none."""
    labels = node["metadata"].get("labels") or {}
    return next((str(labels[name]) for name in names if name in labels), "")


def pool_of(node: Mapping[str, Any]) -> str:
    """The agent pool that the node belongs to, "" outside AKS."""
    return first_label(node, POOL_LABELS)


def is_gpu_node(node: Mapping[str, Any]) -> bool:
    """Whether AKS labels the node as one with an NVIDIA GPU, or it advertises one."""
    status = node.get("status", {})
    advertised = any(name.startswith("nvidia.com/") for name in status.get("capacity") or {})
    return first_label(node, GPU_LABELS) == "nvidia" or advertised


def is_ready(node: Mapping[str, Any]) -> bool:
    """Whether the kubelet reports the node Ready."""
    conditions = node.get("status", {}).get("conditions") or ()
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def own_plugin(node: Mapping[str, Any]) -> str:
    """Why the node needs no device plugin pod: what brings the plugin there, "" when a pod has to."""
    image = first_label(node, (IMAGE_LABEL,))
    if is_dedicated_image(image):
        return f"its image {image} is the dedicated GPU image, which contains the device plugin"
    if first_label(node, (MANAGED_LABEL,)) == "enabled":
        return "AKS manages its GPU: the device plugin runs as a service of the node"
    return ""


@dataclass(frozen=True)
class GpuNode:
    """What matters of a node for one GPU resource. Counts are whole devices; holders are (namespace/pod, units)."""

    name: str
    pool: str
    vm_size: str
    gpu_model: str
    image_version: str
    ready: bool
    cordoned: bool
    capacity: int
    allocatable: int
    holders: tuple[tuple[str, int], ...]
    taints: tuple[str, ...]
    own_plugin: str

    @property
    def requested(self) -> int:
        """Devices that pods on the node hold."""
        return sum(units for _unused, units in self.holders)

    @property
    def free(self) -> int:
        """Devices that a new pod could get, were the node schedulable."""
        return max(0, self.allocatable - self.requested)

    @property
    def schedulable(self) -> bool:
        """Whether a pod that tolerates the node's taints would get a GPU here now."""
        return self.ready and not self.cordoned and self.free > 0

    @property
    def serves(self) -> bool:
        """Whether the node offers all its GPUs to Kubernetes, taken or not."""
        return self.ready and 0 < self.capacity == self.allocatable

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {
            "name": self.name,
            "pool": self.pool,
            "vm_size": self.vm_size,
            "gpu_model": self.gpu_model,
            "image_version": self.image_version,
            "ready": self.ready,
            "cordoned": self.cordoned,
            "capacity": self.capacity,
            "allocatable": self.allocatable,
            "requested": self.requested,
            "free": self.free,
            "taints": list(self.taints),
            "schedulable": self.schedulable,
        }


def gpu_nodes(nodes: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]], resource: str) -> list[GpuNode]:
    """Facts of these nodes for one GPU resource, sorted by name; every node given is kept, also one that shows no GPU."""
    holders = requests_by_node(pods, resource)
    facts = [_gpu_node(node, resource, tuple(holders.get(node["metadata"]["name"], ()))) for node in nodes]
    return sorted(facts, key=lambda node: node.name)


def _gpu_node(node: Mapping[str, Any], resource: str, holders: tuple[tuple[str, int], ...]) -> GpuNode:
    status = node.get("status", {})
    vm_size = first_label(node, SIZE_LABELS)
    return GpuNode(
        name=node["metadata"]["name"],
        pool=pool_of(node),
        vm_size=vm_size,
        gpu_model=first_label(node, (PRODUCT_LABEL,)) or gpu_model(vm_size),
        image_version=first_label(node, (IMAGE_LABEL,)),
        ready=is_ready(node),
        cordoned=bool(node["spec"].get("unschedulable")),
        capacity=int(quantity((status.get("capacity") or {}).get(resource, 0))),
        allocatable=int(quantity((status.get("allocatable") or {}).get(resource, 0))),
        holders=holders,
        taints=tuple(str(taint) for taint in taints_of_node(node) if taint.key not in _STATE_TAINTS),
        own_plugin=own_plugin(node),
    )
