# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.jobs import (
    Ending,
    attempt,
    attempts,
    differences,
    ending,
    failing,
    is_suspended,
    last_pod,
    pod_facts,
)
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.manifests import QUEUE_LABEL, job_manifest

from .builders import GPU, SKU_TOLERATION, Json, job_settings, pod

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


@pytest.mark.parametrize(("spec", "suspended"), [({"suspend": True}, True), ({"suspend": False}, False), ({}, False)])
def test_a_job_is_held_back_when_its_spec_says_so(spec: Json, suspended: bool) -> None:
    assert is_suspended({"spec": spec}) is suspended


def test_the_newest_pod_tells_how_the_job_ended() -> None:
    pods = [pod("b", created="2021-08-01T10:05:00Z"), pod("c", created="2021-08-01T10:10:00Z"), pod("a", created="2021-08-01T10:00:00Z")]
    newest = last_pod(pods)
    assert newest is not None
    assert newest["metadata"]["name"] == "c"
    assert last_pod([]) is None


def test_of_two_pods_made_in_one_second_the_one_that_stays_tells() -> None:
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
def test_a_container_that_never_ran_has_made_no_attempt(made: Json | None) -> None:
    assert attempt(made, MAIN) is None


def test_the_next_attempt_of_the_same_pod_is_told_from_one_of_another() -> None:
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


def test_a_container_that_admission_has_put_first_is_not_the_workload() -> None:
    made = bound(state=DONE, restartCount=1)
    sidecar = {"name": "istio-proxy", "imageID": "sha256:proxy", "restartCount": 7, "state": RUNNING}
    made["status"]["containerStatuses"].insert(0, sidecar)
    found = attempt(made, MAIN)
    assert found is not None
    assert (found.number, found.over) == (1, True)
    assert pod_facts(made, MAIN)["image_id"] == "sha256:1"
    assert attempts({"status": {"active": 1}}, [made], MAIN) == 2


def test_a_job_that_is_about_to_fail_says_why_and_for_what_it_waits() -> None:
    target = condition("FailureTarget", reason="DeadlineExceeded", message="Job was active longer than specified deadline")
    text = failing({"status": {"conditions": [target], "terminating": 1}})
    assert text == "DeadlineExceeded: Job was active longer than specified deadline, 1 pods still end"
    assert failing({"status": {"conditions": [condition("FailureTarget", "False"), condition("Suspended")]}}) == ""
    assert failing({}) == ""


def as_the_server_keeps_it(manifest: Json) -> Json:
    """The Job with what the API server adds to a template."""
    live = copy.deepcopy(manifest)
    template = live["spec"]["template"]
    template["spec"].update(
        {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30, "securityContext": {}}
    )
    template["spec"]["containers"][0].update({"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"})
    template["spec"]["containers"][0]["resources"]["requests"] = {GPU: "1"}
    template["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] = "7a5c"
    return live


def test_a_job_that_the_server_has_completed_with_defaults_does_not_differ() -> None:
    manifest = job_manifest(job_settings(env={"A": "1"}, command=["python"], node_selector={"accelerator": "nvidia"}))
    assert differences(as_the_server_keeps_it(manifest), manifest) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"image": "example.com/other:1"}, "image", id="image"),
        pytest.param({"args": ["--max_steps", "100"]}, "args", id="args"),
        pytest.param({"gpus": 2}, "resources", id="gpus"),
        pytest.param({"env": {"A": "1"}}, "env", id="env"),
        pytest.param({"node_taints": ["team=a:NoSchedule"]}, "tolerations", id="taints"),
        pytest.param({"node_selector": {"tier": "gold"}}, "nodeSelector", id="selector"),
    ],
)
def test_a_job_that_is_wanted_otherwise_differs_in_that_field(changes: dict[str, Any], field: str) -> None:
    live = as_the_server_keeps_it(job_manifest(job_settings()))
    spec = job_manifest(job_settings(**changes))["spec"]["template"]["spec"]
    found = differences(live, job_manifest(job_settings(**changes)))
    assert list(found) == [field]
    assert found[field][1] == {**spec, **spec["containers"][0]}[field]


def test_a_difference_has_the_live_value_first() -> None:
    live = job_manifest(job_settings())
    other = {"key": "team", "operator": "Exists"}
    assert differences(live, job_manifest(job_settings(node_taints=[], tolerations=[other]))) == {
        "tolerations": ([SKU_TOLERATION], [other])
    }


def test_a_job_with_another_failure_policy_differs() -> None:
    live = as_the_server_keeps_it(job_manifest(job_settings(fail_on_exit_codes=[9])))
    assert differences(live, job_manifest(job_settings(fail_on_exit_codes=[9]))) == {}
    assert list(differences(live, job_manifest(job_settings(fail_on_exit_codes=[10])))) == ["podFailurePolicy"]
    assert list(differences(live, job_manifest(job_settings()))) == ["restartPolicy", "podFailurePolicy"]


def test_what_a_queue_adds_when_it_admits_a_job_is_no_difference() -> None:
    manifest = job_manifest(job_settings(queue="gpus", node_selector={"tier": "gold"}))
    live = as_the_server_keeps_it(manifest)
    spec = live["spec"]["template"]["spec"]
    spec["tolerations"] = [{"key": "flavor", "operator": "Exists"}, *spec["tolerations"]]
    spec["nodeSelector"]["flavor"] = "a100"
    assert differences(live, manifest) == {}
    assert differences(live, job_manifest(job_settings(queue="gpus", node_taints=["team=a:NoSchedule"])))["tolerations"][0] == []


def test_a_job_of_another_queue_differs_and_one_that_names_none_takes_any() -> None:
    live = as_the_server_keeps_it(job_manifest(job_settings(queue="gpus")))
    assert live["metadata"]["labels"][QUEUE_LABEL] == "gpus"
    assert differences(live, job_manifest(job_settings(queue="others"))) == {"queue": ("gpus", "others")}
    assert differences(live, job_manifest(job_settings())) == {}
    assert differences(job_manifest(job_settings()), job_manifest(job_settings(queue="gpus"))) == {"queue": (None, "gpus")}
