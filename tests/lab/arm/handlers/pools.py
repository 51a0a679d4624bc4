# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.arm.handlers.clusters import CLUSTER
from tests.lab.arm.handlers.operations import deleting_headers, started_headers, unfinished_pace
from tests.lab.arm.model.clusters.cluster import cluster_id
from tests.lab.arm.model.clusters.versions import upgrades
from tests.lab.arm.model.pools.echo import etag, pool_resource
from tests.lab.arm.model.pools.work import WrittenPool
from tests.lab.arm.model.resources import NAMESPACE, Cluster, Pool
from tests.lab.arm.paging import page
from tests.lab.arm.request_headers import check_match, custom_headers
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.schema import check_pool
from tests.lab.eras import version_key


def _resource(call: Call, cluster: Cluster, pool: Pool, *, goal: bool = False) -> dict[str, Any]:
    owner = cluster_id(cluster, subscription=call.state.principal.subscription_id)
    return pool_resource(pool, cluster_id=owner, goal=goal, preview=call.preview)


def list_pools(call: Call) -> Reply:
    """The pools of a cluster."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    return page(call, [_resource(call, cluster, pool) for pool in cluster.pools.values()])


def get(call: Call) -> Reply:
    """One pool."""
    cluster, pool = call.state.aks.pool(call.params["group"], call.params["cluster"], call.params["pool"])
    return Reply(body=_resource(call, cluster, pool), headers=unfinished_pace(call.state, pool.state))


def put(call: Call) -> Reply:
    """Create (201) or update (200) a pool."""
    check_pool(call.json(), preview=call.preview)
    _check_match(call)
    written = call.state.aks.pool_work.put(*_names(call), requested=call.json_object("properties"), headers=custom_headers(call))
    return _written(call, written, status=201 if written.created else 200, headers=started_headers(call, written.operation))


def delete(call: Call) -> Reply:
    """Start a deletion (202); 204 where there is no such pool."""
    _check_match(call)
    operation = call.state.aks.pool_work.delete(*_names(call))
    return Reply(status=204) if operation is None else Reply(status=202, headers=deleting_headers(call, operation))


def abort(call: Call) -> Reply:
    """Abort the operation on the pool (202)."""
    written = call.state.aks.pool_work.abort(*_names(call))
    return _written(call, written, status=202, headers=deleting_headers(call, written.operation))


def upgrade_image(call: Call) -> Reply:
    """Replace the nodes by ones of the newest node image (202)."""
    written = call.state.aks.pool_work.upgrade_image(*_names(call))
    return _written(call, written, status=202, headers=deleting_headers(call, written.operation))


def upgrade_profile(call: Call) -> Reply:
    """The Kubernetes version and node image that the pool can be upgraded to."""
    state = call.state
    cluster, pool = state.aks.pool(*_names(call))
    current = pool.properties["currentOrchestratorVersion"]
    newer = [v for v in upgrades(state.era, current) if version_key(v) <= version_key(cluster.version)]
    properties = {
        "kubernetesVersion": current,
        "osType": pool.properties["osType"],
        "upgrades": [{"kubernetesVersion": version} for version in newer],
        "latestNodeImageVersion": state.aks.admission.latest_image(pool),
    }
    return Reply(body=_profile(call, "default", "agentPools/upgradeProfiles", properties))


def available_versions(call: Call) -> Reply:
    """The Kubernetes versions that a new pool of the cluster may have."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    offered = [v for v in call.state.era.kubernetes_versions if version_key(v) <= version_key(cluster.version)]
    entries = [{"kubernetesVersion": v, **({"default": True} if v == cluster.version else {})} for v in offered]
    return Reply(body=_profile(call, "default", "availableAgentpoolVersions", {"agentPoolVersions": entries}))


def _profile(call: Call, name: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": call.path, "name": name, "type": f"{NAMESPACE}/managedClusters/{kind}", "properties": properties}


def _names(call: Call) -> tuple[str, str, str]:
    return call.params["group"], call.params["cluster"], call.params["pool"]


def _written(call: Call, written: WrittenPool, *, status: int, headers: Mapping[str, str]) -> Reply:
    return Reply(status=status, body=_resource(call, written.cluster, written.pool, goal=True), headers=headers)


def _check_match(call: Call) -> None:
    cluster = call.state.aks.find(call.params["group"], call.params["cluster"])
    pool = cluster.find_pool(call.params["pool"]) if cluster else None
    check_match(call, None if pool is None else etag(pool.name, pool.revision))


_POOLS = f"{CLUSTER}/agentPools"
_POOL = f"{_POOLS}/{{pool}}"

ROUTES = (
    Route("GET", _POOLS, list_pools),
    Route("GET", _POOL, get),
    Route("PUT", _POOL, put),
    Route("DELETE", _POOL, delete),
    Route("POST", f"{_POOL}/abort", abort),
    Route("POST", f"{_POOL}/upgradeNodeImageVersion", upgrade_image),
    Route("GET", f"{_POOL}/upgradeProfiles/default", upgrade_profile),
    Route("GET", f"{CLUSTER}/availableAgentPoolVersions", available_versions),
)
