# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A size and a quota as Microsoft.Compute describes them, completed from the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Mapping

from .catalog import GpuSize

_WHOLE = re.compile(r"[0-9]{1,18}")
# Where an ephemeral OS disk can be: capability → bytes of its unit (https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks).
_PLACES = {"CachedDiskBytes": 1, "MaxResourceVolumeMB": 2**20, "NvmeDiskSizeInMiB": 2**20}


@dataclass(frozen=True)
class Restriction:
    """Why a subscription cannot use a size. kind: Location, or Zone with the affected zones. reason: Azure's code."""

    kind: str
    reason: str
    zones: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {"type": self.kind, "reason": self.reason, "zones": list(self.zones)}


@dataclass(frozen=True)
class Sku:
    """What Microsoft.Compute says about a size in one location; None and () stand for what it leaves out.

    retires: a date (ISO). ephemeral: whether the OS disk can be on the host. local_gib: the largest space that the host has for it.
    rdma: whether its machines have InfiniBand.
    """

    name: str
    family: str | None
    vcpus: int | None
    gpus: int | None
    generations: tuple[int, ...]
    architecture: str | None
    spot: bool
    zones: tuple[str, ...]
    restrictions: tuple[Restriction, ...] = ()
    retires: str | None = None
    ephemeral: bool = True
    local_gib: int | None = None
    rdma: bool = False

    @property
    def open_zones(self) -> tuple[str, ...]:
        """The zones in which the subscription can use the size."""
        shut = {zone for restriction in self.restrictions if restriction.kind == "Zone" for zone in restriction.zones}
        return tuple(zone for zone in self.zones if zone not in shut)

    @property
    def closed(self) -> Restriction | None:
        """The restriction that closes the whole location to the subscription."""
        return next((restriction for restriction in self.restrictions if restriction.kind == "Location"), None)


@dataclass(frozen=True)
class SkuListing:
    """What Azure lists for a size in a region.

    sku: None if the region doesn't have the size. region_exists: whether Azure lists any size for the region: it answers an empty list for
    a region that doesn't exist.
    """

    sku: Sku | None
    region_exists: bool = True


@dataclass(frozen=True)
class Usage:
    """A quota of a location, in vCPUs. display_name: Azure's display name."""

    name: str
    display_name: str
    limit: int
    used: int

    @property
    def available(self) -> int:
        """The remaining vCPUs."""
        return max(0, self.limit - self.used)


def find_sku(entries: Iterable[Mapping[str, Any]], vm_size: str) -> Sku | None:
    """The size among entries of Microsoft.Compute/skus for one location. Stops at the first, because each location lists a size once."""
    for entry in entries:
        if entry.get("resourceType") == "virtualMachines" and str(entry.get("name")).lower() == vm_size.lower():
            return _sku(entry)
    return None


def _sku(entry: Mapping[str, Any]) -> Sku:
    has = {str(each.get("name")): str(each["value"]) for each in entry.get("capabilities") or () if each.get("value")}
    where: Mapping[str, Any] = next(iter(entry.get("locationInfo") or ()), {})
    return Sku(
        name=str(entry["name"]),
        family=entry.get("family"),
        vcpus=_number(has.get("vCPUs")),
        gpus=_number(has.get("GPUs")),
        generations=tuple(int(name[1:]) for name in has.get("HyperVGenerations", "").split(",") if _WHOLE.fullmatch(name[1:])),
        architecture=has.get("CpuArchitectureType"),
        spot=has.get("LowPriorityCapable", "True").lower() != "false",
        zones=tuple(sorted(map(str, where.get("zones") or ()))),
        restrictions=tuple(map(_restriction, entry.get("restrictions") or ())),
        retires=_iso_date(has.get("RetirementDateUtc")),
        ephemeral=has.get("EphemeralOSDiskSupported", "True").lower() != "false",
        local_gib=_local_gib(has),
        rdma=has.get("RdmaEnabled", "False").lower() == "true",
    )


def _local_gib(has: Mapping[str, str]) -> int | None:
    """The host's cache, temporary disk or NVMe disk, whichever is largest; AKS places an ephemeral disk on any of them."""
    sizes = [(_number(has.get(name)), unit) for name, unit in _PLACES.items()]
    return max((amount * unit // 2**30 for amount, unit in sizes if amount is not None), default=None)


def _restriction(entry: Mapping[str, Any]) -> Restriction:
    zones = (entry.get("restrictionInfo") or {}).get("zones") or ()
    return Restriction(str(entry.get("type") or "Location"), str(entry.get("reasonCode") or ""), tuple(sorted(map(str, zones))))


def _number(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text) else None


def _iso_date(text: str | None) -> str | None:
    """2028-05-01 for 05/01/2028, which is how Microsoft.Compute writes a date."""
    if text is None:
        return None
    month, _slash, rest = text.partition("/")
    day, _slash, year = rest.partition("/")
    return f"{year}-{month:0>2}-{day:0>2}" if year else None


def find_usage(entries: Iterable[Mapping[str, Any]], name: str) -> Usage | None:
    """A quota among a location's usages; Azure spells a family with and without spaces, and in any case."""
    for entry in entries:
        words = entry.get("name") or {}
        if _plain(str(words.get("value"))) == _plain(name):
            limit, used = (int(entry.get(field) or 0) for field in ("limit", "currentValue"))
            return Usage(str(words["value"]), str(words.get("localizedValue") or name), limit, used)
    return None


def _plain(name: str) -> str:
    return name.replace(" ", "").lower()


@dataclass(frozen=True)
class SizeView:
    """Everything known about a size: Azure's values if there are any, otherwise the catalog's.

    catalog_entry: None if there is none. sku: Azure's. was_queried: whether Azure could be asked, so that no sku means no offer.
    region_exists: whether Azure lists any size for the location; for an unknown region, it returns an empty list instead of an error.
    """

    name: str
    catalog_entry: GpuSize | None
    sku: Sku | None
    was_queried: bool
    region_exists: bool = True

    @property
    def vcpus(self) -> int:
        """The vCPUs of one node, 0 if unknown."""
        return (self.sku and self.sku.vcpus) or (self.catalog_entry.vcpus if self.catalog_entry else 0)

    @property
    def gpus(self) -> int:
        """Devices that Kubernetes sees on a node, 0 if there are none or it is unknown."""
        return (self.sku and self.sku.gpus) or (self.catalog_entry.gpus if self.catalog_entry else 0)

    @property
    def family(self) -> str | None:
        """The quota that its vCPUs count against, None if unknown."""
        return (self.sku and self.sku.family) or (self.catalog_entry.series.family if self.catalog_entry else None)

    @property
    def generations(self) -> tuple[int, ...]:
        """Generations of virtual machines that it can be, () if unknown."""
        return (self.sku and self.sku.generations) or (self.catalog_entry.series.generations if self.catalog_entry else ())

    @property
    def architecture(self) -> str | None:
        """x64 or Arm64, None if unknown."""
        return (self.sku and self.sku.architecture) or (self.catalog_entry.series.architecture if self.catalog_entry else None)

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {
            "name": self._name,
            "gpus": self.gpus,
            "vcpus": self.vcpus,
            "family": self.family or "",
            "generations": list(self.generations),
            "architecture": self.architecture or "",
            "offered": self.offered,
            "zones": list(self.sku.open_zones) if self.sku else [],
            "restrictions": [each.facts() for each in self.sku.restrictions] if self.sku else [],
            **_catalog_facts(self.catalog_entry, is_listed=self.sku is not None),
        }

    @property
    def _name(self) -> str:
        """As Azure spells it, else as the catalog or the user does."""
        known = self.sku or self.catalog_entry
        return known.name if known else self.name

    @property
    def offered(self) -> bool | None:
        """Whether the subscription can use the size in the location; None if Azure could not be asked."""
        if not self.was_queried:
            return None
        return self.sku is not None and self.sku.closed is None


def _catalog_facts(size: GpuSize | None, *, is_listed: bool) -> dict[str, Any]:
    """What only the catalog knows. is_listed: whether Azure still lists the size, which then isn't retired."""
    if size is None:
        unknown = dict.fromkeys(("gpu_model", "gpu_share", "driver", "retired", "successor"), "")
        return {**unknown, "gpu_memory_gb": 0, "mig": None}
    return {
        "gpu_model": size.gpu_model,
        "gpu_share": size.share,
        "gpu_memory_gb": size.gpu_memory,
        "driver": size.series.driver,
        "mig": size.series.mig,
        "retired": "" if is_listed else size.retired or "",
        "successor": size.successor or "",
    }
