# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that a node itself shows: not ready, cordoned, unhealthy, or its devices lost.

One function per cause, each independent of the others; diagnosis asks all of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator

from ..faults.lookup import explained_by_faults, only_applications
from ..nodes.gpu_node import STARTING_SECONDS, GpuNode
from ..nodes.gpu_operator import operator_state, restarts
from ..nodes.managed import PLUGIN_CONDITION
from ..nodes.state_taints import explanation_of, is_passing
from ..nodes.taints import parse_taint
from ..owners.cluster_resources import adds_configuration
from ..scheduling.pods import pod_name
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.timestamps import seconds_between
from ..signatures.driver import APPLICATION_XID, DRIVER
from ..signatures.operator import CONTAINERD_STOPPED
from ..signatures.signature import recognize

# kubernetes pkg/kubelet/runtime.go, in the message of the condition Ready
_RUNTIME_DOWN = re.compile(r"container runtime is down|container runtime not ready|containerd\.sock")


# https://kubernetes.io/docs/reference/node/node-status/#condition
def not_ready(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The kubelet doesn't report, or says that it is not ready."""
    stopped = {node.name: evidence for node in snapshot.nodes if (evidence := _stopped_containerd(snapshot, node))}
    if stopped:
        yield finding(CONTAINERD_STOPPED.explanation, list(stopped.items()))
    shown = [(node.name, _readiness(node)) for node in snapshot.nodes if _is_down(node) and node.name not in stopped]
    if shown:
        yield finding(
            Explanation(
                "NodeNotReady",
                cause="The node's kubelet does not report Ready.",
                remedy="Check 'kubectl describe node {first}'. If the node does not recover, replace it.",
            ),
            shown,
        )


def _is_down(node: GpuNode) -> bool:
    return not node.ready and not restarts(node.labels)


def _stopped_containerd(snapshot: ClusterSnapshot, node: GpuNode) -> str:
    """What shows that the GPU Operator has stopped containerd on the node, "" if nothing does."""
    says = _readiness(node)
    if node.ready or not _RUNTIME_DOWN.search(says):
        return ""
    added = adds_configuration(node.labels, snapshot.resources)
    return f"{says}; {added}" if added else ""


def _readiness(node: GpuNode) -> str:
    return next((each.evidence for each in node.conditions if each.type == "Ready"), "condition Ready is not True")


# https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration
def cordoned(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The node is cordoned, and not by the GPU Operator, which lifts its own cordon."""
    shown = [(node.name, "spec.unschedulable is true") for node in snapshot.nodes if node.cordoned and operator_state(node.labels) is None]
    if shown:
        yield finding(
            Explanation(
                "NodeCordoned",
                cause="The node is cordoned, so it does not accept new pods.",
                remedy="kubectl uncordon {all}",
                severity="warning",
            ),
            shown,
        )


def tainted_by_state(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A controller keeps pods off the node, for now."""
    shown: dict[Explanation, list[tuple[str, str]]] = {}
    for node in snapshot.nodes:
        for taint in map(parse_taint, node.taints):
            if taint.blocks and is_passing(taint.key):
                shown.setdefault(explanation_of(taint.key), []).append((node.name, f"taint {taint}"))
    for explanation, where in shown.items():
        yield finding(explanation, where)


# https://learn.microsoft.com/azure/aks/gpu-health-monitoring; the table is in nodes/conditions.py
def unhealthy(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """AKS' node problem detector has found something wrong."""
    shown: dict[Explanation, list[tuple[str, str]]] = {}
    for node in snapshot.nodes:
        for condition in node.conditions:
            explanation = condition.explanation if condition.status == "True" else None
            if explanation is not None:
                shown.setdefault(_by_message(explanation, condition.message), []).append((node.name, condition.evidence))
    for explanation, where in shown.items():
        yield finding(explanation, where)


def _by_message(explanation: Explanation, message: str) -> Explanation:
    """What the driver's own words in a condition mean, where they say more than the condition: whose error it is, or a driver's."""
    known = recognize(message, DRIVER)
    if known is not None and known[0].explanation.code not in ("DeviceXid", "ApplicationXid"):
        return known[0].explanation
    if only_applications(message):
        return APPLICATION_XID.of(message).explanation
    return explained_by_faults(explanation, message)


def builtin_plugin_starting(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A node that needs no plugin pod has just become Ready, and offers nothing yet."""
    shown = [
        (node.name, f"{_builtin_evidence(snapshot, node)}; Ready since {node.ready_since}")
        for node in _silent_builtin_plugins(snapshot)
        if _is_starting(snapshot, node)
    ]
    if shown:
        yield finding(
            Explanation(
                "NodePluginStarting",
                cause="The node became Ready less than 15 minutes ago, and its own device plugin does not offer the GPUs yet.",
                remedy="Wait. A node with MIG restarts once before it offers its GPUs. Do not install a device-plugin DaemonSet on it.",
                severity="warning",
            ),
            shown,
        )


# aks-managed-gpu-nodes.md (managed), Azure/AKS#4472 (dedicated image): both bring the plugin, and a pod is never the answer
def builtin_plugin_silent(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A node that needs no plugin pod offers nothing, and has had the time to."""
    shown = [
        (node.name, _builtin_evidence(snapshot, node)) for node in _silent_builtin_plugins(snapshot) if not _is_starting(snapshot, node)
    ]
    if shown:
        yield finding(
            Explanation(
                "NodeServesNoGpu",
                cause="The node should offer its GPUs without a plugin pod but does not.",
                remedy="Do not install a device-plugin DaemonSet on it. Replace the node: run 'kubectl drain {first} --ignore-daemonsets', "
                "then delete its machine. If a new node has the same problem, recreate the pool.",
            ),
            shown,
        )


def _silent_builtin_plugins(snapshot: ClusterSnapshot) -> list[GpuNode]:
    """The nodes whose own plugin offers nothing, and of which no condition says why."""
    return [
        node
        for node in snapshot.nodes
        if node.ready and node.builtin_plugin and node.allocatable == 0 and not (snapshot.offers_otherwise(node) or node.plugin_is_broken)
    ]


def _is_starting(snapshot: ClusterSnapshot, node: GpuNode) -> bool:
    ready_s = seconds_between(node.ready_since, snapshot.taken)
    return ready_s is not None and ready_s < STARTING_SECONDS


def _builtin_evidence(snapshot: ClusterSnapshot, node: GpuNode) -> str:
    reported = next((each.evidence for each in node.conditions if each.type == PLUGIN_CONDITION), f"no condition {PLUGIN_CONDITION}")
    return f"{snapshot.resource} is 0; {node.builtin_plugin}{f'; {reported}' if node.services else ''}"


# NVIDIA/k8s-device-plugin internal/rm/health.go: an Xid marks the device unhealthy, the kubelet takes it out of allocatable
def lost_devices(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Some of a node's devices are not offered any more."""
    shown: dict[Explanation, list[tuple[str, str]]] = {}
    for node in snapshot.nodes:
        if node.has_lost_devices:
            explanation, word = _by_plugins_log(snapshot, node)
            shown.setdefault(explanation, []).append((node.name, f"allocatable {node.allocatable} of capacity {node.capacity}{word}"))
    for explanation, where in shown.items():
        yield finding(explanation, where)


_LOST = Explanation(
    "DevicesUnhealthy",
    cause="The device plugin has marked devices of the node unhealthy, usually after an Xid error.",
    remedy="Search the plugin's log on {node} for 'Xid', then drain and replace the node.",
)


def _by_plugins_log(snapshot: ClusterSnapshot, node: GpuNode) -> tuple[Explanation, str]:
    """Why devices are lost and what to do, by the log of the node's plugin, and what of it is evidence; "" if it says nothing known."""
    logs = (snapshot.plugin_logs.get(pod_name(plugin.pods[node.name]), "") for plugin in snapshot.plugins if node.name in plugin.pods)
    for log in logs:
        known = recognize(log, DRIVER)
        if known is not None:
            return replace(explained_by_faults(_LOST, log), severity=_LOST.severity), f"; the plugin's log: {known[1]}"
    return _LOST, ""


# kubernetes pkg/kubelet/cm/devicemanager: an endpoint that is gone keeps its devices in capacity for five minutes, and none in allocatable
def withdrawn(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """All of a node's devices are gone, though they were there."""
    shown = [
        (node.name, f"capacity has {node.capacity} {snapshot.resource}, allocatable is 0")
        for node in snapshot.nodes
        if node.capacity > 0 and snapshot.needs_plugin(node)
    ]
    if shown:
        yield finding(
            Explanation(
                "DevicesWithdrawn",
                cause="The device plugin registered the node's devices, but has since stopped or withdrawn all of them.",
                remedy="Run the plugin step again and check the plugin's log.",
            ),
            shown,
        )


NODE_CAUSES = (
    not_ready, unhealthy, withdrawn, lost_devices, builtin_plugin_starting, builtin_plugin_silent, cordoned, tainted_by_state,
)  # fmt: skip
