# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes in the device plugin's DaemonSet: none, none that may run on the node, or two for the same devices."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import switched_off
from ..nodes.state_taints import is_passing
from ..nodes.taints import SPOT_KEY
from ..scheduling.device_plugins import DEVICE_PLUGINS_DIR, DevicePlugin
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..signatures.pod import CREATION
from ..signatures.signature import recognize


# NVIDIA/k8s-device-plugin#906, MicrosoftDocs/azure-docs#17730: a ready node without a plugin offers no GPU
def missing(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """No plugin at all, or one that has no pod on the node."""
    bare = [node for node in snapshot.without_gpu() if not any(node.name in plugin.pods for plugin in snapshot.plugins)]
    if bare and not snapshot.plugins:
        shown = [(node.name, f"no DaemonSet mounts {DEVICE_PLUGINS_DIR}") for node in bare]
        yield finding(
            Explanation(
                "NoDevicePlugin",
                cause="No NVIDIA device plugin runs in the cluster, so the kubelet knows of no GPU.",
                remedy="Run the plugin step: gpuops.aks.nvidia_device_plugin.",
            ),
            shown,
        )
        return
    selected = {node.name: [plugin for plugin in snapshot.plugins if not _not_selected(plugin, node, snapshot)] for node in bare}
    for plugin in snapshot.plugins:
        # Where one plugin is meant for a node, the others are rightly not.
        unmet = [(node, _not_selected(plugin, node, snapshot)) for node in bare if not selected[node.name]]
        yield from _switched_off(plugin, [node for node, _why in unmet], snapshot)
        yield from _selector_misses(plugin, [(node.name, why) for node, why in unmet if not _switch(plugin, node, snapshot)])
        yield from _kept_away(plugin, [node for node in bare if plugin in selected[node.name] or not selected[node.name]], snapshot)


def _not_selected(plugin: DevicePlugin, node: GpuNode, snapshot: ClusterSnapshot) -> str:
    return plugin.not_selected(node.name, snapshot.labels.get(node.name, {}))


def expected_on(plugin: DevicePlugin, node: GpuNode, snapshot: ClusterSnapshot) -> bool:
    """Whether its DaemonSet should make a pod for the node."""
    return not plugin.not_tolerated(node) and not _not_selected(plugin, node, snapshot)


def _switch(plugin: DevicePlugin, node: GpuNode, snapshot: ClusterSnapshot) -> str:
    return switched_off(snapshot.labels.get(node.name, {})) if plugin.by_operator else ""


# NVIDIA/gpu-operator#2550
def _switched_off(plugin: DevicePlugin, nodes: Sequence[GpuNode], snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The GPU Operator's plugin is kept off the node by its label, and no other serves it."""
    shown: dict[str, list[tuple[str, str]]] = {}
    for node in nodes:
        key = _switch(plugin, node, snapshot)
        if key:
            shown.setdefault(key, []).append((node.name, f"label {key} is false"))
    for key, where in shown.items():
        yield finding(
            Explanation(
                "OperatorPluginOff",
                cause="The GPU Operator's device plugin is switched off for the node on purpose, and no other plugin serves its GPUs.",
                remedy="Where another device plugin is meant for the node, install that one there. Where the operator's is meant: "
                f"'kubectl label node {{all}} {key}=true --overwrite'.",
                severity="warning",
            ),
            where,
        )


# NVIDIA/k8s-device-plugin deployments/helm: the chart's affinity wants labels of node feature discovery
def _selector_misses(plugin: DevicePlugin, unmet: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if unmet:
        yield finding(
            Explanation(
                "PluginSelectorMisses",
                cause=f"{plugin} does not select the node.",
                remedy=f"Label the node, or change node_selector of the plugin: it needs {unmet[0][1].partition(' ')[2]}.",
            ),
            [(node, f"{plugin} has {why}") for node, why in unmet],
        )


def _kept_away(plugin: DevicePlugin, nodes: Sequence[GpuNode], snapshot: ClusterSnapshot) -> Iterator[Finding]:
    tainted: dict[tuple[str, ...], list[GpuNode]] = {}
    expected: list[GpuNode] = []
    for node in nodes:
        lasting = tuple(str(taint) for taint in plugin.not_tolerated(node) if not is_passing(taint.key))
        if lasting:
            tainted.setdefault(lasting, []).append(node)
        elif expected_on(plugin, node, snapshot):
            expected.append(node)
    for taints, where in tainted.items():
        yield _lacks_toleration(plugin, taints, where)
    if expected:
        yield _no_pod_yet(plugin, expected, snapshot)


# Azure/AKS#4418, Azure/AKS#3153, NVIDIA/gpu-operator#390; the spot taint is AKS' own (spot-node-pool.md)
def _lacks_toleration(plugin: DevicePlugin, taints: tuple[str, ...], nodes: Sequence[GpuNode]) -> Finding:
    text = ", ".join(taints)
    spot = " AKS sets it on spot pools." if any(taint.startswith(SPOT_KEY) for taint in taints) else ""
    if plugin.by_operator:
        remedy = "Add it to daemonsets.tolerations and node-feature-discovery.worker.tolerations of the gpu-operator chart."
    else:
        remedy = f"Give gpuops.aks.nvidia_device_plugin the pool's taints: node_taints: {list(taints)}."
    return finding(
        Explanation(
            "PluginLacksToleration",
            cause=f"{plugin} does not tolerate the taint {text}, so it has no pod on the node and no GPU appears.{spot}",
            remedy=remedy,
        ),
        [(node.name, f"taint {text}; {plugin} doesn't tolerate it") for node in nodes],
    )


def _no_pod_yet(plugin: DevicePlugin, nodes: Sequence[GpuNode], snapshot: ClusterSnapshot) -> Finding:
    """The controller makes no pod, for a reason that its event gives, or not yet."""
    for event in snapshot.events:
        about = event.get("involvedObject") or {}
        named = (about.get("kind"), about.get("namespace"), about.get("name")) == ("DaemonSet", plugin.namespace, plugin.name)
        known = recognize(str(event.get("message") or ""), CREATION) if named and event.get("reason") == "FailedCreate" else None
        if known:
            signature, line = known
            return finding(signature.explanation, [(node.name, f"{plugin}: {line}") for node in nodes])
    return finding(
        Explanation(
            "NoPluginPod",
            cause=f"{plugin} should run on the node and has no pod there yet.",
            remedy=f"Wait, or look at 'kubectl describe daemonset {plugin.name} -n {plugin.namespace}'.",
            severity="warning",
        ),
        [(node.name, f"{plugin} has no pod on the node") for node in nodes],
    )


# NVIDIA/aicr#475, NVIDIA/gpu-operator#525: exactly one owner of driver and plugin per pool
def two_owners(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Two plugins register the same devices on one node."""
    on_node: dict[str, list[DevicePlugin]] = {}
    for plugin in snapshot.plugins:
        if plugin.is_gpu_plugin:
            for name in plugin.pods:
                on_node.setdefault(name, []).append(plugin)
    pairs: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    beside: dict[str, list[tuple[str, str]]] = {}
    for node in snapshot.nodes:
        plugins = on_node.get(node.name, [])
        names = tuple(f"{plugin}{' of the GPU Operator' if plugin.by_operator else ''}" for plugin in plugins)
        if node.builtin_plugin and plugins:
            beside.setdefault(names[0], []).append((node.name, f"{names[0]} has a pod there; {node.builtin_plugin}"))
        elif len(plugins) > 1:
            pairs.setdefault(names, []).append((node.name, f"pods of {' and '.join(names)}"))
    for names, shown in pairs.items():
        yield finding(
            Explanation(
                "TwoDevicePlugins",
                cause=f"{' and '.join(names)} both register the node's GPUs; the last one wins.",
                remedy="Keep one of them: delete the other, or hold it to other pools by its nodeSelector. "
                f"{_delete(on_node[shown[0][0]])}",
            ),
            shown,
        )
    for plugin_name, shown in beside.items():
        yield finding(
            Explanation(
                "PluginBesideNodesOwn",
                cause=f"{plugin_name} runs on a node that brings its own device plugin.",
                remedy="No DaemonSet is right there: hold it to other pools by node_selector, or remove it. "
                f"{_delete(on_node[shown[0][0]])}",
            ),
            shown,
        )


def _delete(plugins: Sequence[DevicePlugin]) -> str:
    """The command for one that nobody's operator would make again."""
    loose = [plugin for plugin in plugins if not plugin.by_operator]
    return f"kubectl delete daemonset {loose[-1].name} -n {loose[-1].namespace}" if loose else ""


PLUGIN_CAUSES = (missing, two_owners)
