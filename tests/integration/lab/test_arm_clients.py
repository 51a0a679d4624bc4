# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Microsoft's own Python clients, unmodified, against the simulator over TLS.

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from ssl import create_default_context
from typing import Any

import pytest
import yaml
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, SimulatedSleep, send, serve
from tests.lab.arm.tokens import TokenIssuer

FEATURE = "/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/GPUDedicatedVHDPreview"
DEDICATED = {"UseGPUDedicatedVHD": "true"}
CLUSTER: dict[str, Any] = {
    "location": "eastus",
    "identity": {"type": "SystemAssigned"},
    "properties": {
        "dnsPrefix": "aks",
        "agentPoolProfiles": [{"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System"}],
    },
}


def pool(**changes: Any) -> dict[str, Any]:
    properties = {"count": 1, "vmSize": "Standard_NC4as_T4_v3", "enableAutoScaling": True, "minCount": 1, "maxCount": 3}
    return {"properties": {**properties, "nodeTaints": ["sku=gpu:NoSchedule"], **changes}}


def ask(site: ArmSite, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """A request without Azure's clients, for what they never call; status and JSON."""
    connection = HTTPSConnection(site.url.removeprefix("https://"), context=create_default_context(cafile=site.ca))
    with closing(connection):
        connection.request(method, path, json.dumps(body) if body is not None else None)
        response = connection.getresponse()
        return response.status, json.load(response)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ArmSite]:
    with serve(tmp_path) as running:
        yield running


@pytest.fixture
def client(site: ArmSite) -> ContainerServiceClient:
    """A client with a cluster `aks` in resource group `rg`."""
    client = site.client()
    send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
    client.managed_clusters.begin_create_or_update("rg", "aks", CLUSTER).result()
    return client


class TestSigningIn:
    """What azure-identity makes of the token endpoint."""

    def test_a_service_principal_gets_a_token(self, site: ArmSite) -> None:
        token = site.credential().get_token(f"{site.url}/.default")
        assert 3500 < token.expires_on - time.time() <= 3599

    @pytest.mark.parametrize(
        ("change", "number"),
        [
            ({"client_secret": "wrong"}, "AADSTS7000215"),
            ({"client_id": "44444444-4444-4444-4444-444444444444"}, "AADSTS700016"),
        ],
    )
    def test_wrong_credentials_are_distinguished(self, site: ArmSite, change: dict[str, str], number: str) -> None:
        with pytest.raises(ClientAuthenticationError, match=number):
            site.credential(**change).get_token(f"{site.url}/.default")

    def test_unknown_tenant_is_named(self, site: ArmSite) -> None:
        with pytest.raises(ClientAuthenticationError) as refusal:
            site.credential(tenant_id="55555555-5555-5555-5555-555555555555").get_token(f"{site.url}/.default")
        assert "5555" in str(refusal.value)

    @pytest.mark.parametrize(("age", "code"), [(7200, "ExpiredAuthenticationToken"), (None, "InvalidAuthenticationToken")])
    def test_old_and_foreign_tokens_are_turned_away_with_a_challenge(self, site: ArmSite, age: int | None, code: str) -> None:
        issuer = TokenIssuer(PRINCIPAL, now=lambda: time.time() - (age or 0))
        token = issuer.issue(audience=site.url, issuer="lab") if age else "nonsense"

        class Fixed:
            def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
                return AccessToken(token, int(time.time()) + 3600)

        response = send(site.client(credential=Fixed()), "GET", "/resourcegroups")
        assert response.status_code == 401
        assert response.json()["error"]["code"] == code
        assert response.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")

    def test_another_subscription_is_not_found(self, site: ArmSite) -> None:
        with pytest.raises(ResourceNotFoundError, match="SubscriptionNotFound"):
            list(site.client(subscription="66666666-6666-6666-6666-666666666666").managed_clusters.list())


def test_metadata_is_an_object_today_and_was_a_list(site: ArmSite) -> None:
    _status, cloud = ask(site, "GET", "/metadata/endpoints?api-version=2022-09-01")
    assert cloud["authentication"]["loginEndpoint"] == site.url
    assert cloud["resourceManager"] == f"{site.url}/"
    assert ask(site, "GET", "/metadata/endpoints?api-version=2019-05-01") == (200, [cloud])


class TestResourceGroups:
    """Resource groups through the SDK's raw requests, as our own modules send them."""

    def test_group_is_created_read_changed_and_listed(self, site: ArmSite) -> None:
        client = site.client()
        assert send(client, "HEAD", "/resourcegroups/rg").status_code == 404
        assert send(client, "PUT", "/resourcegroups/rg", body={"location": "East US", "tags": {"a": "b"}}).status_code == 201
        assert send(client, "PUT", "/resourceGroups/RG", body={"location": "eastus", "tags": {"a": "c"}}).status_code == 200
        assert send(client, "HEAD", "/resourcegroups/rg").status_code == 204
        assert send(client, "GET", "/resourcegroups/rg").json()["tags"] == {"a": "c"}
        assert send(client, "PATCH", "/resourcegroups/rg", body={"tags": {"d": "e"}}).json()["tags"] == {"d": "e"}
        assert [group["name"] for group in send(client, "GET", "/resourcegroups").json()["value"]] == ["rg"]

    def test_group_deletion_ends_at_its_location_and_removes_the_cluster(self, site: ArmSite, client: ContainerServiceClient) -> None:
        assert [r["name"] for r in send(client, "GET", "/resourceGroups/rg/resources").json()["value"]] == ["aks"]
        first = send(client, "DELETE", "/resourcegroups/rg")
        assert (first.status_code, first.content) == (202, b"")
        assert "Retry-After" not in first.headers
        where = first.headers["Location"].removeprefix(f"{site.url}/subscriptions/{PRINCIPAL.subscription_id}").partition("?")[0]
        assert send(client, "GET", where).status_code == 202
        site.state.clock.advance(331)
        assert send(client, "GET", where).status_code == 204
        assert list(client.managed_clusters.list()) == []

    @pytest.mark.parametrize(
        ("body", "code"),
        [({}, "LocationRequired"), ([], "InvalidRequestContent"), ({"location": "eastus", "tags": "x"}, "InvalidRequestContent")],
    )
    def test_invalid_group_is_rejected(self, site: ArmSite, body: object, code: str) -> None:
        response = send(site.client(), "PUT", "/resourcegroups/rg", body=body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_article_of_2021_works_step_by_step(tmp_path: Path) -> None:
    with serve(tmp_path, era="2021") as site:
        client = site.client()
        send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
        client.managed_clusters.begin_create_or_update("rg", "aks", CLUSTER).result()
        article = pool(vmSize="Standard_NC6")
        with pytest.raises(HttpResponseError, match="PreviewFeatureNotRegistered"):
            client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", article, headers=DEDICATED)
        assert send(client, "POST", f"{FEATURE}/register").json()["properties"]["state"] == "Registering"
        site.state.clock.advance(300)
        assert send(client, "GET", FEATURE).json()["properties"]["state"] == "Registered"
        assert send(client, "POST", "/providers/Microsoft.ContainerService/register").json()["registrationState"] == "Registered"
        created = client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", article, headers=DEDICATED).result()
        assert created.provisioning_state == "Succeeded"
        assert created.node_image_version.startswith("AKSUbuntu-1804gpucontainerd-")
        assert send(client, "GET", "/resourcegroups").json()["value"][0]["name"] == "rg"


class TestAgentPools:
    """Pools through the SDK's pollers."""

    def test_create_update_delete(self, client: ContainerServiceClient) -> None:
        pools = client.agent_pools
        created = pools.begin_create_or_update("rg", "aks", "gpunp", pool()).result()
        assert (created.provisioning_state, created.node_taints, created.max_count) == ("Succeeded", ["sku=gpu:NoSchedule"], 3)
        assert [p.name for p in client.managed_clusters.get("rg", "aks").agent_pool_profiles] == ["nodepool1", "gpunp"]
        created.node_taints = ["sku=gpu:NoExecute"]
        assert pools.begin_create_or_update("rg", "aks", "gpunp", created).result().node_taints == ["sku=gpu:NoExecute"]
        pools.begin_delete("rg", "aks", "gpunp").result()
        assert [p.name for p in pools.list("rg", "aks")] == ["nodepool1"]

    @pytest.mark.usefixtures("client")
    def test_first_answers_carry_no_pace_and_polls_do(self, site: ArmSite) -> None:
        sleeps = SimulatedSleep(site.state.clock, ca=site.ca)
        poller = site.client(transport=sleeps).agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool())
        first = poller.polling_method()._initial_response.http_response
        assert first.status_code == 201
        assert "/operations/" in first.headers["Azure-AsyncOperation"]
        assert "Retry-After" not in first.headers
        assert "x-ms-retry-after-ms" not in first.headers
        poller.result()
        assert set(sleeps.slept) == {0.5}  # 30 s at 60 times the speed
        assert len(sleeps.slept) == 10  # 273 s are over after ten times 30

    def test_at_the_speed_of_life_clients_wait_their_own_thirty_seconds(self, tmp_path: Path) -> None:
        with serve(tmp_path, speed=1) as site:
            sleeps = SimulatedSleep(site.state.clock, ca=site.ca)
            client = site.client(transport=sleeps)
            send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
            client.managed_clusters.begin_create_or_update("rg", "aks", CLUSTER).result()
            assert set(sleeps.slept) == {30}

    def test_reading_an_unfinished_pool_returns_retry_after(self, client: ContainerServiceClient) -> None:
        client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(), polling=False)
        path = "/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks/agentPools"
        assert send(client, "GET", f"{path}/gpunp").headers["x-ms-retry-after-ms"] == "500"
        assert "x-ms-retry-after-ms" not in send(client, "GET", f"{path}/nodepool1").headers

    def test_refusals_carry_azures_codes(self, client: ContainerServiceClient) -> None:
        with pytest.raises(ResourceNotFoundError) as missing:
            client.agent_pools.get("rg", "aks", "gpunp")
        assert missing.value.error.code == "NotFound"
        with pytest.raises(HttpResponseError) as size:
            client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(vmSize="Standard_NC6"))
        assert size.value.error.code == "VMSizeNotSupported"
        client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(), polling=False)
        with pytest.raises(ResourceExistsError) as busy:
            client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(), polling=False)
        assert busy.value.error.code == "OperationNotAllowed"

    def test_deleting_a_missing_resource_succeeds(self, client: ContainerServiceClient) -> None:
        client.agent_pools.begin_delete("rg", "aks", "gpunp").result()
        client.managed_clusters.begin_delete("rg", "nonsense").result()


class TestClusters:
    """Clusters and their kubeconfigs."""

    def test_create_update_delete(self, client: ContainerServiceClient) -> None:
        cluster = client.managed_clusters.get("rg", "AKS")
        assert cluster.id.startswith(f"/subscriptions/{PRINCIPAL.subscription_id}/resourcegroups/rg/")
        assert cluster.node_resource_group == "MC_rg_aks_eastus"
        cluster.tags = {"a": "b"}
        assert client.managed_clusters.begin_create_or_update("rg", "aks", cluster).result().tags == {"a": "b"}
        client.managed_clusters.begin_delete("rg", "aks").result()
        with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
            client.managed_clusters.get("rg", "aks")

    @pytest.mark.parametrize(
        ("call", "user"), [("list_cluster_user_credentials", "clusterUser"), ("list_cluster_admin_credentials", "clusterAdmin")]
    )
    def test_kubeconfigs_lead_to_the_control_plane(self, client: ContainerServiceClient, call: str, user: str) -> None:
        (result,) = getattr(client.managed_clusters, call)("rg", "aks").kubeconfigs
        assert result.name == user
        document = yaml.safe_load(result.value)
        assert document["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"
        assert document["users"][0]["name"] == f"{user}_rg_aks"

    def test_credentials_are_refused_while_the_cluster_is_created(self, site: ArmSite) -> None:
        client = site.client()
        send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
        client.managed_clusters.begin_create_or_update("rg", "aks", CLUSTER, polling=False)
        with pytest.raises(ResourceExistsError, match="in progress"):
            client.managed_clusters.list_cluster_user_credentials("rg", "aks")

    def test_admin_credentials_are_refused_without_local_accounts(self, client: ContainerServiceClient) -> None:
        cluster = client.managed_clusters.get("rg", "aks")
        cluster.disable_local_accounts = True
        client.managed_clusters.begin_create_or_update("rg", "aks", cluster).result()
        with pytest.raises(HttpResponseError, match="disable local accounts"):
            client.managed_clusters.list_cluster_admin_credentials("rg", "aks")

    def test_versions_are_listed_in_both_forms(self, site: ArmSite) -> None:
        client = site.client()
        versions = client.managed_clusters.list_kubernetes_versions("eastus").values_property
        assert [v.version for v in versions if v.is_default] == ["1.34"]
        path = "/providers/Microsoft.ContainerService/locations/eastus/orchestrators"
        listed = send(client, "GET", path, api_version="2019-04-01").json()["properties"]["orchestrators"]
        assert [entry["orchestratorVersion"] for entry in listed if entry.get("default")] == ["1.34.8"]


def test_proxy_serves_azures_public_names_only(site: ArmSite) -> None:
    proxies = {"https": site.proxy}
    options: dict[str, Any] = {"connection_verify": site.ca, "proxies": proxies, "retry_total": 0}
    credential = ClientSecretCredential(PRINCIPAL.tenant_id, PRINCIPAL.client_id, PRINCIPAL.secret, **options)
    client = ContainerServiceClient(site.clients.enter_context(credential), PRINCIPAL.subscription_id, **options)
    site.clients.enter_context(client)
    created = send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
    assert created.status_code == 201
    deletion = send(client, "DELETE", "/resourcegroups/rg")
    assert deletion.headers["Location"].startswith("https://management.azure.com/")
    url = "https://example.invalid"
    elsewhere = ContainerServiceClient(
        site.credential(), PRINCIPAL.subscription_id, base_url=url, credential_scopes=["x/.default"], **options
    )
    with site.clients.enter_context(elsewhere), pytest.raises(ServiceRequestError, match="502"):
        send(elsewhere, "GET", "/resourcegroups")


class TestLabControl:
    """The lab's own interface and its request log."""

    def test_clock_can_be_advanced(self, site: ArmSite, client: ContainerServiceClient) -> None:
        client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(), polling=False)
        assert ask(site, "POST", "/_lab/clock", {"advance_s": 273})[0] == 200
        _status, state = ask(site, "GET", "/_lab/state")
        assert state["clusters"][0]["pools"]["gpunp"] == {"state": "Succeeded", "count": 1, "nodes": 1}
        assert state["operations_running"] == 0

    def test_registrations_can_be_set(self, site: ArmSite) -> None:
        ask(site, "POST", "/_lab/providers", {"Microsoft.ContainerService": "NotRegistered"})
        _status, state = ask(site, "POST", "/_lab/features", {"Microsoft.ContainerService/New": "Pending"})
        assert state["providers"]["Microsoft.ContainerService"] == "NotRegistered"
        assert state["features"]["Microsoft.ContainerService/New"] == "Pending"

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("clock", {}),
            ("clock", {"advance_s": -1}),
            ("clock", {"advance_s": True}),
            ("clock", {"advance_s": float("nan")}),
            ("features", {"x": "Pending"}),
            ("providers", {"x": 1}),
        ],
    )
    def test_nonsense_is_refused(self, site: ArmSite, path: str, body: object) -> None:
        assert ask(site, "POST", f"/_lab/{path}", body)[0] == 400

    def test_log_has_every_request_to_azure_and_no_secret(self, site: ArmSite, client: ContainerServiceClient) -> None:
        client.agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool(), headers={"AKSHTTPCustomFeatures": "a/b"}, polling=False)
        ask(site, "GET", "/_lab/state")
        text = site.log.read_text()
        assert PRINCIPAL.secret not in text
        assert "uthorization" not in text
        assert "_lab" not in text
        last = json.loads(text.splitlines()[-1])
        assert (last["method"], last["status"], last["api_version"]) == ("PUT", 201, "2026-08-01")
        assert last["headers"]["AKSHTTPCustomFeatures"] == "a/b"
        assert last["body_bytes"] > 0

    def test_unsupported_call_is_reported_as_unsupported(self, client: ContainerServiceClient) -> None:
        with pytest.raises(HttpResponseError, match="not part of this simulator") as refusal:
            list(client.machines.list("rg", "aks", "nodepool1"))
        assert refusal.value.status_code == 501
