# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How far the device plugin's DaemonSet is on the nodes that it should serve, and why it does not serve a node."""

from __future__ import annotations

from typing import AbstractSet, Sequence

from ..nodes.gpu_node import GpuNode
from ..scheduling.daemons import Daemon
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.pods import pod_ready, pod_state
from ..scheduling.reasons import Kind
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.mappings import Json

# How the reasons are worded; the first that applies is the one to report.
_UNSERVED = (
    ("its nodeSelector wants", (Kind.NODE_SELECTOR,)),
    ("its node affinity wants", (Kind.NODE_AFFINITY,)),
    ("it doesn't tolerate the taint", (Kind.TAINT, Kind.PASSING_TAINT)),
)


def why_not_served(daemon: Daemon, node: GpuNode) -> str | None:
    """Why the DaemonSet creates no pod on a node, None if it should."""
    found = daemon.reasons_against(node)
    for words, kinds in _UNSERVED:
        about = [each.about for each in found if each.kind in kinds]
        if about:
            return f"{words} {', '.join(about)}"
    return None


def served_nodes(plugin: DevicePlugin, snapshot: ClusterSnapshot) -> tuple[list[GpuNode], dict[str, str]]:
    """The GPU nodes that the DaemonSet should serve, and the others by name with the reason."""
    reasons = {node.name: why_not_served(plugin, node) for node in snapshot.nodes}
    served = [node for node in snapshot.nodes if reasons[node.name] is None]
    return served, {name: reason for name, reason in reasons.items() if reason is not None}


def current_pods(daemonset: Json) -> bool:
    """Whether the DaemonSet controller has seen the newest template, and every scheduled pod has it."""
    status = daemonset.get("status", {})
    seen = status.get("observedGeneration", 0) >= daemonset["metadata"]["generation"]
    return bool(seen and status.get("updatedNumberScheduled", 0) == status.get("desiredNumberScheduled", 0))


def waiting_for(plugin: DevicePlugin, nodes: Sequence[GpuNode]) -> dict[str, str]:
    """The nodes where the plugin is not ready yet, with what its pod waits for."""
    states: dict[str, str] = {}
    for node in nodes:
        pod = plugin.pods.get(node.name)
        if pod is None:
            states[node.name] = "no pod yet" if node.ready else "the node is not Ready"
        elif not pod_ready(pod):
            states[node.name] = pod_state(pod)
    return states


def not_yet_available(daemonset: Json, nodes: Sequence[GpuNode], proven: AbstractSet[str]) -> dict[str, str]:
    """The nodes whose ready pod may still crash again, with the reason; none once all pods are available.

    As for `kubectl rollout status`, a pod is available once it has been ready for minReadySeconds.

    Args:
        daemonset: The DaemonSet, with its status.
        nodes: The nodes that it should serve.
        proven: The names of nodes that need no such time, because their plugin is known to work.
    """
    if daemonset.get("status", {}).get("numberAvailable", 0) >= len(nodes):
        return {}
    seconds = daemonset["spec"].get("minReadySeconds", 0)
    return {node.name: f"ready, but not for {seconds} s yet" for node in nodes if node.name not in proven}
