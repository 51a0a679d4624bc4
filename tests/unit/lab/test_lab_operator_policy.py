# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's operator makes of a ClusterPolicy, and what it reports in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.merge import operator_values

from tests.lab.gpu_operator.operands import DRIVER
from tests.lab.gpu_operator.policy import HASH, daemonsets, runtime_classes
from tests.lab.gpu_operator.report import IGNORED, Report, followed, report
from tests.lab.pods import is_device_plugin, mig_strategy

SYSTEMS = ("ubuntu22.04",)
GPU, DISCOVERED = {"nvidia.com/gpu.present": "true"}, {"feature.node.kubernetes.io/pci-10de.present": "true"}


def policy(name: str = "cluster-policy", *, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A ClusterPolicy."""
    return {"metadata": {"name": name, "uid": name}, "spec": spec, "status": status or {}}


def sets(**spec: Any) -> dict[str, Any]:
    """The DaemonSets by their names."""
    return {each["metadata"]["name"]: each for each in daemonsets(policy(**spec), namespace="gpu-operator", systems=SYSTEMS)}


def test_components_follow_from_the_values_that_the_filter_computes() -> None:
    computed = dict(operator_values({"driver": "aks", "node_taints": ["sku=gpu:NoSchedule"]}).values)
    made = sets(**computed)
    assert set(made) == {
        "nvidia-operator-validator",
        "nvidia-device-plugin-daemonset",
        "nvidia-dcgm-exporter",
        "gpu-feature-discovery",
    }
    tolerated = [each["key"] for each in made["nvidia-dcgm-exporter"]["spec"]["template"]["spec"]["tolerations"]]
    assert tolerated == ["nvidia.com/gpu", "sku"]
    classes = {each["spec"]["template"]["spec"]["runtimeClassName"] for each in made.values()}
    assert classes == {"nvidia-container-runtime"}


def test_components_run_where_their_label_is_and_go_with_the_policy() -> None:
    for name, made in sets().items():
        (selector,) = made["spec"]["template"]["spec"]["nodeSelector"]
        assert selector.startswith("nvidia.com/gpu.deploy."), name
        assert made["metadata"]["ownerReferences"][0]["uid"] == "cluster-policy"


def test_only_driver_and_toolkit_run_without_the_runtime_class() -> None:
    without = {name for name, made in sets().items() if "runtimeClassName" not in made["spec"]["template"]["spec"]}
    assert without == {"nvidia-driver-daemonset", "nvidia-container-toolkit-daemonset"}


def test_runtime_classes_are_those_of_the_policy() -> None:
    assert [each["handler"] for each in runtime_classes(policy())] == ["nvidia", "nvidia-cdi", "nvidia-legacy"]
    own = policy(operator={"runtimeClass": "nvidia-container-runtime"})
    assert [each["metadata"]["name"] for each in runtime_classes(own)] == ["nvidia-container-runtime"]
    assert runtime_classes(policy(cdi={"nriPluginEnabled": True})) == []


def test_plugin_is_one_to_the_lab_and_has_the_policys_mig_strategy() -> None:
    template = sets(mig={"strategy": "mixed"})["nvidia-device-plugin-daemonset"]["spec"]["template"]
    assert is_device_plugin(template)
    assert mig_strategy(template) == "mixed"
    assert [name for name, made in sets().items() if is_device_plugin(made["spec"]["template"])] == ["nvidia-device-plugin-daemonset"]


def test_driver_image_is_that_of_the_nodes_system_from_the_given_registry() -> None:
    made = sets(driver={"repository": "example.azurecr.io/nvidia", "image": "driver", "version": "595.91.07"})[DRIVER.name]
    image = made["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "example.azurecr.io/nvidia/driver:595.91.07-ubuntu22.04"


def test_hash_changes_with_the_tolerations() -> None:
    tolerations = [{"key": "sku", "operator": "Exists"}]
    before, after = (
        sets(**spec)[DRIVER.name]["metadata"]["annotations"][HASH] for spec in ({}, {"daemonsets": {"tolerations": tolerations}})
    )
    assert before != after


def daemonset(*, desired: int = 1, available: int = 1, observed: int = 1) -> dict[str, Any]:
    """A DaemonSet as its controller reports it."""
    status = {"observedGeneration": observed, "desiredNumberScheduled": desired, "numberAvailable": available}
    return {"metadata": {"generation": 1}, "status": status}


@pytest.mark.parametrize(
    ("labels", "states", "state", "reason"),
    [
        pytest.param([{}], {}, "ready", "NFDLabelsMissing", id="no node feature discovery"),
        pytest.param([DISCOVERED], {}, "ready", "NoGPUNodes", id="no GPU"),
        pytest.param([{**DISCOVERED, **GPU}], {"state-driver": daemonset()}, "ready", "Reconciled", id="all ready"),
        pytest.param([{**DISCOVERED, **GPU}], {"state-driver": daemonset(desired=0, available=0)}, "ready", "Reconciled", id="on no node"),
        pytest.param([{**DISCOVERED, **GPU}], {"state-driver": None}, "notReady", "OperandNotReady", id="not there yet"),
        pytest.param([{**DISCOVERED, **GPU}], {"state-driver": daemonset(desired=2)}, "notReady", "OperandNotReady", id="on one of two"),
        pytest.param([{**DISCOVERED, **GPU}], {"state-driver": daemonset(observed=0)}, "notReady", "OperandNotReady", id="not seen yet"),
    ],
)
def test_report(labels: list[dict[str, str]], states: dict[str, Any], state: str, reason: str) -> None:
    said = report(labels, states)
    assert (said.state, said.reason) == (state, reason)


def test_report_names_the_states_that_are_not_ready() -> None:
    said = report([{**DISCOVERED, **GPU}], {"state-driver": None, "state-dcgm": daemonset(), "state-device-plugin": None})
    assert said.message == "ClusterPolicy is not ready; states not ready: [state-driver state-device-plugin]"


@pytest.mark.parametrize("said", [Report("ready", "Reconciled", "all"), Report("notReady", "OperandNotReady", "some"), IGNORED])
def test_report_that_is_shown_is_not_written_again(said: Report) -> None:
    assert not said.is_shown(policy())
    assert said.is_shown(policy(status=said.status(namespace="gpu-operator", now="2026-01-01T00:00:00Z")))


def test_conditions_contradict_each_other_as_the_operators_do() -> None:
    conditions = Report("notReady", "OperandNotReady", "some").status(namespace="n", now="t")["conditions"]
    assert [(each["type"], each["status"], each["reason"]) for each in conditions] == [
        ("Ready", "False", "Error"),
        ("Error", "True", "OperandNotReady"),
    ]


def test_first_policy_is_followed_and_stays_so() -> None:
    old, new = policy("b"), policy("a")
    old["metadata"]["creationTimestamp"], new["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    assert followed([new, old]) is old
    assert followed([old, {**new, "status": {"state": "ready"}}])["metadata"]["name"] == "a"  # type: ignore[index]
    assert followed([]) is None
