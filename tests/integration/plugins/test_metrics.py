# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_metrics_info against a real API server, whose proxy leads to the lab's exporters: what is read, and why something is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.pods import pod_ready
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION as METRICS

from tests.integration.plugins.cluster import GPU, Cluster, Json
from tests.integration.running_lab import RunningLab, command

pytestmark = pytest.mark.lab

IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"
PYTHON = "mcr.microsoft.com/azurelinux/base/python:3.12"
LABELS = {"app.kubernetes.io/name": "dcgm-exporter"}
FEATURE = "Microsoft.ContainerService/ManagedGPUExperiencePreview"


def run_exporter(cluster: Cluster, node: str, *, mapped: bool = True, image: str = IMAGE) -> str:
    """A pod of NVIDIA's exporter on the node, with what its own manifest has."""
    env = [{"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"}] if mapped else []
    volumes = [{"name": "pods", "hostPath": {"path": "/var/lib/kubelet/pod-resources"}}]
    spec = {"nodeName": node, "containers": [{"name": "exporter", "image": image, "env": env}], "volumes": volumes}
    name = f"dcgm-exporter-{node}"
    cluster.client.create(PODS, {"metadata": {"name": name, "namespace": cluster.name, "labels": LABELS}, "spec": spec})
    cluster.until(lambda: pod_ready(cluster.get(PODS, name, cluster.name)))
    return name


def work(cluster: Cluster, node: str) -> str:
    """A pod that holds the node's GPU for as long as it runs."""
    command = ["python3", "-c", "import time; time.sleep(600)"]
    container = {"name": "train", "image": PYTHON, "command": command, "resources": {"limits": {GPU: "1"}}}
    spec = {"nodeName": node, "restartPolicy": "Never", "containers": [container]}
    cluster.client.create(PODS, {"metadata": {"name": "train-0", "namespace": cluster.name}, "spec": spec})
    cluster.until(lambda: pod_ready(cluster.get(PODS, "train-0", cluster.name)))
    return "train-0"


def read(cluster: Cluster, **params: Any) -> Json:
    return dict(cluster.run(METRICS, pool=cluster.name, **params)["gpu_metrics"])


def codes(facts: Json) -> list[str]:
    return [each["code"] for each in facts["findings"]]


def test_load_of_a_workload_shows_on_its_device(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    run_exporter(cluster, node)
    (idle,) = read(cluster)["nodes"][0]["devices"]
    pod = work(cluster, node)
    found = read(cluster, metrics=["utilization_percent", "memory_used_mib", "memory_temperature_celsius"])
    ((busy,),) = [each["devices"] for each in found["nodes"]]
    assert (found["source"], found["totals"], codes(found)) == ("exporter", {"nodes": 1, "devices": 1}, [])
    assert (busy["pod"], busy["namespace"], busy["container"]) == (pod, cluster.name, "train")
    assert (idle["pod"], idle["values"]["utilization_percent"]) == (None, 0.0)
    assert busy["values"]["utilization_percent"] > 80
    assert busy["values"]["memory_used_mib"] > idle["values"]["memory_used_mib"]
    assert busy["values"]["memory_temperature_celsius"] is None
    assert found["nodes"][0]["resources"][GPU] == {"capacity": 1, "allocatable": 1, "requests": 1, "limits": 1}


@pytest.mark.proves("NoExporter")
def test_nodes_without_an_exporter(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    failed = cluster.fail(METRICS, pool=cluster.name)
    assert failed["error"]["code"] == "NoExporter"
    assert codes(failed["gpu_metrics"]) == ["NoExporter"]


@pytest.mark.proves("ExporterNotAnswering", "DevicesNotMapped")
def test_exporters_that_say_nothing_or_too_little(cluster: Cluster) -> None:
    good, silent = cluster.add_node("good", gpus=1), cluster.add_node("silent", gpus=1)
    run_exporter(cluster, good, mapped=False)
    run_exporter(cluster, silent, image="example.com/listens-nowhere:1")
    work(cluster, good)
    found = read(cluster)
    by_code = {each["code"]: each for each in found["findings"]}
    assert {code: each["subjects"] for code, each in by_code.items()} == {"ExporterNotAnswering": [silent], "DevicesNotMapped": [good]}
    assert found["totals"] == {"nodes": 2, "devices": 1}


@pytest.fixture
def azure(lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster, in a subscription that may have managed pools."""
    lab.arm("POST", "/_lab/features", {FEATURE: "Registered"})
    lab.create_cluster()
    yield lab
    lab.delete_cluster()


@pytest.mark.proves("SecondExporter", "ProfilingMetricsMissing")
def test_managed_pool_has_an_exporter_of_its_own(azure: RunningLab, cluster: Cluster) -> None:
    size = "Standard_NV6ads_A10_v5"
    azure.create_pool("gpumetrics", vmSize=size, gpuProfile={"nvidia": {"managementMode": "Managed"}})
    found = cluster.run(METRICS, pool="gpumetrics")["gpu_metrics"]
    (node,) = found["nodes"]
    assert (len(node["devices"]), codes(found)) == (1, ["ProfilingMetricsMissing"])
    name = run_exporter(cluster, node["name"])
    assert "SecondExporter" in codes(cluster.run(METRICS, pool="gpumetrics")["gpu_metrics"])
    cluster.lab.kubectl("delete", "pod", name, "-n", cluster.name, "--wait=true")
    done = command(azure.dir, "fault", "exporter-never", "--pool", "gpumetrics")
    assert done.returncode == 0, done.stderr
    try:
        failed = cluster.until(lambda: (seen := cluster.attempt(METRICS, pool="gpumetrics")).get("failed") and seen)
        assert failed["error"]["code"] == "ExporterNotAnswering"
    finally:
        command(azure.dir, "fault", "--clear")
