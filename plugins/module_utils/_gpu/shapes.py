# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The fields that are read of large lists: what a decoder needs to make, and a mirror to keep. Everything else of an object is dropped."""

from __future__ import annotations

from typing import Any, Dict, Optional, TypedDict, Union

Amounts = Optional[Dict[str, Union[str, int]]]
Texts = Optional[Dict[str, str]]


class Owner(TypedDict, total=False):
    """An entry of metadata.ownerReferences."""

    kind: str
    name: str
    uid: str
    controller: bool | None


class Metadata(TypedDict, total=False):
    """Of metadata, all but annotations and managedFields, which are the greater part of it."""

    name: str
    namespace: str
    uid: str
    resourceVersion: str
    generation: int
    labels: Texts
    creationTimestamp: str | None
    deletionTimestamp: str | None
    ownerReferences: list[Owner] | None


class NodeMetadata(Metadata, total=False):
    """A node's annotations tell what the autoscaler and the operator want of it."""

    annotations: Texts


class Taint(TypedDict, total=False):
    """An entry of a node's spec.taints."""

    key: str
    value: str
    effect: str


class Condition(TypedDict, total=False):
    """An entry of status.conditions."""

    type: str
    status: str
    reason: str
    message: str
    lastTransitionTime: str | None


class NodeSpec(TypedDict, total=False):
    """A node's spec."""

    providerID: str
    unschedulable: bool
    taints: list[Taint] | None


class NodeStatus(TypedDict, total=False):
    """A node's status without its images, which are a third of a node."""

    capacity: Amounts
    allocatable: Amounts
    conditions: list[Condition] | None


class Node(TypedDict, total=False):
    """A node."""

    metadata: NodeMetadata
    spec: NodeSpec
    status: NodeStatus


class Resources(TypedDict, total=False):
    """Requests and limits."""

    requests: Amounts
    limits: Amounts


class Container(TypedDict, total=False):
    """A container or init container."""

    name: str
    image: str
    resources: Resources | None
    restartPolicy: str | None


class HostPath(TypedDict, total=False):
    """A volume of the node's own file system."""

    path: str


class Volume(TypedDict, total=False):
    """A volume; what it mounts makes a pod a device plugin."""

    name: str
    hostPath: HostPath | None


class PodSpec(TypedDict, total=False):
    """A pod's spec."""

    nodeName: str
    containers: list[Container]
    initContainers: list[Container] | None
    volumes: list[Volume] | None
    overhead: Amounts
    resources: Resources | None
    tolerations: list[dict[str, Any]] | None
    nodeSelector: Texts
    affinity: dict[str, Any] | None
    resourceClaims: list[dict[str, Any]] | None
    schedulingGates: list[dict[str, Any]] | None
    runtimeClassName: str | None


class ContainerStatus(TypedDict, total=False):
    """How a container is."""

    name: str
    ready: bool
    restartCount: int
    image: str
    imageID: str
    state: dict[str, Any] | None
    lastState: dict[str, Any] | None
    resources: Resources | None
    allocatedResources: Amounts


class PodStatus(TypedDict, total=False):
    """How a pod is."""

    phase: str
    reason: str
    message: str
    conditions: list[Condition] | None
    containerStatuses: list[ContainerStatus] | None
    initContainerStatuses: list[ContainerStatus] | None
    resources: Resources | None
    allocatedResources: Amounts


class Pod(TypedDict, total=False):
    """A pod."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus
