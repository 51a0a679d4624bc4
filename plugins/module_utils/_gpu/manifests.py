# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from .device_plugins import DEVICE_PLUGINS_DIR
from .failure_policy import failure_policy
from .marks import MARK
from .plugin_config import CONFIG_ANNOTATION, CONFIG_DIR, CONFIG_FILE, config_hash, config_map_name, config_text
from .pool_affinity import pool_affinity
from .requests import GPU_RESOURCE
from .taints import parse_taints, toleration_for

# https://kueue.sigs.k8s.io/docs/tasks/run/jobs/
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
PLUGIN_SELECTOR = {"name": "nvidia-device-plugin-ds"}

# AKS gives Windows nodes the same label for their GPU, and a Linux image never starts there.
_LINUX = {"kubernetes.io/os": "linux"}
# Tolerated by default beside the pool's own taints: what the GPU Operator and some clusters put on GPU nodes, and the taint that
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


def tolerations_for(node_taints: Sequence[str], extra: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tolerations of a pool's taints and those given, without repeats. Raises InvalidInputError for a malformed taint."""
    wanted: list[dict[str, Any]] = []
    for toleration in [*extra, *(toleration_for(taint) for taint in parse_taints(node_taints))]:
        if dict(toleration) not in wanted:
            wanted.append(dict(toleration))
    return wanted


def namespace_manifest(name: str, *, marked: bool) -> dict[str, Any]:
    """A Namespace, with the collection's mark when the collection makes it."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(MARK) if marked else {}}}


def config_map_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The ConfigMap with the plugin's configuration file."""
    metadata = {"name": config_map_name(settings.name), "namespace": settings.namespace, "labels": dict(MARK) if marked else {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {CONFIG_FILE: config_text(settings.config)}}


def plugin_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The DaemonSet to apply; marked only when the collection created it."""
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
            # The API server stores no zero: to apply one is a conflict with whoever applied it before.
            **({"minReadySeconds": settings.min_ready_seconds} if settings.min_ready_seconds else {}),
            "template": {
                "metadata": _without_empty({"labels": labels, "annotations": annotations}),
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
    return _without_empty(
        {
            "tolerations": tolerations_for(settings.node_taints, [*_PLUGIN_TOLERATIONS, *settings.tolerations]),
            "nodeSelector": {**_LINUX, **settings.node_selector},
            "affinity": dict(settings.affinity),
            "priorityClassName": settings.priority_class_name,
            "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
            "containers": [_without_empty(container)],
            "volumes": [volume for volume, mount in volumes],
        }
    )


def _plugin_volumes(settings: PluginSettings) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each volume and how the container mounts it."""
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


@dataclass(frozen=True)
class JobSettings:
    """A GPU workload that runs once. deadline is in seconds, 0 for none; gpus are whole devices of `resource`; queue is Kueue's or "".

    fail_on_exit_codes are those after which it is not tried again; pool is the only one whose nodes it may run on, "" for any.
    """

    name: str
    namespace: str
    image: str
    image_pull_policy: str
    command: Sequence[str]
    args: Sequence[str]
    env: Mapping[str, str]
    gpus: int
    resource: str
    node_taints: Sequence[str]
    tolerations: Sequence[Mapping[str, Any]]
    node_selector: Mapping[str, str]
    backoff_limit: int
    deadline: int
    queue: str = ""
    fail_on_exit_codes: Sequence[int] = ()
    pool: str = ""


def job_manifest(settings: JobSettings) -> dict[str, Any]:
    """The Job to create, in the shape of the AKS documentation's sample (samples-tf-mnist-demo)."""
    container = {
        "name": settings.name,
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "command": list(settings.command),
        "args": list(settings.args),
        "env": [{"name": name, "value": value} for name, value in sorted(settings.env.items())],
        "resources": {"limits": {settings.resource: str(settings.gpus)}},
    }
    labels = {"app": settings.name}
    tolerations = tolerations_for(settings.node_taints, settings.tolerations)
    policy = failure_policy(tolerations, settings.fail_on_exit_codes)
    pod_spec = _without_empty(
        {
            "containers": [_without_empty(container)],
            "restartPolicy": "Never" if policy else "OnFailure",
            "tolerations": tolerations,
            "nodeSelector": dict(settings.node_selector),
            "affinity": pool_affinity({}, [settings.pool] if settings.pool else [], settings.node_selector),
        }
    )
    spec: dict[str, Any] = {"backoffLimit": settings.backoff_limit, "template": {"metadata": {"labels": labels}, "spec": pod_spec}}
    if policy:
        spec["podFailurePolicy"] = policy
    if settings.deadline:
        spec["activeDeadlineSeconds"] = settings.deadline
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {**labels, **MARK, **({QUEUE_LABEL: settings.queue} if settings.queue else {})},
        },
        "spec": spec,
    }


def owned_subset(live: Any, wanted: Any) -> Any:
    """The part of a live object that a manifest speaks of: what a diff of an apply should show.

    Lists of objects with names are matched by name, other lists are compared whole.
    """
    if isinstance(wanted, dict) and isinstance(live, dict):
        return {key: owned_subset(live[key], value) for key, value in wanted.items() if key in live}
    if isinstance(wanted, list) and isinstance(live, list) and all(isinstance(item, dict) and "name" in item for item in wanted):
        by_name = {item.get("name"): item for item in live if isinstance(item, dict)}
        return [owned_subset(by_name[item["name"]], item) for item in wanted if item["name"] in by_name]
    return live


def _without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ({}, [], "")}
