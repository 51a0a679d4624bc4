# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.cluster import cluster_findings

from ...preflight_builders import codes, spec


def cluster(**properties: Any) -> dict[str, Any]:
    return {
        "name": "aks",
        "location": "eastus",
        "properties": {"provisioningState": "Succeeded", "currentKubernetesVersion": "1.34.8", **properties},
    }


def with_pool(power: str, **properties: Any) -> dict[str, Any]:
    """A cluster with the wanted pool and another one, which is stopped."""
    pools = [{"name": "other", "powerState": {"code": "Stopped"}}, {"name": "gpunp", "powerState": {"code": power}}]
    return cluster(agentPoolProfiles=pools, **properties)


NAMED = {"name": "gpunp"}
AUTO = {"nodeProvisioningProfile": {"mode": "Auto"}}
MISSING = {"cluster": "aks", "makes_cluster": False}
CASES = [
    pytest.param(None, MISSING, [("ClusterNotFound", "error")], id="not there, and nobody makes it"),
    pytest.param(None, {**MISSING, "makes_cluster": True}, [], id="not there, and to be made"),
    pytest.param(None, {"makes_cluster": False}, [], id="no cluster named"),
    pytest.param(cluster(), MISSING, [], id="there, and nobody has to make it"),
    pytest.param({}, MISSING, [], id="a cluster that tells nothing"),
    pytest.param({"properties": {"agentPoolProfiles": [{}]}}, {"name": "gpunp"}, [], id="a pool that tells nothing"),
    pytest.param(cluster(), {}, [], id="ready"),
    pytest.param(None, {}, [], id="not there yet"),
    pytest.param(cluster(provisioningState="Updating"), {}, [("OperationInProgress", "warning")], id="busy"),
    pytest.param(cluster(provisioningState="Failed"), {}, [("ClusterFailed", "warning")], id="failed"),
    pytest.param(cluster(provisioningState="Deleting"), {}, [("ClusterBeingDeleted", "error")], id="going"),
    pytest.param(cluster(powerState={"code": "Stopped"}), {}, [("ClusterStopped", "error")], id="stopped"),
    pytest.param(cluster(powerState={"code": "Running"}), {}, [], id="running"),
    pytest.param(with_pool("Stopped"), NAMED, [("PoolStopped", "error")], id="pool stopped"),
    pytest.param(with_pool("Stopped"), {**NAMED, "power_state": "Running"}, [], id="pool stopped, and to be started"),
    pytest.param(with_pool("Stopped"), {**NAMED, "power_state": "Stopped"}, [], id="pool stopped, and to be so"),
    pytest.param(with_pool("Running"), NAMED, [], id="pool running"),
    pytest.param(with_pool("Stopped"), {"name": "new"}, [], id="another pool stopped"),
    pytest.param(cluster(agentPoolProfiles=[NAMED]), NAMED, [], id="pool whose power state Azure leaves out"),
    pytest.param(
        with_pool("Stopped", powerState={"code": "Stopped"}), NAMED, [("ClusterStopped", "error")], id="pool stopped with its cluster"
    ),
    pytest.param(cluster(**AUTO), {}, [], id="node auto-provisioning with a fixed pool"),
    pytest.param(cluster(**AUTO), {"autoscaled": True}, [("AutoscalerWithNap", "error")], id="and with the autoscaler"),
    pytest.param(cluster(nodeProvisioningProfile={"mode": "Manual"}), {"autoscaled": True}, [], id="no node auto-provisioning"),
    pytest.param(
        cluster(currentKubernetesVersion="1.33.12"), {"path": "managed"}, [("KubernetesVersion", "warning")], id="old for managed"
    ),
    pytest.param(
        cluster(currentKubernetesVersion="1.9.0"), {"management": "Managed"}, [("KubernetesVersion", "warning")], id="1.9 is older"
    ),
    pytest.param(cluster(currentKubernetesVersion="1.33.12"), {"path": "manual_plugin"}, [], id="any for manual_plugin"),
    pytest.param(None, {"path": "managed", "kubernetes_version": "1.33"}, [("KubernetesVersion", "warning")], id="the version to come"),
    pytest.param(None, {"path": "managed"}, [], id="Azure's default version"),
]


@pytest.mark.parametrize(("live", "fields", "expected"), CASES)
def test_cluster(live: dict[str, Any] | None, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes(cluster_findings(spec(resource_group="myResourceGroup", **fields), live)) == expected
