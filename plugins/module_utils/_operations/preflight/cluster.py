# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the cluster and the existing pool that a preflight is about, and where the nodes would be."""

from __future__ import annotations

from datetime import date
from typing import Any, Iterator, Sequence

from ..._azure.ids import AKS_API, RESOURCES_API, cluster_id, group_id
from ..._azure.session import Session
from ..._core.arm.resource_option import inside
from ..._core.pool.spec import PoolSpec
from ..._core.preflight.availability import first_pool_findings, size_view
from ..._core.preflight.cluster import kubernetes_version, power_state
from ..._core.preflight.quota import demand_of, quota_findings
from ..._core.preflight.readings import known_or, unknowns
from ..._core.preflight.versions import version_findings
from ..._core.shared.findings import Finding
from ..._core.shared.mappings import Json
from ..._core.shared.names import location_name
from ..._errors import AzureError, InvalidInputError
from .reads import read_quotas, read_size, read_versions
from .request import PreflightRequest


def find_cluster(request: PreflightRequest, session: Session) -> Json | None:
    """The cluster, or None if it doesn't exist yet: region, size and quota are judged all the same."""
    if request.cluster is None or request.resource_group is None:
        return None
    path = cluster_id(session.subscription_id, request.resource_group, request.cluster)
    try:
        return session.find(path, api=AKS_API, what=f"Reading the cluster {request.cluster}")
    except AzureError as error:
        if error.code == "MissingSubscriptionRegistration":  # a subscription that never used AKS has no cluster
            return None
        raise


def location_of(request: PreflightRequest, session: Session, cluster: Json | None) -> str:
    """Where the nodes would be, as Microsoft.Compute names it: the cluster's region, the one that was given, or its resource group's."""
    location = cluster.get("location") if cluster else request.location
    if not location and request.resource_group:
        path, what = group_id(session.subscription_id, request.resource_group), f"Reading the resource group {request.resource_group}"
        group = session.find(path, api=RESOURCES_API, what=what)
        location = group.get("location") if group else None
    if location:
        return location_name(location)
    raise InvalidInputError(
        "It is not known in which region the node pool would be.",
        code="MissingLocation",
        cause="No cluster exists yet to take the region from, and no location is given.",
        remedy="Set location, for example eastus, or resource_group and cluster of one that exists.",
    )


def live_pool(request: PreflightRequest, cluster: Json | None) -> Json | None:
    """The pool as the cluster has it; its own GET would tell nothing else."""
    return next((pool for pool in _pools(cluster) if pool.get("name") == request.pool["name"]), None)


def other_pools(request: PreflightRequest, cluster: Json | None) -> dict[str, Json]:
    """The cluster's other pools by their names."""
    return {str(pool.get("name")): pool for pool in _pools(cluster) if pool.get("name") != request.pool["name"]}


def _pools(cluster: Json | None) -> Sequence[Json]:
    return inside(cluster or {}, "properties.agentPoolProfiles") or ()


def cluster_facts(spec: PoolSpec, cluster: Json | None) -> dict[str, Any]:
    return {
        "exists": cluster is not None,
        "id": str(inside(cluster or {}, "id") or ""),
        "node_resource_group": str(inside(cluster or {}, "properties.nodeResourceGroup") or ""),
        "provisioning_state": str(inside(cluster or {}, "properties.provisioningState") or ""),
        "power_state": (power_state(cluster) if cluster else None) or "",
        "kubernetes_version": kubernetes_version(spec, cluster) or "",
    }


def new_cluster_findings(request: PreflightRequest, spec: PoolSpec, session: Session) -> Iterator[Finding]:
    """What speaks against a cluster before it is created: its Kubernetes version, and the named size of its first pool."""
    if not spec.makes_cluster:
        return
    if spec.kubernetes_version:
        versions = read_versions(session, spec)
        yield from version_findings(spec.kubernetes_version, spec.location, known_or(versions, []))
        yield from unknowns(versions)
    if request.node_vm_size and request.node_vm_size.lower() != spec.vm_size.lower():
        yield from _first_pool_findings(request.node_vm_size, spec, session)


def _first_pool_findings(vm_size: str, spec: PoolSpec, session: Session) -> Iterator[Finding]:
    first = PoolSpec(vm_size, location=spec.location, subscription=spec.subscription, max_surge="0", parameter="node_vm_size")
    listing = read_size(session, first)
    size = size_view(first, listing)
    quotas = read_quotas(session, first, size)
    yield from first_pool_findings(first, size, today=date.today().isoformat())
    yield from quota_findings(first, demand_of(first, size, None), known_or(quotas, []))
    yield from unknowns(listing, quotas)
