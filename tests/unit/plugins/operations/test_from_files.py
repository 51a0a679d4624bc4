# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosis from files: what it refuses, what it leaves open, and that it guesses nothing from what the files lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION

from ..builders import GPU_NODE, Json, daemonset, node, plugin_pod, pod
from ..operation_table import parameters, refusal_of
from ..tasks import real_run

PLUGIN = daemonset()


def listed(kind: str, *items: Json) -> str:
    return json.dumps({"kind": f"{kind}List", "apiVersion": "v1", "items": [{**each, "kind": kind} for each in items]})


def facts(folder: Path, files: dict[str, str], **params: Any) -> tuple[Json, tuple[str, ...]]:
    for name, text in files.items():
        (folder / name).write_text(text)
    outcome = OPERATION.run(parameters(OPERATION, from_files=[str(folder)], pool="", **params), real_run())
    return outcome.result["ansible_facts"]["gpu_schedulable"], outcome.warnings


def codes(found: Json) -> list[str]:
    return [each["code"] for each in found["findings"]]


def test_nodes_alone_lead_to_no_guess_about_plugins(tmp_path: Path) -> None:
    found, warnings = facts(tmp_path, {"nodes.json": listed("Node", node(gpus=None))})
    assert (found["node_count"], codes(found), warnings) == (1, [], ())
    assert [each["kind"] for each in found["from_files"]["unjudged"]] == [
        "pods",
        "daemonsets",
        "events",
        "configmaps",
        "resourceslices",
        "logs",
    ]
    assert found["nodes"][0]["reasons"] == []


def test_kinds_that_name_owners_are_missed_only_where_a_node_shows_that_they_matter(tmp_path: Path) -> None:
    labels = {"nvidia.com/gpu.deploy.driver": "true", "karpenter.azure.com/aksnodeclass": "default"}
    found, _warnings = facts(tmp_path, {"nodes.json": listed("Node", node(labels=labels))})
    missing = [each["kind"] for each in found["from_files"]["unjudged"]]
    assert missing == ["pods", "daemonsets", "events", "configmaps", "clusterpolicies", "nvidiadrivers", "aksnodeclasses", "logs"]
    policy = {"metadata": {"name": "cluster-policy"}, "spec": {"driver": {"enabled": True}}, "status": {"state": "ready"}}
    found, _warnings = facts(tmp_path, {"policies.json": listed("ClusterPolicy", policy), "classes.json": listed("AKSNodeClass")})
    assert found["pools"]["gpunp"]["owners"] == {
        "driver": ["the GPU Operator"],
        "plugin": ["the GPU Operator"],
        "metrics": ["the GPU Operator"],
    }
    assert [each["kind"] for each in found["from_files"]["unjudged"]] == [
        kind for kind in missing if kind not in ("clusterpolicies", "aksnodeclasses")
    ]


def test_devices_of_a_dra_driver_are_missed_where_a_node_offers_no_gpu(tmp_path: Path) -> None:
    def missed(folder: str, *nodes: Json) -> bool:
        (tmp_path / folder).mkdir()
        found, _warnings = facts(tmp_path / folder, {"nodes.json": listed("Node", *nodes)})
        return "resourceslices" in [each["kind"] for each in found["from_files"]["unjudged"]]

    assert missed("silent", node("a"), node("b", gpus=None))
    assert not missed("serving", node("a"), node("b"))


SLICE = {
    "metadata": {"name": "slice"},
    "spec": {
        "driver": "gpu.nvidia.com",
        "nodeName": GPU_NODE,
        "pool": {"name": GPU_NODE, "generation": 1, "resourceSliceCount": 1},
        "devices": [{"name": "gpu-0"}],
    },
}


@pytest.mark.parametrize("left_out", [(), ("resourceclaims",), ("deviceclasses",), ("resourceclaims", "deviceclasses")])
def test_some_kinds_of_dra_without_the_others_are_read(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    kinds = {"resourceclaims": "ResourceClaim", "deviceclasses": "DeviceClass"}
    others = {f"{name}.json": listed(kind) for name, kind in kinds.items() if name not in left_out}
    files = {"nodes.json": listed("Node", node(gpus=None)), "resourceslices.json": listed("ResourceSlice", SLICE), **others}
    pod_spec = {"containers": [{"name": "train", "resources": {"limits": {"nvidia.com/gpu": 1}}}]}
    found, _warnings = facts(tmp_path, files, pod=pod_spec)
    assert found["dra"]["devices"] == 1
    assert codes(found) == ([] if "deviceclasses" in left_out else ["DraOnly"])
    missing = [each["kind"] for each in found["from_files"]["unjudged"]]
    assert [kind for kind in missing if kind in kinds] == list(left_out)


def test_device_classes_alone_are_read(tmp_path: Path) -> None:
    found, _warnings = facts(tmp_path, {"nodes.json": listed("Node", node(gpus=None)), "classes.json": listed("DeviceClass")})
    assert (found["node_count"], found["dra"]["devices"]) == (1, 0)


def test_empty_list_of_a_kind_is_an_answer(tmp_path: Path) -> None:
    files = {"nodes.json": listed("Node", node(gpus=None)), "daemonsets.json": listed("DaemonSet"), "pods.json": listed("Pod")}
    found, _warnings = facts(tmp_path, files)
    assert codes(found) == ["NoDevicePlugin"]
    assert found["nodes"][0]["reasons"] == ["NoDevicePlugin"]


def test_plugins_without_their_pods_are_not_said_to_have_none(tmp_path: Path) -> None:
    files = {"nodes.json": listed("Node", node(gpus=None)), "daemonsets.json": listed("DaemonSet", PLUGIN)}
    assert codes(facts(tmp_path, files)[0]) == []


def test_log_in_the_files_explains_a_silent_plugin(tmp_path: Path) -> None:
    (container,) = PLUGIN["spec"]["template"]["spec"]["containers"]
    serving = plugin_pod(PLUGIN, statuses=[{"name": container["name"], "restartCount": 0, "state": {"running": {}}}])
    metadata = serving["metadata"]
    files = {
        "nodes.json": listed("Node", node(gpus=None)),
        "daemonsets.json": listed("DaemonSet", PLUGIN),
        "pods.json": listed("Pod", serving),
        "plugin.log": f"[pod/{metadata['name']}/{container['name']}] Failed to initialize NVML: Driver/library version mismatch\n",
    }
    found, _warnings = facts(tmp_path, files)
    assert codes(found) == ["DriverLibraryMismatch"]
    assert found["findings"][0]["subjects"] == [GPU_NODE]


def test_pods_of_two_namespaces_only_are_told(tmp_path: Path) -> None:
    found, _warnings = facts(tmp_path, {"nodes.json": listed("Node", node()), "pods.json": listed("Pod", pod(gpus=1))})
    assert found["requested"] == 1
    assert {"kind": "pods", "unjudged": "what pods of other namespaces than default and kube-system use"} in found["from_files"]["unjudged"]


def test_damaged_file_beside_a_good_one_is_a_warning(tmp_path: Path) -> None:
    found, (warning,) = facts(tmp_path, {"nodes.json": listed("Node", node()), "pods.json": listed("Pod", pod())[:-40]})
    assert found["node_count"] == 1
    assert warning.startswith("The answer is partial. ")
    assert "pods.json" in warning


def test_cluster_without_gpu_nodes_is_an_answer(tmp_path: Path) -> None:
    found, warnings = facts(tmp_path, {"nodes.json": listed("Node"), "pods.json": listed("Pod")})
    assert (found["node_count"], codes(found), warnings) == (0, ["NoGpuNodes"], ())


def test_files_without_a_node_are_refused_with_what_was_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "nodes.json").write_text(listed("Node", node())[:60])
    refusal = refusal_of(OPERATION, from_files=[str(tmp_path)], pool="")
    assert refusal.code == "NoNodesInFiles"
    assert "nodes.json" in refusal.cause
    assert "gpuops.aks.collect" in refusal.remedy


@pytest.mark.parametrize(
    "given",
    [{"kubeconfig": "/x"}, {"host": "https://x"}, {"wait": True}, {"wait_for": {"allocatable": 1, "schedulable": None, "nodes": []}}],
)
def test_files_and_a_cluster_are_refused(tmp_path: Path, given: Json) -> None:
    refusal = refusal_of(OPERATION, from_files=[str(tmp_path)], pool="", **given)
    assert refusal.code == "FilesAndCluster"
    assert next(iter(given)) in refusal.remedy


def test_path_that_is_not_there_is_refused() -> None:
    assert refusal_of(OPERATION, from_files=["/no/such/dump.tar.gz"], pool="").code == "FilesMissing"
