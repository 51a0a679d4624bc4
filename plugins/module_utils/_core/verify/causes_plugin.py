# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes in the device plugin's DaemonSet: there is none, or none has a pod on the node."""

from __future__ import annotations

from typing import Iterable, Iterator, NamedTuple, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import switched_off
from ..nodes.state_taints import is_of_startup
from ..nodes.taints import SPOT_KEY
from ..scheduling.creation import NODE_LEVEL, explain_creation
from ..scheduling.device_plugins import DEVICE_PLUGINS_DIR, DevicePlugin
from ..scheduling.reasons import Kind, Reason
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json


# NVIDIA/k8s-device-plugin#906, MicrosoftDocs/azure-docs#17730: a ready node without a plugin offers no GPU
def no_plugin(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The cluster has no device plugin at all."""
    bare = snapshot.without_gpu()
    if bare and not snapshot.plugins:
        yield finding(
            Explanation(
                "NoDevicePlugin",
                cause="No NVIDIA device plugin runs in the cluster, so the kubelet does not know about any GPU.",
                remedy="Run the plugin step: gpuops.aks.nvidia_device_plugin.",
            ),
            [(node.name, f"no DaemonSet mounts {DEVICE_PLUGINS_DIR}") for node in bare],
        )


class _Candidate(NamedTuple):
    """A node without a plugin's pod, and why one of the plugins has none there."""

    node: GpuNode
    reasons: Sequence[Reason]

    @property
    def unmet(self) -> Reason | None:
        """The rule of the plugin by which it does not select the node."""
        return next((each for each in self.reasons if each.kind in _SELECTION), None)


_SELECTION = {Kind.NODE_SELECTOR: "nodeSelector", Kind.NODE_AFFINITY: "node affinity"}


def no_pod(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A plugin has no pod on a node: its rules keep it off, or its controller has made none yet."""
    bare = without_plugin_pod(snapshot)
    candidates = [(plugin, _candidates(plugin, bare)) for plugin in snapshot.plugins]
    selected = _selected(candidates)
    for plugin, of_plugin in candidates:
        # Where one plugin is meant for a node, the others are rightly not.
        unselected = [each for each in of_plugin if each.node.name not in selected]
        yield from _switched_off(plugin, [each.node for each in unselected])
        yield from _selector_misses(plugin, unselected)
        yield from _kept_away(plugin, [each for each in of_plugin if each.unmet is None or each.node.name not in selected], snapshot)


def _candidates(plugin: DevicePlugin, nodes: Sequence[GpuNode]) -> list[_Candidate]:
    return [_Candidate(node, plugin.reasons_against(node)) for node in nodes]


def _selected(candidates: Iterable[tuple[DevicePlugin, Sequence[_Candidate]]]) -> set[str]:
    """The nodes that a plugin selects."""
    return {each.node.name for _plugin, of_plugin in candidates for each in of_plugin if each.unmet is None}


def without_plugin_pod(snapshot: ClusterSnapshot) -> list[GpuNode]:
    """The nodes that need a plugin's pod and have none."""
    return [node for node in snapshot.without_gpu() if not any(node.name in plugin.pods for plugin in snapshot.plugins)]


def _switch(plugin: DevicePlugin, node: GpuNode) -> str | None:
    return switched_off(node.labels) if plugin.by_operator else None


# NVIDIA/gpu-operator#2550
def _switched_off(plugin: DevicePlugin, nodes: Sequence[GpuNode]) -> Iterator[Finding]:
    """The GPU Operator's plugin is kept off the node by its label, and no other serves it."""
    shown: dict[str, list[tuple[str, str]]] = {}
    for node in nodes:
        key = _switch(plugin, node)
        if key is not None:
            shown.setdefault(key, []).append((node.name, f"label {key} is false"))
    for key, where in shown.items():
        yield finding(
            Explanation(
                "OperatorPluginOff",
                cause="The node's label turns off the GPU Operator's device plugin, and no other device plugin serves its GPUs.",
                remedy=f"To use another device plugin, install it on the node. To use the operator's, run 'kubectl label node {{all}} "
                f"{key}=true --overwrite'.",
                severity="warning",
            ),
            where,
        )


# NVIDIA/k8s-device-plugin deployments/helm: the chart's affinity wants labels of node feature discovery
def _selector_misses(plugin: DevicePlugin, candidates: Sequence[_Candidate]) -> Iterator[Finding]:
    unmet = [(each.node.name, each.unmet) for each in candidates if each.unmet is not None and _switch(plugin, each.node) is None]
    if unmet:
        yield finding(
            Explanation(
                "PluginSelectorMisses",
                cause=f"{plugin} does not select the node.",
                remedy=f"Label the node, or change the plugin's node_selector: it requires {unmet[0][1].about}.",
            ),
            [(node, f"{plugin} has {_SELECTION[rule.kind]} {rule.about}") for node, rule in unmet],
        )


def _kept_away(plugin: DevicePlugin, candidates: Sequence[_Candidate], snapshot: ClusterSnapshot) -> Iterator[Finding]:
    tainted: dict[tuple[str, ...], list[GpuNode]] = {}
    for each in candidates:
        lasting = tuple(reason.about for reason in each.reasons if reason.kind is Kind.TAINT)
        if lasting:
            tainted.setdefault(lasting, []).append(each.node)
    for taints, where in tainted.items():
        yield _lacks_toleration(plugin, taints, where)
    yield from _starts_too_late(plugin, candidates)
    expected = [each.node for each in candidates if not each.reasons]
    if expected:
        yield _no_pod_yet(plugin, expected, snapshot)


# Azure/AKS#4418, Azure/AKS#3153, NVIDIA/gpu-operator#390; the spot taint is AKS' own (spot-node-pool.md)
def _lacks_toleration(plugin: DevicePlugin, taints: tuple[str, ...], nodes: Sequence[GpuNode]) -> Finding:
    text = ", ".join(taints)
    spot = " AKS sets this taint on spot pools." if any(taint.startswith(SPOT_KEY) for taint in taints) else ""
    if plugin.by_operator:
        remedy = "Add a toleration to daemonsets.tolerations and node-feature-discovery.worker.tolerations of the gpu-operator chart."
    else:
        remedy = f"Set node_taints: {list(taints)} for gpuops.aks.nvidia_device_plugin, as for the pool."
    return finding(
        Explanation(
            "PluginLacksToleration",
            cause=f"{plugin} does not tolerate the taint {text}, so it does not run on the node and no GPU appears.{spot}",
            remedy=remedy,
        ),
        [(node.name, f"taint {text}; {plugin} doesn't tolerate it") for node in nodes],
    )


# NVIDIA/k8s-device-plugin#1746, NVIDIA/gpu-operator#2573: the taint is to go when the GPUs are offered, for which the plugin has to run
def _starts_too_late(plugin: DevicePlugin, candidates: Sequence[_Candidate]) -> Iterator[Finding]:
    shown: dict[str, list[tuple[str, str]]] = {}
    for each in candidates:
        passing = [reason.about for reason in each.reasons if reason.kind is Kind.PASSING_TAINT and is_of_startup(reason.about)]
        if passing and len(passing) == len(each.reasons):
            shown.setdefault(str(passing), []).append((each.node.name, f"taint {', '.join(passing)}; {plugin} doesn't tolerate it"))
    for taints, where in shown.items():
        yield finding(
            Explanation(
                "PluginWaitsForStartupTaint",
                cause=f"The node has a startup taint that {plugin} does not tolerate, so the plugin starts only after something else has "
                "removed the taint. If that waits for the GPUs, both wait forever.",
                remedy=f"Set node_taints: {taints} for gpuops.aks.nvidia_device_plugin, in addition to those of the pool, or wait if the "
                "taint does not depend on the GPUs.",
                severity="warning",
            ),
            where,
        )


def _no_pod_yet(plugin: DevicePlugin, nodes: Sequence[GpuNode], snapshot: ClusterSnapshot) -> Finding:
    """The controller makes no pod, for a reason that its event gives, or not yet."""
    messages = _creation_failures(plugin, snapshot.events)
    known = next(filter(None, (explain_creation(message, plugin.namespace, NODE_LEVEL) for message in messages)), None)
    if known is not None:
        explanation, line = known
        return finding(explanation, [(node.name, f"{plugin}: {line}") for node in nodes])
    return finding(
        Explanation(
            "NoPluginPod",
            cause=f"{plugin} should run on the node but has not created a pod there yet.",
            remedy=f"Wait, or check 'kubectl describe daemonset {plugin.name} -n {plugin.namespace}'.",
            severity="warning",
        ),
        [(node.name, f"{plugin} has no pod on the node") for node in nodes],
    )


def _creation_failures(plugin: DevicePlugin, events: Iterable[Json]) -> Iterator[str]:
    """What the DaemonSet controller's events say about pods that it could not create."""
    for event in events:
        about = event.get("involvedObject") or {}
        named = (about.get("kind"), about.get("namespace"), about.get("name")) == ("DaemonSet", plugin.namespace, plugin.name)
        if named and event.get("reason") == "FailedCreate":
            yield str(event.get("message") or "")


PLUGIN_CAUSES = (no_plugin, no_pod)
