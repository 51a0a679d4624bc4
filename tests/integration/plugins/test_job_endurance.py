# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wait for a Job survives what happens to API server, network and pods meanwhile, and its log is whole; or it fails and says why."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION

from tests.integration.conftest import new_lab
from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.plugins.relay import Relay
from tests.integration.running_lab import PATIENCE_S, REPOSITORY, RunningLab
from tests.lab import processes
from tests.lab.config import LOOPBACK

pytestmark = pytest.mark.lab

NAME = "samples-tf-mnist-demo"
ENDLESS = ["--max_steps", "1000000"]


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """A lab that nobody else uses: its API server comes and goes."""
    with new_lab(request, "2026") as started:
        yield started


def listens(port: int) -> bool:
    """Whether anybody takes connections to a port."""
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0


@contextmanager
def no_apiserver(lab: RunningLab) -> Iterator[None]:
    """The API server is killed, and started again by the same command line when this ends."""
    running = processes.load(lab.layout)
    (old,) = [process for process in running if process.name == "kube-apiserver"]
    command = Path(f"/proc/{old.pid}/cmdline").read_text().rstrip("\0").split("\0")
    env = dict(pair.partition("=")[::2] for pair in Path(f"/proc/{old.pid}/environ").read_text().split("\0") if pair)
    os.killpg(old.pid, signal.SIGKILL)
    # Its first thread may be gone while others still hold the port.
    lab.until(lambda: not old.alive and not listens(old.port))
    try:
        yield
    finally:
        new = processes.spawn(old.name, command, log=Path(old.log), env=env, cwd=REPOSITORY, port=old.port)
        processes.save(lab.layout, [new if process is old else process for process in running])
        lab.until(lambda: lab.kubectl("get", "--raw=/readyz", check=False) == "ok")


def wanted(cluster: Cluster, *, steps: int = 21, **changes: object) -> Json:
    return {"namespace": cluster.name, "node_taints": [SKU], "args": ["--max_steps", str(steps)], "wait_timeout": 50, **changes}


def until_in_phase(cluster: Cluster, phase: str, job: str = NAME) -> str:
    """The name of the Job's pod, once it is in this phase."""

    def found() -> list[str]:
        pods = cluster.client.list(PODS, namespace=cluster.name, labelSelector=f"batch.kubernetes.io/job-name={job}")
        return [pod["metadata"]["name"] for pod in pods if pod["status"].get("phase") == phase]

    return str(cluster.until(found)[0])


def until_counted(cluster: Cluster, job: str) -> None:
    """Until the Job's controller knows of its pod: if the answer to the pod's creation is lost, it creates another one."""
    cluster.until(lambda: cluster.get(JOBS, job, cluster.name)["status"].get("active"))


def until_trained(cluster: Cluster, pod: str) -> None:
    """Until the workload has made its first steps."""
    cluster.until(lambda: "Accuracy at step 30" in cluster.lab.logs(pod, namespace=cluster.name))


@contextmanager
def task(cluster: Cluster, params: Json, *, fails: bool = False) -> Iterator[Future[Json]]:
    """The task in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(cluster.fail if fails else cluster.run, OPERATION, **params)


@contextmanager
def tasks(cluster: Cluster, steps: dict[str, int]) -> Iterator[dict[str, Future[Json]]]:
    """Tasks at the same time, a Job each, by name and steps."""
    with ThreadPoolExecutor(len(steps)) as pool:
        yield {name: pool.submit(cluster.run, OPERATION, **wanted(cluster, steps=count, name=name)) for name, count in steps.items()}


def assert_whole(result: Json, steps: int) -> None:
    """Each line of the log is there, once."""
    assert result["job"]["succeeded"]
    assert [step for step, _unused in result["job"]["accuracy"]] == list(range(0, steps, 10))


def test_api_server_restarted_while_a_workload_waits_runs_and_ends(cluster: Cluster) -> None:
    node = cluster.add_node(taints=[SKU], gpus=2)
    steps = {"ends-meanwhile": 101, "goes-on": 801, "waits": 21}
    with tasks(cluster, {name: steps[name] for name in ("ends-meanwhile", "goes-on")}) as running:
        first = {name: until_in_phase(cluster, "Running", name) for name in running}
        with task(cluster, wanted(cluster, steps=steps["waits"], name="waits")) as waiting:
            first["waits"] = until_in_phase(cluster, "Pending", "waits")
            until_counted(cluster, "waits")
            with no_apiserver(cluster.lab):
                assert not any(each.done() for each in (*running.values(), waiting))
            results = {name: each.result(timeout=2 * PATIENCE_S) for name, each in {**running, "waits": waiting}.items()}
    for name, result in results.items():
        assert_whole(result, steps[name])
        assert (result["job"]["pod"], result["job"]["node"], result["job"]["attempts"]) == (first[name], node, 1)


def test_connections_cut_over_and_over_while_the_workload_runs(cluster: Cluster, relay: Relay) -> None:
    cluster.add_node(taints=[SKU], gpus=1)
    wire = cluster.kubeconfig_with(server=f"https://127.0.0.1:{relay.port}")
    cuts = 0
    with task(cluster, wanted(cluster, steps=301, kubeconfig=wire)) as running:
        until_in_phase(cluster, "Running")
        while not wait([running], timeout=0.3).done:
            relay.cut()
            cuts += 1
        result = running.result()
    assert cuts > 2
    assert_whole(result, 301)


def test_api_server_that_stays_away_ends_in_a_timeout_with_what_was_seen(cluster: Cluster, relay: Relay) -> None:
    cluster.add_node(taints=[SKU], gpus=1)
    wire = cluster.kubeconfig_with(server=f"https://127.0.0.1:{relay.port}")
    with task(cluster, wanted(cluster, args=ENDLESS, kubeconfig=wire, wait_timeout=12), fails=True) as running:
        pod = until_in_phase(cluster, "Running")
        until_trained(cluster, pod)
        relay.down()
        result = running.result(timeout=2 * PATIENCE_S)
    assert (result["error"]["code"], result["error"]["retriable"]) == ("Timeout", True)
    assert (result["job"]["pod"], result["job"]["gpu_device"]) == (pod, "Tesla T4")
    assert any(line.startswith("Accuracy at step") for line in result["job"]["log_tail"])


def test_api_server_that_is_away_from_the_start_is_named(cluster: Cluster, relay: Relay) -> None:
    wire = cluster.kubeconfig_with(server=f"https://127.0.0.1:{relay.port}")
    relay.down()
    result = cluster.fail(OPERATION, **wanted(cluster, kubeconfig=wire))
    assert result["error"]["retriable"]
    assert f"127.0.0.1:{relay.port}" in result["msg"]
    assert cluster.client.find(JOBS, NAME, cluster.name) is None


def test_deleted_pods_are_replaced_and_the_replacements_tell(cluster: Cluster) -> None:
    cluster.add_node(taints=[SKU], gpus=2)
    how = {"running": (), "by-force": ("--force", "--grace-period=0"), "pending": ()}
    with tasks(cluster, {"running": 101, "by-force": 101}) as running:
        first = {name: until_in_phase(cluster, "Running", name) for name in running}
        with task(cluster, wanted(cluster, name="pending", steps=101)) as waiting:
            first["pending"] = until_in_phase(cluster, "Pending", "pending")
            for name, pod in first.items():
                cluster.lab.kubectl("delete", "pod", pod, "--namespace", cluster.name, "--wait=false", *how[name])
            results = {name: each.result(timeout=2 * PATIENCE_S) for name, each in {**running, "pending": waiting}.items()}
    for name, result in results.items():
        assert_whole(result, 101)
        assert result["job"]["pod"] != first[name]
        assert result["job"]["attempts"] == 2


def test_job_deleted_while_it_runs_leaves_the_log_so_far(cluster: Cluster) -> None:
    node = cluster.add_node(taints=[SKU], gpus=1)
    with task(cluster, wanted(cluster, args=ENDLESS), fails=True) as running:
        pod = until_in_phase(cluster, "Running")
        until_trained(cluster, pod)
        cluster.lab.kubectl("delete", "job", NAME, "--namespace", cluster.name, "--wait=false", "--cascade=foreground")
        result = running.result(timeout=2 * PATIENCE_S)
    assert result["error"]["code"] == "JobDeleted"
    assert "ended" not in result["error"]["cause"]
    assert (result["job"]["pod"], result["job"]["node"], result["job"]["gpu_device"]) == (pod, node, "Tesla T4")
    assert result["job"]["steps"] >= 30


def test_job_that_kubernetes_removes_at_its_end_is_proven_by_the_log_that_was_followed(cluster: Cluster) -> None:
    cluster.run(OPERATION, **wanted(cluster, steps=101, wait=False))
    patch = '{"spec": {"ttlSecondsAfterFinished": 0}}'
    cluster.lab.kubectl("patch", "job", NAME, "--namespace", cluster.name, "--patch", patch)
    with task(cluster, wanted(cluster, steps=101)) as running:
        until_in_phase(cluster, "Pending")
        cluster.add_node(taints=[SKU], gpus=1)
        result = running.result(timeout=2 * PATIENCE_S)
    assert_whole(result, 101)
    cluster.until(lambda: cluster.client.find(JOBS, NAME, cluster.name) is None)
