# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from itertools import groupby
from typing import Any

from tests.lab.arm.aks_errors import LocalAccountsDisabledError, OperationNotAllowedError
from tests.lab.arm.kubeconfig import kubeconfig
from tests.lab.arm.model.clusters import cluster_resource
from tests.lab.arm.model.pools import CustomHeaders
from tests.lab.arm.model.resources import NAMESPACE, Cluster
from tests.lab.arm.operations import deleting_headers, started_headers, unfinished_pace
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.eras import version_key


def custom_headers(call: Call) -> CustomHeaders:
    """What the AKS custom headers of a PUT say, their names in any letter case."""
    return CustomHeaders(
        dedicated_gpu_image=call.headers.get("UseGPUDedicatedVHD", "").lower() == "true",
        generation2=call.headers.get("usegen2vm", "").lower() == "true",
    )


def _resource(call: Call, cluster: Cluster) -> dict[str, Any]:
    principal = call.state.principal
    return cluster_resource(cluster, subscription=principal.subscription_id, tenant=principal.tenant_id)


def get(call: Call) -> Reply:
    """One cluster."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    return Reply(body=_resource(call, cluster), headers=unfinished_pace(call.state, cluster.state))


def list_clusters(call: Call) -> Reply:
    """The clusters of the resource group in the path, or of the subscription."""
    state = call.state
    group = state.groups.get(call.params["group"]) if "group" in call.params else None
    return Reply(body={"value": [_resource(call, cluster) for cluster in state.aks.clusters(group)]})


def put(call: Call) -> Reply:
    """Create (201) or update (200) a cluster."""
    body = {**call.json(), **{name: call.json_object(name) for name in ("properties", "identity", "sku", "tags")}}
    written = call.state.aks.put_cluster(call.params["group"], call.params["cluster"], body=body, headers=custom_headers(call))
    status = 201 if written.created else 200
    return Reply(status=status, body=_resource(call, written.cluster), headers=started_headers(call, written.operation))


def delete(call: Call) -> Reply:
    """Start a deletion (202); 204 where there is no such cluster."""
    operation = call.state.aks.delete_cluster(call.params["group"], call.params["cluster"])
    return Reply(status=204) if operation is None else Reply(status=202, headers=deleting_headers(call, operation))


def user_credential(call: Call) -> Reply:
    """The user's kubeconfig, base64 of YAML."""
    return _credential(call, admin=False)


def admin_credential(call: Call) -> Reply:
    """The cluster administrator's kubeconfig, unless local accounts are off."""
    return _credential(call, admin=True)


def _credential(call: Call, *, admin: bool) -> Reply:
    state = call.state
    cluster = state.aks.cluster(call.params["group"], call.params["cluster"])
    if not cluster.ready_once:
        raise OperationNotAllowedError.on_cluster(state=cluster.state)
    if admin and cluster.document["properties"]["disableLocalAccounts"]:
        raise LocalAccountsDisabledError
    backing = state.backing if state.aks.backed is cluster else None
    value = base64.b64encode(kubeconfig(cluster, backing=backing, admin=admin)).decode()
    return Reply(body={"kubeconfigs": [{"name": "clusterAdmin" if admin else "clusterUser", "value": value}]})


def kubernetes_versions(call: Call) -> Reply:
    """What Kubernetes versions the era offers, by minor version."""
    era = call.state.era
    values = []
    for minor, patches in groupby(era.kubernetes_versions, key=lambda version: version.rpartition(".")[0]):
        upgrades = {patch: {"upgrades": _newer(era.kubernetes_versions, patch)} for patch in patches}
        entry = {"version": minor, "capabilities": {"supportPlan": ["KubernetesOfficial"]}, "patchVersions": upgrades}
        values.append({**entry, "isDefault": True} if era.default_version in upgrades else entry)
    return Reply(body={"values": values})


def orchestrators(call: Call) -> Reply:
    """The same versions in the form of 2019-04-01, which azure.azcollection reads."""
    era = call.state.era
    entries = []
    for version in era.kubernetes_versions:
        upgrades = [{"orchestratorVersion": newer} for newer in _newer(era.kubernetes_versions, version)]
        entry: dict[str, Any] = {"orchestratorType": "Kubernetes", "orchestratorVersion": version, "upgrades": upgrades}
        entries.append({**entry, "default": True} if version == era.default_version else entry)
    return Reply(
        body={
            "id": call.path,
            "name": "default",
            "type": f"{NAMESPACE}/locations/orchestrators",
            "properties": {"orchestrators": entries},
        }
    )


def _newer(versions: tuple[str, ...], than: str) -> list[str]:
    """Upgrades go to the same minor version or the next one."""
    start = version_key(than)
    return [v for v in versions if version_key(v) > start and version_key(v)[1] - start[1] <= 1]


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
    Route("DELETE", CLUSTER, delete),
    Route("POST", f"{CLUSTER}/listClusterUserCredential", user_credential),
    Route("POST", f"{CLUSTER}/listClusterAdminCredential", admin_credential),
)
