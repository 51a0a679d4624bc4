# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.spec import PoolSpec
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.availability import (
    aks_findings,
    first_pool_findings,
    infiniband_findings,
    offer_findings,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.sku import SizeView

from ...preflight_builders import T4, TODAY, codes, restriction, sku_entry, spec, view

CLOSED = "NotAvailableForSubscription"
A100, GB200 = "Standard_NC24ads_A100_v4", "Standard_ND128isr_NDR_GB200_v6"
GEN2 = {"usegen2vm": "true"}
DEDICATED = {"UseGPUDedicatedVHD": "true"}


def ephemeral(gib: int) -> PoolSpec:
    return spec(disk_type="Ephemeral", disk_gib=gib)


OFFERS = [
    pytest.param(spec(), view(T4, sku_entry()), [], id="offered"),
    pytest.param(spec(zones=("1", "2")), view(T4, sku_entry()), [], id="offered in these zones"),
    pytest.param(spec("Standard_NC6"), view("Standard_NC6"), [("VMSizeRetired", "error")], id="retired"),
    pytest.param(
        spec("Standard_NC6"), view("Standard_NC6", sku_entry("Standard_NC6")), [], id="Azure lists what the catalog calls retired"
    ),
    pytest.param(
        spec("Standard_NC6"), view("Standard_NC6", was_queried=False), [("VMSizeRetired", "error")], id="retired, and Azure not asked"
    ),
    pytest.param(spec("Standard_NC6", allow_retired=True), view("Standard_NC6", was_queried=False), [], id="the user knows better"),
    pytest.param(spec(), view(T4, was_queried=False), [], id="a current size, and Azure not asked"),
    pytest.param(spec(), view(T4), [("VMSizeNotOffered", "error")], id="not in this region"),
    pytest.param(spec(location="moon"), replace(view(T4), region_exists=False), [("LocationNotAvailable", "error")], id="no such region"),
    pytest.param(spec("Standard_NC5"), view("Standard_NC5"), [("VMSizeUnknown", "error")], id="no such size"),
    pytest.param(spec("Standard_NC5"), view("Standard_NC5", was_queried=False), [], id="unknown, and Azure not asked"),
    pytest.param(spec(), view(T4, sku_entry(restrictions=[restriction(CLOSED)])), [("VMSizeRestricted", "error")], id="closed region"),
    pytest.param(spec(), view(T4, sku_entry(restrictions=[restriction("QuotaId")])), [("VMSizeRestricted", "error")], id="wrong offer"),
    pytest.param(spec(), view(T4, sku_entry(restrictions=[restriction(CLOSED, "1")])), [], id="a closed zone that nobody asked for"),
    pytest.param(
        spec(zones=("1",)), view(T4, sku_entry(restrictions=[restriction(CLOSED, "1")])), [("ZoneNotOffered", "error")], id="closed zone"
    ),
    pytest.param(spec(zones=("3",)), view(T4, sku_entry(zones=("1", "2"))), [("ZoneNotOffered", "error")], id="a zone without the size"),
    pytest.param(spec(zones=("auto",)), view(T4, sku_entry(zones=("2",))), [], id="zones of Azure's choice"),
    pytest.param(spec(zones=("1",)), view(T4, sku_entry(zones=())), [("ZoneNotOffered", "error")], id="a region without zones"),
    pytest.param(spec(spot=True), view(T4, sku_entry(LowPriorityCapable="False")), [("SpotNotOffered", "error")], id="no spot"),
    pytest.param(ephemeral(176), view(T4, sku_entry()), [], id="a disk that fits the temporary disk"),
    pytest.param(ephemeral(180), view(T4, sku_entry()), [("EphemeralDiskTooLarge", "error")], id="a disk that fits no place"),
    pytest.param(ephemeral(180), view(T4, sku_entry(NvmeDiskSizeInMiB="915527")), [], id="a disk that fits the NVMe disk"),
    pytest.param(ephemeral(180), view(T4, sku_entry(CachedDiskBytes="", MaxResourceVolumeMB="")), [], id="places that Azure doesn't tell"),
    pytest.param(ephemeral(0), view(T4, sku_entry()), [], id="a disk of AKS' own size"),
    pytest.param(
        ephemeral(0), view(T4, sku_entry(EphemeralOSDiskSupported="False")), [("EphemeralDiskNotSupported", "error")], id="no place"
    ),
    pytest.param(spec(disk_type="Managed", disk_gib=180), view(T4, sku_entry(EphemeralOSDiskSupported="False")), [], id="a managed disk"),
    pytest.param(ephemeral(180), view(T4, was_queried=False), [], id="a disk, and Azure not asked"),
    pytest.param(spec(), view(T4, sku_entry(RetirementDateUtc="05/01/2028")), [("VMSizeRetiring", "warning")], id="retirement announced"),
    pytest.param(
        spec("Standard_D4s_v5"), view("Standard_D4s_v5", sku_entry("Standard_D4s_v5", GPUs="")), [("NoGpu", "error")], id="no GPU"
    ),
    pytest.param(spec("Standard_NX1"), view("Standard_NX1", sku_entry("Standard_NX1", GPUs="")), [("NoGpu", "warning")], id="GPUs untold"),
    pytest.param(spec(GB200), view(GB200, sku_entry(GB200, GPUs="")), [], id="GPUs that only the catalog tells of"),
]


@pytest.mark.parametrize(("wanted", "size", "expected"), OFFERS)
def test_offer(wanted: PoolSpec, size: SizeView, expected: list[tuple[str, str]]) -> None:
    assert codes(offer_findings(wanted, size, today=TODAY)) == expected


GENERATIONS: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [
    ("V1", {}, []),
    ("V1", {"usegen2vm": "false"}, []),
    ("V1,V2", GEN2, []),
    ("V2", GEN2, []),
    ("V2", {}, []),
    ("V1", GEN2, [("HypervisorGeneration", "error")]),
    ("V1", {"UseWindowsGen2VM": "True"}, [("HypervisorGeneration", "error")]),
    ("V1", {**GEN2, **DEDICATED}, [("HypervisorGeneration", "warning")]),
    ("V2", DEDICATED, [("HypervisorGeneration", "warning")]),
    ("V2", {"usegen2vm": "false"}, [("HypervisorGeneration", "warning")]),
    ("V1,V2", DEDICATED, []),
]


def generation_findings() -> list[Finding]:
    """What is found of generations and headers."""
    found = (
        offer_findings(spec(headers=headers), view(T4, sku_entry(HyperVGenerations=has)), today=TODAY)
        for has, headers, _codes in GENERATIONS
    )
    return [each for some in found for each in some]


@pytest.mark.parametrize(("generations", "headers", "expected"), GENERATIONS)
def test_generation(generations: str, headers: dict[str, str], expected: list[tuple[str, str]]) -> None:
    found = offer_findings(spec(headers=headers), view(T4, sku_entry(HyperVGenerations=generations)), today=TODAY)
    assert codes(found) == expected


def test_catalog_supplies_generations_without_azure() -> None:
    (found,) = offer_findings(spec("Standard_NC6", headers=GEN2, allow_retired=True), view("Standard_NC6", was_queried=False), today=TODAY)
    assert "cannot boot Hypervisor Generation '2'" in found.explanation.cause
    (found,) = offer_findings(spec(A100, headers=DEDICATED), view(A100, was_queried=False), today=TODAY)
    assert "cannot boot Hypervisor Generation '1'" in found.explanation.cause


@pytest.mark.parametrize(
    ("size", "wanted", "texts"),
    [
        (view("Standard_NC6"), spec("Standard_NC6"), ("2023-09-06", "Set vm_size to Standard_NC4as_T4_v3")),
        (view("Standard_NC5"), spec("Standard_NC5"), ("az vm list-skus --location eastus",)),
        (view(T4, sku_entry(restrictions=[restriction("QuotaId")])), spec(), ("quota ID", "pay-as-you-go")),
        (view(T4, sku_entry(restrictions=[restriction(CLOSED)])), spec(), ("https://aka.ms/azureskunotavailable",)),
        (
            view(T4, sku_entry(restrictions=[restriction(CLOSED, "1")])),
            spec(zones=("1",)),
            (f"({CLOSED})", "Set availability_zones to ['2', '3']"),
        ),
    ],
)
def test_refusal_has_a_remedy(size: SizeView, wanted: PoolSpec, texts: tuple[str, ...]) -> None:
    (found,) = offer_findings(wanted, size, today=TODAY)
    for text in texts:
        assert text in found.sentence()


def test_first_pool_of_a_new_cluster_needs_an_available_size_but_no_gpu() -> None:
    first = spec("Standard_D4s_v5", parameter="node_vm_size")
    assert codes(first_pool_findings(first, view(first.vm_size, sku_entry(first.vm_size, GPUs="")), today=TODAY)) == []
    (found,) = first_pool_findings(first, view(first.vm_size), today=TODAY)
    assert (found.code, "Set node_vm_size" in found.explanation.remedy) == ("VMSizeUnknown", True)


def test_future_retirement_is_not_a_retirement() -> None:
    found: Any = offer_findings(spec("Standard_NC6"), view("Standard_NC6", was_queried=False), today="2023-01-01")
    assert codes(found) == []


@pytest.mark.parametrize(("state", "warned"), [("NotRegistered", True), ("Registering", True), ("", True), ("Registered", False)])
def test_infiniband_needs_its_feature(state: str, *, warned: bool) -> None:
    assert codes(infiniband_findings(spec(), state=state)) == [("InfinibandNotRegistered", "warning")] * warned


@pytest.mark.parametrize(("has", "rdma"), [({}, False), ({"RdmaEnabled": "False"}, False), ({"RdmaEnabled": "True"}, True)])
def test_infiniband_is_a_capability_of_the_size(has: dict[str, str], *, rdma: bool) -> None:
    found = view(T4, sku_entry(**has)).sku
    assert found is not None
    assert found.rdma is rdma


@pytest.mark.parametrize(("listed", "expected"), [(False, [("VMSizeNotListedByAks", "warning")]), (True, []), (None, [])])
def test_list_of_aks_is_a_warning_where_it_lacks_the_size(listed: bool | None, expected: list[tuple[str, str]]) -> None:
    assert codes(aks_findings(spec(), listed=listed)) == expected
