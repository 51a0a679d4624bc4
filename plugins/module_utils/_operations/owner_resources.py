# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the custom resources that say who brings the driver to nodes: of NVIDIA's GPU Operator and of Karpenter.

Each is only read if a node or a device plugin shows that it may concern the nodes. If the cluster does not know the kind,
or the user may not read it, less is known.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Sequence

from .._core.nodes.gpu_operator import is_labeled
from .._core.owners.cluster_resources import NODE_CLASS_LABEL, OwnerResources
from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.shared.mappings import Json
from .._errors import KubernetesError
from .._kube.client import KubeClient
from .._kube.resources import AKS_NODE_CLASSES, CLUSTER_POLICIES, NVIDIA_DRIVERS, Kind


def with_owners(snapshot: ClusterSnapshot, client: KubeClient) -> ClusterSnapshot:
    """The snapshot with the resources that name owners of its nodes' drivers."""
    if not owner_kinds(snapshot):
        return snapshot
    resources = OwnerResources(
        policies=_listed(CLUSTER_POLICIES, client),
        drivers=_listed(NVIDIA_DRIVERS, client),
        node_classes=node_classes(snapshot, client),
    )
    return replace(snapshot, resources=resources)


def owner_kinds(snapshot: ClusterSnapshot) -> Sequence[Kind]:
    """The kinds that may name owners of the nodes' drivers, by what nodes and device plugins show."""
    operated = any(plugin.by_operator for plugin in snapshot.plugins) or any(is_labeled(node.labels) for node in snapshot.nodes)
    return (*((CLUSTER_POLICIES, NVIDIA_DRIVERS) if operated else ()), *((AKS_NODE_CLASSES,) if _has_node_class(snapshot) else ()))


def node_classes(snapshot: ClusterSnapshot, client: KubeClient) -> Sequence[Json] | None:
    """The AKSNodeClasses, if one of the nodes has one; None if none does, or if they may not be read."""
    return _listed(AKS_NODE_CLASSES, client) if _has_node_class(snapshot) else None


def _has_node_class(snapshot: ClusterSnapshot) -> bool:
    return any(NODE_CLASS_LABEL in node.labels for node in snapshot.nodes)


def _listed(kind: Kind, client: KubeClient) -> Sequence[Json] | None:
    try:
        return client.list(kind)
    except KubernetesError as error:
        return () if error.status == HTTPStatus.NOT_FOUND else None
