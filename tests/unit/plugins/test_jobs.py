# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.jobs import Ending, differences, ending, is_suspended, last_pod, pod_facts
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.manifests import job_manifest

from .builders import GPU, SKU_TOLERATION, Json, job_settings, pod


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


@pytest.mark.parametrize(
    ("made", "facts"),
    [
        pytest.param(None, {"pod": "", "node": "", "image_id": "", "attempts": 0}, id="no pod"),
        pytest.param(pod("p", on="", phase="Pending"), {"pod": "p", "node": "", "image_id": "", "attempts": 1}, id="pending"),
        pytest.param(pod("p", on="n", statuses=[{"imageID": "sha256:1", "restartCount": 2}]),
                     {"pod": "p", "node": "n", "image_id": "sha256:1", "attempts": 3}, id="started again twice"),
    ],
)  # fmt: skip
def test_pod_facts_say_where_and_how_often_the_workload_ran(made: Json | None, facts: Json) -> None:
    assert pod_facts(made) == facts


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
    assert differences(live, job_manifest(job_settings(node_taints=[], tolerations=[{"operator": "Exists"}]))) == {
        "tolerations": ([SKU_TOLERATION], [{"operator": "Exists"}])
    }
