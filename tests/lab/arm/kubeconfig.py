# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
from typing import Any

import yaml

from tests.lab.arm.model.resources import Cluster
from tests.lab.arm.state import ClusterBacking

# A cluster without a control plane behind it: a port that nothing listens on.
_NOWHERE = ClusterBacking(
    server="https://127.0.0.1:1", ca_pem=b"", user_cert_pem=b"", user_key_pem=b"", admin_cert_pem=b"", admin_key_pem=b""
)


def kubeconfig(cluster: Cluster, *, backing: ClusterBacking | None, admin: bool) -> bytes:
    """The kubeconfig that AKS hands out, as YAML.

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
        "users": [{"name": user, "user": _credentials(user, certificate, key)}],
    }
    return yaml.safe_dump(document, sort_keys=False).encode()


def _credentials(user: str, certificate: bytes, key: bytes) -> dict[str, Any]:
    # AKS adds a token of 128 hexadecimal digits; the lab's API server doesn't know this one, the certificate is what it accepts.
    token = hashlib.sha512(f"{user}:{_data(key)}".encode()).hexdigest()
    return {"client-certificate-data": _data(certificate), "client-key-data": _data(key), "token": token}


def _data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
