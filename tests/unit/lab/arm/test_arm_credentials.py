# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.lab.arm.kubeconfig import ENTRA_SERVER
from tests.lab.arm.tokens import TokenIssuer
from tests.unit.lab.arm_calls import CLUSTER, Caller
from tests.unit.lab.arm_lab import BACKING, PRINCIPAL, Lab

USER, ADMIN = f"{CLUSTER}/listClusterUserCredential", f"{CLUSTER}/listClusterAdminCredential"
ADMINS = {"adminGroupObjectIDs": ["11111111-1111-1111-1111-111111111111"]}


def caller(era: str = "2026", **properties: Any) -> Caller:
    lab = Lab(era)
    lab.put_cluster(properties=properties)
    lab.advance(322)
    return Caller(lab)


def document(caller: Caller, url: str) -> dict[str, Any]:
    reply = caller.send("POST", url)
    assert isinstance(reply.body, dict)
    found: dict[str, Any] = yaml.safe_load(base64.b64decode(reply.body["kubeconfigs"][0]["value"]))
    return found


@pytest.mark.parametrize(
    ("url", "user", "certificate"), [(USER, "clusterUser_rg_aks", b"user-cert"), (ADMIN, "clusterAdmin_rg_aks", b"admin-cert")]
)
@pytest.mark.parametrize("properties", [{}, {"disableLocalAccounts": False}])
def test_local_accounts_have_a_certificate(url: str, user: str, certificate: bytes, properties: dict[str, Any]) -> None:
    found = document(caller(**properties), url)
    assert found["current-context"] == "aks"
    assert found["contexts"] == [{"name": "aks", "context": {"cluster": "aks", "user": user}}]
    assert found["clusters"][0]["cluster"]["server"] == BACKING.server
    assert base64.b64decode(found["users"][0]["user"]["client-certificate-data"]) == certificate


def test_a_cluster_without_a_control_plane_leads_to_a_closed_port() -> None:
    someone = caller()
    someone.lab.put_cluster("second")
    someone.lab.advance(322)
    found = document(someone, USER.replace("aks", "second"))
    assert found["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1/the-lab-runs-one-cluster-and-not/second"


@pytest.mark.parametrize(
    ("era", "query", "way"),
    [
        ("2026", "", "exec"),
        ("2026", "?format=exec", "exec"),
        ("2026", "?format=azure", "auth-provider"),
        ("2021", "", "auth-provider"),
        ("2021", "?format=EXEC", "exec"),
    ],
)
def test_entra_cluster_kubeconfig_has_a_login_command(era: str, query: str, way: str) -> None:
    (user,) = document(caller(era, aadProfile={"managed": True}), USER + query)["users"]
    assert (user["name"], list(user["user"])) == ("clusterUser_rg_aks", [way])
    if way == "exec":
        assert user["user"]["exec"]["command"] == "kubelogin"
        assert user["user"]["exec"]["args"][-4:] == ["--tenant-id", PRINCIPAL.tenant_id, "--login", "devicecode"]
        assert ENTRA_SERVER in user["user"]["exec"]["args"]
    else:
        assert user["user"]["auth-provider"]["config"]["apiserver-id"] == ENTRA_SERVER


def test_the_administrator_of_an_entra_cluster_has_a_certificate_unless_local_accounts_are_off() -> None:
    assert "client-certificate-data" in document(caller(aadProfile={"managed": True}), ADMIN)["users"][0]["user"]
    status, code, message = caller(aadProfile={"managed": True}, disableLocalAccounts=True).refused("POST", ADMIN)
    assert (status, code) == (400, "BadRequest")
    assert message == "Getting static credential is not allowed because this cluster is set to disable local accounts."


def test_another_format_is_refused() -> None:
    assert caller().refused("POST", f"{USER}?format=nonsense")[:2] == (400, "InvalidParameter")


def test_azure_completes_the_profile() -> None:
    profile = caller(aadProfile={"managed": True}).get(CLUSTER)["properties"]["aadProfile"]
    assert profile == {"managed": True, "enableAzureRBAC": False, "tenantID": PRINCIPAL.tenant_id}


class TestTokenReview:
    """What the API server is told about the bearer of a token."""

    def review(self, caller: Caller, *, audience: str = ENTRA_SERVER, now: Callable[[], float] = time.time) -> dict[str, Any]:
        token = TokenIssuer(PRINCIPAL, now=now).issue(audience=audience, issuer="lab")
        body = caller.send("POST", "/_lab/tokenreview", {"spec": {"token": token}}).body
        assert isinstance(body, dict)
        assert body["kind"] == "TokenReview"
        status: dict[str, Any] = body["status"]
        return status

    @pytest.mark.parametrize(
        ("profile", "groups"), [({"managed": True}, []), (ADMINS, ["system:masters"]), ({"enableAzureRBAC": True}, ["system:masters"])]
    )
    def test_the_principal_is_known_and_a_member_of_the_clusters_administrators(self, profile: dict[str, Any], groups: list[str]) -> None:
        status = self.review(caller(aadProfile=profile))
        assert status["authenticated"]
        assert status["user"] == {"username": PRINCIPAL.client_id, "uid": PRINCIPAL.client_id, "groups": groups}

    def test_token_for_another_audience_is_rejected(self) -> None:
        assert not self.review(caller(aadProfile=ADMINS), audience="https://management.azure.com")["authenticated"]

    def test_expired_token_is_rejected(self) -> None:
        assert not self.review(caller(aadProfile=ADMINS), now=lambda: 0.0)["authenticated"]

    def test_a_cluster_without_entra_knows_no_token(self) -> None:
        assert not self.review(caller())["authenticated"]
