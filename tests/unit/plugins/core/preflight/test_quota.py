# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.quota import (
    Demand,
    demand_of,
    quota_findings,
    quotas_of,
    surge_nodes,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import assert_explained
from ...preflight_builders import T4, codes, spec, usage_entry, view

FAMILY = "Standard NCASv3_T4 Family"
PLENTY = 1000


@pytest.mark.parametrize(
    ("max_surge", "nodes", "surge"),
    [("", 3, 1), ("", 11, 2), ("1", 3, 1), ("5", 3, 5), ("33%", 3, 1), ("34%", 3, 2), ("100%", 3, 3), ("0", 3, 0), ("0%", 3, 0),
     ("10%", 0, 0)],
)  # fmt: skip
def test_surge_is_a_number_or_a_share_rounded_up(max_surge: str, nodes: int, surge: int) -> None:
    assert surge_nodes(max_surge, nodes) == surge


@pytest.mark.parametrize("max_surge", ["²", "٣", "1" * 400, "9" * 5000, "some", "-1", "1.5", "%", "10 %"])
def test_any_other_surge_is_refused(max_surge: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        surge_nodes(max_surge, 3)
    assert_explained(refusal.value, "InvalidMaxSurge", max_surge, "33%")


@pytest.mark.parametrize(
    ("pool", "there"),
    [
        pytest.param(None, 0, id="no pool"),
        pytest.param({"vmSize": T4.lower(), "count": 2}, 2, id="its nodes"),
        pytest.param({"vmSize": "Standard_NC8as_T4_v3", "count": 2}, 0, id="another size counts by itself"),
        pytest.param({"vmSize": T4, "count": 2, "powerState": {"code": "Stopped"}}, 0, id="stopped nodes take nothing"),
        pytest.param({"type": "VirtualMachines", "virtualMachinesProfile": {"scale": {"manual": [{"size": T4, "count": 2}]}}}, 2,
                     id="virtual machines of this size"),
        pytest.param({}, 0, id="a pool that tells nothing"),
    ],
)  # fmt: skip
def test_existing_nodes_need_no_new_quota(pool: dict[str, Any] | None, there: int) -> None:
    demand = demand_of(spec(nodes=1, max_nodes=3, autoscaled=True), view(), pool)
    assert demand == Demand(vcpus=4, nodes=1, max_nodes=3, surge=1, existing=there)


@pytest.mark.parametrize(
    ("demand", "at_first", "at_most"),
    [
        (Demand(4, 1, 3, 1), 4, 16),
        (Demand(4, 2, 2, 1, existing=2), 0, 4),
        (Demand(4, 1, 3, 1, existing=3), 0, 4),
        (Demand(24, 0, 2, 0), 0, 48),
    ],
)
def test_demand_in_vcpus(demand: Demand, at_first: int, at_most: int) -> None:
    assert (demand.at_first, demand.at_most) == (at_first, at_most)


CASES = [
    pytest.param(PLENTY, PLENTY, [], id="enough"),
    pytest.param(16, PLENTY, [], id="just enough for three nodes and a surge node"),
    pytest.param(15, PLENTY, [("QuotaBelowMaximum", "warning")], id="not for the surge node"),
    pytest.param(4, PLENTY, [("QuotaBelowMaximum", "warning")], id="just enough to begin with"),
    pytest.param(3, PLENTY, [("QuotaExceeded", "error")], id="not for the first node"),
    pytest.param(0, PLENTY, [("QuotaExceeded", "error")], id="never granted"),
    pytest.param(PLENTY, 3, [("QuotaExceeded", "error")], id="the region's total"),
    pytest.param(3, 3, [("QuotaExceeded", "error"), ("QuotaExceeded", "error")], id="both"),
    pytest.param(None, PLENTY, [("QuotaUnknown", "warning")], id="a family that the usages don't name"),
]


def judged(family: int | None, region: int) -> list[Finding]:
    """What is found with these limits of a pool of one to three nodes."""
    wanted = spec(nodes=1, max_nodes=3, autoscaled=True)
    entries = [usage_entry("cores", limit=region), *([] if family is None else [usage_entry(FAMILY, limit=family)])]
    quotas = quotas_of(wanted, view(), entries)
    assert [quota.name for quota in quotas] == [FAMILY, "cores"]
    return list(quota_findings(wanted, demand_of(wanted, view(), None), quotas))


@pytest.mark.parametrize(("family", "region", "expected"), CASES)
def test_quota_of_family_and_region(family: int | None, region: int, expected: list[tuple[str, str]]) -> None:
    assert codes(judged(family, region)) == expected


def reserved_findings() -> list[Finding]:
    """What is found where a capacity reservation has used up the quota."""
    wanted = spec(reservation_group="/crg")
    quotas = quotas_of(wanted, view(), [usage_entry(FAMILY, limit=8, used=8), usage_entry("cores", limit=PLENTY)])
    return list(quota_findings(wanted, demand_of(wanted, view(), None), quotas))


def test_quota_used_up_by_a_capacity_reservation_is_a_warning() -> None:
    assert codes(reserved_findings()) == [("QuotaBelowReservation", "warning")]
    assert "8 of 8 used" in reserved_findings()[0].evidence
    assert codes(quota_findings(spec(), demand_of(spec(), view(), None), [])) == []


def test_spot_nodes_share_a_quota_of_their_own() -> None:
    wanted = spec(spot=True)
    quotas = quotas_of(
        wanted, view(), [usage_entry(FAMILY, limit=0), usage_entry("cores", limit=0), usage_entry("lowPriorityCores", limit=3)]
    )
    (found,) = quota_findings(wanted, demand_of(wanted, view(), None), quotas)
    assert found.code == "QuotaExceeded"
    assert "lowPriorityCores vCPUs in eastus: 0 of 3 used; 1 node of 4 vCPUs needs 4" in found.evidence
    assert "--resource-type lowPriority --limit-object value=8" in found.explanation.remedy


def test_quota_refusal_has_usage_need_and_required_limit() -> None:
    wanted = spec(nodes=2, max_nodes=3, autoscaled=True)
    quotas = quotas_of(wanted, view(), [usage_entry(FAMILY, limit=8, used=4), usage_entry("cores", limit=PLENTY)])
    (found,) = quota_findings(wanted, demand_of(wanted, view(), None), quotas)
    assert found.evidence == f"{FAMILY} vCPUs in eastus: 4 of 8 used; 2 nodes of 4 vCPUs need 8"
    assert f'--resource-name "{FAMILY}"' in found.explanation.remedy
    assert "a limit of 20" in found.explanation.remedy


def test_size_with_unknown_vcpus_gets_no_verdict() -> None:
    wanted, size = spec("Standard_NC_future"), view("Standard_NC_future", was_queried=False)
    quotas = quotas_of(wanted, size, [usage_entry("cores", limit=0)])
    demand = demand_of(wanted, size, None)
    assert codes(quota_findings(wanted, demand, quotas)) == [("QuotaUnknown", "warning")]
    assert quotas[0].facts(demand)["enough"] is None
