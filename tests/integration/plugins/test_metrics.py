# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_metrics_info against a real API server, whose proxy leads to the lab's exporters: what is read, and why something is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.pods import pod_ready
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import perform
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION as METRICS

from tests.integration.plugins.cluster import GPU, Cluster, Json
from tests.integration.running_lab import CLUSTER, GROUP, RunningLab
from tests.lab.monitor.debian import prometheus
from tests.unit.plugins.tasks import real_run, task_parameters

pytestmark = pytest.mark.lab

IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"
PYTHON = "mcr.microsoft.com/azurelinux/base/python:3.12"
LABELS = {"app.kubernetes.io/name": "dcgm-exporter"}
FEATURE = "Microsoft.ContainerService/ManagedGPUExperiencePreview"


def run_exporter(
    cluster: Cluster, node: str, *, mapped: bool = True, image: str = IMAGE, annotations: Mapping[str, str] | None = None
) -> str:
    """A pod of NVIDIA's exporter on the node, with what its own manifest has."""
    env = [{"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"}] if mapped else []
    volumes = [{"name": "pods", "hostPath": {"path": "/var/lib/kubelet/pod-resources"}}]
    spec = {"nodeName": node, "containers": [{"name": "exporter", "image": image, "env": env}], "volumes": volumes}
    name = f"dcgm-exporter-{node}"
    metadata = {"name": name, "namespace": cluster.name, "labels": LABELS, "annotations": annotations or {}}
    cluster.client.create(PODS, {"metadata": metadata, "spec": spec})
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


def test_names_of_the_article_need_no_exporter_and_those_that_are_gone_are_explained(cluster: Cluster) -> None:
    cluster.add_node(gpus=2)
    found = read(cluster, metrics=["nodeGpuCapacity", "containerGpuDutyCycle"])
    assert (found["source"], codes(found)) == ("exporter", ["MetricGone"])
    assert [(node["resources"][GPU]["capacity"], node["devices"]) for node in found["nodes"]] == [(2, [])]


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
    signed_in = Monitored(azure, cluster)
    off = {source: signed_in.code(source=source) for source in ("prometheus", "container_insights")}
    assert off == {"prometheus": "ManagedPrometheusOff", "container_insights": "ContainerInsightsOff"}
    found = cluster.run(METRICS, pool="gpumetrics")["gpu_metrics"]
    (node,) = found["nodes"]
    assert (len(node["devices"]), codes(found)) == (1, ["ProfilingMetricsMissing"])
    name = run_exporter(cluster, node["name"])
    assert "SecondExporter" in codes(cluster.run(METRICS, pool="gpumetrics")["gpu_metrics"])
    cluster.lab.kubectl("delete", "pod", name, "-n", cluster.name, "--wait=true")
    azure.set_fault("exporter-never", pool="gpumetrics")
    try:
        failed = cluster.until(lambda: (seen := cluster.attempt(METRICS, pool="gpumetrics")).get("failed") and seen)
        assert failed["error"]["code"] == "ExporterNotAnswering"
    finally:
        azure.clear_faults()


PREVIEW = "2026-08-02-preview"
GPU_POOL = "gpumetrics"
SIZE = "Standard_NV6ads_A10_v5"
BY_CLUSTER = {"resource_group": GROUP, "cluster": CLUSTER}
MONITORED = {
    "azureMonitorProfile": {"metrics": {"enabled": True}},
    "addonProfiles": {"omsAgent": {"enabled": True, "config": {}}},
}
NO_FAULT = {"preset": "standard", "rows": "now", "linked": True, "partial": False, "throttled": False, "logs_audience": ""}
ROLES = ["Monitoring Data Reader", "Log Analytics Reader"]


class Monitored:
    """A cluster with managed Prometheus and Container Insights, and a managed pool of one node; tasks that sign in to Azure."""

    def __init__(self, lab: RunningLab, cluster: Cluster) -> None:
        self.lab = lab
        self.cluster = cluster

    def set(self, **settings: Any) -> None:
        """What Azure Monitor of the lab is to be like."""
        answer = self.lab.arm("POST", "/_lab/monitoring", {**NO_FAULT, "roles": ROLES, **settings})
        assert answer.status == 200, answer

    def attempt(self, **params: Any) -> Json:
        """A task on the pool, signed in as the lab's principal."""
        run = replace(real_run(check_mode=False), environ=self.lab.env)
        result, _warnings = perform(METRICS, task_parameters(METRICS, {**BY_CLUSTER, "pool": GPU_POOL, **params}), run, diff=False)
        assert result.get("error", {}).get("code") != "InternalError", result["msg"]
        return dict(result)

    def read(self, **params: Any) -> Json:
        """A task that has to succeed, as soon as there is something to read."""
        result = self.lab.until(lambda: not (seen := self.attempt(**params)).get("failed") and seen)
        return dict(result["gpu_metrics"])

    def code(self, **params: Any) -> str:
        """The code with which a task fails."""
        result = self.attempt(**params)
        assert result.get("failed"), result
        return str(result["error"]["code"])


@pytest.fixture(scope="module")
def monitored(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    lab.arm("POST", "/_lab/features", {FEATURE: "Registered"})
    lab.create_cluster(properties=MONITORED)
    lab.create_pool(GPU_POOL, vmSize=SIZE, gpuProfile={"nvidia": {"managementMode": "Managed"}})
    cluster = Cluster(lab, tmp_path_factory.mktemp("monitored"))
    try:
        yield Monitored(lab, cluster)
    finally:
        lab.arm("POST", "/_lab/monitoring", {**NO_FAULT, "preset": "logs-and-events", "roles": ROLES})
        cluster.clean()
        lab.delete_cluster()


@pytest.fixture(scope="module")
def real_prometheus() -> None:
    """Skips the test where there is none to be had; it isn't looked for before, because that may download it."""
    if prometheus() is None:
        pytest.skip("there is neither a Prometheus nor Debian's package")


needs_prometheus = pytest.mark.usefixtures("real_prometheus")


@needs_prometheus
@pytest.mark.proves("LabelsDropped")
def test_managed_prometheus_is_found_by_the_cluster(monitored: Monitored) -> None:
    monitored.set()
    # kube-state-metrics is scraped at another moment than the exporter.
    found = monitored.lab.until(lambda: (seen := monitored.read(source="prometheus"))["nodes"][0]["resources"] and seen)
    (node,) = found["nodes"]
    (device,) = node["devices"]
    assert (found["source"], node["pool"], device["gpu"], device["uuid"]) == ("prometheus", GPU_POOL, "0", None)
    assert (device["values"]["utilization_percent"], device["values"]["memory_used_mib"]) == (0.0, 0.0)
    assert node["resources"][GPU]["capacity"] == 1
    assert codes(found) == ["LabelsDropped", "ProfilingMetricsMissing"]
    over_time = monitored.read(window=60, step=1)
    series = over_time["nodes"][0]["devices"][0]["series"]["power_watts"]
    assert (over_time["source"], len(series[-1])) == ("prometheus", 2)
    assert series[-1][1] == over_time["nodes"][0]["devices"][0]["values"]["power_watts"]


@needs_prometheus
def test_exporter_of_ones_own_keeps_the_labels_that_azure_drops(monitored: Monitored) -> None:
    monitored.set()
    lab, cluster = monitored.lab, monitored.cluster
    lab.create_pool("gpuown", vmSize="Standard_NC4as_T4_v3")
    (node,) = lab.until(lambda: lab.get("nodes", "-l", "agentpool=gpuown")["items"])
    run_exporter(cluster, node["metadata"]["name"], annotations={"prometheus.io/scrape": "true"})
    found = monitored.read(source="prometheus", pool="gpuown", metrics=["graphics_engine_active_ratio"])
    ((device,),) = [each["devices"] for each in found["nodes"]]
    assert (device["model"], device["values"], codes(found)) == ("Tesla T4", {"graphics_engine_active_ratio": 0}, [])
    lab.delete_pool("gpuown")


@needs_prometheus
@pytest.mark.proves("MigInstancesCollapsed")
def test_instances_of_a_managed_pool_cannot_be_told_apart(monitored: Monitored) -> None:
    monitored.set()
    divided = {"managementMode": "Managed", "migStrategy": "Mixed", "migProfiles": ["MIG1g", "MIG1g"]}
    monitored.lab.create_pool("gpumig", version=PREVIEW, vmSize="Standard_NC24ads_A100_v4", gpuProfile={"nvidia": divided})
    found = monitored.lab.until(
        lambda: "MigInstancesCollapsed" in codes(seen := monitored.read(source="prometheus", pool="gpumig")) and seen
    )
    assert found["totals"] == {"nodes": 1, "devices": 1}
    exact = monitored.read(source="exporter", pool="gpumig")
    assert (exact["totals"]["devices"], {each["mig_profile"] for each in exact["nodes"][0]["devices"]}) == (2, {"1g.10gb"})
    monitored.lab.delete_pool("gpumig")


@needs_prometheus
@pytest.mark.proves("NoGpuSeries", "PartialAnswer")
def test_what_keeps_a_workspace_from_answering(monitored: Monitored) -> None:
    monitored.set()
    monitored.read(source="prometheus")
    assert monitored.code(source="prometheus", pool="nosuchpool") == "NoGpuSeries"
    monitored.set(partial=True)
    assert "PartialAnswer" in codes(monitored.read(source="prometheus"))
    monitored.set(roles=[])
    failed = monitored.attempt(source="prometheus")
    assert failed["error"]["code"] == "MonitoringDataReaderMissing"
    assert "/providers/Microsoft.Monitor/accounts/" in failed["error"]["remedy"]
    other = {"prometheus_url": f"{monitored.lab.settings.monitor_url}/workspace/lab", "prometheus_token": monitored.lab._token}
    assert monitored.code(source="prometheus", **other) == "QueryTokenRefused"
    monitored.set(throttled=True)
    assert monitored.code(source="prometheus") == "Throttled"
    monitored.set(linked=False)
    assert monitored.code(source="prometheus") == "NoMonitorWorkspace"


def test_token_for_the_logs_of_another_cloud_is_explained(monitored: Monitored) -> None:
    """Log Analytics wants tokens of the audience of another cloud than the one that cloud_environment names."""
    monitored.set(logs_audience="https://api.loganalytics.us")
    failed = monitored.attempt(source="container_insights")
    assert failed["error"]["code"] == "QueryAudienceWrong"
    assert failed["error"]["remedy"] == "Set cloud_environment to the cloud of the cluster."
    assert failed["error"]["cause"] in failed["msg"]
    monitored.set()
    assert monitored.read(source="container_insights")["source"] == "container_insights"


@pytest.mark.proves("NoGpuRows", "GpuRowsStopped")
def test_container_insights_counts_gpus_or_says_why_not(monitored: Monitored) -> None:
    monitored.set()
    work(monitored.cluster, monitored.lab.get("nodes", "-l", f"agentpool={GPU_POOL}")["items"][0]["metadata"]["name"])
    found = monitored.read(source="container_insights")
    (node,) = found["nodes"]
    assert node["resources"] == {GPU: {"capacity": 1, "allocatable": 1, "requests": 1, "limits": 1}}
    causes = {
        "InsightsMetricsNotCollected": {"preset": "logs-and-events"},
        "NoGpuRows": {"rows": "never"},
        "GpuRowsStopped": {"rows": "stopped"},
        "InsightsMetricsMissing": {"rows": "none"},
        "LogAnalyticsReaderMissing": {"roles": []},
        "Throttled": {"throttled": True},
    }
    seen = {}
    for code, settings in causes.items():
        monitored.set(**settings)
        seen[code] = monitored.code(source="container_insights")
    assert seen == {code: code for code in causes}
    monitored.set(partial=True)
    assert codes(monitored.read(source="container_insights")) == ["PartialAnswer"]


def test_best_source_says_why_not_the_others(monitored: Monitored) -> None:
    monitored.set(linked=False)
    monitored.lab.set_fault("exporter-never", pool=GPU_POOL)
    try:
        found = monitored.lab.until(lambda: (seen := monitored.read())["source"] == "container_insights" and seen)
    finally:
        monitored.lab.clear_faults()
    assert {each["source"]: each["code"] for each in found["sources"]} == {
        "exporter": "ExporterNotAnswering",
        "prometheus": "NoMonitorWorkspace",
        "container_insights": "",
    }
