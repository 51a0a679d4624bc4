# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can become of a Job beside an ordinary end, and workloads other than the article's."""

from __future__ import annotations

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, KUEUE_WORKLOADS, PODS
from ansible_collections.gpuops.aks.plugins.modules import gpu_job, mnist_job

from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json
from tests.integration.plugins.custom_kinds import known_kind
from tests.integration.plugins.limits import limit, limit_range
from tests.integration.running_lab import PATIENCE_S, REPOSITORY

pytestmark = pytest.mark.lab

OPERATION = mnist_job.OPERATION
OWN = gpu_job.OPERATION
NAME = "samples-tf-mnist-demo"
ENDLESS = ["--max_steps", "1000000"]
KWOK_IMAGE = "example.com/no-gpu:1"
INSUFFICIENT = "CUDA driver version is insufficient for CUDA runtime version"


@pytest.fixture
def node(cluster: Cluster) -> str:
    """A GPU node of the article: one T4 behind the taint."""
    return cluster.add_node(taints=[SKU], gpus=1)


def wanted(cluster: Cluster, **changes: Any) -> Json:
    return {"namespace": cluster.name, "node_taints": [SKU], "args": ["--max_steps", "21"], "wait_timeout": PATIENCE_S, **changes}


def example(number: int) -> Json:
    """The arguments of an example in gpu_job's documentation."""
    return dict(yaml.safe_load(gpu_job.EXAMPLES)[number]["gpuops.aks.gpu_job"])


def pods(cluster: Cluster) -> list[Json]:
    return [dict(pod) for pod in cluster.client.list(PODS, namespace=cluster.name)]


def until_bound(cluster: Cluster) -> str:
    """The name of the Job's pod, once it has a node."""
    bound = cluster.until(lambda: [pod["metadata"]["name"] for pod in pods(cluster) if pod["spec"].get("nodeName")])
    return str(bound[0])


def patch_job(cluster: Cluster, patch: Json) -> None:
    cluster.lab.kubectl("patch", "job", NAME, "--namespace", cluster.name, "--patch", json.dumps(patch))


@pytest.mark.parametrize("gpus", [0.5, "0.5"])
def test_part_of_a_gpu_is_refused_before_any_call(cluster: Cluster, tmp_path: Path, gpus: object) -> None:
    refused = cluster.fail(OPERATION, **wanted(cluster, gpus=gpus, kubeconfig=str(tmp_path / "none")))
    assert refused["error"]["code"] == "InvalidGpuCount"
    assert "MIG" in refused["error"]["remedy"]
    assert "time-slicing" in refused["error"]["remedy"]


def test_smoke_test_of_the_documentation_runs_as_it_stands(cluster: Cluster, node: str) -> None:
    given = {**example(0), "kubeconfig": cluster.kubeconfig}
    assert given["command"] == ["nvidia-smi"]
    result = cluster.run(OWN, **given, namespace=cluster.name, wait_timeout=PATIENCE_S)
    proof = result["job"]
    assert (proof["succeeded"], proof["gpu_device"], proof["gpus"], proof["node"]) == (True, "Tesla T4", 1, node)
    assert (proof["final_accuracy"], proof["accuracy"], proof["findings"]) == (None, [], [])


def test_two_gpus_are_proven_by_a_log_that_names_both(cluster: Cluster) -> None:
    cluster.add_node("pair", taints=[SKU], gpus=2)
    result = cluster.run(OPERATION, **wanted(cluster, gpus=2))
    assert (result["job"]["succeeded"], result["job"]["gpus"], result.get("warnings", [])) == (True, 2, [])


def test_playbook_of_the_page_about_workloads_runs_as_it_stands(cluster: Cluster, node: str) -> None:
    page = (REPOSITORY / "docs" / "workload.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (play,) = yaml.safe_load(next(block for block in blocks if "  hosts: " in block))
    options = yaml.safe_load((REPOSITORY / "roles/gpu_workload/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    given = play["tasks"][0]["vars"]
    assert given.keys() <= options.keys()
    assert given["gpu_workload_module"] == "gpu_job"
    params = {name.removeprefix("gpu_workload_"): value for name, value in given.items() if name != "gpu_workload_module"}
    params["wait_timeout"] = params.pop("timeout")
    proof = cluster.run(OWN, namespace=cluster.name, node_taints=[SKU], **params)["job"]
    assert (proof["gpus"], proof["gpu_device"], proof["node"]) == (1, "Tesla T4", node)


def test_complete_log_is_saved_whatever_it_contains(cluster: Cluster, node: str, tmp_path: Path) -> None:
    file = tmp_path / "mnist.log"
    file.write_text("of an earlier run")
    done = cluster.run(OPERATION, **wanted(cluster, args=["--max_steps", "201"], log_path=str(file)))
    lines = file.read_text().splitlines()
    assert len(lines) > len(done["job"]["log_tail"]) == 20
    assert lines[-20:] == done["job"]["log_tail"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert done["job"]["node"] == node

    told = cluster.fail(OPERATION, **wanted(cluster, args=["--max_steps", "201"], log_path=str(file), failure_pattern="metadata for 99"))
    assert (told["error"]["code"], told["job"]["succeeded"]) == ("FailureInLog", False)
    assert "Adding run metadata for 99" in told["error"]["message"]
    assert file.read_text().splitlines() == lines
    assert list(tmp_path.glob(".*")) == []

    unwritable = cluster.fail(OPERATION, **wanted(cluster, args=["--max_steps", "201"], log_path=str(tmp_path)))
    assert (unwritable["error"]["code"], "job" in unwritable) == ("UnwritableFile", False), "a directory is refused before anything runs"


def test_times_are_of_the_pod_and_the_same_in_a_later_run(cluster: Cluster, node: str) -> None:
    first, again = (cluster.run(OPERATION, **wanted(cluster, args=["--max_steps", "201"]))["job"] for _unused in range(2))
    assert 1 <= first["ran_s"] <= 15
    assert 0 <= first["pulled_s"] <= 15
    assert {**first, "earlier_run": True} == again
    assert first["node"] == node


@pytest.mark.usefixtures("node")
@pytest.mark.proves("DriverTooOldForCuda")
def test_wrong_pair_of_cuda_and_driver_is_a_finding_with_the_rule(cluster: Cluster) -> None:
    # A rule for an exit code, so that Kubernetes keeps the pod, and with it the log of a program that ends at once.
    result = cluster.fail(OPERATION, **wanted(cluster, args=["--max_steps", INSUFFICIENT], fail_on_exit_codes=[2]))
    assert result["error"]["code"] == "JobFailed"
    (finding,) = result["job"]["findings"]
    assert finding["code"] == "DriverTooOldForCuda"
    assert INSUFFICIENT in finding["evidence"]
    assert "525" in finding["cause"]
    assert finding["cause"].rstrip(".") in result["error"]["cause"]
    assert result["error"]["remedy"] == finding["remedy"]


def _stand_for(cluster: Cluster, job: Json, check: Json) -> None:
    """What Kueue makes for a Job in its queue, with the state of an admission check."""
    kind = KUEUE_WORKLOADS[-1]
    metadata = {"name": f"job-{NAME}", "namespace": cluster.name, "labels": {"kueue.x-k8s.io/job-uid": job["metadata"]["uid"]}}
    made = {"apiVersion": kind.api.removeprefix("apis/"), "kind": "Workload", "metadata": metadata, "status": {"admissionChecks": [check]}}
    cluster.client.create(kind, made)


@pytest.mark.proves("JobSuspended")
def test_job_in_a_queue_is_waited_for_and_goes_on_as_the_queue_admits_it(cluster: Cluster, node: str) -> None:
    in_queue = wanted(cluster, queue="gpus", node_taints=[])
    cluster.run(OPERATION, **in_queue, wait=False)
    live = cluster.get(JOBS, NAME, cluster.name)
    assert live["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "gpus"
    patch_job(cluster, {"spec": {"suspend": True}})
    cluster.until(lambda: not pods(cluster))
    held = cluster.fail(OPERATION, **{**in_queue, "wait_timeout": 1})
    assert (held["error"]["code"], held["job"]["attempts"]) == ("JobSuspended", 0)
    assert "the queue gpus has not admitted it" in held["error"]["cause"]
    with known_kind(cluster, KUEUE_WORKLOADS[-1], "Workload"):
        _stand_for(cluster, live, {"name": "nodes", "state": "Pending", "message": "0 of 2 nodes are there"})
        checked = cluster.fail(OPERATION, **{**in_queue, "wait_timeout": 1})
    assert "waits for the admission check nodes" in checked["error"]["cause"]
    assert "nodes is Pending: 0 of 2 nodes are there" in checked["job"]["findings"][0]["evidence"]
    assert cluster.get(JOBS, NAME, cluster.name)["spec"]["suspend"]

    # As Kueue does: the flavor's tolerations and selectors come with the admission.
    flavor = {"tolerations": [{"key": "sku", "operator": "Exists"}], "nodeSelector": {"kubernetes.azure.com/accelerator": "nvidia"}}
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, **in_queue)
        patch_job(cluster, {"spec": {"template": {"spec": flavor}}})
        patch_job(cluster, {"spec": {"suspend": False}})
        result = task.result(timeout=2 * PATIENCE_S)
    assert (result["changed"], result["job"]["succeeded"], result["job"]["node"]) == (False, True, node)
    assert not cluster.run(OPERATION, **in_queue)["changed"]
    other = cluster.fail(OPERATION, **{**in_queue, "queue": "others"})
    assert (other["error"]["code"], "queue is gpus, not others" in other["msg"]) == ("JobDiffers", True)


def test_image_that_never_comes_ends_in_a_timeout_with_image_and_reason(cluster: Cluster, node: str) -> None:
    image = "myregistry.azurecr.io/missing:1"
    message = f'Back-off pulling image "{image}": ErrImagePull: rpc error: code = NotFound desc = failed to resolve reference: not found'
    with cluster.silent_kubelets():
        cluster.run(OPERATION, **wanted(cluster, image=image, wait=False))
        pod = until_bound(cluster)
        waiting = {"name": NAME, "image": image, "imageID": "", "ready": False, "restartCount": 0}
        waiting["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": message}}
        patch = {"status": {"containerStatuses": [waiting]}}
        cluster.lab.patch("pods", pod, patch, namespace=cluster.name, part="status")
        result = cluster.fail(OPERATION, **wanted(cluster, image=image, wait_timeout=1))
        cluster.lab.kubectl("delete", "job", NAME, "--namespace", cluster.name, "--wait=false")
    assert (result["error"]["code"], result["error"]["retriable"]) == ("ImageNotFound", True)
    assert f'its pod: ImagePullBackOff: Back-off pulling image "{image}"' in result["msg"]
    assert (result["job"]["node"], result["job"]["pulled_s"], result["job"]["log_tail"]) == (node, None, [])


@pytest.mark.proves("JobFailing")
def test_job_that_fails_while_its_pod_cannot_end_is_reported_as_failing(cluster: Cluster, node: str) -> None:
    with cluster.silent_kubelets():
        cluster.run(OPERATION, **wanted(cluster, image=KWOK_IMAGE, active_deadline=1, wait=False))
        cluster.until(lambda: cluster.get(JOBS, NAME, cluster.name)["status"].get("conditions"))
        result = cluster.fail(OPERATION, **wanted(cluster, image=KWOK_IMAGE, active_deadline=1, wait_timeout=1))
        cluster.lab.kubectl("delete", "pod", result["job"]["pod"], "--namespace", cluster.name, "--force", "--grace-period=0")
    assert (result["error"]["code"], result["job"]["node"]) == ("JobFailing", node)
    assert "FailureTarget is True (DeadlineExceeded" in result["error"]["cause"]
    assert "--force" in result["error"]["remedy"]


@pytest.mark.proves("QuotaTooSmall")
def test_quota_that_can_never_admit_the_pod_is_not_waited_for(cluster: Cluster, node: str) -> None:
    limit(cluster, "no-gpus", f"requests.{GPU}", "0")
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(cluster.fail, OPERATION, **wanted(cluster, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert (result["error"]["code"], result["job"]["pod"]) == ("QuotaTooSmall", "")
    assert "exceeded quota: no-gpus" in result["error"]["cause"]
    assert f"raise requests.{GPU} to at least 1" in result["error"]["remedy"]
    assert node not in result["error"]["cause"]


@pytest.mark.proves("QuotaExceeded")
def test_quota_that_another_pod_uses_up_is_waited_for(cluster: Cluster, node: str) -> None:
    limit(cluster, "one-gpu", f"requests.{GPU}", "1")
    held = {"name": "idle", "image": KWOK_IMAGE, "resources": {"limits": {GPU: "1"}}}
    spec = {"containers": [held], "nodeSelector": {"nobody/has-it": "true"}}
    cluster.client.create(PODS, {"metadata": {"name": "other", "namespace": cluster.name}, "spec": spec})
    result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=2))
    assert (result["error"]["code"], result["job"]["pod"]) == ("QuotaExceeded", "")
    assert "one-gpu" in result["error"]["cause"]
    assert "has not ended after 2 s" in result["msg"]
    assert node not in result["error"]["cause"]


@pytest.mark.usefixtures("node")
def test_pod_that_a_limit_range_refuses_is_not_waited_for(cluster: Cluster) -> None:
    limit_range(cluster, {"limits": {GPU: "2"}}, max={GPU: "1"})
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(cluster.fail, OPERATION, **wanted(cluster, gpus=2, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert (result["error"]["code"], result["job"]["pod"]) == ("LimitRangeViolated", "")
    assert f"maximum {GPU} usage per Container is 1, but limit is 2" in result["error"]["cause"]


def test_log_that_cannot_be_had_is_asked_for_again_and_then_named(cluster: Cluster, node: str) -> None:
    cluster.run(OPERATION, **wanted(cluster))
    cluster.patch_status(node, {"addresses": [{"type": "InternalIP", "address": "127.0.0.9"}]})
    result = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=2))
    assert "127.0.0.9" in result["error"]["message"]
    assert "Reading the log of" in result["error"]["message"]

    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, **wanted(cluster))
        cluster.patch_status(node, {"addresses": [{"type": "InternalIP", "address": "10.224.9.9"}]})
        assert task.result(timeout=2 * PATIENCE_S)["job"]["succeeded"]


@pytest.mark.usefixtures("node")
def test_log_that_went_with_its_pod_is_gone_for_the_reason_that_the_job_gives(cluster: Cluster) -> None:
    cluster.run(OPERATION, **wanted(cluster))
    patch_job(cluster, {"spec": {"ttlSecondsAfterFinished": 3600}})
    (pod,) = pods(cluster)
    cluster.client.delete(PODS, pod["metadata"]["name"], cluster.name)
    cluster.until(lambda: not pods(cluster))
    result = cluster.fail(OPERATION, **wanted(cluster, rerun="never"))
    assert (result["error"]["code"], result["job"]["attempts"]) == ("LogGone", 1)
    assert "ttlSecondsAfterFinished is 3600" in result["error"]["cause"]
    assert "rerun: always" in result["error"]["remedy"]


@pytest.mark.proves("ContainerStartFailed")
def test_command_that_the_image_does_not_have_is_the_cause(cluster: Cluster, node: str) -> None:
    failed = cluster.fail(OPERATION, **wanted(cluster, command=["trian"], args=[], backoff_limit=0))
    assert [each["code"] for each in failed["job"]["findings"]] == ["ContainerStartFailed"], node
    assert 'exec: "trian": executable file not found' in failed["error"]["cause"]
    assert "Correct command or image" in failed["error"]["remedy"]
