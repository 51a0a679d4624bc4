# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.integration.lab.manifests import TAINT, TOLERATION, apply, gpus, plugin, pod
from tests.integration.running_lab import RunningLab
from tests.lab.certs import client_context

pytestmark = pytest.mark.lab

STEPS_100 = ["--max_steps", "100", "--seed", "1"]
ENDLESS = ["--max_steps", "1000000"]


@pytest.fixture(scope="module")
def gpu_cluster(lab: RunningLab) -> Iterator[RunningLab]:
    lab.create_cluster()
    lab.create_pool("gpunp", vmSize="Standard_NC4as_T4_v3", nodeTaints=[TAINT])
    apply(lab, plugin(TOLERATION))
    lab.until(lambda: ("1", "1") in gpus(lab).values())
    yield lab
    lab.delete_cluster()


@pytest.fixture
def gpu_lab(gpu_cluster: RunningLab) -> Iterator[RunningLab]:
    yield gpu_cluster
    gpu_cluster.kubectl("delete", "pods", "--selector", "app!=anything", "--grace-period=1")


def status_of(lab: RunningLab, name: str) -> Any:
    return lab.get("pod", name)["status"]


def finished(lab: RunningLab, name: str) -> Any:
    lab.until(lambda: status_of(lab, name).get("phase") in {"Succeeded", "Failed"})
    return status_of(lab, name)


def test_gpu_pod_sees_its_gpu_and_succeeds(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", gpus=1, args=STEPS_100))
    status = finished(gpu_lab, "trainer")
    (container,) = status["containerStatuses"]
    assert status["phase"] == "Succeeded"
    assert container["state"]["terminated"]["reason"] == "Completed"
    assert "tests.lab.programs.mnist@sha256:" in container["imageID"]
    log = gpu_lab.kubectl("logs", "trainer").splitlines()
    assert "stands in for" in log[0]
    assert any("name: Tesla T4, pci bus id" in line for line in log)
    assert log[-1] == "Adding run metadata for 99"


def test_pod_without_a_gpu_request_gets_no_gpu(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", args=STEPS_100))
    finished(gpu_lab, "trainer")
    log = gpu_lab.kubectl("logs", "trainer")
    assert "Accuracy at step 90" in log
    assert "device" not in log


def test_nvidia_smi_lists_the_gpu(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("smi", gpus=1, command=["nvidia-smi"]))
    assert finished(gpu_lab, "smi")["phase"] == "Succeeded"
    assert "Tesla T4" in gpu_lab.kubectl("logs", "smi")


def test_unknown_command_fails_as_a_runtime_would_let_it(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("shell", command=["/bin/sh", "-c", "true"]))
    status = finished(gpu_lab, "shell")
    terminated = status["containerStatuses"][0]["state"]["terminated"]
    assert (status["phase"], terminated["reason"], terminated["exitCode"]) == ("Failed", "StartError", 128)


def test_followed_log_ends_with_the_container(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", gpus=1, args=["--max_steps", "300"]))
    gpu_lab.until(lambda: status_of(gpu_lab, "trainer")["phase"] == "Running")
    with subprocess.Popen(["kubectl", "logs", "--follow", "trainer"], env=gpu_lab.env, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        lines = list(following.stdout)
    assert following.returncode == 0
    assert lines[-1] == "Adding run metadata for 299\n"
    assert finished(gpu_lab, "trainer")["phase"] == "Succeeded"


def test_log_options_are_those_of_a_kubelet(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", args=STEPS_100))
    finished(gpu_lab, "trainer")
    whole = gpu_lab.kubectl("logs", "trainer").splitlines()
    stamped = gpu_lab.kubectl("logs", "trainer", "--timestamps").splitlines()
    assert [line.partition(" ")[2] for line in stamped] == whole
    moments = [datetime.fromisoformat(line.partition(" ")[0]) for line in stamped]
    assert moments == sorted(moments)
    assert gpu_lab.kubectl("logs", "trainer", "--tail=2").splitlines() == whole[-2:]
    assert gpu_lab.kubectl("logs", "trainer", "--limit-bytes=7") == "gpuops."
    assert gpu_lab.kubectl("logs", "trainer", "--since-time=2100-01-01T00:00:00Z") == ""


def test_failing_container_is_restarted_and_its_previous_log_kept(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("crasher", policy="OnFailure", args=["--max_steps", "many"]))

    def in_back_off() -> Any:
        status = status_of(gpu_lab, "crasher")
        state = status.get("containerStatuses", [{}])[0].get("state", {})
        return status if state.get("waiting", {}).get("reason") == "CrashLoopBackOff" else None

    status = gpu_lab.until(in_back_off)
    (container,) = status["containerStatuses"]
    assert (status["phase"], container["lastState"]["terminated"]["exitCode"]) == ("Running", 2)
    assert container["restartCount"] >= 1
    assert "invalid int value: 'many'" in gpu_lab.kubectl("logs", "crasher", "--previous")


def test_first_run_has_no_previous_log(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", args=STEPS_100))
    finished(gpu_lab, "trainer")
    assert "previous terminated container" in gpu_lab.kubectl("logs", "trainer", "--previous", check=False)


def test_followed_log_is_live_and_a_deleted_pod_ends_its_process(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, pod("trainer", gpus=1, args=ENDLESS))
    gpu_lab.until(lambda: "Accuracy" in gpu_lab.logs("trainer"))
    so_far = gpu_lab.kubectl("logs", "trainer").splitlines(keepends=True)
    follow = ["kubectl", "logs", "--follow", "trainer"]
    with subprocess.Popen(follow, env=gpu_lab.env, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert any(line not in so_far for line in following.stdout), "nothing came that was not there before"
        gpu_lab.kubectl("delete", "pod", "trainer", "--timeout=60s")
        following.communicate(timeout=60)
    assert following.returncode == 0
    assert gpu_lab.kubectl("get", "pod", "trainer", "--ignore-not-found", "--output=name") == ""


def test_log_of_a_pod_that_is_gone_is_not_found(gpu_lab: RunningLab) -> None:
    """Asked of the kubelet itself: the API server may have found a pod that has gone by the time the kubelet looks."""
    port, tls = gpu_lab.settings.ports.kubelet, client_context(gpu_lab.layout, "kube-apiserver-kubelet-client")
    with pytest.raises(HTTPError) as refused:
        urlopen(f"https://localhost:{port}/containerLogs/default/nowhere/main", context=tls)
    with refused.value as answer:
        assert (answer.code, answer.read()) == (HTTPStatus.NOT_FOUND, b'pod "nowhere" does not exist')


def test_log_of_a_simulated_pod_names_kwok(gpu_lab: RunningLab) -> None:
    names = gpu_lab.kubectl("get", "pods", "--selector", "app=anything", "--output=name").split()
    assert "KWOK plays this container" in gpu_lab.kubectl("logs", names[0])
