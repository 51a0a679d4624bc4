# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.lab.podstatus import Container, Running, Terminated, Waiting, phase, restart_delay, restarts_after, status

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def container(state: Waiting | Running | Terminated, restarts: int = 0) -> Container:
    return Container("main", "image", "id", state, restarts=restarts)


def ended(code: int) -> Terminated:
    return Terminated(code, NOW, NOW)


def report(state: Waiting | Running | Terminated, policy: str = "Never") -> Any:
    return status([container(state)], policy=policy, now=NOW, pod_started=NOW, host_ip="10.0.0.1")


@pytest.mark.parametrize(
    ("states", "policy", "expected"),
    [
        ([Waiting("ContainerCreating")], "Never", "Pending"),
        ([Running(NOW)], "Never", "Running"),
        ([ended(0)], "Never", "Succeeded"),
        ([ended(1)], "Never", "Failed"),
        ([ended(0), ended(1)], "Never", "Failed"),
        ([ended(0), Running(NOW)], "Never", "Running"),
        ([ended(1)], "OnFailure", "Running"),
        ([ended(0)], "OnFailure", "Succeeded"),
        ([ended(0)], "Always", "Running"),
    ],
)
def test_phase(states: list[Waiting | Running | Terminated], policy: str, expected: str) -> None:
    assert phase([container(state) for state in states], policy) == expected


def test_container_that_waits_for_its_restart_keeps_the_pod_running() -> None:
    assert phase([container(Waiting("CrashLoopBackOff"), restarts=1)], "OnFailure") == "Running"


def test_restart_policies() -> None:
    assert [restarts_after(policy, code) for policy in ("Always", "OnFailure", "Never") for code in (0, 1)] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]


def test_restarts_back_off_as_a_kubelet_does() -> None:
    assert [restart_delay(restarts) for restarts in (0, 1, 2, 3, 5, 6, 100)] == [0, 10, 20, 40, 160, 300, 300]


def test_restarted_container_remembers_its_end() -> None:
    again = container(ended(3)).restarted()
    assert (again.restarts, again.last, again.state) == (1, ended(3), Waiting("ContainerCreating"))


def test_running_pod_is_ready() -> None:
    conditions = {item["type"]: item["status"] for item in report(Running(NOW))["conditions"]}
    assert conditions == {"PodReadyToStartContainers": "True", "Initialized": "True", "Ready": "True", "ContainersReady": "True"}
    assert "PodScheduled" not in conditions


def test_finished_pod_has_a_reason_for_not_ready() -> None:
    told = {(item["type"], item["status"], item.get("reason")) for item in report(ended(0))["conditions"]}
    assert {("Ready", "False", "PodCompleted"), ("Initialized", "True", "PodCompleted")} <= told
    terminated = report(ended(0))["containerStatuses"][0]["state"]["terminated"]
    assert terminated == {"exitCode": 0, "reason": "Completed", "startedAt": "2026-01-02T03:04:05Z", "finishedAt": "2026-01-02T03:04:05Z"}


def test_starting_pod_names_the_containers_it_waits_for() -> None:
    ready = next(item for item in report(Waiting("ContainerCreating"))["conditions"] if item["type"] == "Ready")
    assert (ready["reason"], ready["message"]) == ("ContainersNotReady", "containers with unready status: [main]")
