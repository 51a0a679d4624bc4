# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Nodes that offer their GPUs otherwise than asked for, or fewer of them than they have."""

from __future__ import annotations

from typing import Iterator, Mapping

from ..nodes.gpu_node import GpuNode
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.counts import counted
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names


# gpu-multi-instance.md (mixed: nvidia.com/mig-1g.10gb), NVIDIA/k8s-device-plugin README (renameByDefault: nvidia.com/gpu.shared)
def other_name(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The node offers its GPUs, under another name than the one asked for."""
    shown = []
    names: dict[str, None] = {}
    for node in snapshot.nodes:
        others = snapshot.other_resources(node) if node.ready and node.allocatable == 0 else {}
        if others:
            names.update(dict.fromkeys(others))
            shown.append((node.name, f"allocatable has {_amounts(others)}"))
    if shown:
        severity = "warning" if any(node.allocatable > 0 for node in snapshot.nodes) else "error"
        yield finding(
            Explanation(
                "OtherResourceName",
                cause=f"The node offers its GPUs as {joined_names(names)}, not as {snapshot.resource}.",
                remedy=f"Set resource_name: {min(names)}, or give the plugin another MIG or sharing configuration.",
                severity=severity,
            ),
            shown,
        )


def _amounts(resources: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {units}" for name, units in resources.items())


# NVIDIA/k8s-device-plugin README (resources.gpus in its configuration renames)
def config_unread(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A node offers something that may be a GPU under another name, and the configuration that would say so can't be read."""
    unknown = {name for node in snapshot.without_gpu() for name in node.unlisted if not snapshot.passed_through(node)}
    if unknown and snapshot.unread_configs:
        yield finding(
            Explanation(
                "PluginConfigUnread",
                cause="A device plugin's ConfigMap cannot be read, so it is unknown whether "
                f"{joined_names(sorted(unknown))} stands for GPUs.",
                remedy="Give the account permission to get these ConfigMaps: {all}.",
                severity="warning",
            ),
            list(snapshot.unread_configs.items()),
        )


# kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#extended-resource
def dra_only(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The GPUs are offered through DRA, where no extended resource names them."""
    shown = [
        (node.name, f"{counted(snapshot.dra_devices[node.name], 'device')} in ResourceSlices, {snapshot.resource} is 0")
        for node in snapshot.nodes
        if node.ready and node.allocatable == 0 and snapshot.dra_devices.get(node.name)
    ]
    if shown and snapshot.resource not in snapshot.dra_resources:
        yield finding(
            Explanation(
                "DraOnly",
                cause=f"The node offers its GPUs only through DRA, so a limit of {snapshot.resource} cannot be satisfied.",
                remedy=f"Request them with a ResourceClaim, or set extendedResourceName: {snapshot.resource} in the DeviceClass.",
                severity="warning",
            ),
            shown,
        )


# NVIDIA/cloud-native-docs gpu-operator (vm-passthrough, confidential containers); NVIDIA/kubevirt-gpu-device-plugin
def passed_through(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The node's GPUs go to virtual machines."""
    bare = [node for node in snapshot.nodes if node.ready and node.allocatable == 0]
    passed = {node.name: snapshot.passed_through(node) for node in bare}
    shown = [(name, f"allocatable has {_amounts(resources)}") for name, resources in passed.items() if resources]
    if shown:
        yield finding(
            Explanation(
                "GpusPassedThrough",
                cause="The node passes its GPUs through to virtual machines, so containers cannot use them.",
                remedy="Use another pool. If the GPU Operator configured the node, return the GPUs to containers with 'kubectl label node "
                "{first} nvidia.com/gpu.workload.config=container --overwrite'.",
            ),
            shown,
        )


# https://learn.microsoft.com/azure/aks/use-windows-gpu
def on_windows(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The nodes of a Windows pool that was named."""
    shown = [(node.name, "label kubernetes.io/os is windows") for node in snapshot.nodes if node.windows]
    if shown:
        yield finding(
            Explanation(
                "WindowsNode",
                cause=f"A Windows node never offers {snapshot.resource}: the DirectX device plugin offers its GPU as "
                "microsoft.com/directx.",
                remedy="Use a Linux pool. For Windows containers, see https://learn.microsoft.com/azure/aks/use-windows-gpu.",
            ),
            shown,
        )


# https://learn.microsoft.com/azure/virtual-machines/sizes/overview (GPU accelerated: the N family)
def size_without_gpu(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The nodes of a pool that was named, and whose machines have no GPU."""
    shown = [(node.name, f"its size is {node.vm_size}") for node in snapshot.nodes if node.has_no_gpu]
    if shown:
        yield finding(
            Explanation(
                "SizeWithoutGpu",
                cause="The node's VM size does not have a GPU.",
                remedy="Use a pool with an N-series size, such as Standard_NC4as_T4_v3, or create one with gpuops.aks.aks_gpu_nodepool.",
            ),
            shown,
        )


# Azure/AKS#839; the numbers are those of Microsoft.Compute/skus (sizes/catalog.py)
def fewer_than_the_size_has(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Whole GPUs that a node's machine should have and its kubelet does not know."""
    shown = []
    for node in snapshot.nodes:
        physical = node.hardware.physical
        if _offers_whole_gpus(snapshot, node) and node.capacity < physical:
            shown.append((node.name, f"capacity has {node.capacity} {snapshot.resource}, {node.vm_size} has {counted(physical, 'GPU')}"))
    if shown:
        yield finding(
            Explanation(
                "FewerGpusThanSize",
                cause="The node offers fewer GPUs than its size has.",
                remedy="Check the plugin's log, and look for the condition GPUMissing in 'kubectl get node {first} -o yaml'. If the driver "
                "does not see a GPU, drain and replace the node.",
                severity="warning",
            ),
            shown,
        )


def _offers_whole_gpus(snapshot: ClusterSnapshot, node: GpuNode) -> bool:
    """Whether each unit that the node offers is a GPU of its own, and all that it has are offered under this name."""
    shared = node.hardware.replicas > 1 or node.hardware.sharing != "none" or "-MIG-" in node.gpu_model
    otherwise = snapshot.offers_otherwise(node) or node.unlisted
    return node.ready and 0 < node.allocatable == node.capacity and not (_reports_missing_gpu(node) or shared or otherwise)


def _reports_missing_gpu(node: GpuNode) -> bool:
    """Whether a condition of the node says so already."""
    known = (each.known for each in node.conditions if each.status == "True")
    return any(each is not None and each.explanation.code == "GPUMissing" for each in known)


OFFER_CAUSES = (on_windows, size_without_gpu, passed_through, other_name, config_unread, fewer_than_the_size_has)
# No reason against GPUs, but against a request for them by the name of the resource.
NAME_CAUSES = (dra_only,)
