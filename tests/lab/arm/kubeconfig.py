# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import yaml

from tests.lab.arm.model.resources import Cluster
from tests.lab.eras import version_key

if TYPE_CHECKING:
    from tests.lab.arm.state import ClusterBacking

# AKS' own two applications in Entra, the same in every tenant: its API servers, and the one that people sign in through.
ENTRA_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
_ENTRA_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
AZURE_FORMAT, EXEC_FORMAT = "azure", "exec"
_FIRST_WITH_EXEC = (1, 24)  # before that, who names no format gets the auth provider that kubectl had then
# A cluster without a control plane behind it: a port that nothing listens on, and a path that says why.
_NOWHERE = "https://127.0.0.1:1/the-lab-runs-one-cluster-and-not"
_INSTALL_HINT = """
kubelogin is not installed which is required to connect to AAD enabled cluster.

To learn more, please go to https://aka.ms/aks/kubelogin
"""


def certificate_user(name: str, *, backing: ClusterBacking | None, admin: bool) -> dict[str, Any]:
    """A local account: a client certificate, and the token of 128 hexadecimal digits that AKS adds.

    The lab's API server doesn't know that token; the certificate is what it accepts.
    """
    certificate = key = b""
    if backing is not None:
        certificate, key = (backing.admin_cert_pem, backing.admin_key_pem) if admin else (backing.user_cert_pem, backing.user_key_pem)
    token = hashlib.sha512(f"{name}:{_data(key)}".encode()).hexdigest()
    return {"client-certificate-data": _data(certificate), "client-key-data": _data(key), "token": token}


def entra_user(cluster: Cluster, *, tenant: str, wanted_format: str | None) -> dict[str, Any]:
    """A user of an Entra cluster: kubelogin as exec plugin, or the auth provider `azure` that kubectl had before 1.26."""
    by_version = EXEC_FORMAT if version_key(cluster.version)[:2] >= _FIRST_WITH_EXEC else AZURE_FORMAT
    if (wanted_format or by_version).lower() == AZURE_FORMAT:
        config = {"apiserver-id": ENTRA_SERVER, "client-id": _ENTRA_CLIENT, "config-mode": "1", "environment": "AzurePublicCloud"}
        return {"auth-provider": {"config": {**config, "tenant-id": tenant}, "name": "azure"}}
    options = {"environment": "AzurePublicCloud", "server-id": ENTRA_SERVER, "client-id": _ENTRA_CLIENT, "tenant-id": tenant}
    arguments = ["get-token", *(word for name, value in options.items() for word in (f"--{name}", value)), "--login", "devicecode"]
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "args": arguments,
            "command": "kubelogin",
            "env": None,
            "installHint": _INSTALL_HINT,
            "provideClusterInfo": False,
        }
    }


def kubeconfig(cluster: Cluster, *, backing: ClusterBacking | None, user_name: str, user: dict[str, Any]) -> bytes:
    """The kubeconfig that AKS returns, as YAML.

    The admin's context has the cluster's name too: it is the Azure CLI that appends `-admin` when it merges.
    """
    server, authority = (f"{_NOWHERE}/{cluster.name}", b"") if backing is None else (backing.server, backing.ca_pem)
    document = {
        "apiVersion": "v1",
        "clusters": [{"cluster": {"certificate-authority-data": _data(authority), "server": server}, "name": cluster.name}],
        "contexts": [{"context": {"cluster": cluster.name, "user": user_name}, "name": cluster.name}],
        "current-context": cluster.name,
        "kind": "Config",
        "preferences": {},
        "users": [{"name": user_name, "user": user}],
    }
    return yaml.safe_dump(document, sort_keys=False).encode()


def _data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
