# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Preflight findings about a capacity reservation group: whether its reservations are of the pool's size and zones, and what is free.

https://learn.microsoft.com/azure/virtual-machines/capacity-reservation-overallocate (2026): nodes beyond what is reserved are allocated
as if there were no reservation. https://learn.microsoft.com/azure/aks/use-capacity-reservation-groups (2026): AKS creates a pool with an
empty group, but does not associate it with the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Iterable, Iterator, Mapping, Sequence

from ..arm.resource_option import inside
from ..pool.rules import zones_are_azures
from ..pool.spec import PoolSpec
from ..shared.counts import plural
from ..shared.explanation import Explanation
from ..shared.findings import Finding, joined_names
from ..shared.mappings import Json
from ..shared.names import location_name
from .az_options import reservation_group_options
from .quota import Demand

_GONE = ("Failed", "Deleting")


@dataclass(frozen=True)
class Reservation:
    """A capacity reservation. zone: "" for one of the whole region. used: machines that hold a part of it."""

    name: str
    vm_size: str
    zone: str
    capacity: int
    used: int

    @property
    def free(self) -> int:
        """How many more machines it provides."""
        return max(0, self.capacity - self.used)

    def __str__(self) -> str:
        """How evidence shows it."""
        return f"{self.vm_size}{f' in zone {self.zone}' if self.zone else ''} ({self.free} of {self.capacity} free)"


@dataclass(frozen=True)
class ReservationGroup:
    """A capacity reservation group in a region (as Microsoft.Compute names it) with its reservations."""

    location: str
    reservations: Sequence[Reservation]


def group_of(group: Json, members: Iterable[Json]) -> ReservationGroup:
    """The group of a GET with its instance view, and of the list of its reservations; the view alone names no sizes."""
    views = inside(group, "properties.instanceView.capacityReservations") or ()
    used = {str(view.get("name")).lower(): len(inside(view, "utilizationInfo.virtualMachinesAllocated") or ()) for view in views}
    kept = [each for each in members if inside(each, "properties.provisioningState") not in _GONE]
    return ReservationGroup(location_name(str(group.get("location") or "")), tuple(_reservation(each, used) for each in kept))


def _reservation(member: Json, used: Mapping[str, int]) -> Reservation:
    name = str(member.get("name"))
    zones = member.get("zones") or ("",)
    return Reservation(
        name=name,
        vm_size=str(inside(member, "sku.name") or ""),
        zone=str(zones[0]),
        capacity=int(inside(member, "sku.capacity") or 0),
        used=used.get(name.lower(), 0),
    )


def reservation_findings(spec: PoolSpec, demand: Demand, group: ReservationGroup | None) -> Iterator[Finding]:
    """Whether nodes of the pool get machines of the group. group: None if it does not exist."""
    if group is None:
        yield _finding(spec, "ReservationNotFound", "Azure has no such group", cause="The capacity reservation group does not exist.")
    elif group.location != spec.location:
        yield _unfit(spec, f"the group is in {group.location}, the pool in {spec.location}")
    elif not group.reservations:
        cause = "The group has no reservation, so AKS creates the pool without associating it with the group."
        yield _finding(spec, "ReservationEmpty", "the group has no reservation", cause=cause)
    else:
        yield from _by_size_and_zone(spec, demand, group.reservations)


def _by_size_and_zone(spec: PoolSpec, demand: Demand, reservations: Sequence[Reservation]) -> Iterator[Finding]:
    alike = [each for each in reservations if each.vm_size.lower() == spec.vm_size.lower()]
    fitting = [each for each in alike if _in_zones_of(spec, each)]
    if not fitting:
        where = f"zone {joined_names(spec.zones)}" if spec.zones else "no zone"
        yield _unfit(spec, f"the group reserves {joined_names(map(str, reservations))}; the pool has {spec.vm_size} in {where}")
        return
    yield from _zones(spec, {each.zone for each in fitting})
    yield from _free(spec, max(0, demand.nodes - demand.existing), fitting)


def _zones(spec: PoolSpec, reserved: Container[str]) -> Iterator[Finding]:
    without = [] if zones_are_azures(spec.zones) else [zone for zone in spec.zones if zone not in reserved]
    if without:
        cause = "The group reserves nothing in some of the pool's zones, so nodes there depend on what Azure has left."
        yield _finding(spec, "ReservationLacksZone", f"nothing in zone {joined_names(without)}", cause=cause, severity="warning")


def _in_zones_of(spec: PoolSpec, reservation: Reservation) -> bool:
    return zones_are_azures(spec.zones) or reservation.zone in (spec.zones or ("",))


def _free(spec: PoolSpec, needed: int, fitting: Sequence[Reservation]) -> Iterator[Finding]:
    if needed > sum(each.free for each in fitting):
        evidence = f"{joined_names(map(str, fitting))}; the pool needs {needed} more {plural(needed, 'node')}"
        cause = "The group has fewer free machines than the pool needs. Azure provides the others only if it has capacity and quota left."
        yield _finding(spec, "ReservationTooSmall", evidence, cause=cause, severity="warning")


def _unfit(spec: PoolSpec, evidence: str) -> Finding:
    cause = "No reservation of the group has the size, the region and the zones of the pool, so its nodes get no reserved machine."
    return _finding(spec, "ReservationUnfit", evidence, cause=cause)


_REMEDIES = {
    "ReservationNotFound": "Set capacity_reservation_group_id to an ID of 'az capacity reservation group list --query [].id', or leave it "
    "out.",
    "ReservationTooSmall": "Raise the reservation's capacity with 'az capacity reservation update {member} --capacity NODES', or use fewer "
    "nodes (count).",
}
_ADD = (
    "Add a reservation with 'az capacity reservation create {member} --sku {size} --capacity NODES', one for each zone of the pool "
    "(--zone ZONE), or one without --zone for a pool without zones. Or use a vm_size and availability_zones that the group has, or leave "
    "out capacity_reservation_group_id."
)


def _finding(spec: PoolSpec, code: str, evidence: str, *, cause: str, severity: str = "error") -> Finding:
    member = f"{reservation_group_options(spec.reservation_group)} --capacity-reservation-name NAME"
    remedy = _REMEDIES.get(code, _ADD).format(member=member, size=spec.vm_size)
    return Finding(Explanation(code, cause=cause, remedy=remedy, severity=severity), (spec.reservation_group,), evidence)
