# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The fields that are read from large lists and that a decoder creates and a mirror keeps. All other fields are dropped."""

from __future__ import annotations

from typing import Any, Dict, Optional, TypedDict, Union

Amounts = Optional[Dict[str, Union[str, int]]]
Texts = Optional[Dict[str, str]]


class _Owner(TypedDict):
    kind: str
    name: str
    uid: str


class Owner(_Owner, total=False):
    """An entry of metadata.ownerReferences."""

    controller: bool | None


class _Identified(TypedDict):
    name: str
    uid: str


class _Placed(_Identified):
    namespace: str


class Metadata(_Identified, total=False):
    """Metadata without annotations and managedFields, which are the largest part of it."""

    resourceVersion: str
    generation: int
    labels: Texts
    creationTimestamp: str | None
    deletionTimestamp: str | None
    ownerReferences: list[Owner] | None


class NamespacedMetadata(_Placed, Metadata):
    """Metadata of an object in a namespace."""


class NodeMetadata(Metadata, total=False):
    """Metadata with annotations, which contain settings of the autoscaler and the operator."""

    annotations: Texts


class _Taint(TypedDict):
    key: str
    effect: str


class Taint(_Taint, total=False):
    """An entry of a node's spec.taints."""

    value: str


class _Condition(TypedDict):
    type: str
    status: str


class Condition(_Condition, total=False):
    """An entry of status.conditions."""

    reason: str
    message: str
    lastTransitionTime: str | None


class NodeSpec(TypedDict, total=False):
    """A node's spec."""

    providerID: str
    unschedulable: bool
    taints: list[Taint] | None


class NodeInfo(TypedDict, total=False):
    """The versions of what runs on a node."""

    containerRuntimeVersion: str
    kernelVersion: str


class NodeStatus(TypedDict, total=False):
    """A node's status without its images, which are a third of a node."""

    nodeInfo: NodeInfo | None
    capacity: Amounts
    allocatable: Amounts
    conditions: list[Condition] | None


class _Node(TypedDict):
    metadata: NodeMetadata
    spec: NodeSpec


class Node(_Node, total=False):
    """A node."""

    status: NodeStatus


class Resources(TypedDict, total=False):
    """Requests and limits."""

    requests: Amounts
    limits: Amounts


class _Named(TypedDict):
    name: str


class Container(_Named, total=False):
    """A container or init container."""

    image: str
    resources: Resources | None
    restartPolicy: str | None


class HostPath(TypedDict, total=False):
    """A volume of the node's own file system."""

    path: str


class Volume(_Named, total=False):
    """A volume; a pod that mounts the device-plugins directory is a device plugin."""

    hostPath: HostPath | None


class _PodSpec(TypedDict):
    containers: list[Container]


class PodSpec(_PodSpec, total=False):
    """A pod's spec."""

    nodeName: str
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


class Waiting(TypedDict, total=False):
    """Why a container has not started."""

    reason: str
    message: str


class Running(TypedDict, total=False):
    """When a container started."""

    startedAt: str | None


class Terminated(TypedDict, total=False):
    """How a container ended."""

    exitCode: int
    reason: str
    message: str
    startedAt: str | None
    finishedAt: str | None


class ContainerState(TypedDict, total=False):
    """One of the three."""

    waiting: Waiting | None
    running: Running | None
    terminated: Terminated | None


class ContainerStatus(_Named, total=False):
    """The status of a container."""

    ready: bool
    restartCount: int
    image: str
    imageID: str
    state: ContainerState | None
    lastState: ContainerState | None
    resources: Resources | None
    allocatedResources: Amounts


class PodStatus(TypedDict, total=False):
    """The status of a pod."""

    phase: str
    reason: str
    message: str
    conditions: list[Condition] | None
    containerStatuses: list[ContainerStatus] | None
    initContainerStatuses: list[ContainerStatus] | None
    resources: Resources | None
    allocatedResources: Amounts


class _Pod(TypedDict):
    metadata: NamespacedMetadata
    spec: PodSpec


class Pod(_Pod, total=False):
    """A pod."""

    status: PodStatus
