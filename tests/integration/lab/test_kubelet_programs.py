# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that bring their own program: its files, its environment, and the GPUs that it sees."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab.manifests import FIELDS, TAINT, TOLERATION, apply, config_map, gpus, plugin, program_pod
from tests.integration.running_lab import RunningLab, command, running
from tests.lab import processes, visible_gpus

pytestmark = pytest.mark.lab

GPUS = 4
SHOW = (
    "import json, os, sys; print(json.dumps({'env': dict(os.environ), 'files': sorted(os.listdir('.')), 'args': sys.argv[1:]}), flush=True)"
)
# Ends at once, and leaves a child that would not.
LEAVE = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
LEAVE_AND_STAY = f"{LEAVE}; sys.stdout.flush(); import time; time.sleep(600)"


@pytest.fixture(scope="module")
def gpu_cluster(lab: RunningLab) -> Iterator[RunningLab]:
    lab.create_cluster()
    lab.create_pool("gpunp", vmSize="Standard_NC64as_T4_v3", nodeTaints=[TAINT])
    apply(lab, plugin(TOLERATION))
    lab.until(lambda: (str(GPUS), str(GPUS)) in gpus(lab).values())
    yield lab
    lab.delete_cluster()


@pytest.fixture
def gpu_lab(gpu_cluster: RunningLab) -> Iterator[RunningLab]:
    yield gpu_cluster
    gpu_cluster.clear_faults()
    gpu_cluster.kubectl("delete", "pods", "--selector", "app!=anything", "--grace-period=1")
    gpu_cluster.kubectl("delete", "configmaps", "--selector", "test")


def phase(lab: RunningLab, name: str) -> Any:
    return lab.get("pod", name)["status"].get("phase")


def shown(lab: RunningLab, name: str) -> Any:
    """What the program has printed, once it has ended well."""
    assert lab.until(lambda: (now := phase(lab, name)) in {"Succeeded", "Failed"} and now) == "Succeeded"
    return json.loads(lab.logs(name))


def seen(lab: RunningLab, name: str) -> tuple[list[str], list[visible_gpus.VisibleGpu]]:
    """The UUIDs that the pod was granted, and the GPUs that its libraries show."""
    env = shown(lab, name)["env"]
    return env["NVIDIA_VISIBLE_DEVICES"].split(","), visible_gpus.decoded(env.get("LAB_GPUS", ""))


def test_program_of_a_config_map_finds_its_files_and_its_pod(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, config_map("show", SHOW), program_pod("prove", args=["--node", "$(NODE_NAME)"]))
    said = shown(gpu_lab, "prove")
    created = gpu_lab.get("pod", "prove")
    node = created["spec"]["nodeName"]
    assert said["files"] == ["program"]
    assert said["args"] == ["--node", node]
    expected = {"NODE_NAME": node, "POD_NAME": "prove", "POD_UID": created["metadata"]["uid"], "POD_NAMESPACE": "default"}
    assert {name: said["env"][name] for name in FIELDS} == expected
    assert not [name for name in said["env"] if name in gpu_lab.env and name.startswith(("AZURE", "KUBE", "HOME", "LD_"))]
    assert said["env"]["NVIDIA_VISIBLE_DEVICES"] == "void"
    gpu_lab.until(lambda: not list(gpu_lab.layout.pods.iterdir()))


def test_pod_waits_for_its_config_map(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, program_pod("early"))

    def told() -> Any:
        events = gpu_lab.get("events", "--field-selector=involvedObject.name=early,reason=FailedMount")["items"]
        return events and events[0]["message"]

    assert gpu_lab.until(told) == 'MountVolume.SetUp failed for volume "program" : configmap "show" not found'
    status = gpu_lab.get("pod", "early")["status"]
    assert status["phase"] == "Pending"
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "ContainerCreating"
    apply(gpu_lab, config_map("show", SHOW))
    assert shown(gpu_lab, "early")["files"] == ["program"]


def test_two_pods_share_no_device_and_a_freed_one_is_given_again(gpu_lab: RunningLab) -> None:
    pods = [program_pod(f"pod-{number}", gpus=2) for number in range(4)]
    apply(gpu_lab, config_map("show", SHOW), config_map("wait", f"import time; {SHOW}; time.sleep(600)"))
    apply(gpu_lab, program_pod("holder", program="wait", gpus=1))
    gpu_lab.until(lambda: gpu_lab.logs("holder"))
    held = json.loads(gpu_lab.logs("holder"))["env"]["NVIDIA_VISIBLE_DEVICES"]
    apply(gpu_lab, *pods)
    granted = [seen(gpu_lab, f"pod-{number}") for number in range(4)]
    assert all([gpu.uuid for gpu in visible] == uuids for uuids, visible in granted)
    assert all(len(set(uuids)) == 2 and held not in uuids for uuids, _visible in granted)
    gpu_lab.kubectl("delete", "pod", "holder", "--grace-period=1")
    apply(gpu_lab, program_pod("all", gpus=GPUS))
    uuids, visible = seen(gpu_lab, "all")
    assert held in uuids
    assert {gpu.model for gpu in visible} == {"Tesla T4"}


def test_pod_that_is_bound_past_the_scheduler_is_refused_when_no_device_is_left(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, config_map("wait", "import time; time.sleep(600)"), program_pod("holder", program="wait", gpus=GPUS))
    gpu_lab.until(lambda: phase(gpu_lab, "holder") == "Running")
    late = program_pod("late", gpus=1)
    late["spec"]["nodeName"] = gpu_lab.get("pod", "holder")["spec"]["nodeName"]
    apply(gpu_lab, late)
    gpu_lab.until(lambda: phase(gpu_lab, "late") == "Failed")
    status = gpu_lab.get("pod", "late")["status"]
    assert status["reason"] == "UnexpectedAdmissionError"
    assert "unavailable for nvidia.com/gpu. Requested: 1, Available: 0" in status["message"]


def test_machine_that_is_made_anew_has_other_gpus(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, config_map("show", SHOW), program_pod("before", gpus=GPUS))
    before, _visible = seen(gpu_lab, "before")
    node = gpu_lab.get("pod", "before")["spec"]["nodeName"]
    uid = gpu_lab.get("node", node)["metadata"]["uid"]
    gpu_lab.arm("POST", "/_lab/reimage", {"pool": "gpunp"})
    gpu_lab.until(
        lambda: any(item["metadata"]["name"] == node and item["metadata"]["uid"] != uid for item in gpu_lab.get("nodes")["items"])
    )
    gpu_lab.until(lambda: gpus(gpu_lab).get(node) == (str(GPUS), str(GPUS)))
    apply(gpu_lab, program_pod("after", gpus=GPUS))
    after, _visible = seen(gpu_lab, "after")
    assert not set(before) & set(after)


@pytest.mark.parametrize(
    ("fault", "counts", "faults"),
    [
        ("ecc", (2, 2), ["", "ecc"]),
        ("missing", (2, 1), [""]),
        ("neighbor", (2, 3), ["", "", ""]),
    ],
)
def test_fault_of_a_device_is_seen_until_it_is_cleared(gpu_lab: RunningLab, fault: str, counts: tuple[int, int], faults: list[str]) -> None:
    apply(gpu_lab, config_map("show", SHOW))
    assert command(gpu_lab.dir, "fault", fault, "--pool", "gpunp", "--device", "1").returncode == 0
    assert f"set: {fault}, GPU 1 of each node of pool gpunp" in command(gpu_lab.dir, "fault").stdout
    apply(gpu_lab, program_pod("bad", gpus=2))
    granted, visible = seen(gpu_lab, "bad")
    assert (len(granted), len({gpu.uuid for gpu in visible})) == counts
    assert [gpu.fault for gpu in visible] == faults
    assert command(gpu_lab.dir, "fault", "--clear").returncode == 0
    apply(gpu_lab, program_pod("good", gpus=2))
    granted, visible = seen(gpu_lab, "good")
    assert [gpu.uuid for gpu in visible] == granted


def test_fault_of_no_device_is_refused(gpu_lab: RunningLab) -> None:
    refused = command(gpu_lab.dir, "fault", "ecc")
    assert (refused.returncode, "node or a pool" in refused.stderr) == (1, True)


def child_of_parent(lab: RunningLab, source: str) -> Path:
    """Runs a program that prints the id of its child; returns what is there as long as the child lives."""
    apply(lab, config_map("leave", source), program_pod("parent", program="leave"))
    child = lab.until(lambda: (printed := lab.logs("parent")).strip().isdecimal() and printed)
    return Path(f"/proc/{int(child)}/exe")


@pytest.mark.parametrize("ends", [True, False])
def test_container_ends_with_its_first_process(gpu_lab: RunningLab, ends: bool) -> None:
    child = child_of_parent(gpu_lab, LEAVE if ends else LEAVE_AND_STAY)
    if ends:
        gpu_lab.until(lambda: phase(gpu_lab, "parent") == "Succeeded")
    else:
        gpu_lab.kubectl("delete", "pod", "parent", "--grace-period=1")
    gpu_lab.until(lambda: not child.exists())


@pytest.mark.parametrize("server_is_killed", [False, True])
def test_no_program_outlives_its_lab(tmp_path: Path, server_is_killed: bool) -> None:
    with running(tmp_path / "lab", era="2026") as lab:
        lab.create_cluster()
        child = child_of_parent(lab, LEAVE_AND_STAY)
        assert list(lab.layout.pods.iterdir())
        if server_is_killed:
            (server,) = [process for process in processes.load(lab.layout) if process.name == "server"]
            os.kill(server.pid, signal.SIGKILL)
    lab.until(lambda: not child.exists())
    assert not lab.layout.pods.exists()
