# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_operator_release_info reads what the real Helm has stored, and tells what this collection has made from what others have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import (
    CLUSTER_POLICIES,
    CUSTOM_RESOURCE_DEFINITIONS,
    NAMESPACES,
    SECRETS,
    Kind,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_release import OPERATION

from tests.integration.chart import helm
from tests.integration.plugins.cluster import Cluster
from tests.integration.plugins.operator import MERGE, custom_resources
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab

pytestmark = pytest.mark.lab

RELEASE = "gpus"
MADE_HERE = ("--set", "global.installedBy=gpuops.aks")
POLICIES, DRIVERS = "clusterpolicies.nvidia.com", "nvidiadrivers.nvidia.com"
OTHERS = f"CustomResourceDefinition {DRIVERS}: not marked as made by this release"


@pytest.fixture
def chart(lab: RunningLab, cluster: Cluster, tmp_path: Path) -> Iterator[Path]:
    """A chart with one object, on a cluster that knows the operator's kinds."""
    directory = tmp_path / "chart"
    (directory / "templates").mkdir(parents=True)
    (directory / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": "gpus", "version": "1.2.3"}))
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-chart"}, "data": {"size": "{{ .Values.size }}"}}
    (directory / "templates" / "settings.yaml").write_text(yaml.safe_dump(settings))
    with custom_resources(cluster):
        yield directory
        helm(lab, "uninstall", RELEASE, "--namespace", cluster.name, "--ignore-not-found")


def patch(cluster: Cluster, kind: Kind, name: str, **metadata: Any) -> None:
    """Changes the metadata of an object."""
    cluster.client.call("PATCH", kind.object(name), what="Marking", body={"metadata": metadata}, content=MERGE)


def look(cluster: Cluster, **params: Any) -> dict[str, Any]:
    """What the module returns of the release."""
    result = cluster.run(OPERATION, namespace=cluster.name, release=RELEASE, pool=cluster.name, **params)
    found: dict[str, Any] = result["gpu_operator_release"]
    return found


def test_release_of_others_is_told_from_an_own_one_by_its_latest_revision(lab: RunningLab, cluster: Cluster, chart: Path) -> None:
    assert (look(cluster)["release"], look(cluster)["mark"]) == (None, {"global": {"installedBy": "gpuops.aks"}})
    place = (RELEASE, str(chart), "--namespace", cluster.name)
    helm(lab, "install", *place, "--set", "size=3")
    found = look(cluster, removal=True)
    assert found["release"] == {"number": 1, "status": "deployed", "user_values": {"size": 3}, "working": 1, "made_here": False}
    assert (found["mark"], found["removal"]["definitions"], found["removal"]["namespace"]) == ({}, [], False)
    assert f"Helm release {cluster.name}/{RELEASE}: not made by this collection" in found["removal"]["kept"]
    helm(lab, "upgrade", *place, *MADE_HERE)
    values = {"global": {"installedBy": "gpuops.aks"}}
    assert look(cluster)["release"] == {"number": 2, "status": "deployed", "user_values": values, "working": 2, "made_here": True}


def test_only_what_is_marked_may_be_removed(lab: RunningLab, cluster: Cluster, chart: Path) -> None:
    helm(lab, "install", RELEASE, str(chart), "--namespace", cluster.name, *MADE_HERE)
    kept = look(cluster, removal=True)["removal"]
    assert (kept["namespace"], kept["definitions"]) == (False, [])
    assert OTHERS in kept["kept"]
    patch(cluster, CUSTOM_RESOURCE_DEFINITIONS, POLICIES, labels=look(cluster)["labels"])
    patch(cluster, NAMESPACES, cluster.name, labels={"app.kubernetes.io/managed-by": "gpuops.aks"})
    removal = look(cluster, removal=True)["removal"]
    assert (removal["namespace"], removal["definitions"]) == (True, [POLICIES])
    assert [line for line in removal["kept"] if not line.startswith("Node ")] == [OTHERS]
    cluster.client.create(
        SECRETS, {"metadata": {"name": "theirs", "namespace": cluster.name, "labels": {"owner": "helm", "name": "other"}}}
    )
    assert not look(cluster, removal=True)["removal"]["namespace"]


def test_release_is_read_where_the_driver_of_helm_keeps_it(lab: RunningLab, cluster: Cluster, chart: Path) -> None:
    helm(lab, "install", RELEASE, str(chart), "--namespace", cluster.name, *MADE_HERE, driver="configmap")
    assert look(cluster)["release"] is None
    notes = {"meta.helm.sh/release-namespace": cluster.name, "meta.helm.sh/release-name": RELEASE}
    policy = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "metadata": {"name": "of-chart", "annotations": notes}}
    cluster.client.create(CLUSTER_POLICIES, policy)
    place = {"kubeconfig": cluster.kubeconfig, "namespace": cluster.name, "release": RELEASE}
    lost = run_task(OPERATION, place)
    assert (lost["error"]["code"], "clusterpolicy of-chart" in lost["error"]["remedy"]) == ("ReleaseRecordMissing", True)
    found = run_task(OPERATION, {**place, "removal": True}, environ={"HELM_DRIVER": "configmap"})["gpu_operator_release"]
    assert (found["release"]["number"], found["release"]["made_here"], found["elsewhere"]) == (1, True, [])
    assert run_task(OPERATION, place, environ={"HELM_DRIVER": "sql"})["error"]["code"] == "HelmDriverUnsupported"
    helm(lab, "uninstall", RELEASE, "--namespace", cluster.name, driver="configmap")


def test_interrupted_installation_is_noticed(cluster: Cluster, chart: Path) -> None:
    assert chart.is_dir()
    patch(cluster, NAMESPACES, cluster.name, annotations={look(cluster)["record"]: DRIVERS})
    assert look(cluster)["unlabeled_definitions"] == [POLICIES]


def test_node_of_the_pool_shows_what_the_values_depend_on(cluster: Cluster) -> None:
    assert look(cluster)["node"] is None
    node = cluster.add_node(
        labels={"kubernetes.azure.com/agentpool": cluster.name, "kubernetes.azure.com/node-image-version": "AKSUbuntu-1"}
    )
    shown = look(cluster)["node"]
    assert (shown["name"], shown["node_image_version"]) == (node, "AKSUbuntu-1")


def test_check_mode_before_the_cluster_exists_finds_nothing(cluster: Cluster) -> None:
    result = cluster.run(OPERATION, check=True, kubeconfig="/no/such/kubeconfig", removal=True)
    assert result["gpu_operator_release"]["release"] is None
    assert len(result["warnings"]) == 1
