# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.entra_login import (
    AKS_SERVER,
    EntraLogin,
    entra_login,
    usable_until,
    with_token,
)

from ..builders import Json

KUBELOGIN = {
    "command": "kubelogin",
    "args": ["get-token", "--environment", "AzurePublicCloud", "--server-id", "s", "--login", "devicecode"],
}
OLD_PROVIDER = {"name": "azure", "config": {"apiserver-id": "s", "client-id": "c", "tenant-id": "t"}}


@pytest.mark.parametrize(
    ("user", "login"),
    [
        ({"exec": KUBELOGIN}, EntraLogin("s", "kubelogin", "devicecode")),
        ({"exec": {"command": "/opt/kubelogin", "args": ["get-token", "-l", "msi"]}}, EntraLogin(AKS_SERVER, "/opt/kubelogin", "msi")),
        ({"exec": {"command": "kubelogin", "args": None}}, EntraLogin(AKS_SERVER, "kubelogin", "devicecode")),
        ({"exec": {"command": "kubelogin", "args": ["--server-id"]}}, EntraLogin(AKS_SERVER, "kubelogin", "devicecode")),
        ({"auth-provider": OLD_PROVIDER}, EntraLogin("s", None, "devicecode")),
        ({"auth-provider": {"name": "azure"}}, EntraLogin(AKS_SERVER, None, "devicecode")),
        ({"auth-provider": {"name": "gcp"}}, None),
        ({"exec": {"command": "aws-iam-authenticator"}}, None),
        ({"client-certificate-data": "x"}, None),
        ({}, None),
    ],
)
def test_entra_sign_in_is_recognized_in_both_formats(user: Json, login: EntraLogin | None) -> None:
    assert entra_login(user) == login


def test_token_replaces_the_sign_in() -> None:
    config = {"users": [{"name": "clusterUser_rg_aks", "user": {"exec": KUBELOGIN}}]}
    assert with_token(config, "t0ken")["users"] == [{"name": "clusterUser_rg_aks", "user": {"token": "t0ken"}}]
    assert config["users"][0]["user"] == {"exec": KUBELOGIN}


def jwt(**claims: object) -> str:
    """A token in the format of Entra ID, with an invalid signature."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{body}.signature"


@pytest.mark.parametrize(
    ("token", "expiry"),
    [
        pytest.param(jwt(aud="server", exp=5000), 5000.0, id="usable"),
        pytest.param(jwt(aud="spn:server", exp=5000), 5000.0, id="in the old form"),
        pytest.param(jwt(aud="server", exp=2000), None, id="expires soon"),
        pytest.param(jwt(aud="server", exp=10), None, id="expired"),
        pytest.param(jwt(aud="other", exp=5000), None, id="for another server"),
        pytest.param(jwt(aud="server"), None, id="without an expiry"),
        pytest.param(jwt(aud="server", exp="soon"), None, id="with an invalid expiry"),
        pytest.param("f" * 128, None, id="AKS' own"),
        pytest.param("a.b.c", None, id="not JSON"),
        pytest.param("", None, id="none"),
    ],
)
def test_token_is_usable_only_for_its_server_and_well_before_it_expires(token: str, expiry: float | None) -> None:
    assert usable_until(token, server="server", now=1000.0) == expiry
