# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Refuses to take an existing cluster for the wanted one where what Azure fixes at creation differs."""

from __future__ import annotations

from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..arm.properties import same_value
from ..arm.resource_option import shown
from ..pool.dedicated_image import refuse_other_image
from ..pool.machines import sizes_of
from ..pool.options import option_at
from ..shared.names import location_name
from .desired import DesiredCluster, pools_of

# What Azure takes of a cluster's first pool only when that is created, and the module's names for it; its size apart.
_FIXED = {"availabilityZones": "node_availability_zones", "vnetSubnetID": "node_vnet_subnet_id"}
_FIRST_POOL = {**_FIXED, "vmSize": "node_vm_size", "count": "node_count"}


def refuse_other_creation(cluster: DesiredCluster, live: Mapping[str, Any]) -> None:
    """Refuse to call an existing cluster the wanted one when what Azure fixes at creation is named and differs.

    What the table of options has is plan_update's. Raises InvalidInputError.
    """
    pool = _first_pool(cluster, live)
    if pool is None:
        return
    refuse_other_image(cluster.pool["name"], cluster.headers, str(pool.get("nodeImageVersion") or ""))
    _refuse_other_size(cluster, pool)
    for field, parameter in _FIXED.items():
        wanted = cluster.pool.get(field)
        if wanted is not None and not same_value((field,), pool.get(field), wanted, option_at):
            raise InvalidInputError(
                f"{parameter} of the cluster {cluster.name} is {shown(pool.get(field))} and cannot be changed to {shown(wanted)}.",
                code="ImmutableField",
                cause="Azure fixes this when the node pool is created.",
                remedy=f"Leave out {parameter}, or add a node pool with gpuops.aks.aks_gpu_nodepool.",
            )


def creation_warnings(cluster: DesiredCluster, live: Mapping[str, Any]) -> tuple[str, ...]:
    """What is named only for a creation and has no effect on the existing cluster.

    A different region is only a warning: the roles have a default region, which says nothing about an existing cluster.
    """
    return (*_location_warnings(cluster, live), *_pool_warnings(cluster, live))


def _location_warnings(cluster: DesiredCluster, live: Mapping[str, Any]) -> tuple[str, ...]:
    if not cluster.location or not live.get("location"):
        return ()
    actual = location_name(live["location"])
    wanted = location_name(cluster.location)
    if wanted == actual:
        return ()
    return (f"The cluster {cluster.name} exists in {actual} and stays there: location {wanted} had no effect.",)


def _pool_warnings(cluster: DesiredCluster, live: Mapping[str, Any]) -> tuple[str, ...]:
    named = [name for field, name in _FIRST_POOL.items() if field in cluster.pool]
    if not named or _first_pool(cluster, live) is not None:
        return ()
    warning = (
        f"The cluster {cluster.name} exists without a node pool {cluster.pool['name']}: {', '.join(named)} had no effect. "
        "Add the node pool with gpuops.aks.aks_gpu_nodepool."
    )
    return (warning,)


def _first_pool(cluster: DesiredCluster, live: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((pool for pool in pools_of(live) if pool.get("name") == cluster.pool["name"]), None)


def _refuse_other_size(cluster: DesiredCluster, pool: Mapping[str, Any]) -> None:
    wanted, sizes = cluster.pool.get("vmSize"), sizes_of(pool)
    if not wanted or not sizes or any(same_value(("vmSize",), size, wanted, option_at) for size in sizes):
        return
    raise InvalidInputError(
        f"The cluster {cluster.name} exists, and its pool {pool['name']} has the size {' and '.join(sizes)}, not {wanted}.",
        code="ImmutableField",
        cause="Azure fixes a pool's size when it is created.",
        remedy="Set node_vm_size to the pool's size, leave it out, use another cluster, or add a pool with gpuops.aks.aks_gpu_nodepool.",
    )
