# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns Node objects into GpuNode: counts, labels, size and what brings the device plugin to the node."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from ..nodes.conditions import telling_conditions
from ..nodes.dra import DynamicDevices
from ..nodes.gpu_node import GpuNode, Hardware, NodeInfo, Resource
from ..nodes.taints import taints_of_node
from ..owners.owners import owners_of_node
from ..sizes.lookup import gpu_model, known_size
from .requests import GPU_PREFIX, Amounts, gpu_resources, is_gpu_resource, quantity
from .usage import AllocatedResources, NodeUsage, in_units

# https://learn.microsoft.com/azure/aks/use-labels; the label without prefix is what AKS set before 1.24 and still sets.
POOL_LABEL = "kubernetes.azure.com/agentpool"
POOL_LABELS = (POOL_LABEL, "agentpool")
GPU_LABELS = ("kubernetes.azure.com/accelerator", "accelerator")
OS_LABELS = ("kubernetes.io/os", "beta.kubernetes.io/os")
WINDOWS = "windows"
SIZE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
IMAGE_LABEL = "kubernetes.azure.com/node-image-version"
# Names of AKS' scale sets and of a pool of virtual machines: aks-<pool>-<number>-vmss, aks-<pool>-<number>-vms<n>.
_MACHINE = re.compile(r"/(?:virtualMachineScaleSets|virtualMachines)/aks-(?P<pool>[a-z][a-z0-9]{0,11})-\d+-vms", re.IGNORECASE)
# GPU feature discovery, https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery
PRODUCT_LABEL = "nvidia.com/gpu.product"
COUNT_LABEL = "nvidia.com/gpu.count"
REPLICAS_LABEL = "nvidia.com/gpu.replicas"
SHARING_LABEL = "nvidia.com/gpu.sharing-strategy"
DRIVER_LABEL = "nvidia.com/cuda.driver-version.full"
_DRIVER_PARTS = ("nvidia.com/cuda.driver.major", "nvidia.com/cuda.driver.minor", "nvidia.com/cuda.driver.rev")
MIG_STRATEGY_LABEL = "nvidia.com/mig.strategy"
# Kubernetes repeats a node's state in taints that no pod should have to tolerate; `cordoned` and `ready` hold the same.
_STATE_TAINTS = ("node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def first_label(node: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of these labels that the node has, "" for none."""
    labels = node["metadata"].get("labels") or {}
    return next((str(labels[name]) for name in names if name in labels), "")


def pool_of(node: Mapping[str, Any]) -> str:
    """The agent pool of the node's machine by its provider ID, or else by its labels, which anyone can change; "" outside AKS."""
    machine = _MACHINE.search(str((node.get("spec") or {}).get("providerID") or ""))
    return machine["pool"].lower() if machine else first_label(node, POOL_LABELS)


def is_gpu_node(node: Mapping[str, Any]) -> bool:
    """Whether AKS labels the node as one with an NVIDIA GPU, or it advertises one.

    A Windows node has the label, too, and offers its GPU as microsoft.com/directx, by another plugin and to other containers.
    """
    if first_label(node, OS_LABELS) == WINDOWS:
        return False
    return first_label(node, GPU_LABELS) == "nvidia" or bool(gpu_resources(_capacity(node), labels=node["metadata"].get("labels")))


def _capacity(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return (node.get("status") or {}).get("capacity") or {}


def is_ready(node: Mapping[str, Any]) -> bool:
    """Whether the kubelet reports the node Ready."""
    conditions = node.get("status", {}).get("conditions") or ()
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def builtin_plugin(node: Mapping[str, Any]) -> str | None:
    """Why the node needs no device plugin pod, as what provides the plugin there; None if it needs one."""
    return owners_of_node(first_label(node, (IMAGE_LABEL,)), node["metadata"].get("labels") or {}).reason or None


def known_nodes(
    nodes: Iterable[Mapping[str, Any]], usage: NodeUsage, resource: str, dynamic: DynamicDevices | None = None
) -> list[GpuNode]:
    """Facts of these nodes for one GPU resource, sorted by name."""
    facts = (_gpu_node(node, resource, usage, dynamic or DynamicDevices()) for node in nodes)
    return sorted(facts, key=lambda node: node.name)


def _gpu_node(node: Mapping[str, Any], resource: str, usage: NodeUsage, dynamic: DynamicDevices) -> GpuNode:
    status = node.get("status") or {}
    name = node["metadata"]["name"]
    vm_size = first_label(node, SIZE_LABELS)
    allocated = usage.of(name)
    return GpuNode(
        name=name,
        pool=pool_of(node),
        vm_size=vm_size,
        gpu_model=first_label(node, (PRODUCT_LABEL,)) or gpu_model(vm_size) or "",
        image_version=first_label(node, (IMAGE_LABEL,)),
        ready=is_ready(node),
        cordoned=bool(node["spec"].get("unschedulable")),
        capacity=_units(status.get("capacity"), resource),
        allocatable=_units(status.get("allocatable"), resource),
        holders=tuple(allocated.holders.get(resource, ())),
        taints=tuple(str(taint) for taint in taints_of_node(node) if taint.key not in _STATE_TAINTS),
        builtin_plugin=builtin_plugin(node),
        conditions=telling_conditions(status.get("conditions")),
        labels=node["metadata"].get("labels") or {},
        resources=_resources(node, resource, allocated),
        unlisted=_unlisted(node, resource),
        windows=first_label(node, OS_LABELS) == WINDOWS,
        containerd=str((status.get("nodeInfo") or {}).get("containerRuntimeVersion") or ""),
        driver=_driver_version(node),
        uid=str(node["metadata"].get("uid") or ""),
        hardware=_hardware(node, vm_size),
        dra=dynamic.on(name),
        info=_node_info(node, allocated, whole=usage.whole),
    )


def _driver_version(node: Mapping[str, Any]) -> str:
    """The driver's version by GPU feature discovery, whose older versions report it in parts."""
    parts = [first_label(node, (label,)) for label in _DRIVER_PARTS]
    return first_label(node, (DRIVER_LABEL,)) or ".".join(part for part in parts if part)


def _units(amounts: Mapping[str, Any] | None, resource: str) -> int:
    return int(quantity((amounts or {}).get(resource, 0)))


def _resources(node: Mapping[str, Any], resource: str, allocated: AllocatedResources) -> dict[str, Resource]:
    """Every GPU resource that the node has or its pods hold: whole devices, shares of them, MIG slices, and the one that is asked for."""
    status = node.get("status") or {}
    listed = (_capacity(node), status.get("allocatable") or {}, allocated.holders)
    counts = {}
    for name in sorted(
        {*gpu_resources(*listed, labels=node["metadata"].get("labels")), *(name for each in listed for name in each if name == resource)}
    ):
        allocatable = _units(status.get("allocatable"), name)
        requested = sum(units for _unused, units in allocated.holders.get(name, ()))
        counts[name] = Resource(_units(status.get("capacity"), name), allocatable, requested, max(0, allocatable - requested))
    return counts


def _unlisted(node: Mapping[str, Any], resource: str) -> dict[str, int]:
    """Resources with NVIDIA's prefix that are not known to be GPUs for containers."""
    allocatable, labels = (node.get("status") or {}).get("allocatable") or {}, node["metadata"].get("labels")
    names = [name for name in allocatable if name.startswith(GPU_PREFIX) and name != resource and not is_gpu_resource(name, labels)]
    return {name: units for name in sorted(names) if (units := _units(allocatable, name))}


def _hardware(node: Mapping[str, Any], vm_size: str) -> Hardware:
    """What GPU feature discovery and the size say of the machine: the greater count, because the former does not see a GPU that is lost.

    If its product is a MIG slice, its count is of slices. An older version reports no sharing strategy, and supports only time-slicing.
    """
    size = known_size(vm_size)
    count, replicas = (_number(first_label(node, (label,))) for label in (COUNT_LABEL, REPLICAS_LABEL))
    of_size = size.gpus if size else 0
    return Hardware(
        physical=of_size if is_sliced(node) else max(count, of_size),
        replicas=max(1, replicas),
        sharing=first_label(node, (SHARING_LABEL,)) or ("time-slicing" if replicas > 1 else "none"),
    )


def is_sliced(node: Mapping[str, Any]) -> bool:
    """Whether nvidia.com/gpu is a MIG slice: by the product (NVIDIA-A100-SXM4-40GB-MIG-1g.5gb), or without a product by the strategy."""
    product = first_label(node, (PRODUCT_LABEL,))
    return "-MIG-" in product if product else first_label(node, (MIG_STRATEGY_LABEL,)) == "single"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _node_info(node: Mapping[str, Any], allocated: AllocatedResources, *, whole: bool) -> NodeInfo:
    allocatable: Amounts = {}
    for name, text in ((node.get("status") or {}).get("allocatable") or {}).items():
        allocatable[name] = in_units(name, quantity(text))
    return NodeInfo(
        taints=taints_of_node(node),
        allocatable=allocatable,
        used=allocated.used if whole else None,
        pods=allocated.pods,
        holders=allocated.holders,
    )
