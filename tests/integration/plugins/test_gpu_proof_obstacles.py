# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_proof among what is in its way: pods of earlier proofs, refused Jobs, and nodes that do not exist yet."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import REQUESTS, identity_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MANAGED_BY_LABEL, PROOF_LABEL
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import JOB_NAME
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, PODS, RESOURCE_QUOTAS, Kind
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION

from tests.integration.plugins.admission import changing
from tests.integration.plugins.cluster import GPU, Cluster, Json
from tests.integration.plugins.limits import limit, limit_range
from tests.integration.plugins.test_gpu_proof import HELD, add_node, hold, left, wanted
from tests.integration.plugins.test_gpu_proof_interrupted import start, until_running
from tests.integration.plugins.test_rbac import held_pods, set_finalizers
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab


@pytest.mark.proves("GpuHeldByProof")
def test_gpu_that_another_proofs_pod_holds_is_not_accepted(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=1)
    cluster.break_gpu("hang", node, 0)
    add_node(cluster, "good", gpus=1)
    process = start(cluster, nodes=[node])
    pod = until_running(cluster)
    process.kill()
    process.wait()
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["held"]) == ("GpuHeldByProof", 1, 0)
    assert f"{cluster.name}/{pod['metadata']['name']}" in failed["error"]["cause"]
    assert "state: absent" in failed["error"]["remedy"]
    assert "delete-machines" not in failed["error"]["remedy"]


def test_label_of_a_proof_does_not_make_a_pod_or_a_job_one(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=2)
    hold(cluster, node, "other")
    identity = identity_of(cluster.name, cluster.name, (), "")
    cluster.lab.kubectl("label", "pod", "other", f"{PROOF_LABEL}={identity}", "-n", cluster.name)
    template = {"spec": {"restartPolicy": "Never", "containers": [HELD]}}
    labels, spec = {PROOF_LABEL: identity}, {"suspend": True, "template": template}
    job = cluster.client.create(JOBS, {"metadata": {"name": "other", "namespace": cluster.name, "labels": labels}, "spec": spec})
    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"]["sentence"] == f"1 of 2 GPUs proven on 1 node; 1 is held by {cluster.name}/other"
    removed = cluster.run(OPERATION, **wanted(cluster, state="absent"))
    assert (removed["changed"], removed["kept"]) == (False, [])
    assert cluster.get(JOBS, "other", cluster.name)["metadata"]["uid"] == job["metadata"]["uid"]


@pytest.mark.parametrize("require", ["all", "free", "any"])
def test_nothing_can_be_proven_where_no_gpu_is_free(cluster: Cluster, require: str) -> None:
    hold(cluster, add_node(cluster, gpus=1))
    failed = cluster.fail(OPERATION, **wanted(cluster, require=require))
    assert (failed["error"]["code"], failed["coverage"]["held"], failed["jobs"]) == ("GpuNotProven", 1, [])
    assert "No GPU is free" in failed["error"]["cause"]
    assert "require" not in failed["error"]["remedy"]


def test_pod_that_stays_is_named_and_its_gpu_does_not_count_as_held(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=1)
    cluster.break_gpu("hang", node, 0)
    add_node(cluster, "good", gpus=1)
    process = start(cluster, nodes=[node])
    pod = until_running(cluster)
    process.kill()
    process.wait()
    with held_pods(cluster):
        set_finalizers(cluster, pod, [*pod["metadata"].get("finalizers", ()), "example.com/held"])
        for changed in (True, False):
            removed = cluster.run(OPERATION, **wanted(cluster, nodes=[node], state="absent", wait_timeout=3))
            (kept,) = removed["kept"]
            assert removed["changed"] is changed
            assert all(word in kept for word in (pod["metadata"]["name"], node, "example.com/held"))
    cluster.until(lambda: not cluster.client.list(PODS, namespace=cluster.name))
    done = cluster.run(OPERATION, **wanted(cluster, nodes=[node], state="absent"))
    assert (done["changed"], done["kept"], left(cluster)) == (False, [], [])


def test_pod_that_stays_leaves_the_next_proof_its_time(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    process = start(cluster, level="stress", timeout=600, wait_timeout=3000)
    pod = until_running(cluster)
    process.kill()
    process.wait()
    with held_pods(cluster):
        set_finalizers(cluster, pod, [*pod["metadata"].get("finalizers", ()), "example.com/held"])
        done = cluster.run(OPERATION, **wanted(cluster, wait_timeout=40))
        (kept,) = done["kept"]
        assert (done["coverage"]["proven"], kept in done["warnings"][-1]) == (1, True)
        assert all(word in kept for word in (pod["metadata"]["name"], "example.com/held"))
        failed = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=8, level="stress"))
        assert (failed["error"]["code"], failed["kept"]) == ("NotEnoughTime", [kept])


def test_what_stays_is_named_by_the_failed_run_that_made_it(cluster: Cluster) -> None:
    cluster.break_gpu("hang", add_node(cluster, gpus=1), 0)
    with ThreadPoolExecutor(1) as pool, held_pods(cluster):
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, wait_timeout=8))
        pod = until_running(cluster)
        job = pod["metadata"]["labels"][JOB_NAME]
        hold = ("patch", "job", job, "--namespace", cluster.name, "--type", "merge", "--patch")
        cluster.lab.kubectl(*hold, json.dumps({"metadata": {"finalizers": ["example.com/held"]}}))
        failed = running.result()
        cluster.lab.kubectl(*hold, json.dumps({"metadata": {"finalizers": None}}))
    assert failed["error"]["code"] == "ProofTimeout"
    of_job, of_pod = failed["kept"]
    assert of_job.startswith(f"Job {cluster.name}/{job}: it is being deleted, and has the finalizers example.com/held.")
    assert of_pod.startswith(f"Pod {cluster.name}/{pod['metadata']['name']} on ")


@pytest.mark.proves("JobRefused")
def test_refused_job_does_not_keep_the_other_nodes_from_their_proof(cluster: Cluster) -> None:
    for number in range(2):
        add_node(cluster, f"gpu{number}", gpus=1)
    limit(cluster, "one", "count/jobs.batch", "1")
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("JobRefused", 1, 0)
    (refused,) = [device for device in failed["devices"] if device["verdict"] == "not_proven"]
    assert "exceeded quota: one" in refused["findings"][0]["evidence"]
    assert "raise the quota" in failed["error"]["remedy"]
    assert left(cluster) == []


def test_job_that_lost_its_label_is_named_with_the_command_that_removes_it(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    (job,) = cluster.run(OPERATION, **wanted(cluster, keep=True))["jobs"]
    cluster.lab.patch("jobs", job["name"], {"metadata": {"labels": {MANAGED_BY_LABEL: None}}}, namespace=cluster.name)
    cluster.client.delete_all(PODS, cluster.name)
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert failed["error"]["code"] == "JobRefused"
    assert f"'kubectl delete job {job['name']} --namespace {cluster.name}'" in failed["error"]["remedy"]


def test_job_that_a_finalizer_keeps_is_named_as_what_has_the_name(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    (job,) = cluster.run(OPERATION, **wanted(cluster, keep=True))["jobs"]
    held = ["example.com/held"]
    cluster.lab.patch("jobs", job["name"], {"metadata": {"finalizers": held}}, namespace=cluster.name)
    try:
        failed = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=20))
    finally:
        cluster.lab.patch("jobs", job["name"], {"metadata": {"$deleteFromPrimitiveList/finalizers": held}}, namespace=cluster.name)
    assert failed["error"]["code"] == "JobRefused"
    assert "has the finalizers example.com/held" in failed["error"]["cause"]


def test_namespace_that_does_not_exist_yet_is_predicted(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    predicted = cluster.run(OPERATION, check=True, **wanted(cluster, namespace=f"{cluster.name}-later"))
    assert len(predicted["jobs"]) == 1
    assert f"{cluster.name}-later does not exist yet" in predicted["warnings"][0]


def test_job_that_the_api_server_would_refuse_is_refused_in_check_mode(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    limit(cluster, "jobs", "count/jobs.batch", "0")
    refused = cluster.fail(OPERATION, check=True, **wanted(cluster))
    assert "exceeded quota: jobs" in refused["msg"]


def test_pool_that_does_not_exist_yet_is_predicted(cluster: Cluster) -> None:
    predicted = cluster.run(OPERATION, check=True, **wanted(cluster, pool="gpusecond"))
    assert (predicted["changed"], predicted["jobs"], predicted["coverage"]["total"]) == (False, [], 0)
    assert "gpusecond" in predicted["warnings"][0]


def test_node_that_is_cordoned_before_its_job_starts_is_proven(cluster: Cluster) -> None:
    nodes = [add_node(cluster, f"gpu{number}", gpus=1) for number in range(2)]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.run, OPERATION, **wanted(cluster, parallel=1))
        until_running(cluster)
        for node in nodes:
            cluster.lab.kubectl("cordon", node)
    assert running.result()["coverage"]["proven"] == 2


def test_container_that_admission_adds_does_not_keep_the_proof_waiting(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    proxy = {"name": "proxy", "image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu", "args": ["--max_steps", "1000000"]}
    with changing(cluster, "pods", {"/spec/containers/-": proxy}), ThreadPoolExecutor(1) as pool:
        done = pool.submit(cluster.run, OPERATION, **wanted(cluster, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert done["coverage"]["proven"] == 1
    assert left(cluster) == []


def refused(cluster: Cluster) -> Json:
    """How a proof fails that no pod can be created for, long before wait_timeout."""
    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(cluster.fail, OPERATION, **wanted(cluster, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert (failed["coverage"]["proven"], failed["coverage"]["failed"]) == (0, 0)
    assert {found["code"] for device in failed["devices"] for found in device["findings"]} == {failed["error"]["code"]}
    assert left(cluster) == []
    return failed


def test_pod_that_a_quota_refuses_for_good_is_not_waited_for(cluster: Cluster) -> None:
    for number in range(2):
        add_node(cluster, f"gpu{number}", gpus=1)
    limit(cluster, "limits", "limits.cpu", "10")
    assert refused(cluster)["error"]["code"] == "QuotaWantsRequests"


@pytest.mark.proves("QuotaTooSmall")
def test_quota_that_is_smaller_than_the_node_is_not_waited_for(cluster: Cluster) -> None:
    add_node(cluster, gpus=4)
    limit(cluster, "two", f"requests.{GPU}", "2")
    error = refused(cluster)["error"]
    assert error["code"] == "QuotaTooSmall"
    assert f"In the ResourceQuota two of the namespace {cluster.name}, raise requests.{GPU} to at least 4" in error["remedy"]


def test_quota_that_another_pod_uses_up_is_waited_for(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    hold(cluster, add_node(cluster, "other", gpus=1))
    limit(cluster, "one", f"requests.{GPU}", "1")
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, "one", cluster.name)["status"]["used"] == {f"requests.{GPU}": "1"})
    failed = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=5))
    assert failed["error"]["code"] == "QuotaExceeded"
    assert f"kubectl describe resourcequota --namespace {cluster.name}" in failed["error"]["remedy"]
    assert left(cluster) == []


@pytest.mark.proves("LimitRangeViolated")
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        pytest.param({"max": {"memory": "128Mi", "cpu": "1"}}, "128Mi", id="maximum"),
        pytest.param({"min": {"cpu": "100m"}}, "minimum cpu usage per Container is 100m", id="minimum"),
        pytest.param(
            {"default": {"memory": "64Mi", "cpu": "10m"}, "defaultRequest": {"memory": "64Mi", "cpu": "10m"}}, "64Mi", id="default limit"
        ),
    ],
)
def test_pod_that_a_limit_range_refuses_is_not_waited_for(cluster: Cluster, limits: Json, said: str) -> None:
    add_node(cluster, gpus=1)
    limit_range(cluster, {"requests": dict(REQUESTS)}, **limits)
    error = refused(cluster)["error"]
    assert error["code"] == "LimitRangeViolated"
    assert said in error["cause"]
    assert f"kubectl describe limitrange --namespace {cluster.name}" in error["remedy"]


PRIORITIES = Kind("apis/scheduling.k8s.io/v1", "priorityclasses", namespaced=False)


@pytest.mark.proves("NoRoomForProof")
def test_pod_of_a_lower_priority_is_not_displaced(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=2)
    cluster.client.create(PRIORITIES, {"metadata": {"name": cluster.name}, "value": -10})
    container = {**HELD, "resources": {"limits": {GPU: "1"}, "requests": {"cpu": "3990m"}}}
    spec = {"nodeName": node, "tolerations": [{"operator": "Exists"}], "containers": [container], "priorityClassName": cluster.name}
    try:
        made = cluster.client.create(PODS, {"metadata": {"name": "train-0", "namespace": cluster.name}, "spec": spec})
        failed = cluster.fail(OPERATION, **wanted(cluster))
        metadata = cluster.get(PODS, "train-0", cluster.name)["metadata"]
        assert (metadata["uid"], "deletionTimestamp" in metadata) == (made["metadata"]["uid"], False)
    finally:
        cluster.client.delete(PRIORITIES, cluster.name)
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["held"]) == ("NoRoomForProof", 0, 1)
    assert "cpu: 0.010 free, 0.050 requested" in failed["error"]["cause"]


@pytest.mark.proves("GpuTaken")
def test_gpu_that_a_pod_takes_meanwhile_is_left_to_it(cluster: Cluster) -> None:
    _first, second = (add_node(cluster, suffix, gpus=1) for suffix in ("a", "b"))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=10, parallel=1))
        until_running(cluster)
        hold(cluster, second)
        failed = running.result()
    assert (failed["error"]["code"], failed["coverage"]["proven"]) == ("GpuTaken", 1)
    assert f"held by {cluster.name}/train-0" in failed["error"]["cause"]


@pytest.mark.proves("ProofNotStarted")
def test_image_without_python_is_named(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    failed = cluster.fail(OPERATION, **wanted(cluster, image="mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"))
    assert (failed["error"]["code"], failed["coverage"]["failed"]) == ("ProofNotStarted", 0)
    assert "python3" in failed["error"]["cause"]


def test_selector_that_no_node_matches_is_the_cause(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    failed = cluster.fail(OPERATION, **wanted(cluster, node_selector={"nowhere": "true"}))
    assert failed["error"]["code"] == "NoGpuNodes"
    assert "node_selector" in failed["error"]["remedy"]
