# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import yaml

from tests.lab.arm.model.resources import Cluster, Json
from tests.lab.arm.state import ClusterBacking

# AKS' own applications, the same in every directory, and the cloud's name as kubelogin has it (https://azure.github.io/kubelogin).
_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
_CLOUD = "AzurePublicCloud"

# A cluster without a control plane behind it: a port that nothing listens on.
_NOWHERE = ClusterBacking(
    server="https://127.0.0.1:1", ca_pem=b"", user_cert_pem=b"", user_key_pem=b"", admin_cert_pem=b"", admin_key_pem=b""
)


@dataclass(frozen=True)
class EntraSignIn:
    """How users of a cluster with Microsoft Entra ID sign in: kubelogin (exec), or the client's own provider of old (azure)."""

    tenant: str
    form: str

    def user(self) -> Json:
        """A kubeconfig's user."""
        if self.form == "azure":
            config = {"apiserver-id": _SERVER, "client-id": _CLIENT, "config-mode": "1", "environment": _CLOUD, "tenant-id": self.tenant}
            return {"auth-provider": {"name": "azure", "config": config}}
        flags = {"environment": _CLOUD, "server-id": _SERVER, "client-id": _CLIENT, "tenant-id": self.tenant, "login": "devicecode"}
        arguments = ["get-token", *(part for name, value in flags.items() for part in (f"--{name}", value))]
        plugin = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin", "args": arguments, "env": None}
        return {"exec": {**plugin, "installHint": "See https://azure.github.io/kubelogin", "provideClusterInfo": False}}


def kubeconfig(cluster: Cluster, *, backing: ClusterBacking | None, admin: bool, entra: EntraSignIn | None = None) -> bytes:
    """The kubeconfig that AKS hands out, as YAML; with entra, the user's that signs in by Microsoft Entra ID.

    The admin's context has the cluster's name too: it is the Azure CLI that appends `-admin` when it merges.
    """
    source = backing or _NOWHERE
    user = f"{'clusterAdmin' if admin else 'clusterUser'}_{cluster.group.name}_{cluster.name}"
    certificate, key = (source.admin_cert_pem, source.admin_key_pem) if admin else (source.user_cert_pem, source.user_key_pem)
    document = {
        "apiVersion": "v1",
        "clusters": [{"cluster": {"certificate-authority-data": _data(source.ca_pem), "server": source.server}, "name": cluster.name}],
        "contexts": [{"context": {"cluster": cluster.name, "user": user}, "name": cluster.name}],
        "current-context": cluster.name,
        "kind": "Config",
        "preferences": {},
        "users": [{"name": user, "user": entra.user() if entra else _credentials(user, certificate, key)}],
    }
    return yaml.safe_dump(document, sort_keys=False).encode()


def _credentials(user: str, certificate: bytes, key: bytes) -> dict[str, Any]:
    # AKS adds a token of 128 hexadecimal digits; the lab's API server doesn't know this one, the certificate is what it accepts.
    token = hashlib.sha512(f"{user}:{_data(key)}".encode()).hexdigest()
    return {"client-certificate-data": _data(certificate), "client-key-data": _data(key), "token": token}


def _data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
