# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.sku import find_sku, find_usage

from ...preflight_builders import T4, restriction, sku_entry, usage_entry, view


def test_size_is_found_in_any_letter_case_and_not_taken_for_a_disk() -> None:
    disk = {"resourceType": "disks", "name": T4}
    found = find_sku([disk, sku_entry("Standard_NC6"), sku_entry()], T4.upper())
    assert found is not None
    assert (found.name, found.family, found.vcpus, found.gpus) == (T4, "Standard NCASv3_T4 Family", 4, 1)
    assert (found.generations, found.architecture, found.zones, found.spot) == ((1, 2), "x64", ("1", "2", "3"), True)
    assert find_sku([disk], T4) is None


def test_pages_after_the_size_are_not_read() -> None:
    def entries() -> Iterator[dict[str, Any]]:
        yield sku_entry()
        pytest.fail("the next page was asked for")

    assert find_sku(entries(), T4) is not None


def test_closed_zones_are_not_open() -> None:
    found = find_sku([sku_entry(restrictions=[restriction("NotAvailableForSubscription", "1", "3")])], T4)
    assert found is not None
    assert found.open_zones == ("2",)
    assert found.closed is None


def test_entry_with_few_capabilities_is_read() -> None:
    found = find_sku([{"resourceType": "virtualMachines", "name": T4}], T4)
    assert found is not None
    assert (found.vcpus, found.gpus, found.generations, found.zones, found.retires) == (None, None, (), (), None)


def test_azure_wins_over_the_catalog_which_fills_the_gaps() -> None:
    size = view(T4, sku_entry(vCPUs="6", GPUs="", HyperVGenerations="V2"))
    assert (size.vcpus, size.gpus, size.generations) == (6, 1, (2,))
    facts = size.facts()
    assert (facts["offered"], facts["gpu_model"], facts["gpu_memory_gb"], facts["zones"]) == (True, "Tesla T4", 16, ["1", "2", "3"])


def test_size_that_azure_lists_is_not_retired() -> None:
    assert view("Standard_NC6", sku_entry("Standard_NC6")).facts()["retired"] == ""
    assert view("Standard_NC6").facts()["retired"] == "2023-09-06"


@pytest.mark.parametrize(("asked", "offered"), [(True, False), (False, None)])
def test_no_answer_is_not_taken_for_no_offer(asked: bool, offered: bool | None) -> None:
    assert view(T4, was_queried=asked).facts()["offered"] is offered


@pytest.mark.parametrize("spelling", ["Standard NCASv3_T4 Family", "standardNCASv3_T4Family"])
def test_family_is_found_in_both_spellings_of_azure(spelling: str) -> None:
    found = find_usage([usage_entry("cores", limit=100), usage_entry(spelling, limit=8, used=3)], "Standard NCASv3_T4 Family")
    assert found is not None
    assert (found.limit, found.used, found.available) == (8, 3, 5)


def test_overdrawn_quota_has_nothing_available() -> None:
    found = find_usage([usage_entry("cores", limit=8, used=12)], "cores")
    assert found is not None
    assert found.available == 0


def test_retirement_date_is_converted_to_iso_format() -> None:
    found = find_sku([sku_entry(RetirementDateUtc="05/01/2028")], T4)
    assert found is not None
    assert found.retires == "2028-05-01"
