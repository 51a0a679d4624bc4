# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import ResourceOption
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, plan_pool, validate_pool
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.rules import BOUNDS, validate_pool_name
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st

from ...builders import Json, assert_explained
from ...pool_builders import ARTICLE

SUBNET = "/subscriptions/0/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/gpu"
SNAPSHOT = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ContainerService/snapshots/s"
HOSTS = "/subscriptions/0/resourcegroups/RG/providers/microsoft.compute/hostgroups/h"
A100, T4 = "Standard_NC24ads_A100_v4", "Standard_NC4as_T4_v3"
AUTOSCALED = {"properties": {"vmSize": T4, "count": 2, "enableAutoScaling": True, "minCount": 1, "maxCount": 3, "mode": "User"}}


@pytest.mark.parametrize("name", ["g", "gpunp", "gpu2", "abcdefghijkl"])
def test_valid_pool_name_is_accepted(name: str) -> None:
    validate_pool_name(name)


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("aksMigNode", "aksmignode"), ("", "gpunp"), ("1gpu", "gpu"), ("gpu-np", "gpunp"), ("gpunp\n", "gpunp"),
     ("abcdefghijklm", "abcdefghijkl"), ("GPU", "gpu"), ("123", "gpunp"), ("gpu np", "gpunp"), ("gpüs", "gps")],
)  # fmt: skip
def test_invalid_pool_name_is_rejected_with_a_valid_one(name: str, proposed: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate_pool_name(name)
    assert refusal.value.code == "InvalidPoolName"
    assert f"'{proposed}'" in refusal.value.remedy


@given(st.text(max_size=20))
def test_proposed_pool_name_is_always_valid(name: str) -> None:
    try:
        validate_pool_name(name)
    except InvalidInputError as refusal:
        validate_pool_name(refusal.remedy.split("'")[1])


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"count": 0}, id="no nodes"),
        pytest.param(ARTICLE, id="the articles' pool"),
        pytest.param({"enableAutoScaling": True, "minCount": 2, "maxCount": 2}, id="bounds that are the same"),
        pytest.param({"enableAutoScaling": True, "minCount": 1, "maxCount": 3, "count": 3}, id="as many nodes as allowed"),
        pytest.param({"enableAutoScaling": False, "count": 5}, id="no autoscaler"),
        pytest.param({"nodeTaints": None}, id="no taints"),
    ],
)
def test_consistent_pool_is_accepted(properties: Json) -> None:
    validate_pool(DesiredPool("gpunp", properties))


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        pytest.param({"enableAutoScaling": True, "minCount": 4, "maxCount": 3}, ["min_count (4)", "max_count (3)"], id="crossed bounds"),
        pytest.param({"enableAutoScaling": True, "minCount": 1}, ["both bounds"], id="no upper bound"),
        pytest.param({"enableAutoScaling": True, "maxCount": 1}, ["both bounds"], id="no lower bound"),
        pytest.param({"enableAutoScaling": True, "minCount": 1, "maxCount": 3, "count": 4}, ["count (4)", "1..3"], id="count above"),
        pytest.param({"enableAutoScaling": True, "minCount": 2, "maxCount": 3, "count": 1}, ["count (1)", "2..3"], id="count below"),
        pytest.param({"minCount": 1, "maxCount": 3}, ["enable_auto_scaling: true"], id="bounds without autoscaler"),
        pytest.param({"enableAutoScaling": False, "minCount": 1}, ["enable_auto_scaling: true"], id="a bound, autoscaler off"),
        pytest.param({"mode": "System", "count": 0}, ["mode: User"], id="a System pool without nodes"),
        pytest.param({"mode": "System", "enableAutoScaling": True, "minCount": 0, "maxCount": 1}, ["min_count"], id="or without its last"),
    ],
)
def test_scaling_that_contradicts_itself_is_refused(properties: Json, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plan_pool(DesiredPool("gpunp", {"vmSize": T4, **properties}), None, created_tags={})
    assert_explained(refusal.value, "InvalidScaling", *words)


@pytest.mark.parametrize(
    ("named", "body"),
    [
        pytest.param({"maxCount": 5}, {"minCount": 1, "maxCount": 5}, id="another upper bound"),
        pytest.param({"minCount": 2, "maxCount": 4}, {"minCount": 2, "maxCount": 4}, id="both bounds"),
        pytest.param({"enableAutoScaling": True, "minCount": 0}, {"minCount": 0, "maxCount": 3}, id="the autoscaler named again"),
        pytest.param({"enableAutoScaling": False, "count": 7}, {"count": 7}, id="no autoscaler any more"),
    ],
)
def test_single_bound_changes_an_autoscaled_pool(named: Json, body: Json) -> None:
    planned = plan_pool(DesiredPool("gpunp", named), AUTOSCALED, created_tags={}).body["properties"]
    assert {name: planned.get(name) for name in body} == body


@pytest.mark.parametrize(
    ("named", "words"),
    [
        pytest.param({"maxCount": 1, "minCount": 2}, ["min_count (2)", "max_count (1)"], id="crossed"),
        pytest.param({"minCount": 4}, ["min_count (4)", "max_count (3)"], id="above the bound that stays"),
        pytest.param({"count": 0, "enableAutoScaling": True}, ["count (0)", "1..3"], id="fewer nodes than the autoscaler would keep"),
        pytest.param({"enableAutoScaling": False, "minCount": 1}, ["enable_auto_scaling: true"], id="a bound, autoscaler off"),
        pytest.param({"mode": "System", "minCount": 0}, ["mode: User"], id="a System pool that may lose its last node"),
    ],
)
def test_scaling_that_contradicts_existing_values_is_rejected(named: Json, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plan_pool(DesiredPool("gpunp", named), AUTOSCALED, created_tags={})
    assert_explained(refusal.value, "InvalidScaling", *words)


def managed(**properties: Any) -> Json:
    return {"gpuProfile": {"nvidia": {"managementMode": "Managed"}, **properties.pop("gpuProfile", {})}, **properties}


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"enableAutoScaling": True, "minCount": 0, "maxCount": 3}, id="scaled down to nothing"),
        pytest.param({"nodeTaints": ["sku=gpu:NoSchedule", "sku=gpu:NoExecute", "example.com/team:NoSchedule"]}, id="taints"),
        pytest.param({"nodeTaints": ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]}, id="the taint that AKS sets on spot pools"),
        pytest.param({"nodeLabels": {"team": "vision", "example.com/gpu": "", "old": None, "kubernetes.io/x": None}}, id="labels"),
        pytest.param({"availabilityZones": ["1", "3"]}, id="zones"),
        pytest.param({"vnetSubnetID": SUBNET, "podSubnetID": SUBNET.lower()}, id="subnets"),
        pytest.param({"creationData": {"sourceResourceId": SNAPSHOT}, "hostGroupID": HOSTS}, id="other resources"),
        pytest.param({"orchestratorVersion": "1.34"}, id="a minor version"),
        pytest.param({"orchestratorVersion": "1.28.101-akslts"}, id="long-term support"),
        pytest.param({"scaleSetPriority": "Spot", "spotMaxPrice": -1, "scaleSetEvictionPolicy": "Deallocate"}, id="spot"),
        pytest.param({"scaleSetPriority": "Spot", "spotMaxPrice": 0.98765}, id="a price"),
        pytest.param({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "50%"}}, id="upgrades without more nodes"),
        pytest.param({"upgradeSettings": {"maxSurge": "100%", "drainTimeoutInMinutes": 1440, "nodeSoakDurationInMinutes": 0}}, id="up"),
        pytest.param(managed(vmSize=T4, count=2, gpuProfile={"driver": "Install"}), id="managed"),
        pytest.param({"gpuInstanceProfile": "MIG1g", "vmSize": A100}, id="MIG"),
        pytest.param({"gpuInstanceProfile": "MIG1g", "vmSize": "Standard_ND_of_tomorrow"}, id="MIG on a size we don't know"),
        pytest.param({"maxPods": 250, "osDiskSizeGB": 2048, "count": 1000}, id="the most"),
        pytest.param({"maxPods": 10, "osDiskSizeGB": 30, "count": 0}, id="the least"),
        pytest.param({"osType": "Windows"}, id="Windows"),
    ],
)  # fmt: skip
def test_value_that_azure_accepts_is_accepted(properties: Json) -> None:
    validate_pool(DesiredPool("gpunp", properties))


@pytest.mark.parametrize(
    ("properties", "code", "words"),
    [
        pytest.param({"nodeTaints": ["sku=gpu"]}, "InvalidTaint", ["sku=gpu", "key=value:Effect"], id="no effect"),
        pytest.param({"nodeTaints": ["-sku=gpu:NoSchedule"]}, "InvalidTaint", ["-sku"], id="a taint's key"),
        pytest.param({"nodeTaints": ["sku=a b:NoSchedule"]}, "InvalidTaint", ["a b"], id="a taint's value"),
        pytest.param({"nodeTaints": ["sku=a:NoSchedule", "sku=b:NoSchedule"]}, "InvalidTaint", ["sku=a", "sku=b"], id="two of a kind"),
        pytest.param({"nodeLabels": {"kubernetes.azure.com/accelerator": "nvidia"}}, "ReservedLabel", ["kubernetes.azure.com/"], id="AKS"),
        pytest.param({"nodeLabels": {"kubernetes.io/os": "linux"}}, "ReservedLabel", ["kubernetes.io/os"], id="Kubernetes' own"),
        pytest.param({"nodeLabels": {"te am": "a"}}, "InvalidLabel", ["te am"], id="a label's key"),
        pytest.param({"nodeLabels": {"a/b/c": "a"}}, "InvalidLabel", ["a/b/c"], id="two slashes"),
        pytest.param({"nodeLabels": {"team": "a" * 64}}, "InvalidLabel", ["team"], id="a label's value"),
        pytest.param({"availabilityZones": ["eastus-1"]}, "InvalidZone", ["eastus-1", "[1, 2]"], id="a zone as nodes show it"),
        pytest.param({"availabilityZones": ["0"]}, "InvalidZone", ["'0'"], id="no such zone"),
        pytest.param({"vnetSubnetID": "gpu"}, "InvalidResourceId", ["vnet_subnet_id", "az network vnet subnet show"], id="a subnet's name"),
        pytest.param({"podSubnetID": f"{SUBNET}/x"}, "InvalidResourceId", ["pod_subnet_id"], id="more than a subnet"),
        pytest.param({"capacityReservationGroupID": "crg"}, "InvalidResourceId",
                     ["capacity_reservation_group_id", "/capacityReservationGroups/NAME"], id="a reservation"),
        pytest.param({"hostGroupID": SUBNET}, "InvalidResourceId", ["host_group_id", "dedicated host group"], id="another kind's ID"),
        pytest.param({"proximityPlacementGroupID": ""}, "InvalidResourceId", ["leave it out"], id="no ID"),
        pytest.param({"creationData": {"sourceResourceId": "s"}}, "InvalidResourceId", ["snapshot_id"], id="a snapshot's name"),
        pytest.param({"orchestratorVersion": "latest"}, "InvalidVersion", ["latest"], id="version"),
        pytest.param({"orchestratorVersion": "v1.34.8"}, "InvalidVersion", ["v1.34.8"], id="version with a v"),
        pytest.param({"orchestratorVersion": "1.34.8 "}, "InvalidVersion", ["1.34.8"], id="version with a space"),
        pytest.param({"count": -1}, "OutOfRange", ["count is -1", "0 to 1000"], id="fewer than none"),
        pytest.param({"maxPods": 5}, "OutOfRange", ["max_pods", "10 to 250"], id="pods"),
        pytest.param({"osDiskSizeGB": 4096}, "OutOfRange", ["os_disk_size_gb", "30 to 2048"], id="disk"),
        pytest.param({"kubeletConfig": {"imageGcHighThreshold": 101}}, "OutOfRange", ["image_gc_high_threshold"], id="kubelet"),
        pytest.param({"linuxOSConfig": {"sysctls": {"vmSwappiness": -1}}}, "OutOfRange", ["vm_swappiness", "0 to 100"], id="kernel"),
        pytest.param({"upgradeSettings": {"drainTimeoutInMinutes": 0}}, "OutOfRange", ["drain_timeout_in_minutes"], id="drain"),
        pytest.param({"upgradeSettings": {"nodeSoakDurationInMinutes": 31}}, "OutOfRange", ["0 to 30"], id="soak"),
        pytest.param({"upgradeSettings": {"maxSurge": "half"}}, "OutOfRange", ["upgrade_settings.max_surge", "half"], id="surge"),
        pytest.param({"upgradeSettings": {"maxSurge": "101%"}}, "OutOfRange", ["101%"], id="more than all"),
        pytest.param({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "0"}}, "ContradictingOptions",
                     ["max_surge is 0", "max_unavailable is 0"], id="no way"),
        pytest.param({"upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "1"}}, "ContradictingOptions", ["max_surge: 0"],
                     id="both ways"),
        pytest.param({"upgradeSettings": {"maxSurge": "²"}}, "OutOfRange", ["'²'"], id="surge in superscript"),
        pytest.param({"upgradeSettings": {"maxUnavailable": "٣"}}, "OutOfRange", ["max_unavailable"], id="digits of another script"),
        pytest.param({"upgradeSettings": {"maxSurge": "1" * 400}}, "OutOfRange", ["max_surge"], id="a surge of 400 digits"),
        pytest.param({"securityProfile": {"sshAccess": "root"}}, "InvalidOption", ["ssh_access", "EntraId"], id="who signs in"),
        pytest.param({"availabilityZones": ["auto", "1"]}, "InvalidZone", ["'auto'", "[auto]"], id="auto beside others"),
        pytest.param({"spotMaxPrice": 1.0}, "InvalidSpot", ["spot_max_price", "scale_set_priority: Spot"], id="a price without spot"),
        pytest.param({"scaleSetEvictionPolicy": "Delete", "scaleSetPriority": "Regular"}, "InvalidSpot", ["scale_set_eviction_policy"],
                     id="evictions without spot"),
        pytest.param({"tags": {"Team": "a", "team": None}}, "InvalidTag", ["'Team'", "'team'"], id="a tag twice"),
        pytest.param({"scaleSetPriority": "Spot", "spotMaxPrice": float("nan")}, "InvalidSpot", ["nan"], id="for no number"),
        pytest.param({"scaleSetPriority": "Spot", "spotMaxPrice": float("inf")}, "InvalidSpot", ["inf"], id="for any price"),
        pytest.param({"orchestratorVersion": "1." + "9" * 5000}, "InvalidVersion", ["1.9999"], id="a version of 5000 digits"),
        pytest.param({"orchestratorVersion": "1.٣"}, "InvalidVersion", ["1.٣"], id="a version in digits of another script"),
        pytest.param({"scaleSetPriority": "Spot", "spotMaxPrice": 0}, "InvalidSpot", ["spot_max_price is 0"], id="for nothing"),
        pytest.param({"scaleSetPriority": "Spot", "mode": "System"}, "InvalidSpot", ["mode: User"], id="a spot System pool"),
        pytest.param(managed(gpuProfile={"driver": "None"}), "ContradictingOptions", ["gpu_driver: None"], id="managed without driver"),
        pytest.param(managed(enableAutoScaling=True, minCount=1, maxCount=3), "ContradictingOptions", ["enable_auto_scaling"],
                     id="managed with autoscaler"),
        pytest.param(managed(osType="Windows"), "ContradictingOptions", ["os_type"], id="managed Windows"),
        pytest.param({"gpuInstanceProfile": "MIG1g", "vmSize": T4}, "ContradictingOptions", ["Tesla T4", "MIG1g"], id="MIG on a T4"),
        pytest.param({"gpuInstanceProfile": "MIG1g", "vmSize": A100, "osType": "Windows"}, "ContradictingOptions", ["os_type"],
                     id="MIG on Windows"),
    ],
)  # fmt: skip
def test_value_that_azure_would_refuse_is_rejected_with_a_remedy(properties: Json, code: str, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate_pool(DesiredPool("gpunp", properties))
    assert_explained(refusal.value, code, *words)


SYSTEM = {"mode": "System", "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"]}


@pytest.mark.parametrize(
    ("named", "live", "code", "words"),
    [
        pytest.param({"vmSize": T4, "upgradeSettings": {"maxSurge": "0"}}, None, "ContradictingOptions",
                     ["max_surge is 0", "not set", "max_unavailable: 1"], id="no surge on a new pool"),
        pytest.param({"upgradeSettings": {"maxSurge": "0%"}}, {}, "ContradictingOptions", ["max_surge is 0%"], id="no surge any more"),
        pytest.param({"upgradeSettings": {"maxUnavailable": "0"}}, {"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}},
                     "ContradictingOptions", ["max_surge is 0", "max_unavailable is 0"], id="none missing beside no surge that is there"),
        pytest.param({"upgradeSettings": {"maxUnavailable": "1"}}, {"upgradeSettings": {"maxSurge": "10%"}},
                     "ContradictingOptions", ["max_surge is 10%", "max_surge: 0"], id="some missing beside the surge that is there"),
        pytest.param({"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}}, SYSTEM, "ContradictingOptions", ["System"],
                     id="a System pool's nodes missing"),
        pytest.param({"vmSize": T4, "mode": "System", "nodeTaints": ["sku=gpu:NoSchedule"]}, None, "InvalidTaint",
                     ["System", "sku=gpu:NoSchedule", "mode: User"], id="a taint on a new System pool"),
        pytest.param({"nodeTaints": ["sku=gpu:NoExecute"]}, SYSTEM, "InvalidTaint", ["System"], id="a taint on a System pool"),
        pytest.param({"mode": "System"}, {"nodeTaints": ["sku=gpu:NoSchedule"]}, "InvalidTaint", ["sku=gpu"], id="System with its taint"),
        pytest.param({"vmSize": T4, "linuxOSConfig": {"swapFileSizeMB": 1500}}, None, "ContradictingOptions",
                     ["swap_file_size_mb", "fail_swap_on: false"], id="swap that the kubelet refuses"),
        pytest.param({"vmSize": T4, "linuxOSConfig": {"swapFileSizeMB": 1500}, "kubeletConfig": {"failSwapOn": True}}, None,
                     "ContradictingOptions", ["fail_swap_on"], id="swap that the kubelet is to refuse"),
    ],
)  # fmt: skip
def test_resulting_pool_that_azure_would_refuse_is_rejected(named: Json, live: Json | None, code: str, words: list[str]) -> None:
    existing = None if live is None else {"name": "gpunp", "properties": {**AUTOSCALED["properties"], **live}}
    with pytest.raises(InvalidInputError) as refusal:
        plan_pool(DesiredPool("gpunp", named), existing, created_tags={})
    assert_explained(refusal.value, code, *words)


@pytest.mark.parametrize(
    ("named", "live"),
    [
        pytest.param({"vmSize": T4, "upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}}, None, id="without surge"),
        pytest.param({"upgradeSettings": {"maxSurge": "0"}}, {"upgradeSettings": {"maxUnavailable": "1"}}, id="some missing already"),
        pytest.param({"tags": {"a": "b"}}, {"upgradeSettings": {"maxSurge": "0"}}, id="what is there and nobody named"),
        pytest.param({"mode": "System", "nodeTaints": ["sku=gpu:NoSchedule"]}, {**SYSTEM, "nodeTaints": ["sku=gpu:NoSchedule"]},
                     id="a System pool of the time before the rule, named as it is"),
        pytest.param({"nodeTaints": ["sku=gpu:PreferNoSchedule"]}, SYSTEM, id="a wish on a System pool"),
        pytest.param({"nodeTaints": []}, {**SYSTEM, "nodeTaints": [""]}, id="an old answer's one empty taint"),
        pytest.param({"vmSize": T4, "linuxOSConfig": {"swapFileSizeMB": 1500}, "kubeletConfig": {"failSwapOn": False}}, None, id="swap"),
        pytest.param({"vmSize": T4, "availabilityZones": ["auto"]}, None, id="zones of Azure's choice"),
    ],
)  # fmt: skip
def test_resulting_pool_that_azure_accepts_is_accepted(named: Json, live: Json | None) -> None:
    existing = None if live is None else {"name": "gpunp", "properties": {**AUTOSCALED["properties"], **live}}
    wish = DesiredPool("gpunp", named)
    validate_pool(wish)
    plan_pool(wish, existing, created_tags={})


def test_windows_pool_has_a_shorter_name() -> None:
    validate_pool(DesiredPool("gpunp1", {"osType": "Windows"}))
    with pytest.raises(InvalidInputError) as refusal:
        validate_pool(DesiredPool("gpunp12", {"osType": "Windows"}))
    assert_explained(refusal.value, "InvalidPoolName", "1 to 6", "gpunp1")


def test_every_bound_is_of_an_option_that_is_a_number() -> None:
    def numbers(options: Iterable[ResourceOption], above: str = "") -> Iterator[str]:
        for option in options:
            if option.type == "int":
                yield f"{above}{option.name}"
            yield from numbers(option.options, f"{above}{option.name}.")

    assert {*BOUNDS} <= {*numbers(POOL_OPTIONS)}
