# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The kinds of Kubernetes objects that the collection uses, and their paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._core.schemas.custom_resources import NodeClass, OperatorResource, PodMonitor, Queued
from .._core.schemas.kubernetes_lists import Node, Pod
from .._core.schemas.kubernetes_objects import ConfigMap, DaemonSet, Event, Job, Object, Quota


@dataclass(frozen=True, order=True)
class ObjectName:
    """An object in a namespace. resource: its kind as kubectl writes it, such as daemonsets.apps, because groups may share a plural."""

    resource: str
    name: str

    def __str__(self) -> str:
        return f"{self.resource}/{self.name}"


@dataclass(frozen=True)
class Kind:
    """A kind of Kubernetes object, and its place in the API."""

    api: str  # api/v1, apis/apps/v1
    plural: str
    namespaced: bool = True
    shape: Any = Object  # the fields that are used

    @property
    def group(self) -> str:
        """The API group as RBAC rules name it; "" is the core group."""
        return self.api.split("/")[1] if self.api.startswith("apis/") else ""

    def named(self, name: str) -> ObjectName:
        """An object of this kind, whatever the version."""
        return ObjectName(f"{self.plural}.{self.group}" if self.group else self.plural, name)

    def collection(self, namespace: str | None = None) -> str:
        """The path of all objects, or of those in a namespace."""
        return f"/{self.api}/namespaces/{namespace}/{self.plural}" if namespace else f"/{self.api}/{self.plural}"

    def object(self, name: str, namespace: str | None = None) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{name}"


NAMESPACES = Kind("api/v1", "namespaces", namespaced=False)
NODES = Kind("api/v1", "nodes", namespaced=False, shape=Node)
PODS = Kind("api/v1", "pods", shape=Pod)
EVENTS = Kind("api/v1", "events", shape=Event)
CONFIG_MAPS = Kind("api/v1", "configmaps", shape=ConfigMap)
SECRETS = Kind("api/v1", "secrets")
RESOURCE_QUOTAS = Kind("api/v1", "resourcequotas", shape=Quota)
DAEMONSETS = Kind("apis/apps/v1", "daemonsets", shape=DaemonSet)
DEPLOYMENTS = Kind("apis/apps/v1", "deployments")
STATEFULSETS = Kind("apis/apps/v1", "statefulsets")
JOBS = Kind("apis/batch/v1", "jobs", shape=Job)
RUNTIME_CLASSES = Kind("apis/node.k8s.io/v1", "runtimeclasses", namespaced=False)
CUSTOM_RESOURCE_DEFINITIONS = Kind("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", namespaced=False)
DEVICE_CLASSES = Kind("apis/resource.k8s.io/v1", "deviceclasses", namespaced=False)
RESOURCE_SLICES = Kind("apis/resource.k8s.io/v1", "resourceslices", namespaced=False)
RESOURCE_CLAIMS = Kind("apis/resource.k8s.io/v1", "resourceclaims")
CLUSTER_POLICIES = Kind("apis/nvidia.com/v1", "clusterpolicies", namespaced=False, shape=OperatorResource)
AKS_NODE_CLASSES = Kind("apis/karpenter.azure.com/v1beta1", "aksnodeclasses", namespaced=False, shape=NodeClass)
NVIDIA_DRIVERS = Kind("apis/nvidia.com/v1alpha1", "nvidiadrivers", namespaced=False, shape=OperatorResource)
# Azure's own group; managed Prometheus does not read objects of monitoring.coreos.com.
POD_MONITORS = Kind("apis/azmonitoring.coreos.com/v1", "podmonitors", shape=PodMonitor)
# Kueue's own kind. Which of these versions a cluster serves depends on Kueue's: https://kueue.sigs.k8s.io/docs/reference/
KUEUE_WORKLOADS = tuple(Kind(f"apis/kueue.x-k8s.io/{version}", "workloads", shape=Queued) for version in ("v1beta2", "v1beta1"))
