# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The fields that are read of single objects, and of lists that are never large, by Kubernetes' API reference."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

from .shapes import Amounts, Condition, Metadata, PodSpec, Texts

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
    managedFields: Optional[List[Manager]]


class Object(TypedDict):
    """What every object has."""

    metadata: ObjectMetadata


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
    """How a Job is."""

    conditions: Optional[List[Condition]]
    active: Optional[int]
    failed: Optional[int]
    succeeded: Optional[int]
    terminating: Optional[int]


class _Job(Object):
    spec: JobSpec


class Job(_Job, total=False):
    """A Job."""

    status: JobStatus


class DaemonSetSpec(TypedDict):
    """A DaemonSet's spec."""

    template: Template
    selector: Dict[str, Any]


class DaemonSetStatus(TypedDict, total=False):
    """How a DaemonSet is."""

    observedGeneration: int
    desiredNumberScheduled: int
    updatedNumberScheduled: int
    numberAvailable: int


class _DaemonSet(Object):
    spec: DaemonSetSpec


class DaemonSet(_DaemonSet, total=False):
    """A DaemonSet."""

    status: DaemonSetStatus


class Involved(TypedDict, total=False):
    """What an event is about."""

    kind: str
    name: str
    namespace: str


class Event(Object, total=False):
    """An event."""

    reason: str
    message: str
    type: str
    involvedObject: Involved
    series: Parts
    lastTimestamp: Optional[str]
    firstTimestamp: Optional[str]
    eventTime: Optional[str]


class QuotaStatus(TypedDict, total=False):
    """How much of a quota is used."""

    hard: Amounts
    used: Amounts


class Quota(Object, total=False):
    """A resource quota."""

    spec: Parts
    status: QuotaStatus


class ConfigMap(Object, total=False):
    """A ConfigMap."""

    data: Texts


class Status(TypedDict, total=False):
    """What the API server says of a request."""

    code: int
    reason: str
    message: str


class _Version(TypedDict):
    resourceVersion: str


class Versioned(TypedDict):
    """An object, or a bookmark in its place: where a watch goes on."""

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
    """What the API server offers."""

    items: List[Group]
