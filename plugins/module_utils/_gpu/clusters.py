# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from .._errors import InvalidInputError
from .manifests import CREATED_TAG
from .paths import refuse_other_image
from .pool_rules import validate_pool_name
from .pool_values import same_value

CREATED = {CREATED_TAG: "true"}


@dataclass(frozen=True)
class DesiredCluster:
    """A cluster as the AKS quickstart makes it: one system pool, a system-assigned identity. headers go with the creating PUT."""

    name: str
    group: str
    location: str
    kubernetes_version: str
    dns_prefix: str
    pool_name: str
    vm_size: str
    node_count: int
    tags: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


def validate_cluster(cluster: DesiredCluster) -> None:
    """Refuse what AKS would refuse. Raises InvalidInputError."""
    validate_pool_name(cluster.pool_name)
    if cluster.node_count < 1:
        raise InvalidInputError(
            f"node_count is {cluster.node_count}.",
            code="InvalidNodeCount",
            cause="A cluster's first pool runs its system pods.",
            remedy="Set node_count to 1 or more.",
        )


def cluster_body(cluster: DesiredCluster, *, location: str) -> dict[str, Any]:
    """The PUT body that creates the cluster."""
    pool = {
        "name": cluster.pool_name,
        "mode": "System",
        "type": "VirtualMachineScaleSets",
        "osType": "Linux",
        "vmSize": cluster.vm_size,
        "count": cluster.node_count,
    }
    properties: dict[str, Any] = {
        "dnsPrefix": cluster.dns_prefix or _dns_prefix(cluster),
        "enableRBAC": True,
        "agentPoolProfiles": [pool],
    }
    if cluster.kubernetes_version:
        properties["kubernetesVersion"] = cluster.kubernetes_version
    return {
        "location": location,
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Base", "tier": "Free"},
        "tags": {**cluster.tags, **CREATED},
        "properties": properties,
    }


def _dns_prefix(cluster: DesiredCluster) -> str:
    """Letters, digits and hyphens, up to 54: a resource group's name may have other characters, which a DNS name can't."""
    return re.sub("[^A-Za-z0-9-]", "", f"{cluster.name}-{cluster.group}")[:54].strip("-")


def refuse_other_first_pool(cluster: DesiredCluster, live: Mapping[str, Any]) -> None:
    """Refuse to call an existing cluster the wanted one when its first pool has another size or image. Raises InvalidInputError."""
    for pool in _pools(live):
        if pool["name"] != cluster.pool_name:
            continue
        refuse_other_image(cluster.pool_name, cluster.headers, str(pool.get("nodeImageVersion") or ""))
        if not same_value(("vmSize",), pool["vmSize"], cluster.vm_size):
            raise InvalidInputError(
                f"The cluster {cluster.name} exists, and its pool {pool['name']} has the size {pool['vmSize']}, not {cluster.vm_size}.",
                code="ImmutableField",
                cause="Azure fixes a pool's size when it is created.",
                remedy="Set node_vm_size to what is there, use another cluster, or add a pool with gpuops.aks.aks_gpu_nodepool.",
            )


def created_by_us(resource: Mapping[str, Any]) -> bool:
    """Whether an Azure resource carries the collection's tag; an agent pool has its tags among its properties."""
    tags = resource.get("tags") or (resource.get("properties") or {}).get("tags") or {}
    return CREATED_TAG in tags


def is_going(resource: Mapping[str, Any]) -> bool:
    """Whether Azure is deleting the resource: what is wanted must be made anew."""
    return (resource.get("properties") or {}).get("provisioningState") == "Deleting"


def cluster_facts(live: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which modules return a cluster."""
    properties = live["properties"]
    return {
        "id": live["id"],
        "name": live["name"],
        "location": live["location"],
        "kubernetes_version": properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion"),
        "fqdn": properties.get("fqdn"),
        "node_resource_group": properties.get("nodeResourceGroup"),
        "provisioning_state": properties.get("provisioningState"),
        "tags": dict(live.get("tags") or {}),
        "pools": [
            {"name": pool["name"], "vm_size": pool["vmSize"], "count": pool.get("count")} for pool in properties["agentPoolProfiles"]
        ],
    }


def _pools(live: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return live["properties"].get("agentPoolProfiles") or ()
