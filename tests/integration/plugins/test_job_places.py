# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of what a Job's end is a proof: of this pool, on a node that is still there, by the workload that was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, NODES, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION

from tests.integration.plugins.admission import changing
from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

NAME = "samples-tf-mnist-demo"
ENDLESS = ["--max_steps", "1000000"]
POOL_LABEL = "kubernetes.azure.com/agentpool"
LINE = "Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla T4, pci bus id: 1)"


def wanted(cluster: Cluster, **changes: Any) -> Json:
    return {"namespace": cluster.name, "node_taints": [SKU], "args": ["--max_steps", "21"], "wait_timeout": 2 * PATIENCE_S, **changes}


def pods(cluster: Cluster) -> list[Json]:
    return [dict(pod) for pod in cluster.client.list(PODS, namespace=cluster.name)]


def a_node(cluster: Cluster, suffix: str, pool: str) -> str:
    """A node of that pool, all with the same taint."""
    return cluster.add_node(suffix, taints=[SKU], gpus=1, labels={POOL_LABEL: pool})


def test_proof_is_for_the_requested_pool_only(cluster: Cluster) -> None:
    first, second = a_node(cluster, "first", "first"), a_node(cluster, "second", "second")
    proven = cluster.run(OPERATION, **wanted(cluster, pool="first"))["job"]
    assert (proven["succeeded"], proven["node"], proven["pool"], proven["earlier_run"]) == (True, first, "first", False)
    assert proven["node_uid"] == cluster.get(NODES, first)["metadata"]["uid"]
    assert proven["finished"]

    # The Job of the other pool is no proof, and is replaced, because it is ours.
    predicted = cluster.run(OPERATION, check=True, **wanted(cluster, pool="second"))
    assert (predicted["changed"], predicted["job"]["succeeded"]) == (True, False)
    other = cluster.run(OPERATION, **wanted(cluster, pool="second"))
    assert (other["changed"], other["job"]["node"], other["job"]["pool"]) == (True, second, "second")
    assert any("it was held to the pool first" in warning for warning in other["warnings"])
    again = cluster.run(OPERATION, **wanted(cluster, pool="second"))
    assert (again["changed"], again["job"]) == (False, {**other["job"], "earlier_run": True})
    refused = cluster.fail(OPERATION, **wanted(cluster, pool="first", rerun="never"))
    assert refused["error"]["code"] == "JobDiffers"


def test_job_that_ran_on_another_pool_proves_nothing_for_this_one(cluster: Cluster) -> None:
    a_node(cluster, "first", "first")
    cluster.run(OPERATION, **wanted(cluster))
    a_node(cluster, "second", "second")
    kept = cluster.fail(OPERATION, **wanted(cluster, pool="second", rerun="never"))
    assert (kept["error"]["code"], kept["job"]["succeeded"]) == ("RanOnOtherPool", False)
    assert "pool first" in kept["msg"]
    assert "second" in kept["msg"]
    anew = cluster.run(OPERATION, **wanted(cluster, pool="second"))
    assert (anew["changed"], anew["job"]["pool"]) == (True, "second")


def test_new_node_of_the_same_name_is_proven_again(cluster: Cluster) -> None:
    name = a_node(cluster, "gpu", "gpunp")
    first = cluster.run(OPERATION, **wanted(cluster, pool="gpunp"))["job"]
    cluster.until(lambda: _later_than(cluster, first["finished"]))
    # As a scale set's instance that is imaged anew: the pod's object stays, for the node is back before it is missed.
    with cluster.silent_kubelets():
        cluster.client.delete(NODES, name)
        a_node_back(cluster, "gpu", "gpunp")
    for check in (True, False):
        kept = cluster.fail(OPERATION, check=check, **wanted(cluster, pool="gpunp", rerun="never"))
        assert kept["error"]["code"] in ("NodeGone", "LogGone")
    assert cluster.run(OPERATION, check=True, **wanted(cluster, pool="gpunp"))["changed"]
    anew = cluster.run(OPERATION, **wanted(cluster, pool="gpunp"))
    assert (anew["changed"], anew["job"]["node"], anew["job"]["earlier_run"]) == (True, name, False)
    assert anew["job"]["node_uid"] != first["node_uid"]
    assert not cluster.run(OPERATION, **wanted(cluster, pool="gpunp"))["changed"]


def a_node_back(cluster: Cluster, suffix: str, pool: str) -> None:
    """The node registers again, and doesn't report yet."""
    cluster.add_node(suffix, taints=[SKU], gpus=1, labels={POOL_LABEL: pool}, ready=False)


def _later_than(cluster: Cluster, moment: str) -> bool:
    """Whether the API server's clock shows a later second."""
    marker = cluster.client.create(
        JOBS, {"metadata": {"generateName": "clock-", "name": "", "namespace": cluster.name}, "spec": _IDLE}, dry_run=True
    )
    return str(marker["metadata"]["creationTimestamp"]) > moment


_IDLE: Json = {
    "template": {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "idle", "image": "example.com/idle:1", "imagePullPolicy": "Never"}]}
    }
}


def test_job_without_its_log_is_run_again_but_not_one_of_others(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster))
    _lose_log(cluster)
    anew = cluster.run(OPERATION, **wanted(cluster))
    assert (anew["changed"], anew["job"]["succeeded"]) == (True, True)
    assert any("its log is no longer available" in warning for warning in anew["warnings"])

    cluster.lab.kubectl("label", "job", NAME, "--namespace", cluster.name, "app.kubernetes.io/managed-by-")
    _lose_log(cluster)
    with cluster.writes() as written:
        left = cluster.fail(OPERATION, **wanted(cluster))
    assert (left["error"]["code"], written) == ("LogGone", [])


def _lose_log(cluster: Cluster) -> None:
    (pod,) = pods(cluster)
    cluster.client.delete(PODS, pod["metadata"]["name"], cluster.name)
    cluster.until(lambda: not pods(cluster))


def left_running(cluster: Cluster) -> Json:
    """A pod that keeps its GPU after its Job was deleted without it."""
    a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster, args=ENDLESS, wait=False))
    cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("phase") == "Running"])
    cluster.lab.kubectl("delete", "job", NAME, "--namespace", cluster.name, "--cascade=orphan")
    (pod,) = pods(cluster)
    assert "ownerReferences" not in pod["metadata"]
    return pod


def test_pod_whose_job_was_deleted_without_it_is_removed(cluster: Cluster) -> None:
    left_running(cluster)
    gone = {"namespace": cluster.name, "state": "absent", "wait_timeout": PATIENCE_S}
    assert cluster.run(OPERATION, check=True, **gone)["changed"]
    removed = cluster.run(OPERATION, **gone)
    assert (removed["changed"], removed["kept"], pods(cluster)) == (True, [], [])
    assert not cluster.run(OPERATION, **gone)["changed"]


def test_pod_whose_job_was_deleted_without_it_makes_room_for_a_new_one(cluster: Cluster) -> None:
    left = left_running(cluster)
    predicted = cluster.run(OPERATION, check=True, **wanted(cluster))
    assert any(left["metadata"]["name"] in each["before_header"] for each in predicted["diff"])
    proven = cluster.run(OPERATION, **wanted(cluster))
    assert (proven["changed"], proven["job"]["succeeded"]) == (True, True)
    assert [pod["metadata"]["name"] for pod in pods(cluster)] == [proven["job"]["pod"]]


def test_copy_of_a_pod_stays_and_is_not_waited_for(cluster: Cluster) -> None:
    """As 'kubectl debug --copy-to --keep-labels' makes one: all labels, also those of the Job controller, and no owner."""
    a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster))
    (original,) = pods(cluster)
    spec = {"containers": [{"name": "debug", "image": "registry.k8s.io/pause:3.10"}], "nodeName": original["spec"]["nodeName"]}
    metadata = {"name": "copy", "namespace": cluster.name, "labels": original["metadata"]["labels"]}
    cluster.client.create(PODS, {"metadata": metadata, "spec": spec})
    proven = cluster.run(OPERATION, **wanted(cluster, rerun="always"))
    assert proven["job"]["succeeded"]
    removed = cluster.run(OPERATION, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)
    assert (removed["kept"], [pod["metadata"]["name"] for pod in pods(cluster)]) == ([], ["copy"])


def test_pod_that_only_looks_like_one_of_ours_is_kept_and_named(cluster: Cluster) -> None:
    left = left_running(cluster)["metadata"]["name"]
    cluster.lab.kubectl("label", "pod", left, "--namespace", cluster.name, "app.kubernetes.io/managed-by-")
    with cluster.writes() as written:
        removed = cluster.run(OPERATION, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)
    (kept,) = removed["kept"]
    assert (removed["changed"], written) == (False, [])
    assert f"kubectl delete pod {left} --namespace {cluster.name}" in kept


@contextmanager
def held(cluster: Cluster, what: str) -> Iterator[None]:
    """What is deleted meanwhile stays: a finalizer keeps it."""
    command = ("patch", what, "--namespace", cluster.name, "--type", "merge", "--patch")
    cluster.lab.kubectl(*command, json.dumps({"metadata": {"finalizers": ["example.com/hold"]}}))
    try:
        yield
    finally:
        cluster.lab.kubectl(*command, json.dumps({"metadata": {"finalizers": None}}))


def test_a_job_that_is_being_deleted_is_not_there(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    first = cluster.run(OPERATION, **wanted(cluster))["job"]
    with held(cluster, f"job/{NAME}"):
        cluster.client.delete(JOBS, NAME, cluster.name)
        assert cluster.run(OPERATION, check=True, **wanted(cluster))["changed"]
        for rerun in ("on_loss", "always"):
            refused = cluster.fail(OPERATION, **wanted(cluster, rerun=rerun, wait=False))
            assert (refused["error"]["code"], refused["changed"]) == ("AlreadyExists", False)
        assert cluster.fail(OPERATION, **wanted(cluster, wait_timeout=2))["error"]["code"] == "Timeout"
    again = cluster.run(OPERATION, **wanted(cluster))
    assert (again["changed"], again["job"]["earlier_run"], again["job"]["pod_uid"] != first["pod_uid"]) == (True, False, True)


def test_a_job_is_gone_when_its_pods_are_and_not_sooner(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster))
    (pod,) = pods(cluster)
    gone = {"namespace": cluster.name, "state": "absent", "wait_timeout": 2}
    with held(cluster, f"pod/{pod['metadata']['name']}"):
        assert cluster.fail(OPERATION, **gone)["error"]["code"] == "Timeout"
        assert cluster.client.find(JOBS, NAME, cluster.name) is None
        assert cluster.fail(OPERATION, **gone)["error"]["code"] == "Timeout", "the run that takes up an interrupted removal"
        assert not cluster.run(OPERATION, check=True, **gone)["changed"]
    left = cluster.run(OPERATION, **{**gone, "wait_timeout": PATIENCE_S})
    assert (left["changed"], pods(cluster)) == (False, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"command": ["sh", "-c", f"echo '{LINE}'"]}, "command"),
        ({"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}, "env"),
        ({"volumeMounts": [{"name": "v", "mountPath": "/app"}]}, "volumes"),
    ],
)
def test_foreign_job_of_the_same_name_is_never_accepted(cluster: Cluster, change: Json, field: str) -> None:
    a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster, wait=False))
    foreign = cluster.get(JOBS, NAME, cluster.name)
    cluster.run(OPERATION, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)
    container = {**foreign["spec"]["template"]["spec"]["containers"][0], **change}
    spec = {"containers": [container], "restartPolicy": "OnFailure", "tolerations": foreign["spec"]["template"]["spec"]["tolerations"]}
    if field == "volumes":
        spec["volumes"] = [{"name": "v", "emptyDir": {}}]
    cluster.client.create(
        JOBS,
        {
            "metadata": foreign["metadata"] | {"uid": None, "resourceVersion": None},
            "spec": {"template": {"metadata": {"labels": {"app": NAME}}, "spec": spec}},
        },
    )
    refused = cluster.fail(OPERATION, **wanted(cluster))
    assert refused["error"]["code"] == "JobDiffers"
    assert f"{change and next(iter(change))} is" in refused["msg"] or f"{field} is" in refused["msg"]


def test_job_of_another_tool_is_named_with_it_and_replaced_only_with_a_warning(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    metadata = {
        "name": NAME, "namespace": cluster.name, "annotations": {"meta.helm.sh/release-name": "team", "meta.helm.sh/release-namespace": "x"}
    }  # fmt: skip
    container = {"name": "other", "image": MNIST, "args": ["--max_steps", "1"]}
    pod = {"containers": [container], "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}]}
    cluster.client.create(JOBS, {"metadata": metadata, "spec": {"template": {"spec": pod}}})
    refused = cluster.fail(OPERATION, **wanted(cluster))
    assert refused["error"]["code"] == "JobDiffers"
    assert "belongs to the Helm release x/team" in refused["error"]["cause"]
    assert "state: absent" not in refused["error"]["remedy"]
    cluster.until(lambda: cluster.get(JOBS, NAME, cluster.name)["status"].get("conditions"))
    replaced = cluster.run(OPERATION, **wanted(cluster, rerun="always"))
    assert any("belongs to the Helm release x/team, and is replaced." in each for each in replaced["warnings"])


@pytest.mark.parametrize("check", [False, True])
def test_job_of_nobody_is_removed_with_a_warning(cluster: Cluster, check: bool) -> None:
    spec = {"template": {"spec": {"containers": [{"name": "other", "image": MNIST}], "restartPolicy": "Never"}}}
    cluster.client.create(JOBS, {"metadata": {"name": NAME, "namespace": cluster.name}, "spec": spec})
    removed = cluster.run(OPERATION, check=check, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)
    assert removed["changed"]
    assert removed["warnings"] == [f"Job {cluster.name}/{NAME} was not created by this collection, and is removed."]


MNIST = "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"


def sidecar(steps: int) -> Json:
    """A container that stands before the workload's, and ends after so many steps."""
    return {"/spec/containers/0": {"name": "proxy", "image": MNIST, "args": ["--max_steps", str(steps)]}}


def test_injected_sidecar_before_the_workload_changes_nothing(cluster: Cluster) -> None:
    node = a_node(cluster, "gpu", "gpunp")
    with changing(cluster, "pods", sidecar(11)):
        proof = cluster.run(OPERATION, **wanted(cluster, pool="gpunp"))["job"]
        assert cluster.run(OPERATION, **wanted(cluster, pool="gpunp"))["job"] == {**proof, "earlier_run": True}
    (pod,) = pods(cluster)
    assert [container["name"] for container in pod["spec"]["containers"]] == ["proxy", NAME]
    assert (proof["succeeded"], proof["node"], proof["gpu_device"]) == (True, node, "Tesla T4")
    assert proof["log_tail"][-1].startswith("Accuracy at step 20: ")


@pytest.mark.proves("SidecarRuns")
def test_endless_sidecar_is_reported(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    with changing(cluster, "pods", sidecar(1_000_000)):
        cluster.run(OPERATION, **wanted(cluster, wait=False))
        cluster.until(lambda: [pod for pod in pods(cluster) if _ended(pod)])
        result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=3))
    assert (result["error"]["code"], result["job"]["succeeded"]) == ("SidecarRuns", False)
    assert "proxy still runs" in result["error"]["cause"]
    assert result["job"]["log_tail"][-1].startswith("Accuracy at step 20: ")


@pytest.mark.proves("SidecarFails")
def test_sidecar_that_never_starts_is_distinguished_from_the_workload(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    missing = {"/spec/containers/0": {"name": "proxy", "image": "mcr.microsoft.com/gpuops.aks-lab/missing:1"}}
    with changing(cluster, "pods", missing):
        cluster.run(OPERATION, **wanted(cluster, wait=False))
        cluster.until(lambda: [pod for pod in pods(cluster) if _ended(pod)])
        result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=3))
    assert [finding["code"] for finding in result["job"]["findings"]] == ["SidecarFails"]
    assert "container proxy: ImagePullBackOff" in result["job"]["findings"][0]["evidence"]
    assert "Correct image" not in result["msg"]


def _ended(pod: Json) -> bool:
    """Whether the workload's own container has ended."""
    statuses = {each["name"]: each["state"] for each in pod["status"].get("containerStatuses") or ()}
    return "terminated" in statuses.get(NAME, {})


def test_policy_that_changes_every_job_is_not_a_difference(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    with changing(cluster, "jobs", {"/spec/template/spec/containers/0/imagePullPolicy": "Always"}):
        assert cluster.run(OPERATION, **wanted(cluster))["job"]["succeeded"]
        assert not cluster.run(OPERATION, **wanted(cluster))["changed"]


def test_two_tasks_that_make_the_same_job_both_see_it_prove(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    with ThreadPoolExecutor(4) as pool:
        results = [task.result() for task in [pool.submit(cluster.run, OPERATION, **wanted(cluster)) for _unused in range(4)]]
    assert all(result["job"]["succeeded"] for result in results)
    assert sum(result["changed"] for result in results) == 1


@pytest.mark.proves("NodeNotReady")
def test_dead_node_under_a_running_job_is_reported(cluster: Cluster) -> None:
    node = a_node(cluster, "gpu", "gpunp")
    cluster.run(OPERATION, **wanted(cluster, args=ENDLESS, wait=False))
    cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("phase") == "Running"])
    with cluster.silent_kubelets():
        silent = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
        cluster.patch_status(node, {"conditions": [silent]})
        result = cluster.fail(OPERATION, **wanted(cluster, args=ENDLESS, wait_timeout=2))
    assert (result["error"]["code"], result["job"]["node"]) == ("NodeNotReady", node)
    assert node in str(result["job"]["findings"])


def test_pod_rejected_by_the_kubelet_is_reported_with_its_message(cluster: Cluster) -> None:
    a_node(cluster, "gpu", "gpunp")
    words = "Pod was rejected: Node didn't have enough resource: nvidia.com/gpu, requested: 1, used: 1, capacity: 1"
    with cluster.silent_kubelets():
        cluster.run(OPERATION, **wanted(cluster, image="example.com/no-gpu:1", backoff_limit=0, wait=False))
        (name,) = cluster.until(lambda: [pod["metadata"]["name"] for pod in pods(cluster) if pod["spec"].get("nodeName")])
        patch = {"status": {"phase": "Failed", "reason": "OutOfnvidia.com/gpu", "message": words}}
        cluster.lab.patch("pods", name, patch, namespace=cluster.name, part="status")
        result = cluster.fail(OPERATION, **wanted(cluster, image="example.com/no-gpu:1", backoff_limit=0))
    assert words in result["msg"]
    assert [found["code"] for found in result["job"]["findings"]] == ["DeviceAllocationFailed"]


MEANT = {"resource_group": "rg-ml", "cluster": "dev"}


@pytest.fixture
def origin(cluster: Cluster) -> str:
    """A node as AKS makes it in the cluster dev; those of other tests may be beside it."""
    machine = "azure:///subscriptions/0/resourceGroups/mc_rg-ml_dev_eastus/providers/x/virtualMachineScaleSets/y/virtualMachines/0"
    node = a_node(cluster, "gpu", "gpunp")
    cluster.lab.kubectl("patch", "node", node, "--patch", json.dumps({"spec": {"providerID": machine}}))
    return node


@pytest.mark.parametrize("operation", [OPERATION, PLUGIN, FACTS], ids=["job", "plugin", "facts"])
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.usefixtures("origin")
def test_another_cluster_is_refused_before_anything_is_changed(cluster: Cluster, operation: Any, state: str) -> None:
    params: Json = {"namespace": cluster.name, "state": state} if operation is not FACTS else {"wait": True}
    with cluster.writes() as written:
        refused = cluster.fail(operation, **params, resource_group="rg-ml", cluster="stage")
    assert (refused["error"]["code"], written) == ("WrongCluster", [])
    assert "is not stage in rg-ml" in refused["msg"]
    assert f"https://127.0.0.1:{cluster.lab.settings.ports.apiserver}" in refused["msg"]


def test_results_say_which_cluster_was_spoken_to(cluster: Cluster, origin: str) -> None:
    context = yaml.safe_load(Path(cluster.kubeconfig).read_text())["current-context"]
    proof = cluster.run(OPERATION, **wanted(cluster, pool="gpunp", context=context), **MEANT)["job"]
    server = f"https://127.0.0.1:{cluster.lab.settings.ports.apiserver}"
    assert {name: proof[name] for name in ("resource_group", "cluster", "server", "context", "node", "pool")} == {
        **MEANT, "server": server, "context": context, "node": origin, "pool": "gpunp",
    }  # fmt: skip
    facts = cluster.run(FACTS, pool="gpunp", context=context, **MEANT)["ansible_facts"]["gpu_schedulable"]
    assert (facts["server"], facts["context"]) == (server, context)


def test_missing_context_is_reported_with_the_existing_ones(cluster: Cluster) -> None:
    missing = cluster.fail(OPERATION, **wanted(cluster, context="stage"))
    assert missing["error"]["code"] == "MissingContext"
    assert "has no context 'stage'" in missing["msg"]
    assert cluster.run(OPERATION, check=True, **wanted(cluster, context="stage"))["changed"], "before the cluster is made"


def test_job_waits_for_its_pool_though_another_has_a_free_gpu(cluster: Cluster) -> None:
    full = a_node(cluster, "full", "full")
    a_node(cluster, "spare", "spare")
    cluster.run(OPERATION, **wanted(cluster, name="holder", pool="full", args=ENDLESS, wait=False))
    cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("phase") == "Running"])
    cluster.run(OPERATION, **wanted(cluster, pool="full", wait=False))
    cluster.until(lambda: all(pod["status"].get("conditions") for pod in pods(cluster)) and len(pods(cluster)) == 2)
    result = cluster.fail(OPERATION, **wanted(cluster, pool="full", wait_timeout=1))
    assert result["job"]["node"] == ""
    assert full in result["msg"]
