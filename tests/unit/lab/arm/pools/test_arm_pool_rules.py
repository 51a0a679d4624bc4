# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_lab import Lab, system_pool

BAD_NAMES = ["aksMigNode", "Gpunp", "1gpu", "gpu-np", "abcdefghijklm", "gpu_np"]

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"count": None}, "InvalidParameter", "properties.count is missing"),
    ({"count": 0}, "InvalidParameter", "count was 0. It must be greater or equal to minCount:1 and less than or equal to maxCount:3"),
    ({"count": 4}, "InvalidParameter", "count was 4"),
    ({"minCount": 5}, "InvalidParameter", "agentPoolProfile.maxCount is invalid"),
    ({"minCount": -1}, "InvalidParameter", "agentPoolProfile.minCount is invalid"),
    ({"minCount": None}, "InvalidParameter", "properties.minCount is missing"),
    ({"enableAutoScaling": False, "count": 1001}, "InvalidParameter", "maxCount:1000"),
    ({"mode": "System", "minCount": 0}, "InvalidParameter", "agentPoolProfile.minCount is invalid"),
    ({"mode": "Nonsense"}, "InvalidParameter", "agentPoolProfile.mode"),
    ({"nodeTaints": ["sku=gpu"]}, "InvalidParameter", "agentPoolProfile.nodeTaints"),
    ({"nodeTaints": ["sku=gpu:Never"]}, "InvalidParameter", "agentPoolProfile.nodeTaints"),
    ({"nodeLabels": {"kubernetes.azure.com/accelerator": "nvidia"}}, "InvalidParameter", "nodeLabels"),
    ({"osType": "Windows"}, "BadRequest", "gpuops.aks lab"),
    ({"osSKU": "Nonsense"}, "InvalidParameter", "osSKU"),
    ({"vmSize": "Standard_NC6"}, "VMSizeNotSupported", "'Standard_NC6' is not supported for subscription sub in location 'eastus'"),
    ({"vmSize": "Standard_Nonsense"}, "VMSizeNotSupported", "Standard_Nonsense"),
    ({"orchestratorVersion": "1.20.7"}, "K8sVersionNotSupported", "1.20.7"),
]


@pytest.fixture
def lab() -> Lab:
    return Lab().with_cluster()


@pytest.mark.parametrize("name", BAD_NAMES)
def test_pool_names_are_short_lower_case_and_begin_with_a_letter(lab: Lab, name: str) -> None:
    with pytest.raises(ArmError, match=r"agentPoolProfile\.name is invalid"):
        lab.put_pool(name)


@pytest.mark.parametrize(("change", "code", "text"), REFUSED)
def test_a_pool_is_refused_with_code_and_reason_and_leaves_nothing(lab: Lab, change: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**change)
    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert text in refusal.value.message
    assert list(lab.state.aks.cluster("rg", "aks").pools) == ["nodepool1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vmSize": "Standard_NC8as_T4_v3"}, "vmSize"),
        ({"maxPods": 30}, "maxPods"),
        ({"osDiskSizeGB": 256}, "osDiskSizeGB"),
        ({"gpuProfile": {"driver": "None"}}, "gpuProfile"),
        ({"scaleSetPriority": "Spot"}, "scaleSetPriority"),
        ({"gpuInstanceProfile": "MIG1g"}, "gpuInstanceProfile"),
    ],
)
def test_what_is_fixed_at_creation_stays(lab: Lab, change: dict[str, Any], field: str) -> None:
    lab.with_pool()
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**change)
    assert refusal.value.code == "PropertyChangeNotAllowed"
    assert refusal.value.body()["target"] == f"properties.{field}"
    assert lab.pool().state == "Succeeded"


@pytest.mark.parametrize("change", [{"vmSize": "standard_nc4AS_T4_v3"}, {"gpuProfile": {"driver": "Install"}}, {"vmSize": None}])
def test_other_spelling_of_the_same_value_is_not_a_change(lab: Lab, change: dict[str, Any]) -> None:
    lab.with_pool()
    assert lab.put_pool(**change).state == "Updating"


@pytest.mark.parametrize("taints", [["sku=gpu:NoExecute"], [], None])
def test_taints_were_fixed_in_2021_and_can_be_changed_today(taints: list[str] | None) -> None:
    today = Lab("2026").with_cluster().with_pool()
    assert today.put_pool(nodeTaints=taints).properties.get("nodeTaints") == (taints or None)
    past = Lab("2021").with_cluster().with_pool()
    with pytest.raises(ArmError, match=r"Changing property 'properties\.nodeTaints' is not allowed"):
        past.put_pool(nodeTaints=taints)


def test_another_operating_system_is_another_image_today_and_was_refused_in_2021() -> None:
    pool = Lab("2026").with_cluster().with_pool().put_pool(osSKU="AzureLinux")
    assert pool.properties["nodeImageVersion"].startswith("AKSAzureLinux-")
    with pytest.raises(ArmError, match=r"properties\.enableFIPS"):
        Lab("2021").with_cluster().with_pool().put_pool(enableFIPS=True)


def test_a_cluster_needs_a_system_pool_from_the_beginning() -> None:
    with pytest.raises(ArmError, match="Must define at least one system pool"):
        Lab().put_cluster(pools=[system_pool(mode="User")])


def test_the_last_system_pool_can_neither_go_nor_change_its_mode(lab: Lab) -> None:
    lab.with_pool()
    with pytest.raises(ArmError) as refusal:
        lab.state.aks.pool_work.delete("rg", "aks", "nodepool1")
    assert (refusal.value.status, refusal.value.code) == (400, "OperationNotAllowed")
    assert refusal.value.message == "There has to be at least one system agent pool."
    with pytest.raises(ArmError, match="Must define at least one system pool"):
        lab.put_raw_pool(system_pool(mode="User"), name="nodepool1")


def test_a_second_system_pool_frees_the_first_and_is_then_the_last_pool_of_all(lab: Lab) -> None:
    lab.with_pool(mode="System", nodeTaints=[])
    assert lab.state.aks.pool_work.delete("rg", "aks", "nodepool1") is not None
    with pytest.raises(ArmError, match="There has to be at least one agent pool"):
        lab.state.aks.pool_work.delete("rg", "aks", "gpunp")


def test_pools_are_not_added_through_their_cluster(lab: Lab) -> None:
    with pytest.raises(ArmError, match="A new agent pool was introduced"):
        lab.put_cluster(pools=[system_pool(), system_pool(name="gpunp")])
