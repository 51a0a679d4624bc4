# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.lab.eras import Era, VmSize

REGIONAL = "cores"
SPOT = "lowPriorityCores"
ZONES = ("1", "2", "3")
EVERYWHERE = "*"
_NOT_FOR_SUBSCRIPTION = "NotAvailableForSubscription"

# Plenty, so that only who sets a limit meets it; a new subscription of Azure's has 10 cores and no GPU at all.
_DEFAULT_LIMITS: Mapping[str, int] = MappingProxyType({REGIONAL: 1_000_000, SPOT: 100_000})
_FAMILY_LIMIT = 100_000

# Microsoft.Compute's name of a family → its words for it. Names that need no entry are made of the family's own.
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        REGIONAL: "Total Regional vCPUs",
        SPOT: "Total Regional Low-priority vCPUs",
        "standardDSv2Family": "Standard DSv2 Family vCPUs",
        "standardDSv3Family": "Standard DSv3 Family vCPUs",
        "standardDSv5Family": "Standard DSv5 Family vCPUs",
        "standardDv2Family": "Standard Dv2 Family vCPUs",
        "standardNCFamily": "Standard NC Family vCPUs",
        "standardNCSv2Family": "Standard NCSv2 Family vCPUs",
        "standardNCSv3Family": "Standard NCSv3 Family vCPUs",
        "StandardNCADSA100v4Family": "Standard NCADS_A100_v4 Family vCPUs",
        "StandardNCadsH100v5Family": "Standard NCadsH100v5 Family vCPUs",
        "standardNDSH100v5Family": "Standard NDSH100v5 Family vCPUs",
        "StandardNVADSA10v5Family": "Standard NVADSA10v5 Family vCPUs",
    }
)


@dataclass(frozen=True)
class Machines:
    """Virtual machines of one size in one place, existing or requested."""

    size: VmSize
    location: str
    count: int
    spot: bool = False
    reservation: str = ""  # the ID of their capacity reservation group

    @property
    def quotas(self) -> tuple[str, ...]:
        """The quotas that their vCPUs count against; those of a capacity reservation are counted already."""
        if self.reservation:
            return ()
        return (SPOT,) if self.spot else (self.size.family, REGIONAL)

    @property
    def cores(self) -> int:
        """Their vCPUs."""
        return self.size.cpus * self.count


@dataclass(frozen=True)
class Restriction:
    """Where a size is closed to the subscription: a whole location, or zones of it."""

    location: str
    zones: tuple[str, ...] = ()
    reason: str = _NOT_FOR_SUBSCRIPTION


@dataclass(frozen=True)
class Usage:
    """One line of a location's usages, in vCPUs."""

    name: str
    words: str
    used: int
    limit: int


@dataclass(frozen=True)
class Reservation:
    """A capacity reservation of a group. zone: "" for the whole region."""

    name: str
    size: str
    capacity: int
    zone: str = ""


class Compute:
    """Microsoft.Compute: the sizes available in each location, the quotas, and reserved capacity."""

    def __init__(self, *, era: Era, machines: Callable[[], Iterable[Machines]]) -> None:
        self._era = era
        self._machines = machines
        self._limits: dict[tuple[str, str], int] = {}
        self._restrictions: dict[str, list[Restriction]] = {}
        self.reservations: dict[str, list[Reservation]] = {}  # by the ID of the group in lower case
        self.unknown_to_aks: set[str] = set()  # sizes, in lower case

    def sizes(self) -> list[VmSize]:
        """The available sizes; retired ones are not listed."""
        return [size for size in self._era.sizes.values() if not size.retired]

    def restrictions(self, size: VmSize, *, location: str) -> list[Restriction]:
        """The restrictions of a size in a location."""
        return [r for r in self._restrictions.get(size.name.lower(), []) if r.location in {location, EVERYWHERE}]

    def restrict(self, size: str, restrictions: list[Restriction]) -> None:
        """The lab's control API: close a size, or open it again with an empty list."""
        self._restrictions[size.lower()] = restrictions

    def closed(self, size: VmSize, *, location: str) -> bool:
        """Whether the size is closed to the subscription in the whole location."""
        return any(not restriction.zones for restriction in self.restrictions(size, location=location))

    def open_zones(self, size: VmSize, *, location: str) -> tuple[str, ...]:
        """The zones in which the size is open to the subscription."""
        shut = {zone for restriction in self.restrictions(size, location=location) for zone in restriction.zones or ZONES}
        return tuple(zone for zone in ZONES if zone not in shut)

    def allocated(self, group: str) -> dict[str, int]:
        """How many machines hold a part of each reservation: the first of their size takes what it can, the last one the rest."""
        left: dict[str, int] = {}
        for machines in self._machines():
            if machines.reservation.lower() == group.lower():
                left[machines.size.name] = left.get(machines.size.name, 0) + machines.count
        used = {}
        for each in self.reservations.get(group.lower(), []):
            used[each.name] = min(each.capacity, left.get(each.size, 0))
            left[each.size] = left.get(each.size, 0) - used[each.name]
        return used

    def set_limit(self, location: str, quota: str, limit: int) -> None:
        """The lab's control API: set a limit in one location, or with `*` in all locations without their own limit."""
        self._limits[(location.lower(), quota.lower())] = limit

    def usages(self, location: str) -> list[Usage]:
        """Every quota of a location with its usage."""
        families = sorted({size.family for size in self._era.sizes.values()})
        return [self.usage(location, name) for name in (REGIONAL, SPOT, *families)]

    def usage(self, location: str, quota: str) -> Usage:
        """One quota of a location."""
        used = sum(m.cores for m in self._machines() if m.location == location and quota in m.quotas)
        return Usage(quota, _WORDS.get(quota, f"{quota} vCPUs"), used, self._limit(location, quota))

    def _limit(self, location: str, quota: str) -> int:
        for place in (location, EVERYWHERE):
            limit = self._limits.get((place, quota.lower()))
            if limit is not None:
                return limit
        return _DEFAULT_LIMITS.get(quota, _FAMILY_LIMIT)

    def exceeded(self, wanted: Machines, quota: str) -> Usage | None:
        """The quota's state if it does not admit the additional machines."""
        if quota not in wanted.quotas:
            return None
        usage = self.usage(wanted.location, quota)
        return usage if wanted.count > 0 and usage.used + wanted.cores > usage.limit else None
