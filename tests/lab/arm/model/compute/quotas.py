# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a change of a pool takes of the subscription's vCPUs. AKS looks at the family's quota before it accepts a request; the regional
# one and that of spot machines are the scale set's to find, so these fail later.

from __future__ import annotations

import math

from tests.lab.arm.errors.pool import InsufficientVCPUQuotaError
from tests.lab.arm.model.compute.limits import REGIONAL, SPOT, Compute, Machines, Usage
from tests.lab.arm.model.operations.timeline import SUCCESS, Fate, failure
from tests.lab.arm.model.pools.scale import node_count
from tests.lab.arm.model.resources import Json

REGIONAL_CORES, SPOT_CORES = "Total Regional Cores", "LowPriorityCores"
EXCEEDING = (
    "Operation could not be completed as it results in exceeding approved {quota} quota. Additional details - Deployment Model: Resource "
    "Manager, Location: {location}, Current Limit: {limit}, Current Usage: {usage}, Additional Required: {required}, "
    "(Minimum) New Limit Required: {new_limit}."
)
_MADE_ANEW_BY = ("currentOrchestratorVersion", "nodeImageVersion")


def surge_nodes(pool: Json, *, default: str) -> int:
    """How many additional nodes an upgrade creates temporarily: maxSurge, a number or a percentage of the pool, rounded up."""
    wish = str(pool.get("upgradeSettings", {}).get("maxSurge") or default)
    nodes = node_count(pool)
    if wish.endswith("%"):
        return math.ceil(nodes * int(wish.removesuffix("%")) / 100)
    return int(wish)


def added_nodes(old: Json | None, new: Json, *, surge: str) -> int:
    """The largest number of additional machines during this change."""
    if old is None:
        return node_count(new)
    grown = max(0, node_count(new) - node_count(old))
    if any(old[field] != new[field] for field in _MADE_ANEW_BY):
        return grown + surge_nodes(new, default=surge)
    return grown


def check_family(compute: Compute, wanted: Machines) -> None:
    """Refuse a change that exceeds the family's quota."""
    usage = compute.exceeded(wanted, wanted.size.family)
    if usage is not None:
        raise InsufficientVCPUQuotaError(
            required=wanted.cores, remaining=max(0, usage.limit - usage.used), family=usage.name, location=wanted.location
        )


def later_fate(compute: Compute, wanted: Machines) -> Fate:
    """The failure of an accepted request that exceeds the regional or spot quota."""
    for quota, words in ((REGIONAL, REGIONAL_CORES), (SPOT, SPOT_CORES)):
        usage = compute.exceeded(wanted, quota)
        if usage is not None:
            return Fate(error=quota_exceeded(usage, words=words, wanted=wanted))
    return SUCCESS


def quota_exceeded(usage: Usage, *, words: str, wanted: Machines) -> Json:
    """The error of the failed operation and of the pool's status."""
    text = EXCEEDING.format(
        quota=words,
        location=wanted.location,
        limit=usage.limit,
        usage=usage.used,
        required=wanted.cores,
        new_limit=usage.used + wanted.cores,
    )
    return failure("QuotaExceeded", text, inner="OperationNotAllowed")
