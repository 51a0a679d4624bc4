# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How AKS shows an agent pool: what it is, and how it stands.

from __future__ import annotations

import uuid

from tests.lab.arm.model.pools.pool import stable_form
from tests.lab.arm.model.resources import Json, Pool

STOPPING = "Stopping"


def pool_profile(pool: Pool, *, preview: bool = False) -> Json:
    """The pool as a member of its cluster's agentPoolProfiles."""
    return {"name": pool.name, **_pool_properties(pool, preview=preview)}


def pool_resource(pool: Pool, *, cluster_id: str, goal: bool = False, preview: bool = False) -> Json:
    """The pool as a resource of its own; goal: where a pool that stops is going, as the answer to its PUT shows it. preview: of the API."""
    return {
        "id": f"{cluster_id}/agentPools/{pool.name}",
        "name": pool.name,
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "properties": _pool_properties(pool, goal=goal, preview=preview),
    }


def _pool_properties(pool: Pool, *, preview: bool, goal: bool = False) -> Json:
    shown = {
        **({"upgradeStrategy": "Rolling"} if preview else {}),  # no stable version has it yet
        **(pool.properties if preview else stable_form(pool.properties)),
        **_no_nodes(pool, goal=goal),
        "provisioningState": pool.state,
        "powerState": {"code": "Stopped" if pool.stopped else "Running"},
        "eTag": etag(pool.name, pool.revision),
    }
    return shown if pool.error is None else {**shown, "status": {"provisioningError": pool.error}}


def _no_nodes(pool: Pool, *, goal: bool) -> Json:
    """A stopped pool has a count of 0 (recorded); while it stops, only the response to the PUT shows that."""
    down = pool.stopped and (goal or pool.state != STOPPING)
    return {"count": 0} if down and "count" in pool.properties else {}


def etag(name: str, revision: int) -> str:
    """An opaque string that changes with each accepted write and at the end of each operation."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{revision}"))
