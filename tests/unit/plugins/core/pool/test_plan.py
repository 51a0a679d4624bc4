# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, pool_facts
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import SKU_TAINT, Json, assert_explained
from ...pool_builders import ARTICLE, MARK, SPOT_TAINT, autoscaled, desired, live_pool, plan


def test_articles_pool_is_created_with_its_fields_and_azures_required_ones() -> None:
    made = plan(desired(**ARTICLE), None)
    assert made.body["properties"] == {**ARTICLE, "mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets", "tags": MARK}
    assert made.change.diff()["before"] == {}
    assert made.change.subject == "agent pool gpunp"


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        pytest.param({}, 1, id="one node"),
        pytest.param({"count": 2}, 2, id="as named"),
        pytest.param({"enableAutoScaling": True, "minCount": 2, "maxCount": 4}, 2, id="the autoscaler's lower bound"),
        pytest.param({"enableAutoScaling": True, "minCount": 0, "maxCount": 4}, 1, id="a node to prove the GPU on"),
        pytest.param({"enableAutoScaling": True, "minCount": 0, "maxCount": 4, "count": 0}, 0, id="none, when that is named"),
    ],
)
def test_a_new_pool_starts_with(properties: Json, count: int) -> None:
    assert plan(desired(vmSize="Standard_NC6", **properties), None).body["properties"]["count"] == count


KEPT_OFF = {"nvidia.com/gpu.deploy.operands": "false"}


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        pytest.param({}, KEPT_OFF, id="its own only"),
        pytest.param({"team": "a"}, {**KEPT_OFF, "team": "a"}, id="beside the task's"),
        pytest.param({"nvidia.com/gpu.deploy.operands": "true"}, {"nvidia.com/gpu.deploy.operands": "true"}, id="the task's wins"),
    ],
)
def test_a_new_pool_gets_the_labels_of_its_creation(given: dict[str, str], labels: dict[str, str]) -> None:
    wish = replace(desired(vmSize="Standard_NC6", **({"nodeLabels": given} if given else {})), creation_labels=KEPT_OFF)
    assert plan(wish, None).body["properties"]["nodeLabels"] == labels


def test_an_existing_pool_keeps_its_labels() -> None:
    assert not plan(replace(desired(), creation_labels=KEPT_OFF), live_pool(nodeLabels={"team": "a"})).change.changed


def test_a_new_pool_needs_a_size() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plan(desired(count=1), None)
    assert_explained(refusal.value, "MissingVmSize", "gpunp", "vm_size")


@pytest.mark.parametrize(
    ("wish", "live", "changes"),
    [
        pytest.param(desired(count=3), live_pool(), {"count": 3}, id="scaled by hand"),
        pytest.param(desired(nodeTaints=[SKU_TAINT]), live_pool(), {"nodeTaints": [SKU_TAINT]}, id="a taint"),
        pytest.param(desired(nodeTaints=[]), live_pool(nodeTaints=[SKU_TAINT]), {"nodeTaints": []}, id="no taint any more"),
        pytest.param(desired(nodeTaints=[SKU_TAINT]), live_pool(nodeTaints=[SPOT_TAINT]), {"nodeTaints": [SKU_TAINT, SPOT_TAINT]},
                     id="a spot pool keeps its own taint"),
        pytest.param(desired(nodeTaints=[]), live_pool(nodeTaints=[SPOT_TAINT]), {}, id="which is nobody's to remove"),
        pytest.param(desired(nodeLabels={"team": "b"}), live_pool(nodeLabels={"team": "a", "stage": "prod"}),
                     {"nodeLabels": {"team": "b", "stage": "prod"}}, id="a label, beside others"),
        pytest.param(desired(nodeLabels={"team": "a"}), live_pool(nodeLabels={"team": "a", "stage": "prod"}), {}, id="other labels stay"),
        pytest.param(desired(nodeLabels={"team": None}), live_pool(nodeLabels={"team": "a", "stage": "prod"}),
                     {"nodeLabels": {"stage": "prod"}}, id="a label is taken away"),
        pytest.param(desired(nodeLabels={"team": None}), live_pool(nodeLabels={"stage": "prod"}), {}, id="one that is not there"),
        pytest.param(desired(newProfile={"inner": {"a": 2}}), live_pool(newProfile={"c": 3, "inner": {"a": 1, "b": 4}}),
                     {"newProfile": {"c": 3, "inner": {"a": 2, "b": 4}}}, id="a member of a member"),
        pytest.param(desired(nodeTaints=[]), live_pool(nodeTaints=[""]), {}, id="an old answer's one empty taint is none"),
        pytest.param(desired(nodeTaints=["gpu=:NoSchedule"]), live_pool(nodeTaints=["gpu:NoSchedule"]), {},
                     id="a taint without value in either spelling"),
        pytest.param(desired({"Cost": "2", "Team": None}), live_pool(tags={"cost": "1", "team": "a", "b": "c"}),
                     {"tags": {"cost": "2", "b": "c"}}, id="a tag is found in any case of its name"),
        pytest.param(desired({"COST": "1"}), live_pool(tags={"cost": "1"}), {}, id="and so stays"),
        pytest.param(desired(availabilityZones=["auto"]), live_pool(availabilityZones=["1", "3"]), {}, id="zones that Azure has chosen"),
        pytest.param(desired(securityProfile={"sshAccess": "localuser"}), live_pool(securityProfile={"sshAccess": "LocalUser"}), {},
                     id="the case of an enumeration without choices"),
        pytest.param(desired(scaleSetPriority="Spot"), live_pool(scaleSetPriority="spot"), {}, id="and of one with them"),
        pytest.param(desired(kubeletConfig={"cpuManagerPolicy": "none", "failSwapOn": True, "cpuCfsQuotaPeriod": "0.1s"}), live_pool(), {},
                     id="the kubelet's defaults, left out by Azure"),
        pytest.param(desired(kubeletConfig={"cpuCfsQuotaPeriod": "200ms", "allowedUnsafeSysctls": ["a", "b"]}),
                     live_pool(kubeletConfig={"cpuCfsQuotaPeriod": "0.2s", "allowedUnsafeSysctls": ["b", "a"]}), {},
                     id="a time in another unit, a list in another order"),
        pytest.param(desired(upgradeSettings={"drainTimeoutInMinutes": 30}), live_pool(), {}, id="a default that Azure leaves out"),
        pytest.param(desired(proximityPlacementGroupID=None), live_pool(proximityPlacementGroupID="/p"),
                     {"proximityPlacementGroupID": None}, id="a property is taken away"),
        pytest.param(desired(orchestratorVersion="1.20"), live_pool(), {}, id="a minor version stands for its patches"),
        pytest.param(desired(orchestratorVersion="1.21"), live_pool(), {"orchestratorVersion": "1.21"}, id="an upgrade"),
        pytest.param(desired(orchestratorVersion="1.29"), live_pool(currentOrchestratorVersion="1.28.101-akslts"),
                     {"orchestratorVersion": "1.29"}, id="an upgrade from long-term support"),
        pytest.param(desired(availabilityZones=["2", "1"]), live_pool(availabilityZones=["1", "2"]), {}, id="zones in any order"),
        pytest.param(desired(nodeLabels={"example.com/gpu": ""}), live_pool(), {"nodeLabels": {"example.com/gpu": ""}},
                     id="a label without value"),
        pytest.param(desired(nodeLabels={"mode": "user"}), live_pool(nodeLabels={"mode": "User"}), {"nodeLabels": {"mode": "user"}},
                     id="a label's case counts, whatever its name"),
        pytest.param(desired({"team": "b"}), live_pool(tags={"cost": "1"}), {"tags": {"cost": "1", "team": "b"}},
                     id="a tag, beside others"),
        pytest.param(desired({}), live_pool(tags={"cost": "1"}), {}, id="other tags stay"),
        pytest.param(desired(vmSize="standard_nc6", mode="user", osSKU="ubuntu"), live_pool(), {}, id="the case of Azure's names"),
        pytest.param(desired(mode="System"), live_pool(), {"mode": "System"}, id="the mode"),
        pytest.param(desired(count=1), autoscaled(count=3), {}, id="the autoscaler's count is its own"),
        pytest.param(desired(enableAutoScaling=True, minCount=2, maxCount=3), autoscaled(), {"minCount": 2, "count": 2},
                     id="bounds above the count"),
        pytest.param(desired(enableAutoScaling=True, minCount=1, maxCount=2), autoscaled(count=3), {"maxCount": 2, "count": 2},
                     id="bounds below the count"),
        pytest.param(desired(enableAutoScaling=False), autoscaled(count=2),
                     {"enableAutoScaling": False, "minCount": None, "maxCount": None}, id="the autoscaler goes with its bounds"),
        pytest.param(desired(enableAutoScaling=False, count=1), live_pool(enableAutoScaling=None), {},
                     id="no autoscaler, left out by Azure"),
        pytest.param(desired(), live_pool(provisioningState="Failed"), {"provisioningState": "Succeeded"}, id="a failed pool is put again"),
        pytest.param(desired(), live_pool(provisioningState="Canceled"), {"provisioningState": "Succeeded"}, id="and a cancelled one"),
        pytest.param(desired(), live_pool(provisioningState="Updating"), {}, id="not one that is being updated"),
    ],
)  # fmt: skip
def test_update_changes_differing_fields(wish: DesiredPool, live: Json, changes: Json) -> None:
    assert plan(wish, live).change.after == changes


def test_autoscalers_bounds_are_removed_with_it() -> None:
    body = plan(desired(enableAutoScaling=False), autoscaled()).body["properties"]
    assert not {"minCount", "maxCount"} & set(body)


@pytest.mark.parametrize(
    ("properties", "live", "words"),
    [
        pytest.param({"vmSize": "Standard_NC12"}, live_pool(), ["vm_size", " Standard_NC6 ", " Standard_NC12."], id="size"),
        pytest.param(
            {"gpuProfile": {"driver": "None"}}, live_pool(), ["gpu_driver", "is Install and", "to None."], id="driver, left out by Azure"
        ),
        pytest.param(
            {"gpuProfile": {"driver": "Install"}},
            live_pool(gpuProfile={"driver": "None"}),
            ["gpu_driver", "is None and", "to Install."],
            id="driver",
        ),
        pytest.param({"scaleSetPriority": "Spot"}, live_pool(), ["scale_set_priority", "Regular", "Spot"], id="spot"),
        pytest.param({"gpuInstanceProfile": "MIG1g"}, live_pool(), ["gpu_instance_profile", "not set", "MIG1g"], id="MIG"),
        pytest.param({"osType": "Windows"}, live_pool(), ["os_type", "Linux", "Windows"], id="system"),
        pytest.param({"osDiskSizeGB": 256}, live_pool(), ["os_disk_size_gb", "128", "256"], id="disk size"),
        pytest.param({"osDiskType": "Ephemeral"}, live_pool(), ["os_disk_type", "Managed", "Ephemeral"], id="disk"),
        pytest.param({"maxPods": 30}, live_pool(), ["max_pods", "110", "30"], id="pods"),
        pytest.param(
            {"kubeletConfig": {"cpuManagerPolicy": "static"}},
            live_pool(),
            ["kubelet_config.cpu_manager_policy", "none", "static"],
            id="kubelet",
        ),
        pytest.param({"kubeletConfig": {"newThing": 1}}, live_pool(), ["kubelet_config.newThing", "not set"], id="kubelet, by a new name"),
        pytest.param(
            {"linuxOSConfig": {"sysctls": {"vmSwappiness": 10}}},
            live_pool(linuxOSConfig={"sysctls": {"vmSwappiness": 60}}),
            ["linux_os_config.sysctls.vm_swappiness", "60", "10"],
            id="kernel",
        ),
        pytest.param({"enableEncryptionAtHost": True}, live_pool(), ["enable_encryption_at_host", "False"], id="encryption"),
        pytest.param({"enableUltraSSD": True}, live_pool(), ["enable_ultra_ssd"], id="ultra disks"),
        pytest.param(
            {"capacityReservationGroupID": "/c"}, live_pool(), ["capacity_reservation_group_id", "not set", "/c"], id="capacity reservation"
        ),
    ],
)
def test_immutable_field_is_rejected_by_option_name_with_both_values(properties: Json, live: Json, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plan(desired(count=1, **properties), live)
    assert_explained(refusal.value, "ImmutableField", "gpunp", *words)


def test_preview_may_change_immutable_fields_of_the_stable_api() -> None:
    wish = DesiredPool("gpunp", {"vmSize": "Standard_NC12"}, preview=True)
    assert plan(wish, live_pool()).change.after == {"vmSize": "Standard_NC12"}


@pytest.mark.parametrize(
    "live",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"name": "gpunp"}, id="a name alone"),
        pytest.param({"name": "gpunp", "properties": None}, id="null properties"),
        pytest.param({"name": "gpunp", "properties": dict.fromkeys(live_pool()["properties"])}, id="null for every property"),
    ],
)
def test_pool_with_minimal_properties_is_read(live: Json) -> None:
    assert pool_facts(live)["provisioning_state"] is None
    assert plan(desired(count=2), live).change.after == {"count": 2}


@pytest.mark.parametrize("mode", ["Gateway", "Machines", "ManagedSystem"])
def test_unknown_mode_of_an_existing_pool_is_kept(mode: str) -> None:
    live = live_pool(mode=mode, vmSize=None)
    assert pool_facts(live)["mode"] == mode
    assert plan(desired({"team": "a"}), live).body["properties"]["mode"] == mode


def test_facts_name_the_pools_fields_as_the_module_does() -> None:
    live = autoscaled(nodeTaints=[SKU_TAINT], nodeLabels={"team": "a"}, tags=MARK, gpuProfile={"driver": "None"}, count=2)
    facts = pool_facts(live)
    assert {name: value for name, value in facts.items() if value not in (None, {}, False)} == {
        "id": "/…/agentPools/gpunp",
        "name": "gpunp",
        "vm_size": "Standard_NC6",
        "count": 2,
        "enable_auto_scaling": True,
        "min_count": 1,
        "max_count": 3,
        "scale_down_mode": "Delete",
        "node_taints": [SKU_TAINT],
        "node_labels": {"team": "a"},
        "mode": "User",
        "os_type": "Linux",
        "os_sku": "Ubuntu",
        "orchestrator_version": "1.20.7",
        "os_disk_size_gb": 128,
        "os_disk_type": "Managed",
        "kubelet_disk_type": "OS",
        "max_pods": 110,
        "gpu_driver": "None",
        "gpu_management_mode": "Unmanaged",
        "scale_set_priority": "Regular",
        "scale_set_eviction_policy": "Delete",
        "spot_max_price": -1.0,
        "upgrade_settings": {
            "max_surge": "33%",
            "drain_timeout_in_minutes": 30,
            "node_soak_duration_in_minutes": 0,
            "undrainable_node_behavior": "Schedule",
        },
        "node_image_version": "AKSUbuntu-1804gen2containerd-2021.07.17",
        "kubernetes_version": "1.20.7",
        "power_state": {"code": "Running"},
        "provisioning_state": "Succeeded",
        "tags": MARK,
    }
    assert {*facts} >= {option.name for option in POOL_OPTIONS}


@pytest.mark.parametrize(
    "left_out", [{}, dict.fromkeys(["enableAutoScaling", "gpuProfile", "mode", "osSKU", "nodeTaints", "nodeLabels", "tags"])]
)
def test_facts_have_azures_defaults_for_what_is_left_out_or_null(left_out: Json) -> None:
    facts = pool_facts({"name": "old", "properties": {"vmSize": "Standard_NC6", "count": 1, **left_out}})
    shown = ("enable_auto_scaling", "gpu_driver", "mode", "os_sku", "node_taints", "node_labels", "tags")
    assert [facts[name] for name in shown] == [False, "Install", "User", "Ubuntu", [], {}, {}]
