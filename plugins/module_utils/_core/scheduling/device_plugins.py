# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How a device plugin is recognized among a cluster's DaemonSets, and which of its pods is on which node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.taints import Taint
from ..shared.mappings import Json
from ..shared.ownership import is_marked
from .device_plugin_kinds import serves_gpus, serves_other_devices
from .pods import bound_to
from .reasons import Kind, Reason, selection_reasons, taint_reasons

# The kubelet's registration directory: whatever serves devices to it mounts this
# (https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/).
DEVICE_PLUGINS_DIR = "/var/lib/kubelet/device-plugins"
# What the DaemonSet controller adds to its pods, so that they run on a node whatever its state
# (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
_ADDED_TOLERATIONS = (
    *(
        {"key": f"node.kubernetes.io/{pressure}-pressure", "operator": "Exists", "effect": "NoSchedule"}
        for pressure in ("disk", "memory", "pid")
    ),
    {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
)


@dataclass(frozen=True)
class DevicePlugin:
    """A DaemonSet that serves devices to the kubelet, known by what it mounts, and its pods by node."""

    name: str
    namespace: str
    tolerations: tuple[Json, ...]
    node_selector: Mapping[str, str]
    pods: Mapping[str, Json]
    affinity: Json = field(default_factory=dict)
    images: tuple[str, ...] = ()
    container: str = ""  # the one that serves the devices; there may be others
    containers: tuple[str, ...] = ()  # all of the template, in the order in which they start
    config_maps: tuple[str, ...] = ()  # that its pods mount
    by_operator: bool = False  # NVIDIA's GPU Operator made it
    marked: bool = False  # this collection made it

    def __str__(self) -> str:
        """The name in messages."""
        return f"DaemonSet {self.namespace}/{self.name}"

    @property
    def is_gpu_plugin(self) -> bool:
        """Whether it is known to serve GPUs; a custom name may not show it."""
        return self.marked or serves_gpus(self.name, self.images)

    def reasons_against(self, node: GpuNode) -> list[Reason]:
        """Why it should have no pod on the node. A node that is cordoned or not Ready for now is not a reason."""
        return [each for each in self.kept_off(node.labels, node.info.taints, node.name) if each.kind is not Kind.STATE_TAINT]

    def kept_off(self, labels: Mapping[str, str], taints: Iterable[Taint], node: str | None = None) -> list[Reason]:
        """Why its pods do not run on a node.

        Args:
            labels: The node's labels.
            taints: The node's taints.
            node: The node's name, None for a node that does not exist yet.
        """
        spec = {"nodeSelector": self.node_selector, "affinity": self.affinity}
        return [*selection_reasons(spec, labels, node), *taint_reasons(self.tolerations, taints)]


def mounts_device_plugins_dir(pod_spec: Json) -> bool:
    """Whether a pod can register devices with the kubelet."""
    paths = ((volume.get("hostPath") or {}).get("path") or "" for volume in pod_spec.get("volumes") or ())
    return any(path.rstrip("/").startswith(DEVICE_PLUGINS_DIR) for path in paths)


def _serving_container(template: Json) -> str:
    """The name of the container that can register devices; others may come before it, such as a service mesh's proxy."""
    volumes = {volume["name"] for volume in template.get("volumes") or () if mounts_device_plugins_dir({"volumes": [volume]})}
    containers = template.get("containers") or [{}]
    mounting = (each for each in containers if any(mount["name"] in volumes for mount in each.get("volumeMounts") or ()))
    return str(next(mounting, containers[0]).get("name", ""))


def device_plugins(daemonsets: Iterable[Json], pods: Iterable[Json]) -> list[DevicePlugin]:
    """The device plugins among the DaemonSets, each with its pods; those known to serve other devices than GPUs are left out."""
    serving = [each for each in daemonsets if mounts_device_plugins_dir(_template(each)) and not _serves_other_devices(each)]
    return _with_pods(serving, pods)


def device_plugin(daemonset: Json, pods: Iterable[Json] = ()) -> DevicePlugin:
    """A DaemonSet that is known to be a GPU device plugin, whatever its names, with its pods."""
    return _with_pods([daemonset], pods)[0]


def _with_pods(serving: Sequence[Json], pods: Iterable[Json]) -> list[DevicePlugin]:
    by_owner: dict[str, dict[str, Json]] = {each["metadata"]["uid"]: {} for each in serving}
    for pod in pods:
        for owner in pod["metadata"].get("ownerReferences") or ():
            if owner["uid"] in by_owner and mounts_device_plugins_dir(pod["spec"]):
                _keep(by_owner[owner["uid"]], pod)
    return [_device_plugin(each, by_owner[each["metadata"]["uid"]]) for each in serving]


def _keep(pods: dict[str, Json], pod: Json) -> None:
    """Keep a node's pod; one that is being deleted is replaced by its successor."""
    node = bound_to(pod)
    if node is not None and (node not in pods or "deletionTimestamp" in pods[node]["metadata"]):
        pods[node] = pod


def _template(daemonset: Json) -> Json:
    template: Json = daemonset["spec"]["template"]["spec"]
    return template


def _images(daemonset: Json) -> tuple[str, ...]:
    return tuple(str(container.get("image") or "") for container in _template(daemonset).get("containers") or ())


def _serves_other_devices(daemonset: Json) -> bool:
    """Whether it serves other devices than GPUs; what this collection created is NVIDIA's plugin, whatever its name."""
    return not is_marked(daemonset) and serves_other_devices(str(daemonset["metadata"]["name"]), _images(daemonset))


def _device_plugin(daemonset: Json, pods: Mapping[str, Json]) -> DevicePlugin:
    metadata, spec = daemonset["metadata"], _template(daemonset)
    return DevicePlugin(
        name=metadata["name"],
        namespace=metadata["namespace"],
        tolerations=(*(spec.get("tolerations") or ()), *_ADDED_TOLERATIONS),
        node_selector=spec.get("nodeSelector") or {},
        pods=pods,
        affinity=spec.get("affinity") or {},
        images=_images(daemonset),
        container=_serving_container(spec),
        containers=tuple(str(each.get("name", "")) for each in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))),
        config_maps=_config_maps(spec),
        marked=is_marked(daemonset),
        by_operator=_is_operators(metadata),
    )


def _config_maps(template: Json) -> tuple[str, ...]:
    volumes = template.get("volumes") or ()
    return tuple(str(each["configMap"].get("name", "")) for each in volumes if each.get("configMap"))


def _is_operators(metadata: Json) -> bool:
    """Whether NVIDIA's GPU Operator has created the object, whose resource is the ClusterPolicy."""
    return any(owner.get("kind") == "ClusterPolicy" for owner in metadata.get("ownerReferences") or ())
