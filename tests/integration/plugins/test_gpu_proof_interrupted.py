# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_proof that does not come to its end: told to end, killed, out of time, or with a Job or pod that someone deletes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import JOB_NAME
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS, RESOURCE_QUOTAS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import write_evidence
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION

from tests.integration.plugins.cluster import Cluster, Json
from tests.integration.plugins.entry_points import command_of, task
from tests.integration.plugins.test_gpu_proof import add_node, left, wanted
from tests.integration.processes import processes_with
from tests.integration.running_lab import PATIENCE_S, REPOSITORY

pytestmark = pytest.mark.lab

KILLS = 6
_ALONE = """
import json, sys
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from tests.integration.plugins.cluster import run_task
run_task(OPERATION, json.load(sys.stdin))
"""
_ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'collections'}{os.pathsep}{REPOSITORY}"}


def start(cluster: Cluster, **changes: Any) -> subprocess.Popen[str]:
    """A proof in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", _ALONE], cwd=REPOSITORY, env=_ENVIRONMENT, stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"kubeconfig": cluster.kubeconfig, **wanted(cluster, **changes)}))
    process.stdin.close()
    return process


def until_running(cluster: Cluster) -> Json:
    """The proof's pod, when it runs."""
    running = cluster.until(lambda: [pod for pod in cluster.client.list(PODS, namespace=cluster.name) if _runs(pod)])
    return dict(running[0])


def _runs(pod: Any) -> bool:
    return bool(pod["status"].get("phase") == "Running")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_proof_that_is_told_to_end_leaves_nothing(cluster: Cluster, number: signal.Signals) -> None:
    cluster.break_gpu("hang", add_node(cluster, gpus=1), 0)
    process = start(cluster)
    until_running(cluster)
    process.send_signal(number)
    assert process.wait(timeout=PATIENCE_S) != 0
    assert left(cluster) == []


def test_evidence_of_the_run_before_is_gone_if_a_run_has_no_verdict(cluster: Cluster, tmp_path: Path) -> None:
    node = add_node(cluster, gpus=1)
    where = {"evidence_dir": str(tmp_path)}

    def proven() -> list[Path]:
        return [Path(name) for name in cluster.run(OPERATION, **wanted(cluster, **where))["evidence"]]

    quota = {"metadata": {"name": "none", "namespace": cluster.name}, "spec": {"hard": {"count/configmaps": "1"}}}
    files = proven()
    assert json.loads(files[-1].read_text())["failed"] is False
    cluster.client.create(RESOURCE_QUOTAS, quota)
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, "none", cluster.name).get("status", {}).get("hard"))
    cluster.fail(OPERATION, **wanted(cluster, **where))
    assert list(files[0].parent.iterdir()) == []
    cluster.lab.kubectl("delete", "resourcequota", "none", "-n", cluster.name)

    files = proven()
    failed = cluster.fail(OPERATION, **wanted(cluster, level="stress", timeout=600, **where))
    assert (failed["error"]["code"], list(files[0].parent.iterdir())) == ("NotEnoughTime", [])

    files = proven()
    cluster.break_gpu("hang", node, 0)
    process = start(cluster, **where)
    until_running(cluster)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) != 0
    assert list(files[0].parent.iterdir()) == []


def test_evidence_of_the_right_cluster_is_gone_if_the_kubeconfig_leads_to_another(cluster: Cluster, tmp_path: Path) -> None:
    add_node(cluster, gpus=1)
    target = {"resource_group": "rg", "cluster": "another"}
    selection = {"pool": cluster.name, "nodes": [], "node_selector": ""}
    files = write_evidence(tmp_path, Coverage([], []), {"server": "https://right:443", "selection": selection, **target})
    failed = cluster.fail(OPERATION, **wanted(cluster, evidence_dir=str(tmp_path)), **target)
    assert (failed["error"]["code"], [name for name in files if Path(name).exists()]) == ("WrongCluster", [])


def test_playbook_that_is_interrupted_leaves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    nodes = {entry_point: add_node(cluster, entry_point, gpus=1) for entry_point in ("in-process", "as-module")}
    for node in nodes.values():
        cluster.break_gpu("hang", node, 0)
    params = {"kubeconfig": cluster.kubeconfig, **wanted(cluster), "nodes": ["{{ node }}"]}
    command, environment = command_of(
        tmp_path, [task("proof", "gpu_proof", params)], variables={name: {"node": node} for name, node in nodes.items()}
    )
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    cluster.until(lambda: sum(map(_runs, cluster.client.list(PODS, namespace=cluster.name))) == len(nodes))
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=PATIENCE_S)
    cluster.until(lambda: left(cluster) == [])


def test_proof_that_is_killed_at_any_moment_and_run_again_is_right(cluster: Cluster) -> None:
    add_node(cluster, "one", gpus=1)
    add_node(cluster, "two", gpus=2)
    chance = random.Random(7)  # noqa: S311  # the moment of a kill
    for _number in range(KILLS):
        process = start(cluster, parallel=1)
        time.sleep(chance.uniform(1.0, 6.0))
        process.kill()
        process.wait()
    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"]["sentence"] == "3 of 3 GPUs proven on 2 nodes"
    assert left(cluster) == []


def test_what_a_killed_proof_leaves_is_removed_without_another_proof(cluster: Cluster) -> None:
    cluster.break_gpu("hang", add_node(cluster, gpus=1), 0)
    process = start(cluster)
    until_running(cluster)
    process.kill()
    process.wait()
    with cluster.writes() as written:
        again = cluster.run(OPERATION, check=True, **wanted(cluster))
        predicted = cluster.run(OPERATION, check=True, **wanted(cluster, state="absent"))
    assert (predicted["changed"], written) == (True, [])
    assert [job["gpus"] for job in again["jobs"]] == [1], "what is left goes before"
    removed = cluster.run(OPERATION, **wanted(cluster, state="absent"))
    assert (removed["changed"], removed["kept"], left(cluster)) == (True, [], [])
    assert not cluster.run(OPERATION, **wanted(cluster, state="absent"))["changed"]


@pytest.mark.parametrize("state", ["absent", "present"])
def test_pod_whose_job_was_deleted_without_it_is_removed(cluster: Cluster, state: str) -> None:
    add_node(cluster, gpus=1)
    process = start(cluster, level="stress", timeout=600, wait_timeout=3000)
    pod = until_running(cluster)
    process.kill()
    process.wait()
    kubectl("delete", "job", "JOB", "--cascade=orphan")(cluster, pod)
    assert "ownerReferences" not in cluster.get(PODS, pod["metadata"]["name"], cluster.name)["metadata"]
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(cluster, state=state))
    assert (predicted["changed"], written) == (True, [])
    done = cluster.run(OPERATION, **wanted(cluster, state=state))
    assert (done["changed"], left(cluster)) == (True, [])
    assert (done["kept"] if state == "absent" else done["coverage"]["proven"]) == ([] if state == "absent" else 1)


def kubectl(*command: str) -> Callable[[Cluster, Json], None]:
    """Runs a command, in which JOB, POD and NAMESPACE stand for the proof's."""

    def interrupt(cluster: Cluster, pod: Json) -> None:
        names = {"POD": pod["metadata"]["name"], "JOB": pod["metadata"]["labels"][JOB_NAME], "NAMESPACE": cluster.name}
        cluster.lab.kubectl(*(names.get(word, word) for word in command), "--namespace", cluster.name)

    return interrupt


def kill_program(_cluster: Cluster, pod: Json) -> None:
    """Kill the program and its child."""
    for process in processes_with(f"POD_UID={pod['metadata']['uid']}"):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize(
    ("interrupt", "code", "said"),
    [
        pytest.param(kubectl("delete", "job", "JOB", "--wait=false"), "ProofDeleted", "Someone deleted the Job,", id="Job deleted"),
        pytest.param(
            # The program is told to stop while there still is the Job, and reports so.
            kubectl("delete", "job", "JOB", "--cascade=foreground", "--wait=false"), "ProofDeleted", "Someone deleted the Job,",
            id="Job deleted after its pod",
        ),
        pytest.param(
            kubectl("delete", "job", "JOB", "--cascade=orphan"), "ProofDeleted", "Someone deleted the Job,", id="Job without its pod"
        ),
        pytest.param(
            kubectl("delete", "pod", "POD", "--wait=false"), "ProofDeleted", "Someone deleted the pod of the Job", id="pod deleted"
        ),
        pytest.param(
            kubectl("delete", "namespace", "NAMESPACE", "--wait=false"), "ProofDeleted", "Someone deleted the namespace",
            id="namespace deleted",
        ),
        pytest.param(
            kubectl("patch", "job", "JOB", "--patch", '{"spec": {"activeDeadlineSeconds": 1}}'), "DeadlineExceeded", "activeDeadlineSeconds"
        ),
        pytest.param(kubectl("patch", "job", "JOB", "--patch", '{"spec": {"parallelism": 0}}'), "JobSuspended", "parallelism"),
        pytest.param(kubectl("patch", "job", "JOB", "--patch", '{"spec": {"suspend": true}}'), "JobSuspended", "suspend"),
        pytest.param(kill_program, "ProofIncomplete", "ended"),
    ],
)  # fmt: skip
@pytest.mark.proves("ProofDeleted", "ProofIncomplete")
def test_proof_that_someone_interrupts_proves_nothing_and_says_why(
    cluster: Cluster, interrupt: Callable[[Cluster, Json], None], code: str, said: str
) -> None:
    cluster.break_gpu("hang", add_node(cluster, gpus=1), 0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, wait_timeout=20))
        interrupt(cluster, until_running(cluster))
        failed = running.result()
    (device,) = failed["devices"]
    assert (failed["error"]["code"], [found["code"] for found in device["findings"]]) == (code, [code])
    assert said in failed["error"]["cause"]
    assert (device["verdict"], failed["coverage"]["proven"]) == ("not_proven", 0)
    assert left(cluster) == []


def test_namespace_that_is_gone_is_named_by_the_next_run(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    error = cluster.fail(OPERATION, **wanted(cluster, namespace=f"{cluster.name}-gone"))["error"]
    assert error["code"] == "NamespaceNotFound"
    assert error["cause"] == f"The namespace {cluster.name}-gone does not exist."
    assert f"kubectl create namespace {cluster.name}-gone" in error["remedy"]


@pytest.mark.proves("ProofTimeout")
def test_proof_that_takes_too_long_reports_what_is_proven(cluster: Cluster) -> None:
    add_node(cluster, "good", gpus=1)
    cluster.break_gpu("hang", add_node(cluster, "stuck", gpus=1), 0)
    failed = cluster.fail(OPERATION, **wanted(cluster, wait_timeout=10))
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("ProofTimeout", 1, 0)
    assert left(cluster) == []


def test_pod_that_is_evicted_does_not_make_its_gpu_fail(cluster: Cluster) -> None:
    add_node(cluster, gpus=2)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=20))
        name = until_running(cluster)["metadata"]["name"]
        time.sleep(4)  # until a GPU computes
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": cluster.name}}
        cluster.client.call("POST", f"/api/v1/namespaces/{cluster.name}/pods/{name}/eviction", what="evict", body=body)
        failed = running.result()
    assert failed["coverage"] | {"sentence": ""} == {"proven": 0, "total": 2, "nodes": 1, "held": 0, "failed": 0, "sentence": ""}
    assert {device["verdict"] for device in failed["devices"]} == {"not_proven"}


def test_pod_that_a_persons_taint_evicts_is_proven_by_the_next_run(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=20))
        until_running(cluster)
        cluster.lab.kubectl("taint", "nodes", node, "team=a:NoExecute")
        failed = running.result()
    assert (failed["error"]["code"], failed["error"]["retriable"]) == ("PodEvicted", True)
    assert "the taint team=a:NoExecute" in failed["error"]["cause"]
    assert cluster.run(OPERATION, **wanted(cluster))["coverage"]["proven"] == 1


@pytest.mark.proves("NodeDeleted")
def test_node_that_is_deleted_meanwhile_is_not_proven(cluster: Cluster) -> None:
    add_node(cluster, "good", gpus=1)
    node = add_node(cluster, "gone", gpus=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=20))
        cluster.until(lambda: sum(map(_runs, cluster.client.list(PODS, namespace=cluster.name))) == 2)
        cluster.lab.kubectl("delete", "node", node)
        failed = running.result()
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("NodeDeleted", 1, 0)


def test_node_that_is_deleted_while_its_gpu_hangs_is_the_cause(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=1)
    cluster.break_gpu("hang", node, 0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, wait_timeout=10))
        until_running(cluster)
        cluster.lab.kubectl("delete", "node", node)
        failed = running.result()
    (device,) = failed["devices"]
    assert (failed["error"]["code"], [found["code"] for found in device["findings"]]) == ("NodeDeleted", ["NodeDeleted"])
    assert failed["error"]["retriable"]


def test_node_that_is_created_anew_meanwhile_is_not_proven(cluster: Cluster) -> None:
    node = add_node(cluster, "a-new", gpus=1)
    add_node(cluster, "b-good", gpus=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=10, parallel=1))
        cluster.until(
            lambda: [pod for pod in cluster.client.list(PODS, namespace=cluster.name) if "b-good" in str(pod["spec"]["affinity"])]
        )
        cluster.lab.kubectl("delete", "node", node)
        add_node(cluster, "a-new", gpus=1)
        failed = running.result()
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("NodeDeleted", 1, 0)


def test_node_that_is_deleted_before_its_turn_is_not_waited_for(cluster: Cluster) -> None:
    add_node(cluster, "a-good", gpus=1)
    node = add_node(cluster, "b-gone", gpus=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.attempt, OPERATION, **wanted(cluster, level="stress", timeout=20, parallel=1, wait_timeout=1000))
        until_running(cluster)
        cluster.lab.kubectl("delete", "node", node)
        failed = running.result(timeout=PATIENCE_S)
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("NodeDeleted", 1, 0)
    (gone,) = [device for device in failed["devices"] if device["node"] == node]
    assert [found["code"] for found in gone["findings"]] == ["NodeDeleted"]
