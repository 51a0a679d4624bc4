# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A pool that brings its device plugin, beside a DaemonSet of one in a real API server.

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.integration.plugins.cluster import SKU, Cluster

pytestmark = pytest.mark.lab

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE, "node_taints": [SKU]}
MANAGED: dict[str, Any] = {**POOL, "gpu_management_mode": "Managed"}


@pytest.fixture
def registered(with_cluster: Azure) -> Azure:
    """Azure where managed pools are allowed."""
    with_cluster.run(FEATURE, features=["ManagedGPUExperiencePreview"])
    return with_cluster


def test_managed_pool_is_refused_only_if_a_daemonset_would_reach_it(registered: Azure, cluster: Cluster) -> None:
    namespace = f"{cluster.name}-plugin"
    cluster.run(PLUGIN, namespace=namespace, node_taints=[SKU], wait=False)
    for check_mode in (True, False):
        with registered.requests() as sent:
            error = registered.refused(NODEPOOL, check_mode=check_mode, **MANAGED, kubeconfig=cluster.kubeconfig)
        assert (error.code, sent.writes) == ("PluginReachesPool", [])
        assert f"DaemonSet {namespace}/nvidia-device-plugin-daemonset" in error.message
    assert registered.run(NODEPOOL, check_mode=True, **POOL, kubeconfig=cluster.kubeconfig).changed
    cluster.run(PLUGIN, namespace=namespace, node_taints=[SKU], pools=["other"], wait=False)
    made = registered.run(NODEPOOL, **MANAGED, kubeconfig=cluster.kubeconfig)
    assert (made.changed, made.warnings) == (True, ())


def test_missing_permission_to_look_for_plugins_gives_a_warning(registered: Azure, cluster: Cluster) -> None:
    (warning,) = registered.run(NODEPOOL, **MANAGED, kubeconfig=cluster.account("looker")).warnings
    assert "was not checked" in warning
    assert "daemonsets" in warning


@pytest.mark.parametrize("kubeconfig", [None, "not-there-yet.config"])
def test_unknown_cluster_is_not_searched_for_plugins(registered: Azure, tmp_path: Path, kubeconfig: str | None) -> None:
    path = str(tmp_path / kubeconfig) if kubeconfig else None
    made = registered.run(NODEPOOL, **MANAGED, kubeconfig=path)
    assert (made.changed, made.warnings) == (True, ())
