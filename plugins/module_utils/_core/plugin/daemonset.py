# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The manifests of a DaemonSet that this collection runs on GPU nodes, and of its Namespace, whatever the program in its pods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..nodes.taints import tolerations_for
from ..scheduling.requests import GPU_RESOURCE
from ..shared.mappings import Json, without_empty
from ..shared.ownership import MARK

# AKS sets the same label on Windows nodes with a GPU, where a Linux image never starts.
_LINUX = {"kubernetes.io/os": "linux"}
# Tolerated by default, as well as the pool's own taints: what the GPU Operator and some clusters put on GPU nodes, and the taint that
# AKS documents for system pools.
_TOLERATIONS = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": GPU_RESOURCE, "operator": "Exists", "effect": "NoSchedule"},
)


@dataclass(frozen=True)
class DaemonSettings:
    """The user's settings of a DaemonSet. Maps and lists are in Kubernetes' own form; env is name → value.

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


@dataclass(frozen=True)
class DaemonProgram:
    """What the program in the pods brings to its DaemonSet, whatever the settings.

    Args:
        selector: The labels by which the DaemonSet knows its pods.
        container: The name of the only container.
        env: Environment variables in addition to those of the settings, as in a pod spec.
        volumes: Each volume of the pod, and how the container mounts it.
        container_fields: Further fields of the container, such as its ports.
        pod_fields: Further fields of the pod's spec.
    """

    selector: Mapping[str, str]
    container: str
    volumes: Sequence[tuple[Json, Json]]
    env: Sequence[Json] = ()
    container_fields: Json = field(default_factory=dict)
    pod_fields: Json = field(default_factory=dict)


def namespace_manifest(name: str, *, marked: bool) -> dict[str, Any]:
    """A Namespace, marked if the collection creates it."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(MARK) if marked else {}}}


def daemonset_manifest(settings: DaemonSettings, program: DaemonProgram, *, marked: bool) -> dict[str, Any]:
    """The DaemonSet to apply, marked if the collection created it."""
    labels = {**settings.labels, **program.selector}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {**labels, **(MARK if marked else {})},
        },
        "spec": {
            "selector": {"matchLabels": dict(program.selector)},
            "updateStrategy": dict(settings.update_strategy),
            # The API server does not store a zero, so that applying one conflicts with whoever applied it before.
            **({"minReadySeconds": settings.min_ready_seconds} if settings.min_ready_seconds else {}),
            "template": {
                "metadata": without_empty({"labels": labels, "annotations": dict(settings.annotations)}),
                "spec": _pod_spec(settings, program),
            },
        },
    }


def _pod_spec(settings: DaemonSettings, program: DaemonProgram) -> dict[str, Any]:
    container = {
        "name": program.container,
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": list(settings.args),
        "env": [*({"name": name, "value": value} for name, value in sorted(settings.env.items())), *program.env],
        "resources": dict(settings.resources),
        "securityContext": dict(settings.security_context),
        "volumeMounts": [{"name": volume["name"], **mount} for volume, mount in program.volumes],
        **program.container_fields,
    }
    return without_empty(
        {
            "tolerations": tolerations_for(settings.node_taints, [*_TOLERATIONS, *settings.tolerations]),
            "nodeSelector": {**_LINUX, **settings.node_selector},
            "affinity": dict(settings.affinity),
            "priorityClassName": settings.priority_class_name,
            "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
            "containers": [without_empty(container)],
            "volumes": [dict(volume) for volume, mount in program.volumes],
            **program.pod_fields,
        }
    )
