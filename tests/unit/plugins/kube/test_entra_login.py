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
    lasting_expiry,
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
        ({"auth-provider": OLD_PROVIDER}, EntraLogin("s", "", "devicecode")),
        ({"auth-provider": {"name": "azure"}}, EntraLogin(AKS_SERVER, "", "devicecode")),
        ({"auth-provider": {"name": "gcp"}}, None),
        ({"exec": {"command": "aws-iam-authenticator"}}, None),
        ({"client-certificate-data": "x"}, None),
        ({}, None),
    ],
)
def test_the_entra_sign_in_is_found_in_each_of_aks_formats(user: Json, login: EntraLogin | None) -> None:
    assert entra_login(user) == login


def test_a_token_takes_the_place_of_the_sign_in() -> None:
    config = {"users": [{"name": "clusterUser_rg_aks", "user": {"exec": KUBELOGIN}}]}
    assert with_token(config, "t0ken")["users"] == [{"name": "clusterUser_rg_aks", "user": {"token": "t0ken"}}]
    assert config["users"][0]["user"] == {"exec": KUBELOGIN}


def jwt(**claims: object) -> str:
    """A token of Entra's form; nobody looks at its signature here."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{body}.signature"


@pytest.mark.parametrize(
    ("token", "expiry"),
    [
        pytest.param(jwt(aud="server", exp=5000), 5000.0, id="long enough"),
        pytest.param(jwt(aud="spn:server", exp=5000), 5000.0, id="in the old form"),
        pytest.param(jwt(aud="server", exp=2000), 0.0, id="not for long"),
        pytest.param(jwt(aud="server", exp=10), 0.0, id="expired"),
        pytest.param(jwt(aud="other", exp=5000), 0.0, id="for something else"),
        pytest.param(jwt(aud="server"), 0.0, id="without an end"),
        pytest.param(jwt(aud="server", exp="soon"), 0.0, id="with an odd end"),
        pytest.param("f" * 128, 0.0, id="AKS' own"),
        pytest.param("a.b.c", 0.0, id="no JSON"),
        pytest.param("", 0.0, id="none"),
    ],
)
def test_a_token_is_kept_only_while_it_lasts(token: str, expiry: float) -> None:
    assert lasting_expiry(token, server="server", now=1000.0) == expiry
