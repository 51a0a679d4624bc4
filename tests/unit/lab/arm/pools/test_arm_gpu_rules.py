# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What AKS says to the options that a GPU pool has.

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.unit.lab.arm_calls import POOL, PREVIEW, STABLE, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool, system_pool

MANAGED = {"driver": "Install", "nvidia": {"managementMode": "Managed"}}
FEATURE = "ManagedGPUExperiencePreview"
GENERATION_2 = CustomHeaders(generation2=True)
SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"


def own(**nvidia: Any) -> dict[str, Any]:
    """A managed pool with these preview options."""
    return {
        "gpuProfile": {"nvidia": {"managementMode": "Managed", **nvidia}},
        "enableAutoScaling": False,
        "vmSize": "Standard_NC24ads_A100_v4",
    }


@pytest.fixture
def lab() -> Lab:
    return Lab().with_cluster()


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"gpuInstanceProfile": "MIG1g"}, "gpuInstanceProfile"),  # a T4 has no MIG
        ({"gpuInstanceProfile": "MIG5g", "vmSize": "Standard_NC24ads_A100_v4"}, "gpuInstanceProfile"),
        ({"gpuProfile": {"driver": "Nonsense"}}, "gpuProfile"),
        ({"gpuProfile": {"nvidia": {"managementMode": "Nonsense"}}}, "gpuProfile"),
        ({"gpuProfile": MANAGED, "enableAutoScaling": False, "vmSize": "Standard_D4s_v5"}, "gpuProfile"),
        (own(driverMode="Nonsense"), "gpuProfile.nvidia.driverMode"),
        ({"gpuProfile": {"nvidia": {"driverMode": "DRA"}}}, "gpuProfile.nvidia.driverMode"),
        (own(migStrategy="Nonsense"), "gpuProfile.nvidia.migStrategy"),
        ({"gpuProfile": {"nvidia": {"migStrategy": "Single", "migProfiles": ["MIG1g"]}}}, "gpuProfile.nvidia.migStrategy"),
        (own(migProfiles=["MIG1g"]), "gpuProfile.nvidia.migProfiles"),
        (own(migStrategy="Single"), "gpuProfile.nvidia.migProfiles"),
        (own(migStrategy="Single", migProfiles=["MIG1g", "MIG1g"]), "gpuProfile.nvidia.migProfiles"),
        (own(migStrategy="Mixed", migProfiles=["MIG4g", "MIG4g"]), "gpuProfile.nvidia.migProfiles"),
        (own(migStrategy="Mixed", migProfiles=["MIG9g"]), "gpuProfile.nvidia.migProfiles"),
        ({**own(migStrategy="Mixed", migProfiles=["MIG1g"]), "gpuInstanceProfile": "MIG1g"}, "gpuProfile.nvidia.migProfiles"),
        ({**own(migStrategy="Mixed", migProfiles=["MIG1g"]), "vmSize": "Standard_NC4as_T4_v3"}, "gpuProfile.nvidia.migProfiles"),
        ({"scaleSetPriority": "Spot", "mode": "System"}, "scaleSetPriority"),
        ({"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Nonsense"}, "scaleSetEvictionPolicy"),
        ({"scaleDownMode": "Nonsense"}, "scaleDownMode"),
        ({"osDiskType": "Nonsense"}, "osDiskType"),
        ({"kubeletDiskType": "Nonsense"}, "kubeletDiskType"),
        ({"maxPods": 9}, "maxPods"),
        ({"maxPods": 251}, "maxPods"),
        ({"upgradeSettings": {"maxSurge": "many"}}, "upgradeSettings.maxSurge"),
        ({"upgradeSettings": {"maxSurge": "0"}}, "upgradeSettings.maxSurge"),
        ({"vnetSubnetID": "subnet"}, "vnetSubnetID"),
    ],
)
def test_values_that_aks_does_not_take(lab: Lab, change: dict[str, Any], target: str) -> None:
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**change)
    assert refusal.value.code == "InvalidParameter"
    assert refusal.value.body()["target"] == f"agentPoolProfile.{target}"


@pytest.mark.parametrize(
    "change",
    [
        {"gpuInstanceProfile": "MIG1g", "vmSize": "Standard_ND96asr_v4"},
        {"gpuInstanceProfile": "MIG7g", "vmSize": "Standard_NC40ads_H100_v5"},
        {"gpuProfile": {"driver": "None"}},
        {"gpuProfile": MANAGED, "enableAutoScaling": False},
        own(driverMode="DRA"),
        own(migStrategy="Single", migProfiles=["MIG1g"]),
        own(migStrategy="Mixed", migProfiles=["MIG3g", "MIG2g", "MIG2g"]),
        {**own(migStrategy="Single"), "gpuInstanceProfile": "MIG1g"},
        {"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Deallocate", "spotMaxPrice": 0.5},
        {"scaleDownMode": "Deallocate"},
        {"osDiskType": "Ephemeral", "kubeletDiskType": "Temporary"},
        {"maxPods": 30, "vnetSubnetID": SUBNET},
        {"upgradeSettings": {"maxSurge": "33%", "maxUnavailable": "0"}},
        {"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}},
        {"osSKU": "AzureLinux"},
        {"minCount": 0, "count": 0},
        {"availabilityZones": ["3", "1"]},
    ],
)
def test_values_that_it_takes_are_echoed(lab: Lab, change: dict[str, Any]) -> None:
    pool = lab.put_pool(**change)
    assert {name: pool.properties[name] for name in change if name not in {"minCount", "maxCount"}} == {
        name: value for name, value in change.items() if name not in {"minCount", "maxCount"}
    }


@pytest.mark.parametrize(
    ("created", "changed", "field"),
    [
        ({"gpuProfile": {"driver": "None"}}, {"gpuProfile": {"driver": "Install"}}, "gpuProfile"),
        ({"gpuProfile": MANAGED, "enableAutoScaling": False}, {"gpuProfile": {"driver": "Install"}}, "gpuProfile"),
        (
            {"gpuInstanceProfile": "MIG1g", "vmSize": "Standard_NC24ads_A100_v4"},
            {"gpuInstanceProfile": "MIG2g", "vmSize": "Standard_NC24ads_A100_v4"},
            "gpuInstanceProfile",
        ),
        (own(driverMode="DRA"), own(driverMode="DevicePlugin"), "gpuProfile"),
        (
            own(migStrategy="Mixed", migProfiles=["MIG3g", "MIG2g", "MIG2g"]),
            own(migStrategy="Mixed", migProfiles=["MIG3g", "MIG2g"]),
            "gpuProfile",
        ),
        ({"scaleSetPriority": "Spot"}, {"scaleSetPriority": "Spot", "spotMaxPrice": 0.5}, "spotMaxPrice"),
        ({"scaleSetPriority": "Spot"}, {"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Deallocate"}, "scaleSetEvictionPolicy"),
        ({"scaleSetPriority": "Spot"}, {"scaleSetPriority": "Regular"}, "scaleSetPriority"),
        ({}, {"availabilityZones": ["1"]}, "availabilityZones"),
        ({}, {"vnetSubnetID": SUBNET}, "vnetSubnetID"),
        ({"osDiskType": "Managed"}, {"osDiskType": "Ephemeral"}, "osDiskType"),
    ],
)
def test_what_is_fixed_at_creation(lab: Lab, created: dict[str, Any], changed: dict[str, Any], field: str) -> None:
    lab.with_pool(**created)
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**changed)
    assert refusal.value.code == "PropertyChangeNotAllowed"
    assert refusal.value.body()["target"] == f"properties.{field}"


@pytest.mark.parametrize(
    "change",
    [
        {"tags": {"a": "b"}},
        {"nodeLabels": {"a": "b"}},
        {"upgradeSettings": {"maxSurge": "1"}},
        {"scaleDownMode": "Deallocate"},
        {"mode": "System", "nodeTaints": []},
        {"enableFIPS": True},
        {"minCount": 0, "maxCount": 5},
        {"enableAutoScaling": False, "minCount": None, "maxCount": None},
    ],
)
def test_what_can_be_changed(lab: Lab, change: dict[str, Any]) -> None:
    lab.with_pool()
    assert lab.put_pool(**change).state == "Updating"


def test_a_managed_pool_and_the_autoscaler_do_not_go_together(lab: Lab) -> None:
    with pytest.raises(ArmError, match="cluster autoscaler is not supported on managed GPU node pools"):
        lab.put_pool(gpuProfile=MANAGED)
    lab.with_pool(gpuProfile=MANAGED, enableAutoScaling=False)
    with pytest.raises(ArmError, match="cluster autoscaler is not supported on managed GPU node pools"):
        lab.put_pool(gpuProfile=MANAGED)


@pytest.mark.parametrize(
    ("version", "asks", "needed"), [(STABLE, False, False), (STABLE, True, True), (PREVIEW, False, True), (PREVIEW, True, True)]
)
def test_a_managed_pool_needs_the_feature_where_azure_asks_for_it(lab: Lab, version: str, asks: bool, needed: bool) -> None:
    caller = Caller(lab)
    caller.tell("settings", {"managed_gpu_needs_feature": asks})
    body = {"properties": gpu_pool(gpuProfile=MANAGED, enableAutoScaling=False)}
    if needed:
        status, code, message = caller.refused("PUT", POOL, body, api_version=version)
        assert (status, code) == (400, "PreviewFeatureNotRegistered")
        assert message == f"Preview feature Microsoft.ContainerService/{FEATURE} not registered."
        lab.register_feature(FEATURE)
    assert caller.send("PUT", POOL, body, api_version=version).status == 201


def test_options_of_a_preview_are_unknown_to_a_stable_version(lab: Lab) -> None:
    caller = Caller(lab)
    lab.register_feature(FEATURE)
    body = {"properties": gpu_pool(**own(driverMode="DRA"))}
    status, _code, message = caller.refused("PUT", POOL, body, api_version=STABLE)
    assert status == 400
    assert "driverMode" in message
    assert caller.send("PUT", POOL, body, api_version=PREVIEW).status == 201
    lab.advance(273)
    read = caller.get(POOL, api_version=STABLE)
    assert read["properties"]["gpuProfile"] == {"nvidia": {"managementMode": "Managed"}}
    assert caller.get(POOL, api_version=PREVIEW)["properties"]["gpuProfile"]["nvidia"]["driverMode"] == "DRA"
    assert caller.send("PUT", POOL, {"properties": {**read["properties"], "tags": {"a": "b"}}}, api_version=STABLE).status == 200
    assert caller.get(POOL, api_version=PREVIEW)["properties"]["gpuProfile"]["nvidia"]["driverMode"] == "DRA"


def test_a_size_of_generation_1_boots_no_image_of_generation_2(lab: Lab) -> None:
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(vmSize="Standard_D2_v2", headers=GENERATION_2)
    assert refusal.value.code == "BadRequest"
    assert "'Standard_D2_v2' cannot boot Hypervisor Generation '2'" in refusal.value.message
    assert "gen2" not in lab.put_pool(vmSize="Standard_D2_v2").properties["nodeImageVersion"]


def test_the_article_of_2021_is_believed() -> None:
    pool = Lab("2021").with_cluster().put_pool(headers=GENERATION_2)
    assert pool.properties["vmSize"] == "Standard_NC6"
    assert "gen2" in pool.properties["nodeImageVersion"]


class TestOneScaler:
    """Node auto-provisioning or the cluster autoscaler, not both."""

    AUTO: ClassVar[dict[str, Any]] = {"nodeProvisioningProfile": {"mode": "Auto"}}

    def test_a_pool_with_autoscaler_is_not_added(self, lab: Lab) -> None:
        lab.put_cluster(properties=self.AUTO, pools=[])
        lab.advance(111)
        with pytest.raises(ArmError, match=r"nodeProvisioningProfile\.mode cannot be Auto while any AgentPools"):
            lab.put_pool()
        lab.with_pool(enableAutoScaling=False)
        with pytest.raises(ArmError, match=r"nodeProvisioningProfile\.mode cannot be Auto while any AgentPools"):
            lab.put_pool()

    def test_a_cluster_with_autoscaler_is_not_switched(self, lab: Lab) -> None:
        lab.with_pool()
        with pytest.raises(ArmError, match=r"nodeProvisioningProfile\.mode cannot be Auto"):
            lab.put_cluster(properties=self.AUTO, pools=[])

    def test_a_cluster_is_not_made_with_both(self) -> None:
        scaled = system_pool(enableAutoScaling=True, minCount=1, maxCount=2)
        with pytest.raises(ArmError, match=r"nodeProvisioningProfile\.mode cannot be Auto"):
            Lab().put_cluster(properties=self.AUTO, pools=[scaled])
