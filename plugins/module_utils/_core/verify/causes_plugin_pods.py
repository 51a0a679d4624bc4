# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What keeps a device plugin's pod from serving the node that it is on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, NamedTuple, Sequence

from ..faults.fault import REPLACE_NODE
from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import DRIVER, driver_not_ready, waited_for
from ..scheduling.autoscaler import newest
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.pods import bound_to, container_to_read, container_troubles, has_run, pod_name, pod_ready, pod_state, unschedulable
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from ..signatures.plugin import PLUGIN_LOG
from ..signatures.pod import IMAGE, IMAGE_REASONS, STARTING, STARTING_REASONS
from ..signatures.signature import last_line, recognize
from .causes_operator import in_namespace, operator_evidence
from .known_images import unfit_for_host

_FINDS_NONE = ("PluginFoundNoDevice", "NvmlFailed", "PluginServesNothing")
_BACK_OFF = "CrashLoopBackOff"
_CRASHES = (_BACK_OFF, "Error", "OOMKilled", "StartError")


class Observation(NamedTuple):
    """An explanation, and what shows it."""

    explanation: Explanation
    evidence: str


def pods_in_trouble(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A plugin's pod is on the node, and the node offers nothing."""
    observations: dict[Explanation, list[tuple[str, str]]] = {}
    first: dict[Explanation, str] = {}
    bare = snapshot.without_gpu()
    for plugin in snapshot.plugins:
        for node in bare:
            pod = plugin.pods.get(node.name)
            if pod is not None:
                explanation, evidence = _of_node(node, _of_host(node, _observation(plugin, pod, snapshot)), snapshot)
                observations.setdefault(explanation, []).append((node.name, f"pod {pod_name(pod)}: {evidence}"))
                first.setdefault(explanation, str(pod["metadata"].get("name", "")))
    for explanation, shown in observations.items():
        remedy = explanation.remedy.replace("{pod}", first[explanation])
        yield finding(replace(explanation, remedy=remedy), shown)


def _of_host(node: GpuNode, observation: Observation) -> Observation:
    """Where no GPU is found, the reason that the node itself shows."""
    unfit = unfit_for_host(node) if observation.explanation.code in _FINDS_NONE else None
    return Observation(unfit, f"{observation.evidence}; node image {node.image_version}") if unfit is not None else observation


# kaito-project/kaito#2326, Azure/AgentBaker#9150: 'nvidia-ctk cdi generate' failed on some nodes, and the service hid it
_NO_CDI = Explanation(
    "NodeLacksCdiSpec",
    cause="The device plugin finds no GPU on this node, while other nodes of the same size and image offer theirs. The node's CDI "
    "specification was probably not written when it started.",
    remedy=REPLACE_NODE,
)
# Azure/karpenter-provider-azure#1787, #1794: fixed in July 2026
_OF_KARPENTER = Explanation(
    "KarpenterDriverMismatch",
    cause="Node auto-provisioning (Karpenter) made the node. Until July 2026, its nodes could get libraries that do not match the driver "
    "of their image.",
    remedy="Upgrade the cluster, which upgrades node auto-provisioning, and delete the NodeClaims of these nodes so that it replaces them.",
)
_KARPENTER = "karpenter.sh/nodepool"


def _of_node(node: GpuNode, observation: Observation, snapshot: ClusterSnapshot) -> Observation:
    """The observation, with the reason that only a look at the node or its sisters shows."""
    code = observation.explanation.code
    if code == "DriverLibraryMismatch" and _KARPENTER in node.labels:
        return Observation(_OF_KARPENTER, f"{observation.evidence}; label {_KARPENTER} is {node.labels[_KARPENTER]}")
    sisters = [each.name for each in snapshot.nodes if each.serves and each.is_alike(node)] if code == "PluginFoundNoDevice" else []
    return Observation(_NO_CDI, f"{observation.evidence}; GPUs are offered by {joined_names(sisters)}") if sisters else observation


def _observation(plugin: DevicePlugin, pod: Json, snapshot: ClusterSnapshot) -> Observation:
    for read in _READINGS:
        observation = read(plugin, pod, snapshot)
        if observation is not None:
            return observation
    logs = f"kubectl logs -n {plugin.namespace} {{pod}}{_named(plugin, pod)}"
    if pod_ready(pod):
        explanation = Explanation(
            "PluginServesNothing",
            cause="The device plugin is running but has not registered a device: the driver may be missing or still starting.",
            remedy=f"Check '{logs}' for NVML errors.",
            severity="warning",
        )
        return Observation(explanation, f"ready, {snapshot.resource} is 0")
    return Observation(
        Explanation("PluginPodNotReady", cause=f"A pod of {plugin} is not ready.", remedy=f"Check '{logs}'.", severity="warning"),
        pod_state(pod),
    )


def _image(plugin: DevicePlugin, pod: Json, _snapshot: ClusterSnapshot) -> Observation | None:
    for reason, message in container_troubles(pod, plugin.containers):
        known = recognize(f"{reason}: {message}", IMAGE) if reason in IMAGE_REASONS else None
        if known:
            explanation = replace(
                known[0].explanation,
                cause=f"The device plugin's image cannot be pulled. {known[0].explanation.cause}",
                remedy=f"{known[0].explanation.remedy} The option is image of gpuops.aks.nvidia_device_plugin.",
            )
            return Observation(explanation, known[1])
    return None


def _from_log(plugin: DevicePlugin, pod: Json, snapshot: ClusterSnapshot) -> Observation | None:
    known = recognize(snapshot.plugin_logs.get(pod_name(pod), ""), PLUGIN_LOG)
    if known is None:
        return None
    signature, line = known
    return Observation(signature.explanation, f"log{_of(plugin, pod)}: {line}")


def _from_state(_plugin: DevicePlugin, pod: Json, _snapshot: ClusterSnapshot) -> Observation | None:
    for reason, message in container_troubles(pod):
        known = recognize(message, (*STARTING, *PLUGIN_LOG))
        if known:
            signature, line = known
            return Observation(signature.explanation, f"{reason}: {line}")
    return None


# NVIDIA/k8s-device-plugin CHANGELOG v0.18: with FAIL_ON_INIT_ERROR, its default, the plugin exits where it finds no GPU
def _crashing(plugin: DevicePlugin, pod: Json, snapshot: ClusterSnapshot) -> Observation | None:
    troubles = [(reason, message) for reason, message in container_troubles(pod) if reason in _CRASHES]
    if not troubles or pod_ready(pod):
        return None
    said = last_line(snapshot.plugin_logs.get(pod_name(pod), ""))
    why = f"its log{_of(plugin, pod)} ends with: {said}" if said else _ended_with(troubles)
    evidence = "; ".join(dict.fromkeys(part for part in (pod_state(pod), why) if part))
    remedy = f"Check 'kubectl logs --previous -n {plugin.namespace} {{pod}}{_named(plugin, pod)}'."
    return Observation(Explanation("PluginCrashes", cause=f"{plugin} starts on the node but keeps exiting.", remedy=remedy), evidence)


def _ended_with(troubles: Sequence[tuple[str, str]]) -> str | None:
    """What the kubelet says about how a container ended."""
    return next((f"{reason}: {message}" for reason, message in troubles if message and reason != _BACK_OFF), None)


def _unscheduled(plugin: DevicePlugin, pod: Json, _snapshot: ClusterSnapshot) -> Observation | None:
    said = unschedulable(pod)
    if said is None or pod["spec"].get("nodeName"):
        return None
    cause = f"The node does not have enough free resources for the pod of {plugin}."
    return Observation(
        Explanation(
            "PluginPodUnscheduled", cause=cause, remedy="Set priority_class_name: system-node-critical, or free CPU and memory on the node."
        ),
        said,
    )


# NVIDIA/gpu-operator deployments: driver-validation and toolkit-validation; NVIDIA/gpu-operator#729: scale-down mode Deallocate
def _waits_for_operator(plugin: DevicePlugin, pod: Json, snapshot: ClusterSnapshot) -> Observation | None:
    waits = waited_for(pod) if plugin.by_operator else None
    node = bound_to(pod)
    if waits is None or node is None:
        return None
    evidence = operator_evidence(snapshot, DRIVER, node)
    explanation = in_namespace(driver_not_ready("error" if _BACK_OFF in evidence else "warning"), snapshot)
    return Observation(explanation, f"init container {waits} is running{evidence}")


# kubernetes pkg/kubelet/events/event.go; Azure/AKS#2039, Azure/aksArc#272: no container has run, so that no log says anything
def _from_event(_plugin: DevicePlugin, pod: Json, snapshot: ClusterSnapshot) -> Observation | None:
    about = ("Pod", pod["metadata"].get("namespace"), pod["metadata"].get("name"))
    own = [event for event in snapshot.events if _about(event) == about]
    last = None if has_run(pod) else newest(own, *STARTING_REASONS)
    if last is None:
        return None
    message = str(last.get("message") or "")
    known = recognize(message, IMAGE if "pull image" in message else STARTING)
    return Observation(known[0].explanation, f"event {last['reason']}: {known[1]}") if known is not None else None


def _about(event: Json) -> tuple[Any, Any, Any]:
    about = event.get("involvedObject") or {}
    return about.get("kind"), about.get("namespace"), about.get("name")


def _of(plugin: DevicePlugin, pod: Json) -> str:
    """Which container's log it is, where it is not that of the one that serves."""
    name = container_to_read(pod, plugin.container, plugin.containers)
    return f" of {name}" if name != plugin.container else ""


def _named(plugin: DevicePlugin, pod: Json) -> str:
    """The option by which kubectl reads the right container, of a pod with several."""
    name = container_to_read(pod, plugin.container, plugin.containers)
    return f" -c {name}" if name and (len(pod["spec"]["containers"]) > 1 or name != plugin.container) else ""


_READINGS: tuple[Callable[[DevicePlugin, Json, ClusterSnapshot], Observation | None], ...] = (
    _unscheduled, _image, _waits_for_operator, _from_log, _from_state, _crashing, _from_event,
)  # fmt: skip


POD_CAUSES = (pods_in_trouble,)
