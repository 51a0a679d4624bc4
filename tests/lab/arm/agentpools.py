# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from tests.lab.arm.clusters import CLUSTER, custom_headers
from tests.lab.arm.model.clusters import cluster_id
from tests.lab.arm.model.pools import pool_resource
from tests.lab.arm.model.resources import Cluster, Pool
from tests.lab.arm.operations import deleting_headers, started_headers, unfinished_pace
from tests.lab.arm.routing import Call, Reply, Route


def _resource(call: Call, cluster: Cluster, pool: Pool) -> dict[str, Any]:
    return pool_resource(pool, cluster_id=cluster_id(cluster, subscription=call.state.principal.subscription_id))


def list_pools(call: Call) -> Reply:
    """The pools of a cluster."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    return Reply(body={"value": [_resource(call, cluster, pool) for pool in cluster.pools.values()]})


def get(call: Call) -> Reply:
    """One pool."""
    cluster, pool = call.state.aks.pool(call.params["group"], call.params["cluster"], call.params["pool"])
    return Reply(body=_resource(call, cluster, pool), headers=unfinished_pace(call.state, pool.state))


def put(call: Call) -> Reply:
    """Create (201) or update (200) a pool."""
    properties = call.json_object("properties")
    written = call.state.aks.put_pool(
        call.params["group"], call.params["cluster"], call.params["pool"], requested=properties, headers=custom_headers(call)
    )
    body = _resource(call, written.cluster, written.pool)
    return Reply(status=201 if written.created else 200, body=body, headers=started_headers(call, written.operation))


def delete(call: Call) -> Reply:
    """Start a deletion (202); 204 where there is no such pool."""
    operation = call.state.aks.delete_pool(call.params["group"], call.params["cluster"], call.params["pool"])
    return Reply(status=204) if operation is None else Reply(status=202, headers=deleting_headers(call, operation))


_POOLS = f"{CLUSTER}/agentPools"
_POOL = f"{_POOLS}/{{pool}}"

ROUTES = (
    Route("GET", _POOLS, list_pools),
    Route("GET", _POOL, get),
    Route("PUT", _POOL, put),
    Route("DELETE", _POOL, delete),
)
