# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How far the device plugin's DaemonSet is on the nodes that it should serve, and why it does not serve a node."""

from __future__ import annotations

from typing import AbstractSet, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.pods import pod_ready, pod_state
from ..scheduling.selectors import why_not_selected
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.mappings import Json


def why_not_served(plugin: DevicePlugin, node: GpuNode, labels: Mapping[str, str]) -> str:
    """Why the DaemonSet puts no pod on a node, "" when it should."""
    missing = [f"{key}={value}" for key, value in plugin.node_selector.items() if labels.get(key) != value]
    if missing:
        return f"its nodeSelector wants {', '.join(missing)}"
    unmet = why_not_selected({"affinity": plugin.affinity}, labels, node.name)
    if unmet:
        return "its " + unmet.replace("node affinity", "node affinity wants", 1)
    blocking = plugin.not_tolerated(node)
    if blocking:
        return f"it doesn't tolerate the taint {', '.join(map(str, blocking))}"
    return ""


def served_nodes(plugin: DevicePlugin, snapshot: ClusterSnapshot) -> tuple[list[GpuNode], dict[str, str]]:
    """The GPU nodes that the DaemonSet should serve, and the others by name with the reason."""
    reasons = {node.name: why_not_served(plugin, node, snapshot.labels.get(node.name, {})) for node in snapshot.nodes}
    return [node for node in snapshot.nodes if not reasons[node.name]], {name: reason for name, reason in reasons.items() if reason}


def current_pods(daemonset: Json) -> bool:
    """Whether the DaemonSet controller has seen the newest template and every scheduled pod is made from it."""
    status = daemonset.get("status", {})
    seen = status.get("observedGeneration", 0) >= daemonset["metadata"]["generation"]
    return bool(seen and status.get("updatedNumberScheduled", 0) == status.get("desiredNumberScheduled", 0))


def waiting_for(plugin: DevicePlugin, nodes: Sequence[GpuNode]) -> dict[str, str]:
    """The nodes where the plugin isn't ready yet, with what its pod waits for."""
    states: dict[str, str] = {}
    for node in nodes:
        pod = plugin.pods.get(node.name)
        if pod is None:
            states[node.name] = "no pod yet" if node.ready else "the node is not Ready"
        elif not pod_ready(pod):
            states[node.name] = pod_state(pod)
    return states


def not_yet_available(daemonset: Json, nodes: Sequence[GpuNode], proven: AbstractSet[str]) -> dict[str, str]:
    """The nodes whose ready pod may be one that is going to crash again in a moment, with the reason; none once all are available.

    The DaemonSet controller counts as available the pods that have been ready for minReadySeconds, as `kubectl rollout status` has it.
    proven are names of nodes that need no such time, because their plugin is known to work.
    """
    if daemonset.get("status", {}).get("numberAvailable", 0) >= len(nodes):
        return {}
    seconds = daemonset["spec"].get("minReadySeconds", 0)
    return {node.name: f"ready, but not for {seconds} s yet" for node in nodes if node.name not in proven}
