# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.lab.manifests import TAINT, TOLERATION, apply, gpus, plugin, pod
from tests.integration.running_lab import RunningLab, cluster_path
from tests.sources import articles, tolerated_taints

pytestmark = pytest.mark.lab

GPU_POOL: dict[str, Any] = {"vmSize": "Standard_NC4as_T4_v3", "nodeTaints": [TAINT]}
JOB = "samples-tf-mnist-demo"


@pytest.fixture
def cluster(lab: RunningLab) -> Iterator[RunningLab]:
    lab.create_cluster()
    yield lab
    lab.delete_cluster()


@pytest.fixture
def cluster2021(lab2021: RunningLab) -> Iterator[RunningLab]:
    lab2021.create_cluster()
    yield lab2021
    lab2021.delete_cluster()


def nodes_of(lab: RunningLab, pool: str) -> list[str]:
    return [item["metadata"]["name"].rpartition("-")[2] for item in lab.get("nodes", "--selector", f"agentpool={pool}")["items"]]


def ready_line(lab: RunningLab, pool: str) -> str:
    """What `kubectl get nodes` says of the pool's one node once it is Ready."""

    def ready() -> str:
        line = lab.kubectl("get", "nodes", "--no-headers", "--selector", f"agentpool={pool}")
        return line if " Ready " in line else ""

    return lab.until(ready)


def until_nodes(lab: RunningLab, pool: str, *names: str) -> None:
    lab.until(lambda: nodes_of(lab, pool) == list(names))


def gpu_nodes(lab: RunningLab) -> list[tuple[str | None, str | None]]:
    return [shown for name, shown in gpus(lab).items() if "-gpunp-" in name]


def test_node_looks_as_on_aks(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL, nodeLabels={"team": "vision"})
    (node,) = cluster.until(lambda: cluster.get("nodes", "--selector", "agentpool=gpunp")["items"])
    labels, status = node["metadata"]["labels"], node["status"]
    assert labels["kubernetes.azure.com/accelerator"] == labels["accelerator"] == "nvidia"
    assert labels["node.kubernetes.io/instance-type"] == "Standard_NC4as_T4_v3"
    assert labels["kubernetes.azure.com/node-image-version"].startswith("AKSUbuntu-2204")
    assert labels["team"] == "vision"
    assert {"key": "sku", "value": "gpu", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert node["spec"]["providerID"].endswith("-vmss/virtualMachines/0")
    assert (status["capacity"]["cpu"], status["capacity"].get("nvidia.com/gpu")) == ("4", None)
    assert ready_line(cluster, "gpunp").split()[1:3] == ["Ready", "<none>"]


def test_node_of_2021_has_the_role_of_its_time(cluster2021: RunningLab) -> None:
    line = ready_line(cluster2021, "nodepool1").split()
    assert (line[1], line[2], line[4]) == ("Ready", "agent", "v1.20.7")


def run_article(lab: RunningLab, directory: Path) -> str:
    plugin = directory / "nvidia-device-plugin-ds.yaml"
    lab.kubectl("create", "namespace", yaml.safe_load(plugin.read_text())["metadata"]["namespace"])
    lab.kubectl("apply", "-f", str(plugin))
    lab.kubectl("apply", "-f", str(directory / "samples-tf-mnist-demo.yaml"))
    lab.kubectl("wait", "--for=condition=Complete", f"job/{JOB}", "--timeout=60s")
    return lab.kubectl("logs", f"job/{JOB}")


def job_pod(directory: Path) -> Any:
    """The specification of the Job's pod."""
    return yaml.safe_load((directory / "samples-tf-mnist-demo.yaml").read_text())["spec"]["template"]["spec"]


@pytest.mark.parametrize("directory", articles("2021"))
def test_manifests_of_2021_end_in_a_completed_job(cluster2021: RunningLab, directory: Path) -> None:
    taints = tolerated_taints(job_pod(directory))
    cluster2021.create_pool("gpunp", vmSize="Standard_NC6", nodeTaints=taints, enableAutoScaling=True, minCount=1, maxCount=3)
    log = run_article(cluster2021, directory)
    steps = int(job_pod(directory)["containers"][0]["args"][1])
    assert "name: Tesla K80" in log
    assert f"Accuracy at step {steps - 10}: 0." in log


@pytest.mark.parametrize("directory", articles("2020"))
def test_manifests_of_2020_end_in_a_completed_job_on_the_first_pool(lab2021: RunningLab, directory: Path) -> None:
    lab2021.create_cluster(vmSize="Standard_NC6")
    try:
        log = run_article(lab2021, directory)
    finally:
        lab2021.delete_cluster()
    assert "name: Tesla K80" in log


def test_dedicated_image_needs_no_plugin(cluster2021: RunningLab) -> None:
    lab = cluster2021
    lab.arm("POST", "/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/GPUDedicatedVHDPreview/register")
    lab.advance(1200)
    lab.arm("POST", "/providers/Microsoft.ContainerService/register")
    lab.advance(1200)
    lab.create_pool("gpunp", headers={"UseGPUDedicatedVHD": "true"}, vmSize="Standard_NC6")
    lab.until(lambda: gpu_nodes(lab) == [("1", "1")])


def test_plugin_that_does_not_tolerate_the_taint_serves_nothing(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL)
    cluster.until(lambda: len(gpus(cluster)) == 2)
    apply(cluster, plugin())
    cluster.until(lambda: cluster.get("daemonset", "plugin")["status"].get("numberReady") == 1)
    assert gpu_nodes(cluster) == [(None, None)]
    apply(cluster, plugin(TOLERATION))
    cluster.until(lambda: gpu_nodes(cluster) == [("1", "1")])


def test_deleted_plugin_leaves_capacity_without_allocatable(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL)
    apply(cluster, plugin(TOLERATION))
    cluster.until(lambda: gpu_nodes(cluster) == [("1", "1")])
    cluster.kubectl("delete", "daemonset", "plugin")
    cluster.until(lambda: gpu_nodes(cluster) == [("1", "0")])


def test_pool_without_driver_shows_no_gpu(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL, gpuProfile={"driver": "None"})
    apply(cluster, plugin(TOLERATION))
    cluster.until(lambda: cluster.get("daemonset", "plugin")["status"].get("numberReady") == 2)
    assert gpu_nodes(cluster) == [(None, None)]


def test_scaling_adds_and_removes_the_highest_index(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL, count=3)
    until_nodes(cluster, "gpunp", "vmss000000", "vmss000001", "vmss000002")
    cluster.create_pool("gpunp", **GPU_POOL, count=1)
    until_nodes(cluster, "gpunp", "vmss000000")


def test_changed_taints_and_labels_reach_the_nodes_and_spare_what_others_put_there(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL, nodeLabels={"team": "vision"})
    cluster.until(lambda: nodes_of(cluster, "gpunp"))
    cluster.kubectl("label", "nodes", "--selector", "agentpool=gpunp", "mine=kept")
    cluster.kubectl("cordon", "--selector", "agentpool=gpunp")
    cluster.create_pool("gpunp", vmSize=GPU_POOL["vmSize"], nodeTaints=["other=x:NoExecute"], nodeLabels={"team": "speech"})
    cluster.until(lambda: cluster.get("nodes", "--selector", "team=speech,mine=kept")["items"])
    (node,) = cluster.get("nodes", "--selector", "team=speech,mine=kept")["items"]
    assert {taint["key"] for taint in node["spec"]["taints"]} == {"other", "node.kubernetes.io/unschedulable"}


def test_deleted_pool_takes_its_nodes_and_their_pods(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL)
    apply(cluster, plugin(TOLERATION))
    cluster.until(lambda: len(cluster.get("pods")["items"]) == 2)
    cluster.delete_pool("gpunp")
    cluster.until(lambda: not nodes_of(cluster, "gpunp"))
    cluster.until(lambda: len(cluster.get("pods")["items"]) == 1)


def test_waiting_gpu_pod_grows_an_autoscaled_pool_once_its_gpus_are_known(cluster: RunningLab) -> None:
    cluster.create_pool("gpunp", **GPU_POOL, enableAutoScaling=True, minCount=1, maxCount=2)
    apply(cluster, *(pod(f"trainer-{number}", gpus=1, args=["--max_steps", "1000000"]) for number in range(3)))
    cluster.until(lambda: any("Insufficient nvidia.com/gpu" in event["message"] for event in cluster.get("events")["items"]))
    # No plugin yet: a second node would show no GPU either.
    assert nodes_of(cluster, "gpunp") == ["vmss000000"]
    apply(cluster, plugin(TOLERATION))
    cluster.until(lambda: pool_state(cluster) == "Scaling")
    cluster.advance(1200)
    until_nodes(cluster, "gpunp", "vmss000000", "vmss000001")
    cluster.until(lambda: len(running_trainers(cluster)) == 2)
    # The third pod waits on: the pool has grown to its limit.
    cluster.advance(1200)
    assert pool_state(cluster) == "Succeeded"
    assert len(running_trainers(cluster)) == 2


def pool_state(lab: RunningLab) -> Any:
    return lab.arm("GET", f"{cluster_path()}/agentPools/gpunp").body["properties"]["provisioningState"]


def running_trainers(lab: RunningLab) -> Any:
    return lab.get("pods", "--field-selector", "status.phase=Running", "--selector", "app!=anything")["items"]


@pytest.mark.parametrize("account", ["User", "Admin"])
def test_kubeconfig_from_azure_opens_the_control_plane(cluster: RunningLab, tmp_path: Path, account: str) -> None:
    answer = cluster.arm("POST", f"{cluster_path()}/listCluster{account}Credential")
    kubeconfig = tmp_path / "config"
    kubeconfig.write_bytes(base64.b64decode(answer.body["kubeconfigs"][0]["value"]))
    assert cluster.kubectl("auth", "can-i", "*", "*", "--kubeconfig", str(kubeconfig)).strip() == "yes"


def test_deleted_cluster_leaves_an_empty_control_plane(lab: RunningLab) -> None:
    lab.create_cluster()
    lab.kubectl("create", "namespace", "gpu-resources")
    lab.kubectl("create", "deployment", "web", "--image=example.com/web", "--replicas=2", "--namespace=gpu-resources")
    apply(lab, plugin())
    lab.until(lambda: len(lab.get("pods", "--all-namespaces")["items"]) == 3)
    lab.delete_cluster()
    names = {item["metadata"]["name"] for item in lab.get("namespaces")["items"]}
    assert names == {"default", "kube-system", "kube-public", "kube-node-lease"}
    assert lab.get("nodes,pods,daemonsets,deployments,jobs,replicasets", "--all-namespaces")["items"] == []


def identities(lab: RunningLab) -> dict[str, str]:
    """The nodes of the GPU pool by name, and which object each is."""
    found = lab.get("nodes", "--selector", "agentpool=gpunp")["items"]
    return {item["metadata"]["name"]: item["metadata"]["uid"] for item in found}


def replaced(lab: RunningLab, before: dict[str, str]) -> set[str]:
    """The names whose node is another one by now; nobody where some are missing."""
    now = identities(lab)
    return {name for name, uid in now.items() if before.get(name) != uid} if now.keys() == before.keys() else set()


def with_a_pod_on_each_of_two_nodes(lab: RunningLab) -> dict[str, str]:
    lab.create_pool("gpunp", **GPU_POOL, count=2)
    lab.until(lambda: len(nodes_of(lab, "gpunp")) == 2)
    for number, name in enumerate(identities(lab)):
        apply(lab, {**pod(f"held-{number}"), "spec": {**pod("x")["spec"], "nodeName": name}})
    lab.until(lambda: len(lab.get("pods", "--field-selector", "status.phase=Running")["items"]) == 2)
    return identities(lab)


def test_node_image_upgrade_replaces_nodes_of_the_same_names_and_their_pods(cluster: RunningLab) -> None:
    before = with_a_pod_on_each_of_two_nodes(cluster)
    cluster.arm("POST", "/_lab/settings", {"node_image_release": "202612.01.0"})
    try:
        assert cluster.arm("POST", f"{cluster_path()}/agentPools/gpunp/upgradeNodeImageVersion").status == 202
        cluster.advance(300)
        cluster.until(lambda: replaced(cluster, before) == set(before))
        cluster.until(lambda: not cluster.get("pods")["items"])
    finally:
        cluster.arm("POST", "/_lab/settings", {"node_image_release": None})
    assert cluster.get("nodes", "--selector", "gpuops-aks-lab/simulated=true,agentpool=gpunp")["items"]


def test_reimage_replaces_one_node_only(cluster: RunningLab) -> None:
    before = with_a_pod_on_each_of_two_nodes(cluster)
    first = min(before)
    cluster.arm("POST", "/_lab/reimage", {"pool": "gpunp", "indexes": [0]})
    cluster.until(lambda: replaced(cluster, before) == {first})
    cluster.until(lambda: [item["spec"]["nodeName"] for item in cluster.get("pods")["items"]] == [max(before)])
    cluster.until(lambda: len([line for line in cluster.kubectl("get", "nodes", "--no-headers").splitlines() if " Ready " in line]) == 3)
