# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The calls that tell whether a pool can be had: two of Microsoft.Compute, shaped as the models of azure-mgmt-compute have them, and AKS'
# own list of sizes, which is a preview.

from __future__ import annotations

import re
from typing import Any

from tests.lab.arm.errors.gateway import InvalidFilterError
from tests.lab.arm.errors.location import NoRegisteredProviderFoundError
from tests.lab.arm.model.compute.limits import ZONES, Restriction, Usage
from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.arm.model.subscription.regions import REGIONS, normalized_location
from tests.lab.arm.paging import page
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.eras import VmSize

_FILTER = re.compile(r"\s*location\s+eq\s+'([^']+)'\s*", re.IGNORECASE)
_RDMA = re.compile(r"_N[CD]\d+[a-z]*r(?:f)?(?:_|$)")  # the letter r: InfiniBand
_LOCATIONS = ("eastus", "westus2", "westeurope")  # shown to who asks for no location in particular


def list_skus(call: Call) -> Reply:
    """The virtual machine sizes of one location, or of a few; one entry per size and location."""
    asked = call.query.get("$filter")
    locations = _LOCATIONS if asked is None else (_location(asked),)
    there = [location for location in locations if location in REGIONS]
    return page(call, [_sku(call, size, location) for size in call.state.compute.sizes() for location in there])


def _location(expression: str) -> str:
    match = _FILTER.fullmatch(expression)
    if match is None:
        raise InvalidFilterError(expression)
    return normalized_location(match[1])


def _sku(call: Call, size: VmSize, location: str) -> dict[str, Any]:
    restrictions = call.state.compute.restrictions(size, location=location)
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [location],
        "locationInfo": [{"location": location, "zones": list(ZONES), "zoneDetails": []}],
        "capabilities": [{"name": name, "value": value} for name, value in _capabilities(size).items()],
        "restrictions": [_restriction(restriction, location) for restriction in restrictions],
    }


def _capabilities(size: VmSize) -> dict[str, str]:
    common = {
        "vCPUs": str(size.cpus),
        "vCPUsAvailable": str(size.cpus),
        "MemoryGB": f"{size.memory_gib:g}",
        "HyperVGenerations": ",".join(f"V{generation}" for generation in size.generations),
        "CpuArchitectureType": "x64",
        "LowPriorityCapable": "True",
        "EncryptionAtHostSupported": "True",
        "RdmaEnabled": str(bool(_RDMA.search(size.name))),
        "EphemeralOSDiskSupported": str(size.ephemeral_gib > 0),
        "CachedDiskBytes": str(size.ephemeral_gib << 30),
    }
    return {**common, "GPUs": str(size.gpus)} if size.gpus else common


def _restriction(restriction: Restriction, location: str) -> dict[str, Any]:
    info: dict[str, Any] = {"locations": [location]}
    if restriction.zones:
        info["zones"] = list(restriction.zones)
    kind = "Zone" if restriction.zones else "Location"
    return {"type": kind, "values": [location], "restrictionInfo": info, "reasonCode": restriction.reason}


def list_sizes_of_aks(call: Call) -> Reply:
    """The sizes that AKS takes in a location, in the form of Microsoft.Compute's list; only a preview of 2026 has it."""
    location, version = normalized_location(call.params["location"]), call.query["api-version"]
    if call.state.era.name == "2021" or not call.preview or location not in REGIONS:
        raise NoRegisteredProviderFoundError(location, kind="locations/vmSkus", version=version, regions=REGIONS)
    sizes = [size for size in call.state.compute.sizes() if size.name.lower() not in call.state.compute.unknown_to_aks]
    return page(call, [_sku(call, size, location) for size in sizes])


def list_usages(call: Call) -> Reply:
    """The subscription's quota usage in a location."""
    location = normalized_location(call.params["location"])
    if location not in REGIONS:
        raise NoRegisteredProviderFoundError(location, kind="locations/usages", version=call.query["api-version"], regions=REGIONS)
    return page(call, [_usage(usage) for usage in call.state.compute.usages(location)])


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "limit": usage.limit,
        "unit": "Count",
        "currentValue": usage.used,
        "name": {"value": usage.name, "localizedValue": usage.words},
    }


_COMPUTE = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_AKS = f"/subscriptions/{{subscription}}/providers/{NAMESPACE}"

ROUTES = (
    Route("GET", f"{_COMPUTE}/skus", list_skus),
    Route("GET", f"{_COMPUTE}/locations/{{location}}/usages", list_usages),
    Route("GET", f"{_AKS}/locations/{{location}}/vmSkus", list_sizes_of_aks),
)
