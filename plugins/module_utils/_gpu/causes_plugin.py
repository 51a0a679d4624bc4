# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping, NamedTuple, Sequence

from .findings import Finding, Meaning, finding, meant
from .gpu_node import GpuNode
from .manifests import DEVICE_PLUGINS_DIR
from .node_states import is_passing
from .plugin_signatures import PLUGIN_LOG
from .pod_signatures import CREATION, IMAGE, IMAGE_REASONS, STARTING
from .pods import container_troubles, pod_name, pod_ready, pod_state, unschedulable
from .scene import DevicePlugin, Scene
from .signature import last_line, recognise
from .taints import SPOT_KEY
from .vgpu import unfit_for_host

Json = Mapping[str, Any]
_FINDS_NONE = ("PluginFoundNoDevice", "NvmlFailed", "PluginServesNothing")
_BACK_OFF = "CrashLoopBackOff"
_CRASHES = (_BACK_OFF, "Error", "OOMKilled", "StartError")


class Case(NamedTuple):
    """A meaning, and what shows it."""

    meaning: Meaning
    evidence: str


# NVIDIA/k8s-device-plugin#906, MicrosoftDocs/azure-docs#17730: a ready node without a plugin offers no GPU
def missing(scene: Scene) -> Iterator[Finding]:
    """No plugin at all, or one that has no pod on the node."""
    bare = [node for node in scene.without_gpu() if not any(node.name in plugin.pods for plugin in scene.plugins)]
    if bare and not scene.plugins:
        shown = [(node.name, f"no DaemonSet mounts {DEVICE_PLUGINS_DIR}") for node in bare]
        yield finding(
            "NoDevicePlugin", "error", shown, "No NVIDIA device plugin runs in the cluster, so the kubelet knows of no GPU.",
            "Run the plugin step: gpuops.aks.nvidia_device_plugin.",
        )  # fmt: skip
        return
    selected = {node.name: [plugin for plugin in scene.plugins if not _not_selected(plugin, node, scene)] for node in bare}
    for plugin in scene.plugins:
        # Where one plugin is meant for a node, the others are rightly not.
        unmet = [(node, _not_selected(plugin, node, scene)) for node in bare if not selected[node.name]]
        yield from _selector_misses(plugin, [(node.name, why) for node, why in unmet])
        yield from _kept_away(plugin, [node for node in bare if plugin in selected[node.name] or not selected[node.name]], scene)


def _not_selected(plugin: DevicePlugin, node: GpuNode, scene: Scene) -> str:
    return plugin.not_selected(node.name, scene.labels.get(node.name, {}))


def expected_on(plugin: DevicePlugin, node: GpuNode, scene: Scene) -> bool:
    """Whether its DaemonSet should make a pod for the node."""
    return not plugin.not_tolerated(node) and not _not_selected(plugin, node, scene)


# NVIDIA/k8s-device-plugin deployments/helm: the chart's affinity wants labels of node feature discovery
def _selector_misses(plugin: DevicePlugin, unmet: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if unmet:
        yield finding(
            "PluginSelectorMisses", "error", [(node, f"{plugin} has {why}") for node, why in unmet], f"{plugin} does not select the node.",
            f"Label the node, or change node_selector of the plugin: it needs {unmet[0][1].partition(' ')[2]}.",
        )  # fmt: skip


def _kept_away(plugin: DevicePlugin, nodes: Sequence[GpuNode], scene: Scene) -> Iterator[Finding]:
    tainted: dict[tuple[str, ...], list[GpuNode]] = {}
    expected: list[GpuNode] = []
    for node in nodes:
        lasting = tuple(str(taint) for taint in plugin.not_tolerated(node) if not is_passing(taint.key))
        if lasting:
            tainted.setdefault(lasting, []).append(node)
        elif expected_on(plugin, node, scene):
            expected.append(node)
    for taints, where in tainted.items():
        yield _lacks_toleration(plugin, taints, where)
    if expected:
        yield _no_pod_yet(plugin, expected, scene)


# Azure/AKS#4418, Azure/AKS#3153, NVIDIA/gpu-operator#390; the spot taint is AKS' own (spot-node-pool.md)
def _lacks_toleration(plugin: DevicePlugin, taints: tuple[str, ...], nodes: Sequence[GpuNode]) -> Finding:
    text = ", ".join(taints)
    spot = " AKS sets it on spot pools." if any(taint.startswith(SPOT_KEY) for taint in taints) else ""
    if plugin.by_operator:
        remedy = "Add it to daemonsets.tolerations and node-feature-discovery.worker.tolerations of the gpu-operator chart."
    else:
        remedy = f"Give gpuops.aks.nvidia_device_plugin the pool's taints: node_taints: {list(taints)}."
    return finding(
        "PluginLacksToleration", "error", [(node.name, f"taint {text}; {plugin} doesn't tolerate it") for node in nodes],
        f"{plugin} does not tolerate the taint {text}, so it has no pod on the node and no GPU appears.{spot}", remedy,
    )  # fmt: skip


def _no_pod_yet(plugin: DevicePlugin, nodes: Sequence[GpuNode], scene: Scene) -> Finding:
    """The controller makes no pod, for a reason that its event gives, or not yet."""
    for event in scene.events:
        about = event.get("involvedObject") or {}
        named = (about.get("kind"), about.get("namespace"), about.get("name")) == ("DaemonSet", plugin.namespace, plugin.name)
        known = recognise(str(event.get("message") or ""), CREATION) if named and event.get("reason") == "FailedCreate" else None
        if known:
            signature, line = known
            return finding(signature.code, "error", [(node.name, f"{plugin}: {line}") for node in nodes], signature.cause, signature.remedy)
    return finding(
        "NoPluginPod", "warning", [(node.name, f"{plugin} has no pod on the node") for node in nodes],
        f"{plugin} should run on the node and has no pod there yet.",
        f"Wait, or look at 'kubectl describe daemonset {plugin.name} -n {plugin.namespace}'.",
    )  # fmt: skip


def pods_in_trouble(scene: Scene) -> Iterator[Finding]:
    """A plugin's pod is on the node, and the node offers nothing."""
    cases: dict[Meaning, list[tuple[str, str]]] = {}
    first: dict[Meaning, str] = {}
    bare = scene.without_gpu()
    for plugin in scene.plugins:
        for node in bare:
            pod = plugin.pods.get(node.name)
            if pod is not None:
                meaning, evidence = _of_host(node, _case(plugin, pod, scene))
                cases.setdefault(meaning, []).append((node.name, f"pod {pod_name(pod)}: {evidence}"))
                first.setdefault(meaning, str(pod["metadata"].get("name", "")))
    for meaning, shown in cases.items():
        yield meant(meaning._replace(remedy=meaning.remedy.replace("{pod}", first[meaning])), shown)


def _of_host(node: GpuNode, case: Case) -> Case:
    """Where no GPU is found, the reason that the node itself shows."""
    unfit = unfit_for_host(node) if case.meaning.code in _FINDS_NONE else None
    return Case(unfit, f"{case.evidence}; node image {node.image_version}") if unfit is not None else case


def _case(plugin: DevicePlugin, pod: Json, scene: Scene) -> Case:
    for read in _READINGS:
        case = read(plugin, pod, scene)
        if case is not None:
            return case
    logs = f"kubectl logs -n {plugin.namespace} {{pod}}"
    if pod_ready(pod):
        meaning = Meaning(
            "PluginServesNothing", "warning",
            "The device plugin runs, but has registered no device: the driver may be missing or still starting.",
            f"Look at '{logs}' for NVML errors.",
        )  # fmt: skip
        return Case(meaning, f"ready, {scene.resource} is 0")
    return Case(Meaning("PluginPodNotReady", "warning", f"A pod of {plugin} is not ready.", f"Look at '{logs}'."), pod_state(pod))


def _image(_plugin: DevicePlugin, pod: Json, _scene: Scene) -> Case | None:
    for reason, message in container_troubles(pod):
        known = recognise(f"{reason}: {message}", IMAGE) if reason in IMAGE_REASONS else None
        if known:
            signature, line = known
            cause = f"The device plugin's image can't be pulled. {signature.cause}"
            return Case(
                Meaning(signature.code, "error", cause, f"{signature.remedy} The variable is image of gpuops.aks.nvidia_device_plugin."),
                line,
            )
    return None


def _from_log(_plugin: DevicePlugin, pod: Json, scene: Scene) -> Case | None:
    known = recognise(scene.plugin_logs.get(pod_name(pod), ""), PLUGIN_LOG)
    if known is None:
        return None
    signature, line = known
    return Case(signature.meaning, f"log: {line}")


def _from_state(_plugin: DevicePlugin, pod: Json, _scene: Scene) -> Case | None:
    for reason, message in container_troubles(pod):
        known = recognise(message, (*STARTING, *PLUGIN_LOG))
        if known:
            signature, line = known
            return Case(signature.meaning, f"{reason}: {line}")
    return None


# NVIDIA/k8s-device-plugin CHANGELOG v0.18: with FAIL_ON_INIT_ERROR, its default, the plugin exits where it finds no GPU
def _crashing(plugin: DevicePlugin, pod: Json, scene: Scene) -> Case | None:
    troubles = [(reason, message) for reason, message in container_troubles(pod) if reason in _CRASHES]
    if not troubles or pod_ready(pod):
        return None
    said = last_line(scene.plugin_logs.get(pod_name(pod), ""))
    ended = next((f"{reason}: {message}" for reason, message in troubles if message and reason != _BACK_OFF), "")
    why = f"its log ends with: {said}" if said else ended
    evidence = "; ".join(dict.fromkeys(part for part in (pod_state(pod), why) if part))
    remedy = f"Look at 'kubectl logs --previous -n {plugin.namespace} {{pod}}'."
    return Case(Meaning("PluginCrashes", "error", f"{plugin} starts on the node and ends again.", remedy), evidence)


def _unscheduled(plugin: DevicePlugin, pod: Json, _scene: Scene) -> Case | None:
    said = unschedulable(pod)
    if not said or pod["spec"].get("nodeName"):
        return None
    cause = f"The node has no room for the pod of {plugin}."
    return Case(
        Meaning("PluginPodUnscheduled", "error", cause, "Set priority_class_name: system-node-critical, or free cpu and memory there."),
        said,
    )


_READINGS: tuple[Callable[[DevicePlugin, Json, Scene], Case | None], ...] = (_unscheduled, _image, _from_log, _from_state, _crashing)


# NVIDIA/aicr#475, NVIDIA/gpu-operator#525: exactly one owner of driver and plugin per pool
def two_owners(scene: Scene) -> Iterator[Finding]:
    """Two plugins register the same devices on one node."""
    on_node: dict[str, list[DevicePlugin]] = {}
    for plugin in scene.plugins:
        if plugin.is_gpu_plugin:
            for name in plugin.pods:
                on_node.setdefault(name, []).append(plugin)
    pairs: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    beside: dict[str, list[tuple[str, str]]] = {}
    for node in scene.nodes:
        plugins = on_node.get(node.name, [])
        names = tuple(f"{plugin}{' of the GPU Operator' if plugin.by_operator else ''}" for plugin in plugins)
        if node.own_plugin and plugins:
            beside.setdefault(names[0], []).append((node.name, f"{names[0]} has a pod there; {node.own_plugin}"))
        elif len(plugins) > 1:
            pairs.setdefault(names, []).append((node.name, f"pods of {' and '.join(names)}"))
    for names, shown in pairs.items():
        yield finding(
            "TwoDevicePlugins", "error", shown, f"{' and '.join(names)} both register the node's GPUs; the last one wins.",
            f"Keep one of them: delete the other, or hold it to other pools by its nodeSelector. {_delete(on_node[shown[0][0]])}",
        )  # fmt: skip
    for plugin_name, shown in beside.items():
        yield finding(
            "PluginBesideNodesOwn", "error", shown, f"{plugin_name} runs on a node that brings its own device plugin.",
            f"No DaemonSet is right there: hold it to other pools by node_selector, or remove it. {_delete(on_node[shown[0][0]])}",
        )  # fmt: skip


def _delete(plugins: Sequence[DevicePlugin]) -> str:
    """The command for one that nobody's operator would make again."""
    loose = [plugin for plugin in plugins if not plugin.by_operator]
    return f"kubectl delete daemonset {loose[-1].name} -n {loose[-1].namespace}" if loose else ""


PLUGIN_CAUSES = (missing, pods_in_trouble, two_owners)
