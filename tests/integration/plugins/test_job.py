# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, NODES, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._progress import Status

from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json
from tests.integration.plugins.limits import limit
from tests.integration.running_lab import PATIENCE_S, REPOSITORY
from tests.sources import articles, tolerated_taints

pytestmark = pytest.mark.lab

NAME = "samples-tf-mnist-demo"
SHORT = ["--max_steps", "21"]
ENDLESS = ["--max_steps", "1000000"]
KWOK_IMAGE = "example.com/no-gpu:1"
PYTHON_IMAGE = "mcr.microsoft.com/azurelinux/base/python:3.12"


@pytest.fixture
def node(cluster: Cluster) -> str:
    """A GPU node of the article: one T4 behind the taint."""
    return cluster.add_node(taints=[SKU], gpus=1)


def wanted(cluster: Cluster, **changes: Any) -> Json:
    return {"namespace": cluster.name, "node_taints": [SKU], "args": SHORT, "wait_timeout": 10 * PATIENCE_S, **changes}


def job(cluster: Cluster) -> Json:
    return cluster.get(JOBS, NAME, cluster.name)


def pods(cluster: Cluster) -> list[Json]:
    return [dict(pod) for pod in cluster.client.list(PODS, namespace=cluster.name)]


def until_running(cluster: Cluster) -> str:
    """The name of the Job's pod, when it runs."""
    running = cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("phase") == "Running"])
    return str(running[0]["metadata"]["name"])


def test_life_of_a_job_each_step_predicted_done_and_repeated(cluster: Cluster, node: str) -> None:
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(cluster))
    assert (predicted["changed"], predicted["job"]["succeeded"], written) == (True, False, [])

    done = cluster.run(OPERATION, **wanted(cluster))
    proof = done["job"]
    assert done["diff"] == predicted["diff"]
    assert (proof["succeeded"], proof["gpu_device"], proof["gpus"], proof["node"]) == (True, "Tesla T4", 1, node)
    assert [step for step, _unused in proof["accuracy"]] == [0, 10, 20]
    assert (proof["steps"], proof["final_accuracy"]) == (20, proof["accuracy"][-1][1])
    assert proof["attempts"] == 1
    assert "tests.lab.programs.mnist@sha256:" in proof["image_id"]
    assert proof["log_tail"][-1].startswith("Accuracy at step 20: ")
    live = job(cluster)
    assert MARK.items() <= live["metadata"]["labels"].items()
    assert live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] == {GPU: "1"}

    with cluster.writes() as written:
        again = [cluster.run(OPERATION, check=check, **wanted(cluster)) for check in (False, True)]
    assert ([one["changed"] for one in again], written) == ([False, False], [])
    assert [one["job"] for one in again] == [{**proof, "earlier_run": True}] * 2

    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, namespace=cluster.name, state="absent")
    gone = cluster.run(OPERATION, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)
    assert (predicted["diff"], written) == (gone["diff"], [])
    assert gone["diff"][0]["before"]["labels"]["app"] == NAME
    assert cluster.client.find(JOBS, NAME, cluster.name) is None
    assert pods(cluster) == []
    assert not cluster.run(OPERATION, namespace=cluster.name, state="absent")["changed"]


@pytest.mark.proves("RanOnCpu")
@pytest.mark.usefixtures("node")
def test_proof_fails_for_what_the_log_does_not_show(cluster: Cluster) -> None:
    cluster.run(OPERATION, **wanted(cluster))
    on_cpu = cluster.fail(OPERATION, **wanted(cluster, device_pattern="created device on (TPU)"))
    assert on_cpu["error"]["code"] == "RanOnCpu" == on_cpu["job"]["findings"][0]["code"]
    assert "it ran on the CPU: its log names no GPU" in on_cpu["msg"]
    assert (on_cpu["job"]["succeeded"], on_cpu["job"]["steps"]) == (False, 20)
    assert any("Tesla T4" in line for line in on_cpu["job"]["log_tail"])
    unnamed = cluster.fail(OPERATION, **wanted(cluster, device_pattern="()Tesla"))
    assert unnamed["error"]["code"] == "DeviceNotNamed"
    assert "device_pattern matched" in unnamed["msg"]
    assert "Tesla T4" in unnamed["msg"]

    too_low = cluster.fail(OPERATION, **wanted(cluster, min_accuracy=1.0))
    assert too_low["error"]["code"] == "AccuracyTooLow"
    assert str(too_low["job"]["final_accuracy"]) in too_low["msg"]

    (pod,) = pods(cluster)
    cluster.client.delete(PODS, pod["metadata"]["name"], cluster.name)
    cluster.until(lambda: not pods(cluster))
    gone = cluster.fail(OPERATION, **wanted(cluster, rerun="never"))
    assert (gone["error"]["code"], gone["job"]["succeeded"]) == ("LogGone", False)
    assert "rerun: always" in gone["error"]["remedy"]


def test_workload_that_ends_well_without_a_gpu_has_run_on_the_cpu(cluster: Cluster, node: str) -> None:
    result = cluster.fail(OPERATION, **wanted(cluster, image=KWOK_IMAGE))
    assert (result["error"]["code"], result["job"]["node"]) == ("RanOnCpu", node)


def test_device_of_the_workloads_own_log_is_found_by_the_users_pattern(cluster: Cluster, node: str) -> None:
    result = cluster.run(OPERATION, **wanted(cluster, command=["nvidia-smi"], args=[], device_pattern=r"\| +0 \| (Tesla \w+)"))
    assert (result["job"]["gpu_device"], result["job"]["node"]) == ("Tesla T4", node)
    assert (result["job"]["final_accuracy"], result["job"]["accuracy"]) == (None, [])


class OnceRead:
    """Lets a program end, by a file that it waits for, as soon as the task has read its first accuracy."""

    every = 0.1

    def __init__(self, file: Path) -> None:
        self._file = file

    def report(self, status: Callable[[], Status], _elapsed: float) -> None:
        if "0.5" in status().state:
            self._file.touch()


def test_failed_job_reports_its_log_even_if_its_pod_is_gone(cluster: Cluster, node: str, tmp_path: Path) -> None:
    file = tmp_path / "read"
    program = f"""import os, time
print("Accuracy at step 0: 0.5", flush=True)
while not os.path.exists("{file}"):
    time.sleep(0.01)
exit(2)"""
    broken = wanted(cluster, image=PYTHON_IMAGE, command=["python3", "-c"], args=[program], backoff_limit=0)
    failed = cluster.fail(OPERATION, progress=OnceRead(file), **broken)
    assert (failed["error"]["code"], failed["job"]["succeeded"], failed["job"]["node"]) == ("JobFailed", False, node)
    assert failed["changed"]
    assert "BackoffLimitExceeded" in failed["msg"]
    assert failed["error"]["cause"] == "Its pod's last failure: Error, exit code 2."
    assert failed["job"]["log_tail"] == ["Accuracy at step 0: 0.5"]
    cluster.until(lambda: not pods(cluster))

    # Not run again unless that is asked for; its log is gone by now.
    with cluster.writes() as written:
        again = cluster.fail(OPERATION, **broken)
    assert (again["error"]["code"], again["changed"], written) == ("JobFailed", False, [])
    uid = job(cluster)["metadata"]["uid"]
    mended = cluster.run(OPERATION, **wanted(cluster, rerun="on_failure"))
    assert (mended["changed"], mended["job"]["succeeded"]) == (True, True)
    assert job(cluster)["metadata"]["uid"] != uid


@pytest.mark.proves("DeadlineExceeded")
def test_job_past_its_deadline_has_failed(cluster: Cluster, node: str) -> None:
    failed = cluster.fail(OPERATION, **wanted(cluster, args=ENDLESS, active_deadline=3))
    assert failed["error"]["code"] == "JobFailed"
    assert "DeadlineExceeded" in failed["msg"]
    assert "activeDeadlineSeconds (3)" in failed["error"]["cause"]
    assert "active_deadline" in failed["error"]["remedy"]
    assert failed["job"]["node"] == node


def test_rerun_always_makes_a_new_job_of_one_that_has_ended_and_spares_one_that_runs(cluster: Cluster, node: str) -> None:
    cluster.run(OPERATION, **wanted(cluster))
    first = job(cluster)["metadata"]["uid"]
    kept = cluster.run(OPERATION, **wanted(cluster, rerun="on_failure"))
    assert (kept["changed"], job(cluster)["metadata"]["uid"]) == (False, first)

    predicted = cluster.run(OPERATION, check=True, **wanted(cluster, rerun="always"))
    assert (predicted["changed"], job(cluster)["metadata"]["uid"]) == (True, first)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, **wanted(cluster, args=["--max_steps", "201"], rerun="always"))
        cluster.until(lambda: (cluster.client.find(JOBS, NAME, cluster.name) or {"metadata": {"uid": first}})["metadata"]["uid"] != first)
        until_running(cluster)
        with cluster.writes() as written:
            beside = cluster.run(OPERATION, **wanted(cluster, args=["--max_steps", "201"], rerun="always"))
        assert (beside["changed"], written) == (False, [])
        done = task.result(timeout=2 * PATIENCE_S)
    assert done["changed"]
    assert done["job"] == beside["job"]
    assert node == done["job"]["node"]


def test_other_job_of_that_name_is_refused_with_the_first_difference(cluster: Cluster) -> None:
    cluster.run(OPERATION, **wanted(cluster, wait=False))
    uid = job(cluster)["metadata"]["uid"]
    for check in (True, False):
        with cluster.writes() as written:
            refused = cluster.fail(OPERATION, check=check, **wanted(cluster, args=ENDLESS))
        assert (refused["error"]["code"], written) == ("JobDiffers", [])
        assert f"args is {SHORT}, not {ENDLESS}" in refused["msg"]
    assert job(cluster)["metadata"]["uid"] == uid


def test_wait_that_was_interrupted_goes_on_with_the_same_job(cluster: Cluster, node: str) -> None:
    params = {"kubeconfig": cluster.kubeconfig, **wanted(cluster, args=["--max_steps", "201"])}
    with subprocess.Popen(MODULE, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=module_env(cluster)) as task:
        assert task.stdin is not None
        task.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": params}).encode())
        task.stdin.close()
        until_running(cluster)
        task.kill()
    uid = job(cluster)["metadata"]["uid"]
    result = cluster.run(OPERATION, **wanted(cluster, args=["--max_steps", "201"]))
    assert (result["changed"], result["job"]["succeeded"], result["job"]["steps"]) == (False, True, 200)
    assert (job(cluster)["metadata"]["uid"], result["job"]["node"]) == (uid, node)


MODULE = [sys.executable, "-m", "ansible_collections.gpuops.aks.plugins.modules.mnist_job"]


def module_env(cluster: Cluster) -> dict[str, str]:
    return {**cluster.lab.env, "PYTHONPATH": str(REPOSITORY / "collections")}


def test_job_deleted_under_the_wait_ends_it(cluster: Cluster, node: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, args=ENDLESS))
        until_running(cluster)
        cluster.lab.kubectl("delete", "job", NAME, "--namespace", cluster.name, "--wait=false")
        result = task.result(timeout=2 * PATIENCE_S)
    assert result["error"]["code"] == "JobDeleted"
    assert f"Job {cluster.name}/{NAME} was deleted before it ended" in result["msg"]
    assert cluster.client.list(NODES, fieldSelector=f"metadata.name={node}")


def test_job_that_a_finalizer_keeps_from_going_ends_the_wait_too(cluster: Cluster, node: str) -> None:
    where = ("job", NAME, "--namespace", cluster.name)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, args=ENDLESS))
        until_running(cluster)
        cluster.lab.kubectl("patch", *where, "--type=merge", "--patch", '{"metadata": {"finalizers": ["example.com/keep"]}}')
        cluster.lab.kubectl("delete", *where, "--wait=false")
        result = task.result(timeout=2 * PATIENCE_S)
    cluster.lab.kubectl("patch", *where, "--type=merge", "--patch", '{"metadata": {"finalizers": []}}')
    assert result["error"]["code"] == "JobDeleted"
    assert cluster.client.list(NODES, fieldSelector=f"metadata.name={node}")


def test_what_keeps_a_removal_is_named_and_no_second_removal_is_a_change(cluster: Cluster, node: str) -> None:
    cluster.run(OPERATION, **wanted(cluster))
    cluster.lab.patch("jobs", NAME, {"metadata": {"finalizers": ["example.com/keep"]}}, namespace=cluster.name)
    gone = {"namespace": cluster.name, "state": "absent"}
    try:
        changed = [cluster.run(OPERATION, **gone, wait=False)["changed"] for _unused in range(2)]
        assert cluster.run(OPERATION, check=True, **gone)["changed"] is False
        failed = cluster.fail(OPERATION, **gone, wait_timeout=2)
        taken = cluster.fail(OPERATION, **wanted(cluster, wait=False))
    finally:
        cluster.lab.patch("jobs", NAME, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/keep"]}}, namespace=cluster.name)
    assert changed == [True, False]
    for each in (failed, taken):
        assert f"Job {cluster.name}/{NAME}: it is being deleted, and has the finalizers example.com/keep." in each["error"]["cause"]
    assert cluster.client.list(NODES, fieldSelector=f"metadata.name={node}")


def test_comparison_that_a_quota_refuses_is_told_as_one(cluster: Cluster, node: str) -> None:
    limit(cluster, "one", "count/jobs.batch", "1")
    cluster.run(OPERATION, **wanted(cluster))
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert f"Job {cluster.name}/{NAME} exists, and comparing it with the request takes a dry run that failed." in failed["msg"]
    assert "raise the quota" in failed["error"]["remedy"]
    assert cluster.client.list(NODES, fieldSelector=f"metadata.name={node}")


def test_namespace_deleted_under_the_wait_is_named(cluster: Cluster, node: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, args=ENDLESS))
        until_running(cluster)
        cluster.lab.kubectl("delete", "namespace", cluster.name, "--wait=false")
        error = task.result(timeout=2 * PATIENCE_S)["error"]
    assert error["code"] == "JobDeleted"
    assert f"Someone deleted the namespace {cluster.name}" in error["cause"]
    assert f"kubectl create namespace {cluster.name}" in error["remedy"]
    assert cluster.client.list(NODES, fieldSelector=f"metadata.name={node}")


def timeout(cluster: Cluster, **changes: Any) -> Json:
    """The result of a task whose Job's pod has to stay Pending. What there is to see is there before the wait begins."""
    cluster.run(OPERATION, **wanted(cluster, wait=False, **changes))
    cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("conditions")])
    result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=1, **changes))
    (pod,) = pods(cluster)
    assert pod["status"]["phase"] == "Pending"
    assert result["error"]["retriable"]
    assert result["job"]["pod"] == pod["metadata"]["name"]
    assert result["job"]["findings"][0]["code"] == result["error"]["code"]
    return result


def test_pending_because_of_a_taint_names_it(cluster: Cluster, node: str) -> None:
    result = timeout(cluster, node_taints=[])
    assert result["error"]["code"] == "PodLacksToleration"
    assert f"{node} has the taint {SKU}" in result["error"]["cause"]
    assert result["error"]["remedy"].startswith(f"Add ['{SKU}'] to node_taints.")


def test_pending_because_the_gpu_is_busy_names_who_holds_it(cluster: Cluster, node: str) -> None:
    cluster.run(OPERATION, **wanted(cluster, name="earlier", args=ENDLESS, wait=False))
    holder = until_running(cluster)
    cluster.run(OPERATION, **wanted(cluster, wait=False))
    cluster.until(lambda: all(pod["status"].get("conditions") for pod in pods(cluster)) and len(pods(cluster)) == 2)
    result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=1))
    assert result["error"]["code"] == "AllGpusInUse"
    assert f"{node} has GPUs that are held by {cluster.name}/{holder} (1)" in result["error"]["cause"]
    cluster.run(OPERATION, namespace=cluster.name, name="earlier", state="absent", wait_timeout=PATIENCE_S)
    assert cluster.run(OPERATION, **wanted(cluster))["job"]["succeeded"]


def test_pending_job_reports_a_cordoned_node(cluster: Cluster, node: str) -> None:
    cluster.lab.kubectl("cordon", node)
    result = timeout(cluster)
    assert (result["error"]["code"], result["error"]["remedy"]) == ("NodeCordoned", f"kubectl uncordon {node}")


def test_pending_because_no_node_offers_a_gpu_leads_to_the_verify_step(cluster: Cluster) -> None:
    node = cluster.add_node(taints=[SKU])
    result = timeout(cluster)
    assert result["error"]["code"] in {"NoGpuOnNode", "NoDevicePlugin"}
    assert node in str(result["job"]["findings"])
    assert "plugin" in result["error"]["remedy"]


@pytest.mark.usefixtures("node")
def test_pending_because_it_asks_for_more_gpus_than_a_node_has(cluster: Cluster) -> None:
    result = timeout(cluster, gpus=2)
    assert result["error"]["code"] == "AsksForTooMany"
    assert f"asks for 2 {GPU}, no node has more than 1" in result["job"]["findings"][0]["evidence"]


def test_suspended_job_is_left_suspended(cluster: Cluster) -> None:
    cluster.run(OPERATION, **wanted(cluster, node_taints=[], wait=False))
    cluster.lab.kubectl("patch", "job", NAME, "--namespace", cluster.name, "--patch", '{"spec": {"suspend": true}}')
    result = cluster.fail(OPERATION, **wanted(cluster, node_taints=[], wait_timeout=1))
    assert result["error"]["code"] == "JobSuspended"
    assert job(cluster)["spec"]["suspend"]


def test_job_that_only_takes_long_is_not_explained_but_watched_on(cluster: Cluster, node: str) -> None:
    cluster.run(OPERATION, **wanted(cluster, args=ENDLESS, wait=False))
    until_running(cluster)
    result = cluster.fail(OPERATION, **wanted(cluster, args=ENDLESS, wait_timeout=1))
    assert (result["error"]["code"], result["job"]["findings"]) == ("Timeout", [])
    assert "the same Job" in result["error"]["remedy"]
    assert result["job"]["node"] == node


@pytest.mark.parametrize("directory", articles("2021"))
def test_absent_with_created_only_keeps_jobs_of_others(cluster: Cluster, directory: Path) -> None:
    article = yaml.safe_load((directory / "samples-tf-mnist-demo.yaml").read_text())
    pod = article["spec"]["template"]["spec"]
    pod["containers"][0]["args"] = SHORT
    taints = tolerated_taints(pod)
    node = cluster.add_node(taints=taints, gpus=1)
    cluster.kubectl_stdin(yaml.safe_dump(article), "apply", "--namespace", cluster.name)
    proven = cluster.run(OPERATION, **wanted(cluster, node_taints=taints))
    assert (proven["changed"], proven["job"]["node"]) == (False, node)
    with cluster.writes() as written:
        kept = cluster.run(OPERATION, namespace=cluster.name, state="absent", created_only=True)
    assert (kept["changed"], written) == (False, [])
    assert kept["kept"] == [f"Job {cluster.name}/{NAME}: not made by this collection"]
    assert cluster.run(OPERATION, namespace=cluster.name, state="absent", wait_timeout=PATIENCE_S)["changed"]


def test_namespace_that_is_not_there_yet_is_predicted_and_otherwise_refused(cluster: Cluster) -> None:
    there_later = wanted(cluster, namespace=f"{cluster.name}-later")
    predicted = cluster.run(OPERATION, check=True, **there_later)
    assert predicted["changed"]
    (warning,) = predicted["warnings"]
    assert f"{cluster.name}-later" in warning
    refused = cluster.fail(OPERATION, **there_later)
    assert refused["error"]["code"] == "NamespaceNotFound"
    assert f"kubectl create namespace {cluster.name}-later" in refused["error"]["remedy"]


def test_job_that_the_api_server_would_refuse_is_refused_in_check_mode(cluster: Cluster) -> None:
    for check in (True, False):
        refused = cluster.fail(OPERATION, check=check, **wanted(cluster, env={"": "x"}))
        assert (refused["error"]["code"], refused["changed"]) == ("Invalid", False)


def test_before_there_is_a_kubeconfig_check_mode_predicts_the_job(cluster: Cluster, tmp_path: Path) -> None:
    missing = {"kubeconfig": str(tmp_path / "later.config")}
    predicted = cluster.run(OPERATION, check=True, **wanted(cluster, **missing))
    assert (predicted["changed"], predicted["diff"][0]["after"]["metadata"]["name"]) == (True, NAME)
    assert not cluster.run(OPERATION, check=True, **wanted(cluster, **missing, state="absent"))["changed"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"gpus": 0}, "InvalidGpuCount"),
        ({"node_taints": ["sku=gpu"]}, "InvalidTaint"),
        ({"device_pattern": "("}, "InvalidPattern"),
        ({"accuracy_pattern": r"Accuracy: (\d+)"}, "InvalidPattern"),
    ],
)
def test_input_that_cannot_work_is_refused_before_anything_is_asked(cluster: Cluster, tmp_path: Path, wrong: Json, code: str) -> None:
    refused = cluster.fail(OPERATION, **wanted(cluster, **wrong, kubeconfig=str(tmp_path / "none")))
    assert refused["error"]["code"] == code
