# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Iterator

from .findings import Finding, Meaning, finding, meant, named
from .gpu_node import GpuNode
from .log_signatures import DRIVER, recognise
from .pods import pod_name
from .scene import Scene
from .taints import parse_taint


# https://kubernetes.io/docs/reference/node/node-status/#condition
def not_ready(scene: Scene) -> Iterator[Finding]:
    """The kubelet doesn't report, or says that it is not ready."""
    shown = [(node.name, _readiness(node)) for node in scene.nodes if not node.ready]
    if shown:
        yield finding(
            "NodeNotReady", "error", shown, "The node's kubelet does not report Ready.",
            "Look at 'kubectl describe node {first}'; a node that stays so is best replaced.",
        )  # fmt: skip


def _readiness(node: GpuNode) -> str:
    return next((each.evidence for each in node.conditions if each.type == "Ready"), "condition Ready is not True")


# https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration
def cordoned(scene: Scene) -> Iterator[Finding]:
    """Somebody keeps new pods off the node."""
    shown = [(node.name, "spec.unschedulable is true") for node in scene.nodes if node.cordoned]
    if shown:
        yield finding("NodeCordoned", "warning", shown, "The node is cordoned: it takes no new pods.", "kubectl uncordon {all}")


# Taints that come and go with a node's state: nobody should tolerate them.
_LEAVING = {
    # https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
    "ToBeDeletedByClusterAutoscaler": Meaning(
        "NodeBeingDeleted", "warning", "The autoscaler is removing the node.",
        "Wait, or raise min_count; a pod that needs a GPU brings a node back.",
    ),
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown
    "node.cloudprovider.kubernetes.io/shutdown": Meaning(
        "NodeShutDown", "warning", "The node's machine is stopped or deallocated.",
        "Start the pool: 'az aks nodepool start'; with scale-down mode Deallocate the autoscaler starts it for a pod.",
    ),
    "node.kubernetes.io/out-of-service": Meaning("NodeShutDown", "warning", "The node is out of service.", "Replace the node."),
    # https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    "node.kubernetes.io/disk-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node's disk is full: it takes no new pods.",
        "Use a bigger os disk, or delete images and pods there.",
    ),
    "node.kubernetes.io/memory-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node is short of memory: it takes no new pods.", "Delete pods there."
    ),
    "node.kubernetes.io/pid-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node lacks process IDs: it takes no new pods.", "Delete pods there."
    ),
}  # fmt: skip
_STARTING = (
    "node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "node.cilium.io/", "karpenter.sh/",
    "startup-taint.cluster-autoscaler.kubernetes.io/", "ignore-taint.cluster-autoscaler.kubernetes.io/", "remediator.kubernetes.azure.com/",
)  # fmt: skip
_NOT_OPEN = Meaning(
    "NodeNotOpen", "warning", "A controller keeps pods off the node while it sets it up or repairs it.",
    "Wait; a node that stays so is best replaced: 'kubectl describe node {first}'.",
)  # fmt: skip


def is_passing(taint_key: str) -> bool:
    """Whether a taint speaks of a node's state, so that no pod should have to tolerate it."""
    return taint_key.startswith(_STARTING) or taint_key in _LEAVING


def tainted_by_state(scene: Scene) -> Iterator[Finding]:
    """A controller keeps pods off the node, for now."""
    shown: dict[Meaning, list[tuple[str, str]]] = {}
    for node in scene.nodes:
        for taint in map(parse_taint, node.taints):
            if taint.blocks and is_passing(taint.key):
                shown.setdefault(_LEAVING.get(taint.key, _NOT_OPEN), []).append((node.name, f"taint {taint}"))
    for meaning, where in shown.items():
        yield meant(meaning, where)


# https://learn.microsoft.com/azure/aks/gpu-health-monitoring; the table is in node_conditions.py
def unhealthy(scene: Scene) -> Iterator[Finding]:
    """AKS' node problem detector has found something wrong with GPUs."""
    shown: dict[str, list[tuple[str, str]]] = {}
    rows = {}
    for node in scene.nodes:
        for condition in node.conditions:
            known = condition.known
            if known is not None and condition.status == "True":
                rows[known.type] = known
                shown.setdefault(known.type, []).append((node.name, condition.evidence))
    for code, where in shown.items():
        row = rows[code]
        yield finding(code, row.severity, where, row.cause, row.remedy)


# aks-managed-gpu-nodes.md (managed), Azure/AKS#4472 (dedicated image): both bring the plugin, and a pod is never the answer
def own_plugin_silent(scene: Scene) -> Iterator[Finding]:
    """A node that needs no plugin pod offers nothing."""
    shown = [
        (node.name, f"{scene.resource} is 0; {node.own_plugin}")
        for node in scene.nodes
        if node.ready
        and node.own_plugin
        and node.allocatable == 0
        and not scene.other_resources(node)
        and not scene.dra_devices.get(node.name)
    ]
    if shown:
        yield finding(
            "NodeServesNoGpu", "error", shown, "The node should serve its GPUs without a plugin pod, and doesn't.",
            "Install no DaemonSet there. If the node is older than 15 minutes, replace it: 'kubectl drain {first}' and delete the machine; "
            "if a new one does the same, recreate the pool.",
        )  # fmt: skip


# NVIDIA/k8s-device-plugin internal/rm/health.go: an Xid marks the device unhealthy, the kubelet takes it out of allocatable
def lost_devices(scene: Scene) -> Iterator[Finding]:
    """Some of a node's devices are not offered any more."""
    shown = [
        (node.name, f"allocatable {node.allocatable} of capacity {node.capacity}{_plugins_word(scene, node)}")
        for node in scene.nodes
        if node.has_lost_devices
    ]
    if shown:
        yield finding(
            "DevicesUnhealthy", "error", shown, "The device plugin has marked devices of the node unhealthy, usually after an Xid error.",
            "Look for 'Xid' in the plugin's log on {first}; drain and replace the node.",
        )  # fmt: skip


def _plugins_word(scene: Scene, node: GpuNode) -> str:
    """What the log of the node's plugin says of its devices, "" when nothing known or it was not read."""
    pods = (plugin.pods[node.name] for plugin in scene.plugins if node.name in plugin.pods)
    known = next(filter(None, (recognise(scene.plugin_logs.get(pod_name(pod), ""), DRIVER) for pod in pods)), None)
    return f"; the plugin's log: {known[1]}" if known else ""


# kubernetes pkg/kubelet/cm/devicemanager: an endpoint that is gone keeps its devices in capacity for five minutes, and none in allocatable
def withdrawn(scene: Scene) -> Iterator[Finding]:
    """All of a node's devices are gone, though they were there."""
    shown = [
        (node.name, f"capacity has {node.capacity} {scene.resource}, allocatable is 0")
        for node in scene.nodes
        if node.ready and node.capacity > 0 and node.allocatable == 0 and not node.own_plugin and not scene.offers_otherwise(node)
    ]
    if shown:
        yield finding(
            "DevicesWithdrawn", "error", shown, "The device plugin has gone or withdrawn all devices since it registered them.",
            "Run the plugin step again and look at the plugin's log.",
        )  # fmt: skip


# gpu-multi-instance.md (mixed: nvidia.com/mig-1g.10gb), NVIDIA/k8s-device-plugin README (renameByDefault: nvidia.com/gpu.shared)
def other_name(scene: Scene) -> Iterator[Finding]:
    """The node offers its GPUs, under another name than the one asked for."""
    shown = []
    names: dict[str, None] = {}
    for node in scene.nodes:
        others = scene.other_resources(node) if node.ready and node.allocatable == 0 else {}
        if others:
            names.update(dict.fromkeys(others))
            shown.append((node.name, f"allocatable has {', '.join(f'{name}: {units}' for name, units in others.items())}"))
    if shown:
        severity = "warning" if any(node.allocatable > 0 for node in scene.nodes) else "error"
        yield finding(
            "OtherResourceName", severity, shown, f"The node offers its GPUs as {named(names)}, not as {scene.resource}.",
            f"Set resource_name: {min(names)}, or give the plugin another MIG or sharing configuration.",
        )  # fmt: skip


# kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#extended-resource
def dra_only(scene: Scene) -> Iterator[Finding]:
    """The GPUs are offered through DRA, where no extended resource names them."""
    shown = [
        (node.name, f"{scene.dra_devices[node.name]} devices in ResourceSlices, {scene.resource} is 0")
        for node in scene.nodes
        if node.ready and node.allocatable == 0 and scene.dra_devices.get(node.name)
    ]
    if shown and scene.resource not in scene.dra_resources:
        yield finding(
            "DraOnly", "warning", shown, f"The node's GPUs are offered through DRA only; a limit of {scene.resource} gets none of them.",
            f"Ask by a ResourceClaim, or set extendedResourceName: {scene.resource} in the DeviceClass.",
        )  # fmt: skip


NODE_CAUSES = (
    not_ready, unhealthy, withdrawn, lost_devices, own_plugin_silent, other_name, dra_only, cordoned, tainted_by_state,
)  # fmt: skip
