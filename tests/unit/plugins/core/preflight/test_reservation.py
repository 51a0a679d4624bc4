# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capacity reservation group means for a pool: its size, zones and free machines; and what does not concern it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.quota import demand_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.reservation import (
    Reservation,
    ReservationGroup,
    group_of,
    reservation_findings,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding

from ...preflight_builders import T4, codes, spec, view

GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/capacityReservationGroups/crg"
A100 = "Standard_NC24ads_A100_v4"


def group(*reservations: Reservation, location: str = "eastus") -> ReservationGroup:
    return ReservationGroup(location, reservations)


def of(vm_size: str = T4, *, zone: str = "", capacity: int = 2, used: int = 0) -> Reservation:
    return Reservation(f"{vm_size}-{zone}", vm_size, zone, capacity, used)


def judged(found: ReservationGroup | None, fields: dict[str, Any]) -> list[Finding]:
    wanted = spec(reservation_group=GROUP, **fields)
    return list(reservation_findings(wanted, demand_of(wanted, view(), None), found))


TWO_ZONES = {"zones": ("1", "2")}
CASES = [
    pytest.param(None, {}, [("ReservationNotFound", "error")], id="no such group"),
    pytest.param(group(), {}, [("ReservationEmpty", "error")], id="empty"),
    pytest.param(group(of(), location="westus2"), {}, [("ReservationUnfit", "error")], id="another region"),
    pytest.param(group(of(A100)), {}, [("ReservationUnfit", "error")], id="another size"),
    pytest.param(group(of(zone="1")), {}, [("ReservationUnfit", "error")], id="zonal reservation, pool without zones"),
    pytest.param(group(of()), {"zones": ("1",)}, [("ReservationUnfit", "error")], id="regional reservation, pool in a zone"),
    pytest.param(group(of(zone="3")), TWO_ZONES, [("ReservationUnfit", "error")], id="another zone"),
    pytest.param(group(of(zone="1")), TWO_ZONES, [("ReservationLacksZone", "warning")], id="one of two zones"),
    pytest.param(group(of(used=2)), {}, [("ReservationTooSmall", "warning")], id="all of it in use"),
    pytest.param(group(of(used=1)), {"nodes": 2}, [("ReservationTooSmall", "warning")], id="less free than needed"),
    pytest.param(group(of(used=1)), {}, [], id="enough"),
    pytest.param(group(of(), of(A100, used=2)), {"nodes": 2}, [], id="beside another size"),
    pytest.param(group(of(T4.upper(), zone="1", capacity=1), of(zone="2", capacity=1)), {**TWO_ZONES, "nodes": 2}, [], id="in each zone"),
    pytest.param(group(of(zone="2")), {"zones": ("Auto",)}, [], id="zones that Azure chooses"),
]


@pytest.mark.parametrize(("found", "fields", "expected"), CASES)
def test_group_fits_the_pool(found: ReservationGroup | None, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes(judged(found, fields)) == expected


def test_evidence_has_what_is_reserved_and_free() -> None:
    (unfit,) = judged(group(of(A100, zone="1", used=1)), {"zones": ("2",)})
    assert unfit.evidence == f"the group reserves {A100} in zone 1 (1 of 2 free); the pool has {T4} in zone 2"
    (small,) = judged(group(of(used=1)), {"nodes": 3})
    assert small.evidence == f"{T4} (1 of 2 free); the pool needs 3 more nodes"


def test_nodes_that_the_pool_has_need_nothing_more() -> None:
    wanted = spec(reservation_group=GROUP, nodes=2)
    live = {"properties": {"vmSize": T4, "count": 2}, "vmSize": T4, "count": 2}
    assert list(reservation_findings(wanted, demand_of(wanted, view(), live), group(of(used=2)))) == []


def test_free_machines_are_what_the_instance_view_leaves() -> None:
    view = {"name": "A", "utilizationInfo": {"virtualMachinesAllocated": [{"id": "1"}, {"id": "2"}]}}
    body = {"location": "East US", "properties": {"instanceView": {"capacityReservations": [view]}}}
    members = [
        {"name": "a", "sku": {"name": T4, "capacity": 3}, "zones": ["2"], "properties": {"provisioningState": "Succeeded"}},
        {"name": "b", "sku": {"name": A100, "capacity": 1}},
        {"name": "c", "sku": {"name": T4, "capacity": 9}, "properties": {"provisioningState": "Failed"}},
    ]
    assert group_of(body, members) == group(Reservation("a", T4, "2", 3, 2), Reservation("b", A100, "", 1, 0))
    assert group_of({}, []) == ReservationGroup("", ())
