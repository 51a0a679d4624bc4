# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure refuses of disks, boot, node configuration, upgrades, tags and the taints of system pools.

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_lab import Lab, system_pool

SWAP = {"linuxOSConfig": {"swapFileSizeMB": 1500}}
NO_SURGE = {"maxSurge": "0", "maxUnavailable": "1"}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"osDiskType": "Ephemeral", "osDiskSizeGB": 180},
        "VMCacheSizeTooSmall",
        "Standard_NC4as_T4_v3 has a cache size of 154618822656 bytes",
    ),
    ({"osDiskType": "Ephemeral", "osDiskSizeGB": 145}, "VMCacheSizeTooSmall", "the OS disk requires 155692564480 bytes"),
    (
        {"osDiskType": "Ephemeral", "vmSize": "Standard_D4s_v5"},
        "VMSizeDoesNotSupportEphemeralOS",
        "Standard_D4s_v5 does not support Ephemeral",
    ),
    ({"osDiskType": "Ephemeral", "vmSize": "Standard_DS2_v2"}, "VMCacheSizeTooSmall", "cache size of 92341796864 bytes"),
    ({"securityProfile": {"enableSecureBoot": True}}, "TrustedLaunchIncompatibleWithConfig", "GPU nodepools"),
    ({"securityProfile": {"enableVTPM": True}}, "TrustedLaunchIncompatibleWithConfig", "GPU nodepools"),
    (SWAP, "InvalidCustomLinuxOSConfig", "CustomKubeletConfig.FailSwapOn must be set to false"),
    ({**SWAP, "kubeletConfig": {"failSwapOn": True}}, "InvalidCustomLinuxOSConfig", "CustomKubeletConfig.FailSwapOn"),
    ({**SWAP, "kubeletConfig": {"podMaxPids": 100}}, "InvalidCustomLinuxOSConfig", "CustomKubeletConfig.FailSwapOn"),
    ({"upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "1"}}, "InvalidParameter", "upgradeSettings.maxUnavailable"),
    ({"upgradeSettings": {"maxSurge": "1", "maxUnavailable": "10%"}}, "InvalidParameter", "upgradeSettings.maxUnavailable"),
    ({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "some"}}, "InvalidParameter", "upgradeSettings.maxUnavailable"),
    ({"upgradeSettings": {"maxSurge": "0"}}, "InvalidParameter", "upgradeSettings.maxSurge"),
    ({"mode": "System", "nodeTaints": [], "upgradeSettings": NO_SURGE}, "InvalidParameter", "upgradeSettings.maxUnavailable"),
    ({"tags": {"team": "a", "Team": "b"}}, "BadRequest", "gpuops.aks lab: tags whose names differ in letter case only"),
    ({"mode": "System"}, "SystemPoolHasRestrictedTaint", "Placing custom taints on system pool is not supported"),
    ({"mode": "System", "nodeTaints": ["a=b:NoExecute"]}, "SystemPoolHasRestrictedTaint", "PreferNoSchedule"),
]
TAKEN: list[dict[str, Any]] = [
    {"osDiskType": "Ephemeral", "osDiskSizeGB": 144},
    {"osDiskType": "Ephemeral"},
    {"securityProfile": {"enableSecureBoot": True, "enableVTPM": True}, "vmSize": "Standard_D4s_v5"},
    {"securityProfile": {"enableSecureBoot": False, "enableVTPM": False}},
    {**SWAP, "kubeletConfig": {"failSwapOn": False}},
    {"upgradeSettings": NO_SURGE},
    {"upgradeSettings": {"maxSurge": "33%", "maxUnavailable": "0"}},
    {"tags": {"team": "a", "Teams": "b"}},
    {"mode": "System", "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"]},
    {"mode": "System", "nodeTaints": ["sku=gpu:PreferNoSchedule"]},
]
CONFIGURED = {"kubeletConfig": {"cpuManagerPolicy": "static"}, "linuxOSConfig": {"sysctls": {"vmMaxMapCount": 262144}}}


@pytest.fixture
def lab() -> Lab:
    return Lab().with_cluster()


@pytest.mark.parametrize(("change", "code", "text"), REFUSED)
def test_a_pool_is_refused_as_azure_does(lab: Lab, change: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**change)
    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert text in refusal.value.message
    assert list(lab.state.aks.cluster("rg", "aks").pools) == ["nodepool1"]


@pytest.mark.parametrize("change", TAKEN)
def test_a_pool_that_azure_takes(lab: Lab, change: dict[str, Any]) -> None:
    assert lab.put_pool(**change).state == "Creating"


def test_the_taints_refusal_names_the_field(lab: Lab) -> None:
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(mode="System")
    assert refusal.value.body()["target"] == "agentPoolProfile.nodeTaints"


def test_a_clusters_first_pool_is_looked_at_in_the_same_way() -> None:
    with pytest.raises(ArmError, match="Placing custom taints on system pool"):
        Lab().put_cluster(pools=[system_pool(nodeTaints=["sku=gpu:NoSchedule"])])


def test_system_pools_could_be_tainted_until_the_end_of_september_2021() -> None:
    assert Lab("2021").with_cluster().put_pool(mode="System").state == "Creating"


@pytest.mark.parametrize(
    "change",
    [
        {"kubeletConfig": {"cpuManagerPolicy": "none"}},
        {"kubeletConfig": {}},
        {"linuxOSConfig": {"sysctls": {"vmMaxMapCount": 65530}}},
    ],
)
def test_the_nodes_configuration_is_fixed_at_creation(lab: Lab, change: dict[str, Any]) -> None:
    lab.with_pool(**CONFIGURED)
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**{**CONFIGURED, **change})
    assert (refusal.value.status, refusal.value.code) == (400, "CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged")
    assert refusal.value.message == "CustomKubeletConfig or CustomLinuxOSConfig can not be changed for this operation."


def test_node_configuration_cannot_be_added_later(lab: Lab) -> None:
    lab.with_pool()
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(**CONFIGURED)
    assert refusal.value.code == "CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged"


def test_same_or_absent_node_configuration_is_not_a_change(lab: Lab) -> None:
    lab.with_pool(**CONFIGURED)
    lab.put_pool(**CONFIGURED)
    lab.advance(8)
    assert lab.put_pool(tags={"a": "b"}).properties["kubeletConfig"] == CONFIGURED["kubeletConfig"]
