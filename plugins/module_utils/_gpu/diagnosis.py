# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

from .findings import Finding
from .manifests import DEVICE_PLUGINS_DIR
from .nodes import GpuNode
from .taints import Taint, parse_taint, untolerated

Json = Mapping[str, Any]
# What the DaemonSet controller adds to its pods: pressure on a node keeps none of them away
# (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
_ADDED_TOLERATIONS = tuple(
    {"key": f"node.kubernetes.io/{pressure}-pressure", "operator": "Exists", "effect": "NoSchedule"}
    for pressure in ("disk", "memory", "pid")
)


@dataclass(frozen=True)
class DevicePlugin:
    """A DaemonSet that serves devices to the kubelet, known by what it mounts, and its pods by node."""

    name: str
    namespace: str
    tolerations: tuple[Json, ...]
    node_selector: Mapping[str, str]
    pods: Mapping[str, Json]

    def __str__(self) -> str:
        """How messages name it."""
        return f"DaemonSet {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Scene:
    """All that a diagnosis looks at, taken at one moment. pool is "" when the nodes were not chosen by pool."""

    resource: str
    pool: str
    nodes: Sequence[GpuNode]
    labels: Mapping[str, Mapping[str, str]]  # node name → its labels
    plugins: Sequence[DevicePlugin]


def mounts_device_plugins_dir(pod_spec: Json) -> bool:
    """Whether a pod can register devices with the kubelet."""
    paths = ((volume.get("hostPath") or {}).get("path") or "" for volume in pod_spec.get("volumes") or ())
    return any(path.rstrip("/").startswith(DEVICE_PLUGINS_DIR) for path in paths)


def device_plugins(daemonsets: Iterable[Json], pods: Iterable[Json]) -> list[DevicePlugin]:
    """The device plugins among the DaemonSets, each with its pods."""
    serving = [pod for pod in pods if mounts_device_plugins_dir(pod["spec"])]
    return [_device_plugin(daemonset, serving) for daemonset in daemonsets if mounts_device_plugins_dir(_template(daemonset))]


def _template(daemonset: Json) -> Json:
    template: Json = daemonset["spec"]["template"]["spec"]
    return template


def _device_plugin(daemonset: Json, pods: Iterable[Json]) -> DevicePlugin:
    uid = daemonset["metadata"]["uid"]
    spec = _template(daemonset)
    return DevicePlugin(
        name=daemonset["metadata"]["name"],
        namespace=daemonset["metadata"]["namespace"],
        tolerations=(*(spec.get("tolerations") or ()), *_ADDED_TOLERATIONS),
        node_selector=spec.get("nodeSelector") or {},
        pods={
            pod["spec"]["nodeName"]: pod
            for pod in pods
            if pod["spec"].get("nodeName") and any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences") or ())
        },
    )


def diagnose(scene: Scene) -> list[Finding]:
    """Every cause that the scene shows, the ones that nothing but the user can end first."""
    found = [finding for cause in _CAUSES for finding in cause(scene)]
    return sorted(found, key=lambda finding: finding.severity != "error")


def _no_nodes(scene: Scene) -> Iterator[Finding]:
    if not scene.nodes:
        where = f"node pool {scene.pool}" if scene.pool else "the cluster"
        yield Finding(
            "NoGpuNodes", "error", (where,), "no GPU node found", f"There is no GPU node in {where}.",
            "Run the pool step, or check the pool's count and name.",
        )  # fmt: skip


def _not_ready(scene: Scene) -> Iterator[Finding]:
    nodes = [node.name for node in scene.nodes if not node.ready]
    if nodes:
        yield Finding(
            "NodeNotReady", "error", tuple(nodes), "condition Ready is not True", "The node's kubelet does not report Ready.",
            f"Look at 'kubectl describe node {nodes[0]}'; a node that stays so is best replaced.",
        )  # fmt: skip


def _cordoned(scene: Scene) -> Iterator[Finding]:
    nodes = [node.name for node in scene.nodes if node.cordoned]
    if nodes:
        yield Finding(
            "NodeCordoned", "warning", tuple(nodes), "spec.unschedulable is true", "The node is cordoned: it takes no new pods.",
            f"kubectl uncordon {' '.join(nodes)}",
        )  # fmt: skip


def _without_gpu(scene: Scene) -> list[GpuNode]:
    return [node for node in scene.nodes if node.ready and node.allocatable == 0 and not node.own_plugin]


def _plugin_missing(scene: Scene) -> Iterator[Finding]:
    """No plugin at all, or one that can't run on the nodes; each cause names its nodes once."""
    bare = [node for node in _without_gpu(scene) if not any(node.name in plugin.pods for plugin in scene.plugins)]
    if not bare:
        return
    if not scene.plugins:
        yield Finding(
            "NoDevicePlugin", "error", tuple(node.name for node in bare), f"no DaemonSet mounts {DEVICE_PLUGINS_DIR}",
            "No NVIDIA device plugin runs in the cluster, so the kubelet knows of no GPU.",
            "Run the plugin step: gpuops.aks.nvidia_device_plugin.",
        )  # fmt: skip
        return
    for plugin in scene.plugins:
        yield from _plugin_kept_away(plugin, bare, scene)


def _plugin_kept_away(plugin: DevicePlugin, nodes: Sequence[GpuNode], scene: Scene) -> Iterator[Finding]:
    for node in nodes:
        missing = _selector_misses(plugin, scene.labels.get(node.name, {}))
        blocking = untolerated(plugin.tolerations, (parse_taint(text) for text in node.taints))
        if blocking:
            yield _lacks_toleration(plugin, node, blocking)
        elif missing:
            yield Finding(
                "PluginSelectorMisses", "error", (node.name,), f"{plugin} has nodeSelector {missing}",
                f"{plugin} does not select the node.", f"Label the node, or change the nodeSelector: it needs {missing}.",
            )  # fmt: skip
        else:
            yield Finding(
                "NoPluginPod", "warning", (node.name,), f"{plugin} has no pod on the node",
                f"{plugin} should run on the node and has no pod there yet.",
                f"Wait, or look at 'kubectl describe daemonset {plugin.name} -n {plugin.namespace}'.",
            )  # fmt: skip


def _lacks_toleration(plugin: DevicePlugin, node: GpuNode, blocking: Sequence[Taint]) -> Finding:
    taints = ", ".join(str(taint) for taint in blocking)
    return Finding(
        "PluginLacksToleration", "error", (node.name,), f"taint {taints}; {plugin} doesn't tolerate it",
        f"{plugin} does not tolerate the taint {taints}, so it has no pod on the node and no GPU appears.",
        f"Give gpuops.aks.nvidia_device_plugin the pool's taints: node_taints: {[str(taint) for taint in blocking]}.",
    )  # fmt: skip


def _selector_misses(plugin: DevicePlugin, labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in plugin.node_selector.items() if labels.get(key) != value)


def _plugin_pod_not_ready(scene: Scene) -> Iterator[Finding]:
    for plugin in scene.plugins:
        for node in _without_gpu(scene):
            pod = plugin.pods.get(node.name)
            if pod is not None and not pod_ready(pod):
                yield Finding(
                    "PluginPodNotReady", "warning", (f"{plugin.namespace}/{pod['metadata']['name']}",), pod_state(pod),
                    f"The device plugin's pod on {node.name} is not ready.",
                    f"Look at 'kubectl logs {pod['metadata']['name']} -n {plugin.namespace}'.",
                )  # fmt: skip


def _plugin_serves_nothing(scene: Scene) -> Iterator[Finding]:
    for plugin in scene.plugins:
        for node in _without_gpu(scene):
            pod = plugin.pods.get(node.name)
            if pod is not None and pod_ready(pod):
                yield Finding(
                    "PluginServesNothing", "warning", (node.name,), f"{plugin} is ready there, {scene.resource} is 0",
                    "The device plugin runs, but has registered no device: the driver may be missing or still starting.",
                    f"Look at 'kubectl logs {pod['metadata']['name']} -n {plugin.namespace}' for NVML errors.",
                )  # fmt: skip


def _own_plugin_silent(scene: Scene) -> Iterator[Finding]:
    for node in scene.nodes:
        if node.ready and node.own_plugin and node.allocatable == 0:
            yield Finding(
                "NodeServesNoGpu", "error", (node.name,), f"{scene.resource} is 0; {node.own_plugin}",
                "The node should serve its GPUs without a plugin pod, and doesn't.",
                f"Replace the node: 'kubectl drain {node.name}' and delete the machine; if a new one does the same, recreate the pool.",
            )  # fmt: skip


def _lost_devices(scene: Scene) -> Iterator[Finding]:
    nodes = [node for node in scene.nodes if node.ready and 0 < node.allocatable < node.capacity]
    for node in nodes:
        yield Finding(
            "DevicesUnhealthy", "error", (node.name,), f"allocatable {node.allocatable} of capacity {node.capacity}",
            "The device plugin has marked devices of the node unhealthy, usually after an Xid error.",
            f"Look for 'Xid' in the plugin's log on {node.name}; drain and replace the node.",
        )  # fmt: skip


def _withdrawn(scene: Scene) -> Iterator[Finding]:
    nodes = [node.name for node in scene.nodes if node.ready and node.capacity > 0 and node.allocatable == 0]
    if nodes:
        yield Finding(
            "DevicesWithdrawn", "error", tuple(nodes), f"capacity has {scene.resource}, allocatable is 0",
            "The device plugin has gone or withdrawn all devices since it registered them.",
            "Run the plugin step again and look at the plugin's log.",
        )  # fmt: skip


def _all_in_use(scene: Scene) -> Iterator[Finding]:
    serving = [node for node in scene.nodes if node.ready and node.allocatable > 0]
    if serving and all(node.free == 0 for node in serving):
        holders = [f"{pod} ({units})" for node in serving for pod, units in node.holders]
        yield Finding(
            "AllGpusInUse", "warning", tuple(node.name for node in serving), f"held by {', '.join(holders)}",
            f"All {sum(node.allocatable for node in serving)} allocatable GPUs are taken.",
            "Wait for these pods, delete them, or raise the pool's max_count.",
        )  # fmt: skip


_CAUSES: tuple[Callable[[Scene], Iterator[Finding]], ...] = (
    _no_nodes, _not_ready, _plugin_missing, _withdrawn, _lost_devices, _own_plugin_silent,
    _plugin_pod_not_ready, _plugin_serves_nothing, _cordoned, _all_in_use,
)  # fmt: skip


def pod_ready(pod: Json) -> bool:
    """Whether the pod's Ready condition is True and it is not on its way out."""
    conditions = pod.get("status", {}).get("conditions") or ()
    going = "deletionTimestamp" in pod["metadata"]
    return not going and any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def pod_state(pod: Json) -> str:
    """What the pod waits for, as kubectl's STATUS column would say it."""
    status = pod.get("status", {})
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        for kind in ("waiting", "terminated"):
            state = (container.get("state") or {}).get(kind)
            if state and state.get("reason") not in (None, "Completed"):
                return ": ".join(part for part in (state["reason"], state.get("message", "")) if part)
    return str(status.get("phase", "Pending"))
