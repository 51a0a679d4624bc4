# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.model.compute.limits import Reservation, Restriction
from tests.unit.lab.arm_calls import GROUP, PREVIEW, STABLE, SUBSCRIPTION, Caller
from tests.unit.lab.arm_lab import Lab

COMPUTE = f"{SUBSCRIPTION}/providers/Microsoft.Compute"
SKUS = f"{COMPUTE}/skus?$filter=location eq 'eastus'"
T4 = "Standard NCASv3_T4 Family"


@pytest.fixture
def lab() -> Lab:
    return Lab().with_cluster()


def skus(caller: Caller, url: str = SKUS) -> dict[str, Any]:
    return {sku["name"]: sku for sku in caller.get(url, api_version="2021-07-01")["value"]}


def usages(lab: Lab) -> dict[str, tuple[int, int]]:
    listed = Caller(lab).get(f"{COMPUTE}/locations/eastus/usages", api_version="2024-07-01")["value"]
    return {entry["name"]["value"]: (entry["currentValue"], entry["limit"]) for entry in listed}


def test_a_size_is_described_by_its_capabilities() -> None:
    sku = skus(Caller(Lab()))["Standard_NC4as_T4_v3"]
    capabilities = {entry["name"]: entry["value"] for entry in sku["capabilities"]}
    assert (capabilities["vCPUs"], capabilities["GPUs"], capabilities["HyperVGenerations"]) == ("4", "1", "V1,V2")
    assert (sku["resourceType"], sku["family"], sku["locations"], sku["restrictions"]) == ("virtualMachines", T4, ["eastus"], [])
    assert sku["locationInfo"][0]["zones"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("era", "there", "not_there"),
    [("2021", "Standard_NC6", "Standard_NC40ads_H100_v5"), ("2026", "Standard_NC40ads_H100_v5", "Standard_NC6")],
)
def test_each_era_lists_its_own_sizes(era: str, there: str, not_there: str) -> None:
    listed = skus(Caller(Lab(era)))
    assert there in listed
    assert not_there not in listed


def test_size_without_gpus_has_no_gpu_capability() -> None:
    assert "GPUs" not in {entry["name"] for entry in skus(Caller(Lab()))["Standard_DS2_v2"]["capabilities"]}


def test_who_names_no_location_gets_several() -> None:
    listed = Caller(Lab()).get(f"{COMPUTE}/skus")["value"]
    assert len({entry["locations"][0] for entry in listed if entry["name"] == "Standard_DS2_v2"}) == 3


def test_a_region_that_there_is_not_has_no_sizes_and_no_quotas() -> None:
    caller = Caller(Lab())
    assert skus(caller, f"{COMPUTE}/skus?$filter=location eq 'moon'") == {}
    status, code, message = caller.refused("GET", f"{COMPUTE}/locations/moon/usages", api_version="2024-07-01")
    assert (status, code) == (400, "NoRegisteredProviderFound")
    assert "found for location 'moon' and API version '2024-07-01' for type 'locations/usages'" in message


def test_other_filters_are_refused() -> None:
    assert Caller(Lab()).refused("GET", f"{COMPUTE}/skus?$filter=name eq 'x'")[:2] == (400, "BadRequest")


def test_the_list_comes_in_pages_and_the_last_may_be_empty() -> None:
    caller = Caller(Lab())
    every = skus(caller)
    caller.tell("settings", {"page_size": len(every) // 2})
    found: list[str] = []
    link: str | None = SKUS
    pages = []
    while link:
        page = caller.get(link, api_version="2021-07-01")
        pages.append(len(page["value"]))
        found += [sku["name"] for sku in page["value"]]
        link = page.get("nextLink")
    assert found == list(every)
    assert pages[0] == len(every) // 2
    assert pages[-1] < pages[0]


@pytest.mark.parametrize(
    ("entry", "kind", "zones"),
    [({"location": "eastus"}, "Location", None), ({"location": "East US", "zones": ["2"]}, "Zone", ["2"]), ({}, "Location", None)],
)
def test_restrictions_are_shown_where_they_hold(entry: dict[str, Any], kind: str, zones: list[str] | None) -> None:
    caller = Caller(Lab())
    caller.tell("restrictions", {"standard_nc4AS_T4_v3": [entry]})
    (restriction,) = skus(caller)["Standard_NC4as_T4_v3"]["restrictions"]
    assert (restriction["type"], restriction["values"]) == (kind, ["eastus"])
    assert restriction["restrictionInfo"].get("zones") == zones
    assert restriction["reasonCode"] == "NotAvailableForSubscription"
    elsewhere = skus(caller, f"{COMPUTE}/skus?$filter=location eq 'westeurope'")["Standard_NC4as_T4_v3"]["restrictions"]
    assert bool(elsewhere) is (entry == {})


def test_a_closed_size_makes_no_pool(lab: Lab) -> None:
    lab.state.compute.restrict("Standard_NC4as_T4_v3", [Restriction("eastus")])
    with pytest.raises(ArmError, match="'Standard_NC4as_T4_v3' is not supported for subscription sub in location 'eastus'"):
        lab.put_pool()


def test_a_closed_zone_makes_no_pool_there(lab: Lab) -> None:
    lab.state.compute.restrict("Standard_NC4as_T4_v3", [Restriction("eastus", ("2",))])
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(availabilityZones=["1", "2"])
    assert refusal.value.code == "AvailabilityZoneNotSupported"
    assert refusal.value.message == (
        "The zone(s) '2' for resource 'gpunp' is not supported. The supported zones for location 'eastus' are '1,3'"
    )
    lab.put_pool(availabilityZones=["1", "3"])


def test_usage_counts_existing_and_pending_nodes(lab: Lab) -> None:
    before = usages(lab)["cores"][0]
    assert before == 2  # the system pool
    lab.put_pool(count=2)
    assert usages(lab)[T4][0] == 8
    lab.advance(273)
    assert usages(lab)[T4][0] == 8
    assert usages(lab)["cores"][0] == before + 8
    lab.state.aks.pool_work.delete("rg", "aks", "gpunp")
    lab.advance(50)
    assert usages(lab)[T4][0] == 0


def test_total_usage_has_azures_name(lab: Lab) -> None:
    listed = Caller(lab).get(f"{COMPUTE}/locations/eastus/usages")["value"]
    assert listed[0]["name"] == {"value": "cores", "localizedValue": "Total Regional vCPUs"}
    assert listed[0]["unit"] == "Count"


def test_family_quota_is_refused_at_once_with_azures_message(lab: Lab) -> None:
    Caller(lab).tell("quotas", {"eastus": {T4: 6}})
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(count=2)
    assert refusal.value.code == "ErrCode_InsufficientVCPUQuota"
    assert refusal.value.message.startswith(f"Insufficient vcpu quota requested 8, remaining 6 for family {T4} for region eastus.")
    lab.with_pool()
    with pytest.raises(ArmError, match="requested 4, remaining 2"):
        lab.put_pool(count=2)


@pytest.mark.parametrize(("quota", "words"), [("cores", "Total Regional Cores"), ("lowPriorityCores", "LowPriorityCores")])
def test_the_regions_and_the_spot_quota_fail_later(lab: Lab, quota: str, words: str) -> None:
    Caller(lab).tell("quotas", {"*": {quota: 3}})
    spot = {"scaleSetPriority": "Spot"} if quota == "lowPriorityCores" else {}
    assert lab.put_pool(**spot).state == "Creating"
    lab.advance(273)
    pool = lab.pool()
    assert (pool.state, pool.nodes) == ("Failed", 0)
    assert pool.error is not None
    assert pool.error["code"] == "QuotaExceeded"
    assert f"exceeding approved {words} quota" in pool.error["details"][0]["message"]
    assert pool.error["details"][0]["code"] == "OperationNotAllowed"


def test_spot_machines_take_nothing_of_their_familys_quota(lab: Lab) -> None:
    Caller(lab).tell("quotas", {"eastus": {T4: 0, "cores": 2}})
    lab.with_pool(scaleSetPriority="Spot")
    assert lab.pool().state == "Succeeded"
    assert usages(lab)["lowPriorityCores"][0] == 4


@pytest.mark.parametrize(("surge", "nodes"), [(None, 1), ("50%", 2), ("3", 3)])
def test_an_upgrade_needs_its_surge_nodes_too(lab: Lab, surge: str | None, nodes: int) -> None:
    lab.put_cluster(properties={"kubernetesVersion": "1.35"}, pools=[])
    lab.advance(111)
    settings = {"upgradeSettings": {"maxSurge": surge}} if surge else {}
    lab.with_pool(count=3, orchestratorVersion="1.34", **settings)
    Caller(lab).tell("quotas", {"eastus": {T4: 12}})
    with pytest.raises(ArmError, match=f"requested {4 * nodes}, remaining 0"):
        lab.put_pool(count=3, orchestratorVersion="1.35", **settings)


def test_the_autoscaler_gets_no_machine_beyond_the_quota(lab: Lab) -> None:
    lab.with_pool()
    Caller(lab).tell("quotas", {"eastus": {T4: 4}})
    assert not lab.state.aks.pool_work.autoscale("gpunp", 2)
    assert lab.pool().state == "Succeeded"


@pytest.mark.parametrize(
    ("control", "body"),
    [
        ("quotas", {"eastus": {"cores": -1}}),
        ("quotas", {"eastus": 5}),
        ("quotas", {"eastus": {"cores": True}}),
        ("restrictions", {"Standard_NC6": {}}),
        ("restrictions", {"Standard_NC6": [{"zones": [1]}]}),
        ("settings", {"page_size": 0}),
        ("settings", {"throttling": "x"}),
        ("settings", {"nonsense": 1}),
        ("faults", {"name": "nonsense"}),
        ("faults", {"name": "slow", "times": 0}),
        ("faults", {"name": "slow", "method": 5}),
        ("faults", {}),
    ],
)
def test_the_labs_control_api_refuses_nonsense(control: str, body: object) -> None:
    assert Caller(Lab()).send("POST", f"/_lab/{control}", body).status == 400


def test_machines_of_a_capacity_reservation_take_no_further_quota() -> None:
    lab = Lab().with_cluster()
    lab.state.compute.set_limit("*", "Standard NCASv3_T4 Family", 0)
    lab.state.compute.set_limit("*", "cores", 4)
    group = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/capacityReservationGroups/crg"
    lab.put_pool(capacityReservationGroupID=group, count=3)
    lab.advance(273)
    assert (lab.pool().state, lab.pool().nodes) == ("Succeeded", 3)
    assert lab.state.compute.usage("eastus", "Standard NCASv3_T4 Family").used == 0


def test_reservations_of_a_group_hold_the_machines_of_its_pools() -> None:
    lab = Lab().with_cluster()
    group = f"{GROUP}/providers/Microsoft.Compute/capacityReservationGroups/crg"
    assert Caller(lab).refused("GET", group)[:2] == (404, "ResourceNotFound")
    lab.state.compute.reservations[group.lower()] = [Reservation("a", "Standard_NC4as_T4_v3", 2, "1"), Reservation("b", "Standard_NC6", 1)]
    lab.put_pool(capacityReservationGroupID=group, count=3)
    view = Caller(lab).get(f"{group}?$expand=instanceView", api_version="2024-07-01")["properties"]["instanceView"]
    used = {each["name"]: len(each["utilizationInfo"]["virtualMachinesAllocated"]) for each in view["capacityReservations"]}
    assert used == {"a": 2, "b": 0}
    listed = Caller(lab).get(f"{group}/capacityReservations", api_version="2024-07-01")["value"]
    assert [(each["sku"], each.get("zones")) for each in listed] == [
        ({"name": "Standard_NC4as_T4_v3", "capacity": 2}, ["1"]),
        ({"name": "Standard_NC6", "capacity": 1}, None),
    ]


def test_list_of_aks_is_a_preview_of_2026() -> None:
    lab = Lab()
    lab.state.compute.unknown_to_aks.add("standard_nc4as_t4_v3")
    url = f"{SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/eastus/vmSkus"
    listed = {each["name"] for each in Caller(lab).get(url, api_version=PREVIEW)["value"]}
    assert set(skus(Caller(lab))) - listed == {"Standard_NC4as_T4_v3"}
    assert Caller(lab).refused("GET", url, api_version=STABLE)[1] == "NoRegisteredProviderFound"
    assert Caller(Lab("2021")).refused("GET", url, api_version=PREVIEW)[1] == "NoRegisteredProviderFound"
