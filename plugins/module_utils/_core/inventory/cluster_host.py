# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A cluster as a host of the inventory: what its groups are made from, and the variables with which the chain runs on it."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..arm.states import STOPPED
from ..owners.owners import owners_of_pool
from ..owners.path_fit import PATH_OWNERS, WITH_DRIVER_OF_AKS, misfit
from ..pool.machines import is_of_machines, nodes_of, sizes_of
from ..shared.mappings import Json
from ..shared.names import location_name
from ..sizes.lookup import gpu_model, may_have_gpus

# What Azure fixes when a pool is created; the other two paths can be taken on any pool with the driver of AKS.
_FIXED_BY_POOL = ("managed", "dedicated_vhd", "gpu_operator")
# What chain_variables may return.
CHAIN_VARIABLES = (
    "gpu_subscription", "gpu_resource_group", "gpu_cluster", "gpu_location", "gpu_pool", "gpu_node_taints", "gpu_vm_size", "gpu_node_count",
    "gpu_enable_auto_scaling", "gpu_min_count", "gpu_max_count", "gpu_path",
)  # fmt: skip


def cluster_facts(cluster: Json, subscription: Json) -> dict[str, Any]:
    """What is known of a cluster, from Azure's list of clusters alone.

    Args:
        cluster: An entry of the list.
        subscription: The entry of its subscription.
    """
    properties = cluster["properties"]
    pools = [_pool_facts(pool) for pool in properties.get("agentPoolProfiles") or ()]
    return {
        "id": cluster["id"],
        "name": cluster["name"],
        "resource_group": group_of(cluster["id"]),
        "node_resource_group": properties.get("nodeResourceGroup"),
        "subscription_id": subscription["subscriptionId"],
        "subscription": subscription.get("displayName") or subscription["subscriptionId"],
        "location": location_name(cluster["location"]),
        "kubernetes_version": properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion"),
        "power_state": _power_state(properties),
        "provisioning_state": properties["provisioningState"],
        "private": bool((properties.get("apiServerAccessProfile") or {}).get("enablePrivateCluster")),
        "tags": dict(cluster.get("tags") or {}),
        "pools": pools,
        **_gpu_facts([pool for pool in pools if pool["has_gpus"]]),
    }


def _gpu_facts(pools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the pools with GPUs have, for groups."""
    return {
        "gpu_pools": [pool["name"] for pool in pools],
        "gpu_sizes": _all_of(pools, "vm_sizes"),
        "gpu_models": _all_of(pools, "gpu_models"),
        "paths": _all_of(pools, "paths"),
        "driver_owners": sorted({pool["driver_owner"] for pool in pools}),
    }


def group_of(cluster_id: str) -> str:
    """The resource group in the ID of a cluster: AKS writes the word before it in lowercase, Azure's other services do not."""
    return cluster_id.split("/")[4]


def _pool_facts(profile: Json) -> dict[str, Any]:
    owners = owners_of_pool(profile)
    sizes = sizes_of(profile)
    return {
        "name": profile["name"],
        "mode": profile.get("mode"),
        "vm_sizes": sizes,
        "has_gpus": any(map(may_have_gpus, sizes)),
        "gpu_models": sorted({model for model in map(gpu_model, sizes) if model}),
        "count": nodes_of(profile),
        "enable_auto_scaling": bool(profile.get("enableAutoScaling")),
        "min_count": profile.get("minCount"),
        "max_count": profile.get("maxCount"),
        "node_taints": list(profile.get("nodeTaints") or ()),
        "os_sku": profile.get("osSKU"),
        "kubernetes_version": profile.get("currentOrchestratorVersion") or profile.get("orchestratorVersion"),
        "node_image_version": profile.get("nodeImageVersion"),
        "power_state": _power_state(profile),
        "spot": str(profile.get("scaleSetPriority") or "").lower() == "spot",
        "driver_owner": owners.driver.name.lower() if owners.driver else "none",
        "paths": [path for path in PATH_OWNERS if path != WITH_DRIVER_OF_AKS and _fits(path, profile)],
        "scale_set": not is_of_machines(profile),
    }


def _fits(path: str, profile: Json) -> bool:
    """Whether gpu_path may have this value for the pool; the operator takes pools with and without the driver of AKS."""
    ways = [path, WITH_DRIVER_OF_AKS] if path == "gpu_operator" else [path]
    return any(misfit(way, owners_of_pool(profile)) is None for way in ways)


def _power_state(properties: Json) -> str:
    """Running or Stopped; Azure leaves it out of what has never been stopped."""
    return str((properties.get("powerState") or {}).get("code") or "Running")


def _all_of(pools: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return sorted({value for pool in pools for value in pool[name]})


def chain_variables(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with which the chain runs on the cluster, and leaves the GPU pool that it has as it is.

    Args:
        facts: What cluster_facts returned.
    """
    variables = {
        "gpu_subscription": facts["subscription_id"],
        "gpu_resource_group": facts["resource_group"],
        "gpu_cluster": facts["name"],
        "gpu_location": facts["location"],
    }
    pool = _pool_of_the_chain([pool for pool in facts["pools"] if pool["has_gpus"]])
    return {**variables, **(_pool_variables(pool) if pool else {})}


def _pool_of_the_chain(pools: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The GPU pool that the chain works on: one of mode User before one of mode System, the first by name."""
    return min(pools, key=lambda pool: (str(pool["mode"]).lower() != "user", pool["name"]), default=None)


def _pool_variables(pool: Mapping[str, Any]) -> dict[str, Any]:
    variables = {"gpu_pool": pool["name"], "gpu_node_taints": pool["node_taints"]}
    if pool["scale_set"]:
        variables |= {"gpu_vm_size": pool["vm_sizes"][0], "gpu_enable_auto_scaling": pool["enable_auto_scaling"], **_counts(pool)}
    only = [path for path in _FIXED_BY_POOL if pool["paths"] == [path]]
    return {**variables, **({"gpu_path": only[0]} if only else {})}


def _counts(pool: Mapping[str, Any]) -> dict[str, int]:
    """How many nodes the pool has: a count that Azure would accept with the bounds. Nothing if only Azure knows.

    A stopped pool reports 0 nodes and gets back those that it had, so that 0 would be refused before anything says that it is stopped.
    """
    count = pool["count"]
    if pool["enable_auto_scaling"]:
        low, high = pool["min_count"], pool["max_count"]
        return {"gpu_node_count": min(max(count, low), high), "gpu_min_count": low, "gpu_max_count": high}
    return {} if pool["power_state"] == STOPPED else dict.fromkeys(("gpu_node_count", "gpu_min_count", "gpu_max_count"), count)
