# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import yaml

from tests.lab import kwok
from tests.lab.config import Settings

POD_STAGE: dict[str, Any] = {
    "kind": "Stage",
    "metadata": {"name": "pod-ready"},
    "spec": {
        "resourceRef": {"kind": "Pod"},
        "selector": {"matchExpressions": [{"key": ".status.phase", "operator": "In", "values": ["Pending"]}]},
        "next": {"statusTemplate": "phase: Running"},
    },
}
NODE_STAGE: dict[str, Any] = {
    "kind": "Stage",
    "metadata": {"name": "node"},
    "spec": {"resourceRef": {"kind": "Node"}, "selector": {"matchExpressions": []}, "next": {"statusTemplate": ""}},
}
DELETE_STAGE = {**POD_STAGE, "spec": {**POD_STAGE["spec"], "next": {"delete": True}}}


def test_pods_with_a_program_are_left_to_the_kubelet() -> None:
    before = copy.deepcopy(POD_STAGE)
    changed = kwok.without_images(POD_STAGE, ["b", "a"])
    added = changed["spec"]["selector"]["matchExpressions"][1:]
    assert added == [{"key": ".spec.containers.[].image", "operator": "NotIn", "values": ["a", "b"]}]
    assert before == POD_STAGE


def test_node_stages_stay_as_they_are() -> None:
    assert kwok.without_images(NODE_STAGE, ["a"]) == NODE_STAGE


def test_pods_that_the_lab_plays_are_left_to_it_until_they_are_deleted() -> None:
    (added,) = kwok.without_stand_ins(POD_STAGE)["spec"]["selector"]["matchExpressions"][1:]
    assert added == {"key": '.metadata.labels["gpuops-aks-lab/stand-in"]', "operator": "DoesNotExist"}
    assert kwok.without_stand_ins(DELETE_STAGE) == DELETE_STAGE


def test_node_whose_containerd_has_stopped_does_not_get_ready() -> None:
    (added,) = kwok.without_stand_ins(NODE_STAGE)["spec"]["selector"]["matchExpressions"]
    assert added == {"key": '.metadata.annotations["gpuops-aks-lab/stopped"]', "operator": "DoesNotExist"}


def test_configuration_listens_on_loopback_and_names_the_kubelets_port() -> None:
    settings = Settings.new(era="2026", speed=60)
    documents = list(yaml.safe_load_all(kwok.configuration(yaml.safe_dump_all([POD_STAGE, NODE_STAGE]), ["a"], settings)))
    options = documents[0]["options"]
    assert [item["kind"] for item in documents] == ["KwokConfiguration", "Stage", "Stage"]
    assert options["serverAddress"] == f"127.0.0.1:{settings.ports.kwok}"
    assert options["nodePort"] == settings.ports.kubelet
