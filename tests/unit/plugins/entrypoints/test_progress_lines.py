# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of wait says, and how often."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.progress import resource_status
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.progress import rollout_status
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.progress import goal_status
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.progress import job_status, milestone
from ansible_collections.gpuops.aks.plugins.module_utils._progress import Status
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.progress import LiveProgress, is_for_people

POOL = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks/agentPools/gpunp"
CLUSTER = POOL.partition("/agentPools")[0]
FEATURE = "/subscriptions/s/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/GPUDedicatedVHDPreview"
NODE = "aks-gpunp-12345678-vmss000002"


@pytest.mark.parametrize(
    ("path", "state", "line"),
    [
        (POOL, "Creating", "gpunp: Creating, 1m40s (usually about 4m)"),
        (POOL, "Deleting", "gpunp: Deleting, 1m40s (usually about 50s)"),
        (POOL, "Upgrading", "gpunp: Upgrading, 1m40s"),
        (CLUSTER, "Creating", "aks: Creating, 1m40s (usually about 5m30s)"),
        (CLUSTER.lower(), "Updating", "aks: Updating, 1m40s (usually about 1m50s)"),
        ("/subscriptions/s/resourceGroups/rg", "Deleting", "resource group rg: Deleting, 1m40s"),
        (FEATURE, "Registering", "GPUDedicatedVHDPreview: Registering, 1m40s"),
        ("/subscriptions/s/providers/Microsoft.ContainerService", "Registering", "Microsoft.ContainerService: Registering, 1m40s"),
    ],
)
def test_azures_waits_name_the_resource_and_how_long_it_usually_takes(path: str, state: str, line: str) -> None:
    assert resource_status(path, state).line(100) == line


def test_resumed_wait_is_reported_without_a_usual_duration() -> None:
    pool = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks/agentPools/gpunp"
    assert resource_status(pool, "Creating", resumed=True).line(12) == "gpunp: Creating since before this task, 12s"


@pytest.mark.parametrize(
    ("nodes", "pending", "line"),
    [
        (3, {NODE: "ContainerCreating"}, f"device plugin: 2/3 nodes ready, 12s; waiting for {NODE}: ContainerCreating"),
        (3, {NODE: "no pod yet", "other": "Pending"}, f"device plugin: 1/3 nodes ready, 12s; waiting for {NODE}: no pod yet and 1 more"),
        (1, {NODE: "CrashLoopBackOff: password is 42"}, f"device plugin: 0/1 nodes ready, 12s; waiting for {NODE}: CrashLoopBackOff"),
        (2, {}, "device plugin: 2/2 nodes ready, 12s"),
        (0, {"the DaemonSet": "not there"}, "device plugin: no node to serve yet, 12s; waiting for the DaemonSet: not there"),
    ],
)
def test_plugins_wait_names_node_and_reason_but_no_container_message(nodes: int, pending: dict[str, str], line: str) -> None:
    assert rollout_status(nodes, pending).line(12) == line


def test_wait_for_gpus_names_the_likeliest_cause() -> None:
    mild, grave = (
        finding(Explanation(code, "c", "r", severity), [(NODE, "e")]) for code, severity in (("Mild", "warning"), ("Grave", "error"))
    )
    told = goal_status("gpunp", "1 of 2 GPU nodes serve nvidia.com/gpu", [mild, grave]).line(12)
    assert told == f"gpunp: 1 of 2 GPU nodes serve nvidia.com/gpu, 12s; waiting for {NODE}: Grave"
    assert goal_status("", "0 of 1 GPU nodes serve nvidia.com/gpu", []).line(0) == "GPU nodes: 0 of 1 GPU nodes serve nvidia.com/gpu, 0s"


def pod(*, node: str = "", phase: str = "Pending", state: dict[str, Any] | None = None, unschedulable: str = "") -> dict[str, Any]:
    conditions = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unschedulable}] if unschedulable else []
    statuses = [{"name": "main", "state": state}] if state else []
    return {"spec": {"nodeName": node}, "status": {"phase": phase, "conditions": conditions, "containerStatuses": statuses}}


JOB: dict[str, Any] = {"spec": {}}
PULL = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image with token=s3cret"}}


@pytest.mark.parametrize(
    ("job", "seen", "accuracy", "line"),
    [
        (JOB, None, [], "mnist: no pod yet, 45s"),
        ({"spec": {"suspend": True}}, None, [], "mnist: suspended, 45s"),
        (JOB, pod(unschedulable="0/3 nodes are available"), [], "mnist: Pending, 45s; waiting for 0/3 nodes are available"),
        (JOB, pod(node=NODE, state={"waiting": {"reason": "ContainerCreating"}}), [], f"mnist: ContainerCreating on {NODE}, 45s"),
        (JOB, pod(node=NODE, state=PULL), [], f"mnist: ImagePullBackOff on {NODE}, 45s"),
        (JOB, pod(node=NODE, phase="Running", state={"running": {}}), [], f"mnist: Running on {NODE}, 45s"),
        (JOB, pod(node=NODE, phase="Running"), [(290, 0.93), (300, 0.946), (310, 0.95)], "mnist: step 300, accuracy 0.946, 45s"),
    ],
)
def test_jobs_wait_reports_its_pod_and_then_the_training(
    job: dict[str, Any], seen: dict[str, Any] | None, accuracy: list[tuple[int, float]], line: str
) -> None:
    assert job_status("mnist", job, seen, accuracy).line(45) == line


def test_training_progress_is_reported_every_hundred_steps() -> None:
    steps = [(step, step / 1000) for step in range(0, 500, 10)]
    told = {milestone(steps[: count + 1])[0] for count in range(len(steps))}
    assert told == {0, 100, 200, 300, 400}


class HandClock:
    """Advances only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def shown(states: list[str], *, each: float = 1.0) -> list[str]:
    """The lines shown for these states, reported one after the other."""
    clock, lines = HandClock(), []
    progress = LiveProgress(clock, lines.append)
    for state in states:
        progress.report(partial(Status, "gpunp", state), clock.now())
        clock.sleep(each)
    return lines


def test_one_line_per_status_change() -> None:
    assert shown(["Creating"] * 10 + ["Updating"] * 10) == ["gpunp: Creating, 0s", "gpunp: Updating, 10s"]


def test_at_most_one_line_per_three_seconds_and_the_last_status_is_shown() -> None:
    assert shown(["a", "b", "c", "d", "d", "d", "d"]) == ["gpunp: a, 0s", "gpunp: d, 3s"]


def test_unchanged_status_is_repeated_during_a_long_wait() -> None:
    assert shown(["Creating"] * 8, each=15) == [f"gpunp: Creating, {text}" for text in ("0s", "30s", "1m", "1m30s")]


def test_status_that_would_not_be_shown_is_not_built() -> None:
    clock, lines, made = HandClock(), [], []
    progress = LiveProgress(clock, lines.append)

    def status() -> Status:
        made.append("status")
        return Status("gpunp", "Creating")

    for _unused in range(3):
        progress.report(status, 0)
    assert (len(lines), len(made)) == (1, 1)


@pytest.mark.parametrize("callback", ["default", "ansible.builtin.default", "yaml", "community.general.yaml", "minimal", "awx_display"])
def test_progress_is_shown_in_output_for_people(callback: str) -> None:
    assert is_for_people(callback)


@pytest.mark.parametrize("callback", ["json", "ansible.posix.json", "ansible.posix.jsonl", "oneline", "community.general.dense", "null"])
def test_no_progress_in_output_for_programs_or_redrawn_lines(callback: str) -> None:
    assert not is_for_people(callback)


def test_control_characters_in_a_state_are_escaped() -> None:
    assert shown(["\x1b[2JRunning"]) == [r"gpunp: \x1b[2JRunning, 0s"]
