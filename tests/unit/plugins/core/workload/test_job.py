# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import (
    Ending,
    attempt,
    attempts,
    container_ending,
    deciding_pod,
    ending,
    failing,
    is_suspended,
    last_pod,
    outlived,
    owned_by,
    pod_facts,
)

from ...builders import Json, pod

MAIN = "main"


def condition(kind: str, status: str = "True", **fields: str) -> Json:
    return {"type": kind, "status": status, **fields}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param({}, None, id="no conditions"),
        pytest.param({"conditions": None, "active": 1}, None, id="active"),
        pytest.param({"conditions": [condition("Complete")]}, Ending(True, "", ""), id="complete"),
        pytest.param({"conditions": [condition("SuccessCriteriaMet"), condition("Complete", reason="CompletionsReached", message="m")]},
                     Ending(True, "CompletionsReached", "m"), id="complete, with what comes before it"),
        pytest.param({"conditions": [condition("Failed", reason="BackoffLimitExceeded", message="Job has reached the limit")]},
                     Ending(False, "BackoffLimitExceeded", "Job has reached the limit"), id="failed"),
        pytest.param({"conditions": [condition("FailureTarget")]}, None, id="about to fail"),
        pytest.param({"conditions": [condition("SuccessCriteriaMet")]}, None, id="about to complete"),
        pytest.param({"conditions": [condition("Suspended")]}, None, id="suspended"),
        pytest.param({"conditions": [condition("Complete", "False")]}, None, id="a condition that is not true"),
    ],
)  # fmt: skip
def test_a_job_ends_with_a_terminal_condition_only(status: Json, expected: Ending | None) -> None:
    assert ending({"status": status}) == expected


def test_a_job_without_status_has_not_ended() -> None:
    assert ending({"metadata": {}}) is None


@pytest.mark.parametrize(
    ("spec", "suspended"),
    [({"suspend": True}, True), ({"suspend": False}, False), ({"parallelism": 0}, True), ({"parallelism": 1}, False), ({}, False)],
)
def test_job_is_suspended_by_its_spec(spec: Json, suspended: bool) -> None:
    assert is_suspended({"spec": spec}) is suspended


ENDED, RUNNING = {"terminated": {"exitCode": 0, "reason": "Completed"}}, {"running": {}}


def with_states(**states: Json) -> Json:
    return {"status": {"containerStatuses": [{"name": name, "state": state} for name, state in states.items()]}}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(with_states(main=ENDED), Ending(True, "Completed", ""), id="ended"),
        pytest.param(with_states(main={"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "m"}}),
                     Ending(False, "OOMKilled", "m"), id="failed"),
        pytest.param(with_states(main=RUNNING, proxy=ENDED), None, id="runs"),
        pytest.param({"status": {}}, None, id="has not started"),
        pytest.param(None, None, id="no pod"),
    ],
)  # fmt: skip
def test_end_of_a_container(seen: Json | None, expected: Ending | None) -> None:
    assert container_ending(seen, MAIN) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(with_states(main=ENDED, proxy=RUNNING), True, id="another one runs"),
        pytest.param(with_states(main=RUNNING, proxy=RUNNING), False, id="both run"),
        pytest.param(with_states(main=ENDED, proxy=ENDED), False, id="both have ended"),
        pytest.param(with_states(main=ENDED), False, id="the only one"),
        pytest.param(None, False, id="no pod"),
    ],
)
def test_container_that_another_one_outlives(seen: Json | None, expected: bool) -> None:
    assert outlived(seen, MAIN) is expected


def test_newest_pod_shows_how_the_job_ended() -> None:
    pods = [pod("b", created="2021-08-01T10:05:00Z"), pod("c", created="2021-08-01T10:10:00Z"), pod("a", created="2021-08-01T10:00:00Z")]
    newest = last_pod(pods)
    assert newest is not None
    assert newest["metadata"]["name"] == "c"
    assert last_pod([]) is None


def test_of_two_pods_of_one_second_the_remaining_one_counts() -> None:
    going = pod("a", created="2021-08-01T10:00:00Z")
    going["metadata"]["deletionTimestamp"] = "2021-08-01T10:00:00Z"
    newest = last_pod([going, pod("b", created="2021-08-01T10:00:00Z")])
    assert newest is not None
    assert newest["metadata"]["name"] == "b"


def at(second: int) -> str:
    return f"2021-08-01T10:00:{second:02d}Z"


RUNNING = {"running": {"startedAt": at(30)}}
DONE = {"terminated": {"exitCode": 0, "startedAt": at(30), "finishedAt": at(42)}}
FAILED = {"terminated": {"exitCode": 1, "startedAt": at(30), "finishedAt": at(31)}}
BACK_OFF = {"waiting": {"reason": "CrashLoopBackOff"}}


def bound(**status: Any) -> Json:
    """A pod that got its node at second 10, with one container."""
    made = pod("p", on="n", statuses=[{"name": MAIN, "imageID": "sha256:1", "restartCount": 0, **status}])
    made["metadata"]["uid"] = "uid of p"
    made["status"]["conditions"] = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at(10)}]
    return made


@pytest.mark.parametrize(
    ("made", "node", "image", "times"),
    [
        pytest.param(None, "", "", (None, None), id="no pod"),
        pytest.param(pod("p", on="", phase="Pending"), "", "", (None, None), id="pending"),
        pytest.param(bound(state={"waiting": {"reason": "ContainerCreating"}}), "n", "sha256:1", (None, None), id="pulling"),
        pytest.param(bound(state=RUNNING), "n", "sha256:1", (20.0, None), id="running"),
        pytest.param(bound(state=DONE), "n", "sha256:1", (20.0, 12.0), id="done"),
        pytest.param(bound(state=RUNNING, lastState=FAILED, restartCount=1), "n", "sha256:1", (20.0, None), id="started again"),
        pytest.param(
            bound(state=DONE, lastState=FAILED, restartCount=2), "n", "sha256:1", (None, 12.0), id="again twice: the first is forgotten"
        ),
    ],
)
def test_pod_facts_say_where_the_workload_ran_and_how_long(
    *, made: Json | None, node: str, image: str, times: tuple[float | None, float | None]
) -> None:
    facts = pod_facts(made, MAIN)
    assert (facts["pod"], facts["node"], facts["image_id"]) == ("p" if made else "", node, image)
    assert (facts["pulled_s"], facts["ran_s"]) == times


@pytest.mark.parametrize(
    ("made", "number", "over"),
    [
        pytest.param(bound(state=RUNNING), 0, False, id="running"),
        pytest.param(bound(state=DONE), 0, True, id="ended"),
        pytest.param(bound(state=BACK_OFF, lastState=FAILED), 0, True, id="waits to be started again, as the kubelet counts"),
        pytest.param(bound(state=RUNNING, lastState=FAILED, restartCount=1), 1, False, id="started again"),
    ],
)
def test_each_start_of_a_pods_container_is_an_attempt(made: Json, number: int, over: bool) -> None:
    found = attempt(made, MAIN)
    assert found is not None
    assert (found.pod, found.number, found.over) == ("p", number, over)


@pytest.mark.parametrize("made", [None, pod("p"), bound(), bound(state={"waiting": {"reason": "ImagePullBackOff"}})])
def test_container_that_never_ran_is_not_an_attempt(made: Json | None) -> None:
    assert attempt(made, MAIN) is None


def test_next_attempt_of_a_pod_is_distinguished_from_another_pods() -> None:
    first, second = attempt(bound(state=FAILED), MAIN), attempt(bound(state=RUNNING, restartCount=1), MAIN)
    elsewhere = bound(state=RUNNING, restartCount=1)
    elsewhere["metadata"]["uid"] = "uid of q"
    other = attempt(elsewhere, MAIN)
    assert first is not None
    assert second is not None
    assert other is not None
    assert second.is_after(first)
    assert not first.is_after(second)
    assert not second.is_same(first)
    assert not other.is_same(second)
    assert not other.is_after(first)


@pytest.mark.parametrize(
    ("status", "pods", "count"),
    [
        pytest.param({}, [], 0, id="nothing yet"),
        pytest.param({"active": 1}, [bound(state=RUNNING)], 1, id="the first runs"),
        pytest.param({"succeeded": 1}, [bound(state=DONE, restartCount=2)], 3, id="started again twice"),
        pytest.param({"succeeded": 1, "failed": 1}, [bound(state=DONE)], 2, id="the pod before is gone"),
        pytest.param({"succeeded": 1}, [pod("evicted"), bound(state=DONE)], 2, id="evicted, which the Job doesn't count"),
        pytest.param({"failed": 1}, [], 1, id="failed, and its pod is gone"),
    ],
)
def test_attempts_are_counted_over_pods_and_restarts(status: Json, pods: list[Json], count: int) -> None:
    assert attempts({"status": status}, pods, MAIN) == count


def test_injected_first_container_is_not_the_workload() -> None:
    made = bound(state=DONE, restartCount=1)
    sidecar = {"name": "istio-proxy", "imageID": "sha256:proxy", "restartCount": 7, "state": RUNNING}
    made["status"]["containerStatuses"].insert(0, sidecar)
    found = attempt(made, MAIN)
    assert found is not None
    assert (found.number, found.over) == (1, True)
    assert pod_facts(made, MAIN)["image_id"] == "sha256:1"
    assert attempts({"status": {"active": 1}}, [made], MAIN) == 2


def test_job_about_to_fail_has_a_reason_and_what_it_waits_for() -> None:
    target = condition("FailureTarget", reason="DeadlineExceeded", message="Job was active longer than specified deadline")
    text = failing({"status": {"conditions": [target], "terminating": 1}})
    assert text == "DeadlineExceeded: Job was active longer than specified deadline, 1 pod still ending"
    assert failing({"status": {"conditions": [condition("FailureTarget", "False"), condition("Suspended")]}}) is None
    assert failing({}) is None


def test_succeeded_job_is_represented_by_its_succeeded_pod() -> None:
    done = pod("a", created="2021-08-01T10:00:00Z", phase="Succeeded")
    newer = pod("b", created="2021-08-01T10:05:00Z", phase="Failed")
    complete = {"status": {"conditions": [condition("Complete")]}}
    assert deciding_pod(complete, [done, newer]) is done
    assert deciding_pod(complete, [newer]) is newer
    assert deciding_pod({"status": {}}, [done, newer]) is newer
    assert deciding_pod(complete, []) is None


def test_pod_belongs_to_the_job_by_owner_not_by_label() -> None:
    labelled = pod("p")
    labelled["metadata"]["labels"] = {"batch.kubernetes.io/controller-uid": "7a5c"}
    assert not owned_by(labelled, "7a5c")
    assert owned_by(pod("p", owner="7a5c"), "7a5c")
    assert not owned_by(pod("p", owner="other"), "7a5c")
