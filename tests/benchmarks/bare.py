# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain by the least client there can be: what it takes is the servers' own time, which nobody can be faster than."""

from __future__ import annotations

import time
from pathlib import Path

import yaml

from tests.benchmarks.kube import Kube, Object, gpus, is_complete
from tests.benchmarks.labs import LABEL, POOL, pool_properties
from tests.benchmarks.report import BenchError
from tests.integration.running_lab import CLUSTER, GROUP, RunningLab, cluster_path

PEERS = Path(__file__).parent / "peers"
_PROVIDER = "/providers/Microsoft.ContainerService"
_POLL_S = 0.001


def servers_own_seconds(lab: RunningLab) -> float:
    """Everything that changes something, one after the other, each waited for by a watch or at Azure's pace; in this process."""
    kube = Kube(lab)
    started = time.monotonic()
    _azure(lab)
    _kubernetes(kube)
    return time.monotonic() - started


def manifest(name: str) -> Object:
    """What the peers apply, by the file's name."""
    loaded: Object = yaml.safe_load((PEERS / f"{name}.yaml").read_text())
    return loaded


def _azure(lab: RunningLab) -> None:
    _send(lab, "POST", f"{_PROVIDER}/register")
    _poll(lab, _PROVIDER, "registrationState", "Registered")
    _send(lab, "PUT", f"/resourcegroups/{GROUP}", {"location": "eastus"})
    first = {"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System"}
    properties = {"dnsPrefix": CLUSTER, "agentPoolProfiles": [first]}
    _send(lab, "PUT", cluster_path(), {"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": properties})
    _poll(lab, cluster_path(), "provisioningState", "Succeeded")
    pool = f"{cluster_path()}/agentPools/{POOL}"
    _send(lab, "PUT", pool, {"properties": {"mode": "User", **pool_properties()}})
    _poll(lab, pool, "provisioningState", "Succeeded")
    _send(lab, "POST", f"{cluster_path()}/listClusterUserCredential")


def _kubernetes(kube: Kube) -> None:
    kube.call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gpu-resources"}})
    kube.call("POST", "/apis/apps/v1/namespaces/gpu-resources/daemonsets", manifest("device-plugin"))
    kube.until(f"/api/v1/nodes?labelSelector={LABEL}", lambda node: gpus(node) > 0)
    kube.call("POST", "/apis/batch/v1/namespaces/default/jobs", manifest("mnist"))
    kube.until("/apis/batch/v1/namespaces/default/jobs", is_complete)
    pod = kube.until("/api/v1/namespaces/default/pods?labelSelector=app=samples-tf-mnist-demo", lambda _pod: True)
    kube.call("GET", f"/api/v1/namespaces/default/pods/{pod['metadata']['name']}/log")


def _send(lab: RunningLab, method: str, path: str, body: Object | None = None) -> Object:
    answer = lab.arm(method, path, body)
    if answer.status >= 400:
        raise BenchError(f"{method} {path}: {answer}")
    found: Object = answer.body
    return found


def _poll(lab: RunningLab, path: str, field: str, wanted: str) -> None:
    while {**(found := _send(lab, "GET", path)), **found.get("properties", {})}[field] != wanted:
        time.sleep(_POLL_S)
