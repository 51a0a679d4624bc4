# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The fields that are read from single objects and from small lists, according to Kubernetes' API reference."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

from .kubernetes_lists import Amounts, Condition, Metadata, NamespacedMetadata, PodSpec, Resources, Texts

Parts = Optional[Dict[str, Any]]


class Manager(TypedDict, total=False):
    """An entry of metadata.managedFields."""

    manager: str
    operation: str
    subresource: str
    fieldsV1: Parts


class ObjectMetadata(Metadata, total=False):
    """Metadata of one object."""

    annotations: Texts
    managedFields: Optional[List[Manager]]  # noqa: N815  # the API's name


class NamespacedObjectMetadata(NamespacedMetadata, ObjectMetadata):
    """Metadata of one object in a namespace."""


class Object(TypedDict):
    """The fields of every object."""

    metadata: ObjectMetadata


class NamespacedObject(TypedDict):
    """The fields of every object in a namespace."""

    metadata: NamespacedObjectMetadata


class GivenToleration(TypedDict, total=False):
    """A toleration."""

    key: Optional[str]
    operator: Optional[str]
    value: Optional[str]
    effect: Optional[str]


class _Expression(TypedDict):
    key: str
    operator: str


class GivenExpression(_Expression, total=False):
    """A condition on a label."""

    values: Optional[List[str]]


class GivenTerm(TypedDict, total=False):
    """Conditions that must all hold."""

    matchExpressions: Optional[List[GivenExpression]]
    matchFields: Optional[List[GivenExpression]]


class GivenNodeSelector(TypedDict, total=False):
    """Terms, one of which must hold."""

    nodeSelectorTerms: Optional[List[GivenTerm]]


class GivenNodeAffinity(TypedDict, total=False):
    """The node affinity of a pod."""

    requiredDuringSchedulingIgnoredDuringExecution: Optional[GivenNodeSelector]


class GivenAffinity(TypedDict, total=False):
    """A pod's affinity."""

    nodeAffinity: Optional[GivenNodeAffinity]


class GivenContainer(TypedDict, total=False):
    """A container as a user writes it, possibly without a name: only its requests matter."""

    name: Optional[str]
    image: Optional[str]
    resources: Optional[Resources]
    restartPolicy: Optional[str]


class _GivenPodSpec(TypedDict):
    containers: List[GivenContainer]


class GivenPodSpec(_GivenPodSpec, total=False):
    """A pod's spec as a user writes it."""

    nodeName: str
    initContainers: Optional[List[GivenContainer]]
    overhead: Amounts
    resources: Optional[Resources]
    tolerations: Optional[List[GivenToleration]]
    nodeSelector: Texts
    affinity: Optional[GivenAffinity]
    resourceClaims: Optional[List[Dict[str, Any]]]
    runtimeClassName: Optional[str]


class _Template(TypedDict):
    spec: PodSpec


class Template(_Template, total=False):
    """A pod template."""

    metadata: Parts


class _JobSpec(TypedDict):
    template: Template


class JobSpec(_JobSpec, total=False):
    """A Job's spec."""

    suspend: Optional[bool]
    ttlSecondsAfterFinished: Optional[int]
    podFailurePolicy: Parts


class JobStatus(TypedDict, total=False):
    """The status of a Job."""

    conditions: Optional[List[Condition]]
    active: Optional[int]
    failed: Optional[int]
    succeeded: Optional[int]
    terminating: Optional[int]


class _Job(NamespacedObject):
    spec: JobSpec


class Job(_Job, total=False):
    """A Job."""

    status: JobStatus


class DaemonSetSpec(TypedDict):
    """A DaemonSet's spec."""

    template: Template
    selector: Dict[str, Any]


class DaemonSetStatus(TypedDict, total=False):
    """The status of a DaemonSet."""

    observedGeneration: int
    desiredNumberScheduled: int
    updatedNumberScheduled: int
    numberAvailable: int


class _DaemonSet(NamespacedObject):
    spec: DaemonSetSpec


class DaemonSet(_DaemonSet, total=False):
    """A DaemonSet."""

    status: DaemonSetStatus


class Involved(TypedDict, total=False):
    """The object that an event is about."""

    kind: str
    name: str
    namespace: str


class Event(NamespacedObject, total=False):
    """An event."""

    reason: str
    message: str
    type: str
    involvedObject: Involved
    source: Parts
    reportingComponent: Optional[str]
    series: Parts
    lastTimestamp: Optional[str]
    firstTimestamp: Optional[str]
    eventTime: Optional[str]


class QuotaStatus(TypedDict, total=False):
    """The usage of a quota."""

    hard: Amounts
    used: Amounts


class Quota(NamespacedObject, total=False):
    """A resource quota."""

    spec: Parts
    status: QuotaStatus


class ConfigMap(NamespacedObject, total=False):
    """A ConfigMap."""

    data: Texts


class Status(TypedDict, total=False):
    """The API server's response to a request."""

    code: int
    reason: str
    message: str


class _Version(TypedDict):
    resourceVersion: str


class Versioned(TypedDict):
    """An object, or a bookmark that says where a watch continues."""

    metadata: _Version


class _Place(TypedDict, total=False):
    resourceVersion: str
    remainingItemCount: Optional[int]


class ObjectList(TypedDict, total=False):
    """A list."""

    metadata: _Place
    items: Optional[List[Object]]


class Listed(TypedDict):
    """A kind in a version of a group."""

    resource: str
    scope: str
    verbs: List[str]


class GroupVersion(TypedDict):
    """A version of a group."""

    version: str
    resources: List[Listed]


class Group(TypedDict):
    """A group of the API."""

    metadata: Dict[str, Any]
    versions: List[GroupVersion]


class Groups(TypedDict):
    """The groups of the API server."""

    items: List[Group]
