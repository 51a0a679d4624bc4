# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs with mistakes in them, as far as a client can be made of them, and through what aks_credentials does to the file."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome, Run

from tests.fuzz.values import mutated
from tests.unit.plugins.operation_table import OPERATIONS, parameters

_USERS: tuple[dict[str, Any], ...] = (
    {"token": "t"},
    {"username": "u", "password": "p"},
    {"client-certificate-data": "LS0t", "client-key-data": "LS0t"},
    {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/nonexistent/kubelogin", "args": ["get-token"], "env": []}},
    {"auth-provider": {"name": "azure", "config": {"access-token": "t"}}},
    {"tokenFile": "/nonexistent/token"},
    {"token": "t", "as": "somebody", "as-groups": ["a"], "as-user-extra": {"a": ["b"]}},
)


def case(rng: Random) -> Outcome | str:
    """One kubeconfig."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "aks",
                "cluster": {"server": "https://127.0.0.1:1", "proxy-url": "http://127.0.0.1:2", "insecure-skip-tls-verify": True},
            }
        ],
        "users": [{"name": "user", "user": rng.choice(_USERS)}],
        "contexts": [{"name": "aks", "context": {"cluster": "aks", "user": "user", "namespace": "default"}}],
        "current-context": "aks",
        "preferences": {},
    }
    with TemporaryDirectory() as directory:
        path = Path(directory) / "config"
        path.write_text(json.dumps(mutated(rng, config, rng.randint(1, 3))))
        if rng.random() < 0.7:
            settings = kube_settings({"kubeconfig": str(path)}, {"HOME": directory})
            KubeClient(settings).close()
            return "client"
        operation = OPERATIONS["aks_credentials"]
        params = parameters(operation, resource_group="rg", cluster="aks", path=str(path), state="absent")
        return operation.run(params, Run(check_mode=False, clock=SystemClock(), environ={"HOME": directory}))
