# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""dcgm_exporter against a real API server: the DaemonSet whose pods the lab's exporters answer for, and pools that have one already."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, NAMESPACES, POD_MONITORS, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION

from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.plugins.custom_kinds import known_kind
from tests.integration.plugins.task_runs import run_task
from tests.integration.plugins.test_metrics import codes, work
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

MEASURED = {"source": "exporter", "totals": {"nodes": 1, "devices": 1}, "findings": []}


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Where the exporter is to go; not there yet."""
    return f"{cluster.name}-metrics"


def wanted(cluster: Cluster, namespace: str, **changes: Any) -> Json:
    return {"pool": cluster.name, "namespace": namespace, "node_taints": [SKU], "wait_timeout": PATIENCE_S, **changes}


def exporter_name(cluster: Cluster) -> str:
    return f"dcgm-exporter-{cluster.name}"


def exporter(cluster: Cluster, namespace: str) -> Json:
    return cluster.get(DAEMONSETS, exporter_name(cluster), namespace)


def told(result: Json) -> Json:
    return {name: result["gpu_metrics"][name] for name in MEASURED}


def subjects(result: Json) -> list[str]:
    return [each["after_header"] for each in result["diff"]]


def by_hand(cluster: Cluster, labels: dict[str, str] | None = None) -> str:
    """A DaemonSet that somebody else has created in the test's namespace, without tolerations; its name in messages."""
    labels = labels or {"app.kubernetes.io/name": "dcgm-exporter"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "exporter", "image": "example.com/mine/dcgm-exporter:1"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    cluster.client.create(DAEMONSETS, {"metadata": {"name": "mine", "namespace": cluster.name}, "spec": spec})
    return f"DaemonSet {cluster.name}/mine"


def test_pool_is_measured_and_a_second_run_changes_nothing(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(gpus=1, taints=[SKU])
    other = cluster.add_node("other", gpus=1, labels={"kubernetes.azure.com/agentpool": "other"})
    shown = cluster.run(OPERATION, check=True, **wanted(cluster, namespace))
    assert (shown["changed"], shown["gpu_metrics"]["nodes"]) == (True, [])
    assert cluster.client.find(NAMESPACES, namespace) is None
    made = cluster.run(OPERATION, **wanted(cluster, namespace))
    assert (made["changed"], made["measured_by"], told(made)) == (True, "gpuops.aks", MEASURED)
    assert made["diff"] == shown["diff"]
    assert subjects(made) == [f"Namespace {namespace}", made["exporter"]]
    daemonset = exporter(cluster, namespace)
    assert MARK.items() <= daemonset["metadata"]["labels"].items()
    (pod,) = cluster.client.list(PODS, namespace=namespace)
    assert pod["spec"]["nodeName"] == node, f"{other} is of another pool"
    pod_name = work(cluster, node)
    again = cluster.run(OPERATION, **wanted(cluster, namespace))
    assert (again["changed"], exporter(cluster, namespace)["metadata"]["generation"]) == (False, daemonset["metadata"]["generation"])
    ((device,),) = [each["devices"] for each in again["gpu_metrics"]["nodes"]]
    assert (device["pod"], device["values"]["utilization_percent"] > 80) == (pod_name, True)


def test_changed_option_is_rolled_out(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    cluster.run(OPERATION, **wanted(cluster, namespace))
    image = "registry.example.com/dcgm-exporter:2"
    changed = cluster.run(OPERATION, **wanted(cluster, namespace, image=image, env={"DCGM_EXPORTER_INTERVAL": 10000}))
    assert changed["changed"]
    (pod,) = [each for each in cluster.client.list(PODS, namespace=namespace) if "deletionTimestamp" not in each["metadata"]]
    assert pod["spec"]["containers"][0]["image"] == image
    assert {"name": "DCGM_EXPORTER_INTERVAL", "value": "10000"} in pod["spec"]["containers"][0]["env"]


def test_removal_takes_only_what_was_made(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    cluster.run(OPERATION, **wanted(cluster, namespace))
    shown = cluster.run(OPERATION, check=True, **wanted(cluster, namespace, state="absent"))
    assert exporter(cluster, namespace)
    gone = cluster.run(OPERATION, **wanted(cluster, namespace, state="absent"))
    assert (gone["changed"], gone["kept"], gone["diff"]) == (True, [], shown["diff"])
    assert cluster.client.find(NAMESPACES, namespace) is None
    again = cluster.run(OPERATION, **wanted(cluster, namespace, state="absent"))
    assert (again["changed"], again["kept"]) == (False, [])


def test_exporter_of_somebody_else_is_left_alone(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1)
    theirs = by_hand(cluster)
    found = cluster.run(OPERATION, **wanted(cluster, namespace))
    assert (found["changed"], found["measured_by"], found["exporter"], told(found)) == (False, "other", theirs, MEASURED)
    assert cluster.client.find(NAMESPACES, namespace) is None


def test_exporter_of_somebody_else_that_cannot_be_found_is_not_waited_for(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1)
    theirs = by_hand(cluster, labels={"app": f"{cluster.name}-stats"})
    failed = cluster.fail(OPERATION, **wanted(cluster, namespace, wait_timeout=600))
    assert (failed["error"]["code"], failed["changed"], theirs in failed["msg"]) == ("ExporterNotLabeled", False, True)
    assert cluster.client.find(NAMESPACES, namespace) is None


def test_exporter_that_does_not_tolerate_the_pool_does_not_count(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    by_hand(cluster)
    assert cluster.run(OPERATION, **wanted(cluster, namespace))["measured_by"] == "gpuops.aks"


def test_same_name_of_another_owner_is_refused(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    theirs = by_hand(cluster)
    failed = cluster.fail(OPERATION, **wanted(cluster, cluster.name, name=theirs.rpartition("/")[2]))
    assert failed["error"]["code"] == "FieldManagerConflict"
    assert theirs in failed["msg"]


@pytest.mark.proves("ExporterNotReady")
def test_metrics_that_are_not_seen_in_time_are_explained(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(gpus=1, taints=["team=a:NoSchedule"])
    failed = cluster.fail(OPERATION, **wanted(cluster, namespace))
    assert (failed["error"]["code"], failed["changed"]) == ("ExporterKeptOff", False)
    assert f"no pod on {node}: it doesn't tolerate the taint team=a:NoSchedule." in failed["msg"]
    too_large = {"resources": {"requests": {"cpu": "64"}}, "node_taints": ["team=a:NoSchedule"], "wait_timeout": 2}
    failed = cluster.fail(OPERATION, **wanted(cluster, namespace, **too_large))
    assert failed["changed"], "the DaemonSet is there"
    assert (failed["error"]["code"], codes(failed["gpu_metrics"])) == ("ExporterNotReady", ["ExporterNotReady"])
    assert node in failed["msg"]
    assert "Insufficient cpu" in failed["msg"]


def test_pool_without_nodes_is_not_waited_for(cluster: Cluster, namespace: str) -> None:
    failed = cluster.fail(OPERATION, **wanted(cluster, namespace, wait_timeout=600))
    assert failed["error"]["code"] == "NoGpuNodes"
    assert not failed["changed"]
    checked = cluster.run(OPERATION, check=True, **wanted(cluster, namespace))
    assert (checked["measured_by"], codes(checked["gpu_metrics"])) == ("", ["NoGpuNodes"])


def test_missing_right_to_read_the_exporter_is_not_waited_for(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    cluster.run(OPERATION, **wanted(cluster, namespace))
    kubeconfig = cluster.account("reader")
    reads = ["get", "list", "watch", "patch"]
    cluster.grant(
        "reader",
        {"apiGroups": [""], "resources": ["nodes", "pods", "namespaces"], "verbs": reads},
        {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": reads},
    )
    cluster.until_allowed("reader", "patch", "daemonsets", "apps")
    failed = run_task(OPERATION, {**wanted(cluster, namespace, wait_timeout=600), "kubeconfig": kubeconfig})
    assert (failed["error"]["code"], "pods/proxy" in failed["msg"]) == ("Forbidden", True)


def test_managed_prometheus_gets_a_pod_monitor(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    failed = cluster.fail(OPERATION, **wanted(cluster, namespace, pod_monitor="always"))
    assert failed["error"]["code"] == "ManagedPrometheusOff"
    with known_kind(cluster, POD_MONITORS, "PodMonitor"):
        made = cluster.run(OPERATION, **wanted(cluster, namespace))
        assert subjects(made)[-1] == f"PodMonitor {namespace}/{exporter_name(cluster)}"
        monitor = cluster.get(POD_MONITORS, exporter_name(cluster), namespace)
        pod = cluster.client.list(PODS, namespace=namespace)[0]
        assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        named = [port["name"] for port in pod["spec"]["containers"][0]["ports"]]
        assert [each["port"] for each in monitor["spec"]["podMetricsEndpoints"]] == named
        assert not cluster.run(OPERATION, **wanted(cluster, namespace))["changed"]
        without = cluster.run(OPERATION, **wanted(cluster, namespace, pod_monitor="never"))
        assert subjects(without)[-1] == f"PodMonitor {namespace}/{exporter_name(cluster)}"
        assert cluster.client.find(POD_MONITORS, exporter_name(cluster), namespace) is None
        cluster.run(OPERATION, **wanted(cluster, namespace, pod_monitor="always"))
        gone = cluster.run(OPERATION, **wanted(cluster, namespace, state="absent"))
        assert (len(gone["diff"]), gone["kept"]) == (3, [])
