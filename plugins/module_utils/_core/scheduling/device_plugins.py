# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How a device plugin is recognized among a cluster's DaemonSets, and which of its pods is on which node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from ..nodes.gpu_operator import made_by_operator
from ..shared.mappings import Json
from ..shared.ownership import is_marked
from .daemons import Daemon, daemon_fields, pods_of, template_of
from .device_plugin_kinds import serves_gpus, serves_other_devices

# The kubelet's registration directory: whatever serves devices to it mounts this
# (https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/).
DEVICE_PLUGINS_DIR = "/var/lib/kubelet/device-plugins"
# How NVIDIA's plugin is told its MIG strategy (https://github.com/NVIDIA/k8s-device-plugin#as-command-line-flags-or-envvars).
MIG_ARGUMENT, MIG_VARIABLE, NO_MIG = "--mig-strategy", "MIG_STRATEGY", "none"


@dataclass(frozen=True)
class DevicePlugin(Daemon):
    """A DaemonSet that serves devices to the kubelet, known by what it mounts."""

    images: tuple[str, ...] = ()
    container: str = ""  # the one that serves the devices; there may be others
    config_maps: tuple[str, ...] = ()  # that its pods mount
    mig_strategy: str = NO_MIG  # by its arguments or environment; a configuration file is not read
    by_operator: bool = False  # NVIDIA's GPU Operator made it
    marked: bool = False  # this collection made it

    @property
    def is_gpu_plugin(self) -> bool:
        """Whether it is known to serve GPUs; a custom name may not show it."""
        return self.marked or serves_gpus(self.name, self.images)


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
    serving = [each for each in daemonsets if mounts_device_plugins_dir(template_of(each)) and not _serves_other_devices(each)]
    return _with_pods(serving, pods)


def device_plugin(daemonset: Json, pods: Iterable[Json] = ()) -> DevicePlugin:
    """A DaemonSet that is known to be a GPU device plugin, whatever its names, with its pods."""
    return _with_pods([daemonset], pods)[0]


def _with_pods(serving: Sequence[Json], pods: Iterable[Json]) -> list[DevicePlugin]:
    by_owner = pods_of(serving, (pod for pod in pods if mounts_device_plugins_dir(pod["spec"])))
    return [_device_plugin(each, by_owner[each["metadata"]["uid"]]) for each in serving]


def _images(daemonset: Json) -> tuple[str, ...]:
    return tuple(str(container.get("image") or "") for container in template_of(daemonset).get("containers") or ())


def _serves_other_devices(daemonset: Json) -> bool:
    """Whether it serves other devices than GPUs; what this collection created is NVIDIA's plugin, whatever its name."""
    return not is_marked(daemonset) and serves_other_devices(str(daemonset["metadata"]["name"]), _images(daemonset))


def _device_plugin(daemonset: Json, pods: Mapping[str, Json]) -> DevicePlugin:
    metadata, spec = daemonset["metadata"], template_of(daemonset)
    return DevicePlugin(
        **daemon_fields(daemonset, pods),
        images=_images(daemonset),
        container=_serving_container(spec),
        config_maps=_config_maps(spec),
        mig_strategy=_mig_strategy(spec),
        marked=is_marked(daemonset),
        by_operator=made_by_operator(metadata),
    )


def _mig_strategy(template: Json) -> str:
    """The MIG strategy as NVIDIA's plugin reads it: its arguments come before the environment."""
    containers = template.get("containers") or ()
    return next(filter(None, (*map(_by_arguments, containers), *map(_by_environment, containers))), NO_MIG)


def _by_arguments(container: Json) -> str:
    words = [str(word) for word in (*(container.get("command") or ()), *(container.get("args") or ()))]
    for number, word in enumerate(words):
        name, given, value = word.partition("=")
        if name == MIG_ARGUMENT:
            return value if given else "".join(words[number + 1 : number + 2])
    return ""


def _by_environment(container: Json) -> str:
    return next((str(each.get("value") or "") for each in container.get("env") or () if each.get("name") == MIG_VARIABLE), "")


def _config_maps(template: Json) -> tuple[str, ...]:
    volumes = template.get("volumes") or ()
    return tuple(str(each["configMap"].get("name", "")) for each in volumes if each.get("configMap"))
