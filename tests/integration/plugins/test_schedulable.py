# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION as JOB

from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json, followers
from tests.integration.running_lab import PATIENCE_S, RunningLab
from tests.lab.programs import BROKEN_DEVICE_PLUGIN

pytestmark = pytest.mark.lab

PLUGIN_NAME = "nvidia-device-plugin-daemonset"


def facts(result: Json) -> Json:
    found: Json = result["ansible_facts"]["gpu_schedulable"]
    return found


def findings(cluster: Cluster) -> list[str]:
    """The codes of what a look at the test's pool finds."""
    return [finding["code"] for finding in facts(cluster.run(OPERATION, pool=cluster.name))["findings"]]


def timeout(cluster: Cluster, code: str, *, seconds: int = 1) -> Json:
    """The failure of a wait for the test's pool, which has to end in its time and with the same words as the first finding."""
    started = time.monotonic()
    result = cluster.fail(OPERATION, pool=cluster.name, wait=True, wait_timeout=seconds)
    assert time.monotonic() - started >= seconds
    first = facts(result)["findings"][0]
    assert result["error"]["code"] == first["code"] == code
    assert first["cause"].rstrip(".") in result["msg"]
    assert first["evidence"] in result["msg"]
    assert first["remedy"] == result["error"]["remedy"]
    return result


@pytest.fixture
def azure_pool(lab: RunningLab) -> Iterator[RunningLab]:
    """The article's pool, made through Azure: GPUs appear on its node when a plugin serves it."""
    lab.create_cluster()
    lab.create_pool("gpunp", vmSize="Standard_NC4as_T4_v3", nodeTaints=[SKU])
    lab.until(lambda: len(lab.get("nodes", "--selector", "accelerator=nvidia")["items"]) == 1)
    yield lab
    lab.delete_cluster()


def test_pool_from_azure_serves_when_the_plugin_tolerates_its_taint_and_not_before(azure_pool: RunningLab, cluster: Cluster) -> None:
    namespace = f"{cluster.name}-plugin"
    blind = cluster.run(PLUGIN, namespace=namespace, min_ready_seconds=0, wait_timeout=PATIENCE_S)
    (node,) = blind["unserved"]
    assert cluster.get(DAEMONSETS, PLUGIN_NAME, namespace)["status"]["desiredNumberScheduled"] == 0

    failed = cluster.fail(OPERATION, pool="gpunp", wait=True, wait_timeout=1)
    error = failed["error"]
    assert (error["code"], error["retriable"]) == ("PluginLacksToleration", True)
    assert f"DaemonSet {namespace}/{PLUGIN_NAME} does not tolerate the taint {SKU}" in error["cause"]
    assert f"node_taints: ['{SKU}'] for gpuops.aks.nvidia_device_plugin" in error["remedy"]
    assert failed["msg"].startswith(f"0 of 1 GPU nodes serve {GPU} after 1 s.")
    assert facts(failed)["nodes"][0]["taints"] == [SKU]

    assert cluster.run(PLUGIN, namespace=namespace, node_taints=[SKU], min_ready_seconds=0, wait_timeout=PATIENCE_S)["unserved"] == {}
    healthy = facts(cluster.run(OPERATION, pool="gpunp", wait=True, wait_timeout=PATIENCE_S))
    assert healthy["findings"] == []
    (served,) = healthy["nodes"]
    image = azure_pool.get("node", node)["metadata"]["labels"]["kubernetes.azure.com/node-image-version"]
    expected = {
        "name": node,
        "pool": "gpunp",
        "vm_size": "Standard_NC4as_T4_v3",
        "gpu_model": "Tesla T4",
        "image_version": image,
        "ready": True,
        "cordoned": False,
        "capacity": 1,
        "allocatable": 1,
        "requested": 0,
        "free": 1,
        "resources": {GPU: {"capacity": 1, "allocatable": 1, "requested": 0, "free": 1}},
        "physical": 1,
        "taints": [SKU],
        "conditions": [],
        "schedulable": True,
        "reasons": [],
    }
    assert {name: served[name] for name in expected} == expected
    assert facts(cluster.run(OPERATION))["nodes"] == healthy["nodes"]


def test_healthy_pool_has_totals_and_no_finding(cluster: Cluster) -> None:
    names = [cluster.add_node(f"gpu{number}", gpus=4) for number in range(2)]
    with cluster.writes() as written:
        result = cluster.run(OPERATION, pool=cluster.name, wait=True, min_nodes=2, wait_timeout=PATIENCE_S)
    assert (result["changed"], written) == (False, [])
    found = facts(result)
    assert [node["name"] for node in found["nodes"]] == names
    totals = {name: found[name] for name in ("capacity", "allocatable", "requested", "free", "schedulable_gpus", "schedulable")}
    assert totals == {"capacity": 8, "allocatable": 8, "requested": 0, "free": 8, "schedulable_gpus": 8, "schedulable": True}
    assert (found["resource"], found["pool"], found["findings"]) == (GPU, cluster.name, [])


def test_only_the_pool_that_is_meant_is_looked_at(cluster: Cluster) -> None:
    cluster.add_node("healthy", gpus=1)
    cluster.add_node("other", labels={"kubernetes.azure.com/agentpool": "other"})
    assert findings(cluster) == []
    every = facts(cluster.run(OPERATION))
    assert len(every["nodes"]) == 2
    assert [finding["code"] for finding in every["findings"]] == ["NoDevicePlugin"]


def ends_with(change: Callable[[], None], cluster: Cluster, **params: Any) -> None:
    """A task that waits ends well, long before its time is over, once this change is made and not before."""
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, pool=cluster.name, wait=True, wait_timeout=10 * PATIENCE_S, **params)
        # Of nodes, pods and DaemonSets; on a node without GPUs also of what DRA has.
        cluster.until(lambda: len(followers()) >= 3 or task.done())
        assert not task.done()
        change()
        assert facts(task.result(timeout=PATIENCE_S))["schedulable"]


def test_wait_ends_as_soon_as_the_gpu_appears(cluster: Cluster) -> None:
    node = cluster.add_node()
    ends_with(lambda: cluster.show_gpus(node, capacity=1, allocatable=1), cluster)


def test_wait_ends_as_soon_as_there_are_nodes_enough(cluster: Cluster) -> None:
    cluster.add_node("first", gpus=1)

    def add_another() -> None:
        cluster.add_node("second", gpus=1)

    ends_with(add_another, cluster, min_nodes=2)


@pytest.mark.proves("NoGpuNodes")
def test_no_node_at_all(cluster: Cluster) -> None:
    result = timeout(cluster, "NoGpuNodes")
    assert f"There is no GPU node in node pool {cluster.name}" in result["error"]["cause"]
    assert result["msg"].startswith("0 of 1 GPU nodes")


@pytest.mark.proves("NoDevicePlugin")
def test_no_plugin(cluster: Cluster) -> None:
    node = cluster.add_node()
    result = timeout(cluster, "NoDevicePlugin")
    assert f"({node}: no DaemonSet mounts /var/lib/kubelet/device-plugins.)" in result["error"]["cause"]
    assert "gpuops.aks.nvidia_device_plugin" in result["error"]["remedy"]
    assert not facts(result)["schedulable"]


def test_permanent_obstacle_is_not_waited_for(cluster: Cluster) -> None:
    node = cluster.add_node()
    started = time.monotonic()
    result = cluster.fail(OPERATION, pool=cluster.name, wait=True, wait_timeout=10 * PATIENCE_S, fail_fast_after=1)
    assert 1 <= time.monotonic() - started < PATIENCE_S
    assert (result["error"]["code"], facts(result)["findings"][0]["subjects"]) == ("NoDevicePlugin", [node])
    assert "raise fail_fast_after" in result["error"]["remedy"]


def test_obstacle_that_only_a_log_shows_is_not_waited_for_either(cluster: Cluster) -> None:
    cluster.add_node()
    fault = {"LAB_FAULT": "no-driver", "FAIL_ON_INIT_ERROR": "false"}
    cluster.run(PLUGIN, namespace=f"{cluster.name}-plugin", image=BROKEN_DEVICE_PLUGIN, env=fault, wait=False)
    result = cluster.fail(OPERATION, pool=cluster.name, wait=True, wait_timeout=10 * PATIENCE_S, fail_fast_after=2)
    assert (result["error"]["code"], result["seconds"] < PATIENCE_S) == ("DriverMissing", True)
    assert "raise fail_fast_after" in result["error"]["remedy"]


def test_gpus_repaired_in_time_end_the_wait(cluster: Cluster) -> None:
    node = cluster.add_node()
    ends_with(lambda: cluster.show_gpus(node, capacity=1, allocatable=1), cluster, fail_fast_after=PATIENCE_S)


@pytest.mark.proves("SizeWithoutGpu")
def test_pool_whose_size_has_no_gpu(cluster: Cluster) -> None:
    cluster.add_node(labels={"node.kubernetes.io/instance-type": "Standard_D4s_v5"})
    assert "gpuops.aks.aks_gpu_nodepool" in timeout(cluster, "SizeWithoutGpu")["error"]["remedy"]


@pytest.mark.proves("PluginServesNothing")
def test_plugin_that_is_ready_and_serves_nothing(cluster: Cluster) -> None:
    # A node that the lab's bridge did not make never gets its GPU: as one whose driver is missing.
    node = cluster.add_node()
    namespace = f"{cluster.name}-plugin"
    cluster.run(PLUGIN, namespace=namespace, min_ready_seconds=0, wait_timeout=PATIENCE_S)
    (pod,) = cluster.client.list(PODS, namespace=namespace)
    result = timeout(cluster, "PluginServesNothing")
    evidence = facts(result)["findings"][0]
    assert (evidence["subjects"], f"{GPU} is 0" in evidence["evidence"]) == ([node], True)
    assert "kubectl logs" in result["error"]["remedy"]
    assert pod["metadata"]["name"] in result["error"]["remedy"]


@pytest.mark.proves("PluginSelectorMisses")
def test_plugin_whose_selector_misses_the_node(cluster: Cluster) -> None:
    node = cluster.add_node()
    namespace = f"{cluster.name}-plugin"
    cluster.run(PLUGIN, namespace=namespace, node_selector={"gpu": "yes"}, min_ready_seconds=0, wait_timeout=PATIENCE_S)
    result = timeout(cluster, "PluginSelectorMisses")
    assert f"({node}: DaemonSet {namespace}/{PLUGIN_NAME} has nodeSelector gpu=yes.)" in result["error"]["cause"]


@pytest.mark.proves("NodeNotReady")
def test_node_not_ready(cluster: Cluster) -> None:
    with cluster.silent_kubelets():
        node = cluster.add_node(gpus=1, ready=False)
        result = timeout(cluster, "NodeNotReady")
    assert f"'kubectl describe node {node}'" in result["error"]["remedy"]
    assert (facts(result)["schedulable_gpus"], facts(result)["nodes"][0]["ready"]) == (0, False)


@pytest.mark.proves("DevicesUnhealthy")
def test_capacity_above_allocatable_is_a_device_that_was_lost(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=4)
    cluster.show_gpus(node, capacity=4, allocatable=3)
    result = timeout(cluster, "DevicesUnhealthy")
    assert f"({node}: allocatable 3 of capacity 4.)" in result["error"]["cause"]
    assert "drain and replace the node" in result["error"]["remedy"]
    assert facts(result)["schedulable_gpus"] == 3


@pytest.mark.proves("DevicesWithdrawn")
def test_devices_withdrawn_by_a_plugin_that_has_gone(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    cluster.show_gpus(node, capacity=1, allocatable=0)
    result = timeout(cluster, "NoDevicePlugin")
    assert "DevicesWithdrawn" in [finding["code"] for finding in facts(result)["findings"]]


@pytest.mark.proves("NodeCordoned")
def test_cordoned_node_serves_and_is_named(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    cluster.lab.kubectl("cordon", node)
    found = facts(cluster.run(OPERATION, pool=cluster.name, wait=True, wait_timeout=PATIENCE_S))
    (finding,) = found["findings"]
    assert (finding["code"], finding["subjects"], finding["remedy"]) == ("NodeCordoned", [node], f"kubectl uncordon {node}")
    assert (found["free"], found["schedulable_gpus"], found["schedulable"]) == (1, 0, False)
    assert found["nodes"][0]["taints"] == []
    cluster.lab.kubectl("uncordon", node)
    assert findings(cluster) == []


@pytest.mark.proves("AllGpusInUse")
def test_all_gpus_in_use_names_who_holds_them(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    cluster.run(JOB, namespace=cluster.name, args=["--max_steps", "1000000"], wait=False)
    (pod,) = cluster.until(lambda: [pod for pod in cluster.client.list(PODS, namespace=cluster.name) if pod["spec"].get("nodeName")])
    found = facts(cluster.run(OPERATION, pool=cluster.name, wait=True, wait_timeout=PATIENCE_S))
    (finding,) = found["findings"]
    assert (finding["code"], finding["subjects"]) == ("AllGpusInUse", [node])
    assert finding["evidence"] == f"held by {cluster.name}/{pod['metadata']['name']} (1)"
    assert (found["requested"], found["free"], found["schedulable"]) == (1, 0, False)


def test_missing_kubeconfig_is_predicted_in_check_mode_and_otherwise_an_error(cluster: Cluster, tmp_path: Path) -> None:
    missing = str(tmp_path / "later.config")
    predicted = cluster.run(OPERATION, check=True, kubeconfig=missing, pool="gpunp", wait=True)
    assert (facts(predicted)["nodes"], facts(predicted)["schedulable"]) == ([], False)
    (warning,) = predicted["warnings"]
    assert "kubeconfig" in warning
    refused = cluster.fail(OPERATION, kubeconfig=missing)
    assert (refused["error"]["code"], missing in refused["msg"]) == ("MissingKubeconfig", True)


@pytest.mark.parametrize("seconds", [0, -1])
def test_invalid_fail_fast_after_is_rejected_before_any_request(cluster: Cluster, tmp_path: Path, seconds: int) -> None:
    refused = cluster.fail(OPERATION, wait=True, fail_fast_after=seconds, kubeconfig=str(tmp_path / "none"))
    assert refused["error"]["code"] == "OutOfRange"


def test_check_mode_does_not_wait(cluster: Cluster) -> None:
    cluster.add_node()
    result = cluster.run(OPERATION, check=True, pool=cluster.name, wait=True, wait_timeout=60)
    assert result["seconds"] < 5
    assert [finding["code"] for finding in facts(result)["findings"]] == ["NoDevicePlugin"]
