# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Kubeconfigs, and who the tokens in them are.

from __future__ import annotations

import base64
from typing import Any

from tests.lab.arm.errors.aks import InvalidParameterError, LocalAccountsDisabledError
from tests.lab.arm.handlers.clusters import CLUSTER
from tests.lab.arm.kubeconfig import AZURE_FORMAT, ENTRA_SERVER, EXEC_FORMAT, certificate_user, entra_user, kubeconfig
from tests.lab.arm.model.operations.busy import cluster_busy
from tests.lab.arm.model.resources import Cluster
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.tokens import Verdict
from tests.lab.config import TOKEN_REVIEW_PATH


def user_credential(call: Call) -> Reply:
    """The user's kubeconfig as base64 of YAML, with a certificate, or in an Entra cluster with a login command."""
    cluster = _ready_cluster(call)
    wanted = call.query.get("format")
    if wanted is not None and wanted.lower() not in {AZURE_FORMAT, EXEC_FORMAT}:
        raise InvalidParameterError.value("format")
    name = f"clusterUser_{cluster.group.name}_{cluster.name}"
    if is_entra(cluster):
        user = entra_user(cluster, tenant=call.state.principal.tenant_id, wanted_format=wanted)
    else:
        user = certificate_user(name, backing=_backing(call, cluster), admin=False)
    return _reply(call, cluster, name, user)


def admin_credential(call: Call) -> Reply:
    """The cluster administrator's kubeconfig, unless local accounts are off."""
    cluster = _ready_cluster(call)
    if cluster.document["properties"]["disableLocalAccounts"]:
        raise LocalAccountsDisabledError
    name = f"clusterAdmin_{cluster.group.name}_{cluster.name}"
    return _reply(call, cluster, name, certificate_user(name, backing=_backing(call, cluster), admin=True))


def _ready_cluster(call: Call) -> Cluster:
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    if not cluster.ready_once:
        raise cluster_busy(cluster, era=call.state.era)
    return cluster


def _backing(call: Call, cluster: Cluster) -> Any:
    return call.state.backing if call.state.aks.backed is cluster else None


def _reply(call: Call, cluster: Cluster, name: str, user: dict[str, Any]) -> Reply:
    content = kubeconfig(cluster, backing=_backing(call, cluster), user_name=name, user=user)
    return Reply(body={"kubeconfigs": [{"name": name.partition("_")[0], "value": base64.b64encode(content).decode()}]})


def is_entra(cluster: Cluster) -> bool:
    """Whether people sign in to the cluster with Entra."""
    return bool(cluster.document["properties"].get("aadProfile"))


def review_token(call: Call) -> Reply:
    """Review a bearer token for the lab's API server (authentication.k8s.io/v1, TokenReview)."""
    token = (call.json_object("spec")).get("token", "")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    return Reply(body={**review, "status": _verdict(call, token if isinstance(token, str) else "")})


def _verdict(call: Call, token: str) -> dict[str, Any]:
    cluster = call.state.aks.backed
    if cluster is None or not is_entra(cluster) or call.tokens.verdict(token) is not Verdict.VALID:
        return {"authenticated": False}
    if call.tokens.claims(token).get("aud") != ENTRA_SERVER:
        return {"authenticated": False, "error": "the token is not for AKS' Entra server application"}
    principal = call.state.principal
    groups = ["system:masters"] if _administers(cluster) else []
    return {"authenticated": True, "user": {"username": principal.client_id, "uid": principal.client_id, "groups": groups}}


def _administers(cluster: Cluster) -> bool:
    """Whether the principal administers the cluster: it is a member of any admin group and has the Azure role."""
    profile = cluster.document["properties"]["aadProfile"]
    return bool(profile.get("adminGroupObjectIDs")) or bool(profile.get("enableAzureRBAC"))


ROUTES = (
    Route("POST", f"{CLUSTER}/listClusterUserCredential", user_credential),
    Route("POST", f"{CLUSTER}/listClusterAdminCredential", admin_credential),
    Route("POST", TOKEN_REVIEW_PATH, review_token, public=True),
)
