# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import groupby
from typing import Any

from tests.lab.arm.handlers.operations import deleting_headers, started_headers, unfinished_pace
from tests.lab.arm.model.clusters.cluster import cluster_resource
from tests.lab.arm.model.clusters.versions import upgrades
from tests.lab.arm.model.clusters.work import WrittenCluster
from tests.lab.arm.model.pools.echo import etag
from tests.lab.arm.model.resources import NAMESPACE, Cluster
from tests.lab.arm.paging import page
from tests.lab.arm.request_headers import check_match, custom_headers
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.schema import check_cluster


def _resource(call: Call, cluster: Cluster) -> dict[str, Any]:
    principal = call.state.principal
    return cluster_resource(cluster, subscription=principal.subscription_id, tenant=principal.tenant_id, preview=call.preview)


def get(call: Call) -> Reply:
    """One cluster."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    return Reply(body=_resource(call, cluster), headers=unfinished_pace(call.state, cluster.state))


def list_clusters(call: Call) -> Reply:
    """The clusters of the resource group in the path, or of the subscription."""
    state = call.state
    group = state.groups.get(call.params["group"]) if "group" in call.params else None
    return page(call, [_resource(call, cluster) for cluster in state.aks.clusters(group)])


def put(call: Call) -> Reply:
    """Create (201) or update (200) a cluster."""
    check_cluster(call.json(), preview=call.preview)
    _check_match(call)
    body = {**call.json(), **{name: call.json_object(name) for name in ("properties", "identity", "sku", "tags")}}
    written = call.state.aks.cluster_work.put(*_names(call), body=body, headers=custom_headers(call))
    return _written(call, written, status=201 if written.created else 200)


def patch(call: Call) -> Reply:
    """Replace the tags."""
    _check_match(call)
    return _written(call, call.state.aks.cluster_work.update_tags(*_names(call), call.json_object("tags")), status=200)


def delete(call: Call) -> Reply:
    """Start a deletion (202); 204 where there is no such cluster."""
    _check_match(call)
    operation = call.state.aks.cluster_work.delete(*_names(call))
    return Reply(status=204) if operation is None else Reply(status=202, headers=deleting_headers(call, operation))


def start(call: Call) -> Reply:
    """Start a stopped cluster (202)."""
    return _accepted(call, call.state.aks.cluster_work.set_power(*_names(call), stopped=False))


def stop(call: Call) -> Reply:
    """Stop a cluster with all its machines (202)."""
    return _accepted(call, call.state.aks.cluster_work.set_power(*_names(call), stopped=True))


def abort(call: Call) -> Reply:
    """Abort the operation on the cluster as a whole (202)."""
    return _accepted(call, call.state.aks.cluster_work.abort(*_names(call)))


def _names(call: Call) -> tuple[str, str]:
    return call.params["group"], call.params["cluster"]


def _written(call: Call, written: WrittenCluster, *, status: int) -> Reply:
    return Reply(status=status, body=_resource(call, written.cluster), headers=started_headers(call, written.operation))


def _accepted(call: Call, written: WrittenCluster) -> Reply:
    return Reply(status=202, headers=deleting_headers(call, written.operation))


def _check_match(call: Call) -> None:
    cluster = call.state.aks.find(*_names(call))
    check_match(call, None if cluster is None else etag(cluster.name, cluster.revision))


def kubernetes_versions(call: Call) -> Reply:
    """The Kubernetes versions that the era offers, by minor version."""
    era = call.state.era
    values = []
    for minor, patches in groupby(era.kubernetes_versions, key=lambda version: version.rpartition(".")[0]):
        targets = {patch: {"upgrades": upgrades(era, patch)} for patch in patches}
        entry = {"version": minor, "capabilities": {"supportPlan": ["KubernetesOfficial"]}, "patchVersions": targets}
        values.append({**entry, "isDefault": True} if era.default_version in targets else entry)
    return Reply(body={"values": values})


def orchestrators(call: Call) -> Reply:
    """The same versions in the form of 2019-04-01, which azure.azcollection reads."""
    era = call.state.era
    entries = []
    for version in era.kubernetes_versions:
        newer = [{"orchestratorVersion": newer} for newer in upgrades(era, version)]
        entry: dict[str, Any] = {"orchestratorType": "Kubernetes", "orchestratorVersion": version, "upgrades": newer}
        entries.append({**entry, "default": True} if version == era.default_version else entry)
    return Reply(
        body={
            "id": call.path,
            "name": "default",
            "type": f"{NAMESPACE}/locations/orchestrators",
            "properties": {"orchestrators": entries},
        }
    )


def upgrade_profile(call: Call) -> Reply:
    """The Kubernetes versions that the cluster and its pools can be upgraded to."""
    cluster = call.state.aks.cluster(*_names(call))
    properties = {
        "controlPlaneProfile": _upgrades(call, cluster.version),
        "agentPoolProfiles": [
            {"name": pool.name, **_upgrades(call, pool.properties["currentOrchestratorVersion"])} for pool in cluster.pools.values()
        ],
    }
    kind = f"{NAMESPACE}/managedClusters/upgradeprofiles"
    return Reply(body={"id": call.path, "name": "default", "type": kind, "properties": properties})


def _upgrades(call: Call, version: str) -> dict[str, Any]:
    newer = [{"kubernetesVersion": newer} for newer in upgrades(call.state.era, version)]
    return {"kubernetesVersion": version, "osType": "Linux", "upgrades": newer}


_AKS = f"/subscriptions/{{subscription}}/providers/{NAMESPACE}"
_CLUSTERS = f"/subscriptions/{{subscription}}/resourcegroups/{{group}}/providers/{NAMESPACE}/managedClusters"
CLUSTER = f"{_CLUSTERS}/{{cluster}}"

ROUTES = (
    Route("GET", f"{_AKS}/managedClusters", list_clusters),
    Route("GET", f"{_AKS}/locations/{{location}}/kubernetesVersions", kubernetes_versions),
    Route("GET", f"{_AKS}/locations/{{location}}/orchestrators", orchestrators),
    Route("GET", _CLUSTERS, list_clusters),
    Route("GET", CLUSTER, get),
    Route("PUT", CLUSTER, put),
    Route("PATCH", CLUSTER, patch),
    Route("DELETE", CLUSTER, delete),
    Route("POST", f"{CLUSTER}/start", start),
    Route("POST", f"{CLUSTER}/stop", stop),
    Route("POST", f"{CLUSTER}/abort", abort),
    Route("GET", f"{CLUSTER}/upgradeProfiles/default", upgrade_profile),
)
