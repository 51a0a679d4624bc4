# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each Azure step against answers that Azure does not give."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._azure.session import Session
from ansible_collections.gpuops.aks.plugins.module_utils._operations import register
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster import operation as cluster
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.removal import remove_cluster
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.request import cluster_request
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials import operation as credentials
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.request import credentials_request
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome, Run
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool import operation as nodepool
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.request import pool_request
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight import operation as preflight
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.request import preflight_request

from tests.fuzz.azure_stub import FuzzedAdapter, FuzzedSession
from tests.integration.plugins.azure import SimulatedClock
from tests.unit.lab.arm_lab import Lab
from tests.unit.plugins.operation_table import OPERATIONS, parameters

_POOL = {"resource_group": "rg", "cluster": "aks", "name": "gpunp", "vm_size": "Standard_NC4as_T4_v3"}
_CHANGED = {**_POOL, "count": 2, "node_labels": {"a": "b"}, "min_count": 1, "max_count": 3, "enable_auto_scaling": True}
_CLUSTER = {"resource_group": "rg", "name": "aks"}


def _feature(_params: Any, session: Session, run: Run) -> Outcome:
    request = register.FeatureRequest("Microsoft.ContainerService", ("GPUDedicatedVHDPreview",), register.PRESENT, True, True, 1800)
    return register.ensure_registrations(request, session, run)


def _pool(params: Any, session: Session, run: Run) -> Outcome:
    return nodepool.ensure_pool(pool_request(params), session, run)


def _no_pool(params: Any, session: Session, run: Run) -> Outcome:
    return nodepool.remove_pool(pool_request(params), session, run)


def _cluster(params: Any, session: Session, run: Run) -> Outcome:
    return cluster.ensure_cluster(cluster_request(params), session, run)


def _no_cluster(params: Any, session: Session, run: Run) -> Outcome:
    return remove_cluster(cluster_request(params), session, run)


def _preflight(params: Any, session: Session, _run: Run) -> Outcome:
    return preflight.preflight(preflight_request(params), session)


def _credentials(params: Any, session: Session, run: Run) -> Outcome:
    return credentials.ensure_credentials(credentials_request(params), session, run)


_STEPS: tuple[tuple[str, dict[str, Any], Callable[[Any, Session, Run], Outcome]], ...] = (
    ("aks_gpu_nodepool", _POOL, _pool),
    ("aks_gpu_nodepool", _CHANGED, _pool),
    ("aks_gpu_nodepool", _POOL, _no_pool),
    ("aks_cluster", _CLUSTER, _cluster),
    ("aks_cluster", {**_CLUSTER, "name": "new", "location": "eastus"}, _cluster),
    ("aks_cluster", {**_CLUSTER, "tags": {"a": "b"}}, _cluster),
    ("aks_cluster", _CLUSTER, _no_cluster),
    ("aks_feature", {}, _feature),
    ("gpu_preflight_info", _POOL, _preflight),
    ("aks_credentials", {"resource_group": "rg", "cluster": "aks"}, _credentials),
)


def case(rng: Random) -> Outcome:
    """One step; about a third of the answers are nonsense."""
    lab = Lab().with_cluster()
    if rng.random() < 0.6:
        lab = lab.with_pool()
    clock = SimulatedClock(lab.clock)
    name, given, step = rng.choice(_STEPS)
    run = Run(check_mode=rng.random() < 0.2, clock=clock, environ={})
    with TemporaryDirectory() as directory:
        path = {"path": str(Path(directory) / "config")} if name == "aks_credentials" else {}
        params = parameters(OPERATIONS[name], **given, **path)
        with closing(FuzzedSession(FuzzedAdapter(lab, rng, 0.3), clock)) as session:
            return step(params, session, run)
