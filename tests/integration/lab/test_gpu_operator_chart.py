# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's GPU Operator, installed by the real Helm on a pool without a driver: when GPUs appear, when they don't, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION as EXPORTER
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION as METRICS

from tests.integration.chart import (
    NAMESPACE,
    POLICIES,
    POOL,
    TAINT,
    chart_values,
    condition,
    create_pool,
    gpu_node,
    helm,
    install,
    uninstall,
)
from tests.integration.lab.manifests import gpus
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab
from tests.lab.build import HELM_VERSION

pytestmark = pytest.mark.lab

NFD = "node-feature-discovery"


@pytest.fixture
def cluster(lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster with a GPU node that AKS has given no driver."""
    lab.create_cluster()
    create_pool(lab)
    yield lab
    lab.delete_cluster()


def labels(lab: RunningLab) -> dict[str, str]:
    """The labels of that node."""
    found: dict[str, str] = lab.get("node", gpu_node(lab))["metadata"]["labels"]
    return found


def until_reconciled(lab: RunningLab) -> None:
    """Until the operator says that all is done, and the node shows its GPU."""
    lab.until(lambda: gpus(lab)[gpu_node(lab)] == ("1", "1"))
    lab.until(lambda: condition(lab) == ("ready", "Reconciled"))


def test_helm_is_the_one_that_was_pinned(lab: RunningLab) -> None:
    assert helm(lab, "version", "--template", "{{.Version}}") == HELM_VERSION


def test_gpus_appear_when_driver_toolkit_and_plugin_run(cluster: RunningLab, tmp_path: Path) -> None:
    install(cluster, chart_values(), tmp_path)
    until_reconciled(cluster)
    pods = cluster.get("pods", "--namespace", NAMESPACE, "--selector", "app=nvidia-cuda-validator")["items"]
    assert [(each["spec"]["nodeName"], each["status"]["phase"]) for each in pods] == [(gpu_node(cluster), "Succeeded")]
    found = cluster.until(lambda: (seen := labels(cluster)).get("nvidia.com/gpu.product") and seen)
    assert found["feature.node.kubernetes.io/pci-10de.present"] == "true"
    assert found["nvidia.com/gpu.deploy.driver"] == "true"
    assert found["nvidia.com/gpu.product"] == "Tesla-T4"
    task = {"kubeconfig": str(cluster.layout.kubeconfig), "source": "exporter"}
    read = cluster.until(lambda: not (seen := run_task(METRICS, task)).get("failed") and seen)["gpu_metrics"]
    assert (read["totals"], read["findings"]) == ({"nodes": 1, "devices": 1}, [])


def test_exporter_of_ones_own_reaches_the_gpus_by_the_runtime_class_of_the_operator(cluster: RunningLab, tmp_path: Path) -> None:
    install(cluster, chart_values(dcgm_exporter=False), tmp_path)
    until_reconciled(cluster)
    task = {"kubeconfig": str(cluster.layout.kubeconfig), "pool": POOL, "node_taints": [TAINT], "wait_timeout": 120}
    measured = run_task(EXPORTER, task)
    assert measured.get("measured_by") == "gpuops.aks", measured
    assert measured["gpu_metrics"]["totals"] == {"nodes": 1, "devices": 1}
    spec = cluster.get("daemonset", measured["name"], "--namespace", measured["namespace"])["spec"]["template"]["spec"]
    assert spec["runtimeClassName"] == "nvidia"
    assert run_task(EXPORTER, task)["changed"] is False


def test_node_feature_discovery_that_lacks_the_toleration_finds_no_gpu(cluster: RunningLab, tmp_path: Path) -> None:
    computed = chart_values()
    del computed[NFD]["worker"]["tolerations"]
    install(cluster, computed, tmp_path)
    cluster.until(lambda: condition(cluster) == ("ready", "NoGPUNodes"))
    assert gpus(cluster)[gpu_node(cluster)] == (None, None)
    assert "nvidia.com/gpu.present" not in labels(cluster)
    install(cluster, chart_values(), tmp_path)
    until_reconciled(cluster)


def test_components_that_lack_the_toleration_run_nowhere(cluster: RunningLab, tmp_path: Path) -> None:
    computed = chart_values()
    del computed["daemonsets"]
    install(cluster, computed, tmp_path)
    cluster.until(lambda: labels(cluster).get("nvidia.com/gpu.present") == "true")
    # A DaemonSet that wants to run on no node counts as ready.
    cluster.until(lambda: condition(cluster) == ("ready", "Reconciled"))
    sets = cluster.get("daemonsets", "--namespace", NAMESPACE)["items"]
    desired = {each["metadata"]["name"]: each["status"]["desiredNumberScheduled"] for each in sets}
    assert desired["nvidia-driver-daemonset"] == desired["nvidia-device-plugin-daemonset"] == 0
    assert gpus(cluster)[gpu_node(cluster)] == (None, None)
    install(cluster, chart_values(), tmp_path)
    until_reconciled(cluster)


def test_uninstall_leaves_the_operators_labels_and_the_resources(cluster: RunningLab, tmp_path: Path) -> None:
    install(cluster, chart_values(), tmp_path)
    until_reconciled(cluster)
    uninstall(cluster)
    cluster.until(lambda: gpus(cluster)[gpu_node(cluster)] == ("1", "0"))
    cluster.until(lambda: not cluster.get("pods", "--namespace", NAMESPACE)["items"])
    left = cluster.until(lambda: (seen := labels(cluster)) and not any("feature.node" in name for name in seen) and seen)
    assert left["nvidia.com/gpu.present"] == left["nvidia.com/gpu.deploy.driver"] == "true"
    definitions = cluster.get("customresourcedefinitions")["items"]
    assert POLICIES in {each["metadata"]["name"] for each in definitions}
