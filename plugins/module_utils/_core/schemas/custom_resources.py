# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The fields that are read from custom resources: of NVIDIA's GPU Operator (api/nvidia/v1, v1alpha1) and of Karpenter on AKS."""

from __future__ import annotations

from typing import List, Optional, TypedDict

from .kubernetes_lists import Condition
from .kubernetes_objects import NamespacedObject, Object, Parts


class OperatorStatus(TypedDict, total=False):
    """The status of a ClusterPolicy or an NVIDIADriver."""

    state: str
    namespace: str
    conditions: Optional[List[Condition]]


class OperatorResource(Object, total=False):
    """A ClusterPolicy or an NVIDIADriver."""

    spec: Parts
    status: OperatorStatus


class NodeClass(Object, total=False):
    """An AKSNodeClass."""

    spec: Parts


class PodMonitor(NamespacedObject, total=False):
    """A PodMonitor of managed Prometheus."""

    spec: Parts


class _AdmissionCheck(TypedDict):
    name: str
    state: str


class AdmissionCheck(_AdmissionCheck, total=False):
    """The state of an admission check for a Workload."""

    message: str


class QueuedStatus(TypedDict, total=False):
    """The status of Kueue's Workload."""

    conditions: Optional[List[Condition]]
    admissionChecks: Optional[List[AdmissionCheck]]  # the API's name


class Queued(Object, total=False):
    """Kueue's Workload, which stands for a Job in its queue."""

    spec: Parts
    status: QueuedStatus
