# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Kubernetes objects that the device plugin consists of: Namespace, ConfigMap and DaemonSet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..nodes.taints import tolerations_for
from ..scheduling.device_plugins import DEVICE_PLUGINS_DIR
from ..scheduling.requests import GPU_RESOURCE
from ..shared.mappings import without_empty
from ..shared.ownership import MARK
from .config import CONFIG_ANNOTATION, CONFIG_DIR, CONFIG_FILE, config_hash, config_map_name, config_text

PLUGIN_SELECTOR = {"name": "nvidia-device-plugin-ds"}

# AKS sets the same label on Windows nodes with a GPU, where a Linux image never starts.
_LINUX = {"kubernetes.io/os": "linux"}
# Tolerated by default, as well as the pool's own taints: what the GPU Operator and some clusters put on GPU nodes, and the taint that
# AKS documents for system pools.
_PLUGIN_TOLERATIONS = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": GPU_RESOURCE, "operator": "Exists", "effect": "NoSchedule"},
)


@dataclass(frozen=True)
class PluginSettings:
    """The device plugin's DaemonSet. Maps and lists are in Kubernetes' own form; env is name → value, config the plugin's own file.

    min_ready_seconds: how long a pod must have been ready to count as available.
    """

    name: str
    namespace: str
    image: str
    image_pull_policy: str
    image_pull_secrets: Sequence[str]
    node_taints: Sequence[str]
    tolerations: Sequence[Mapping[str, Any]]
    node_selector: Mapping[str, str]
    priority_class_name: str
    env: Mapping[str, str]
    args: Sequence[str]
    resources: Mapping[str, Any]
    security_context: Mapping[str, Any]
    update_strategy: Mapping[str, Any]
    min_ready_seconds: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    affinity: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    cdi: bool = False


def namespace_manifest(name: str, *, marked: bool) -> dict[str, Any]:
    """A Namespace, marked if the collection creates it."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(MARK) if marked else {}}}


def config_map_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The ConfigMap with the plugin's configuration file."""
    metadata = {"name": config_map_name(settings.name), "namespace": settings.namespace, "labels": dict(MARK) if marked else {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {CONFIG_FILE: config_text(settings.config)}}


def plugin_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The DaemonSet to apply, marked if the collection created it."""
    annotations = {**settings.annotations, **({CONFIG_ANNOTATION: config_hash(settings.config)} if settings.config else {})}
    labels = {**settings.labels, **PLUGIN_SELECTOR}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {**labels, **(MARK if marked else {})},
        },
        "spec": {
            "selector": {"matchLabels": dict(PLUGIN_SELECTOR)},
            "updateStrategy": dict(settings.update_strategy),
            # The API server does not store a zero, so that applying one conflicts with whoever applied it before.
            **({"minReadySeconds": settings.min_ready_seconds} if settings.min_ready_seconds else {}),
            "template": {
                "metadata": without_empty({"labels": labels, "annotations": annotations}),
                "spec": _plugin_pod_spec(settings),
            },
        },
    }


def _plugin_pod_spec(settings: PluginSettings) -> dict[str, Any]:
    volumes = _plugin_volumes(settings)
    env = {**settings.env, **({"CONFIG_FILE": f"{CONFIG_DIR}/{CONFIG_FILE}"} if settings.config else {})}
    container = {
        "name": "nvidia-device-plugin-ctr",
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": list(settings.args),
        "env": [{"name": name, "value": value} for name, value in sorted(env.items())],
        "resources": dict(settings.resources),
        "securityContext": dict(settings.security_context),
        "volumeMounts": [{"name": volume["name"], **mount} for volume, mount in volumes],
    }
    return without_empty(
        {
            "tolerations": tolerations_for(settings.node_taints, [*_PLUGIN_TOLERATIONS, *settings.tolerations]),
            "nodeSelector": {**_LINUX, **settings.node_selector},
            "affinity": dict(settings.affinity),
            "priorityClassName": settings.priority_class_name,
            "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
            "containers": [without_empty(container)],
            "volumes": [volume for volume, mount in volumes],
        }
    )


def _plugin_volumes(settings: PluginSettings) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each volume, and how the container mounts it."""
    volumes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"name": "device-plugin", "hostPath": {"path": DEVICE_PLUGINS_DIR}}, {"mountPath": DEVICE_PLUGINS_DIR})
    ]
    if settings.config:
        source = {"name": config_map_name(settings.name)}
        volumes.append(({"name": "config", "configMap": source}, {"mountPath": CONFIG_DIR, "readOnly": True}))
    if settings.cdi:  # where it writes the specifications, and the driver that it finds the devices' files in, as in NVIDIA's chart
        cdi = {"path": "/var/run/cdi", "type": "DirectoryOrCreate"}
        volumes.append(({"name": "cdi-root", "hostPath": cdi}, {"mountPath": "/var/run/cdi"}))
        volumes.append(({"name": "driver-root", "hostPath": {"path": "/"}}, {"mountPath": "/driver-root", "readOnly": True}))
    return volumes
