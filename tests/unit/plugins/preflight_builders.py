# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Answers of Microsoft.Compute, shaped as the OpenAPI file's examples and azure-mgmt-compute's models have them.

from __future__ import annotations

from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.spec import PoolSpec
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.lookup import known_size
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.sku import SizeView, find_sku

T4 = "Standard_NC4as_T4_v3"
TODAY = "2026-11-24"


def spec(vm_size: str = T4, **fields: Any) -> PoolSpec:
    """A pool that is wanted in eastus."""
    return PoolSpec(**{"vm_size": vm_size, "location": "eastus", **fields})


def sku_entry(name: str = T4, *, zones: tuple[str, ...] = ("1", "2", "3"), restrictions: Any = (), **capabilities: str) -> dict[str, Any]:
    """An entry of Microsoft.Compute/skus; a capability of "" is left out."""
    has = {
        "vCPUs": "4",
        "GPUs": "1",
        "HyperVGenerations": "V1,V2",
        "CpuArchitectureType": "x64",
        "LowPriorityCapable": "True",
        "EphemeralOSDiskSupported": "True",
        "CachedDiskBytes": str(100 * 2**30),
        "MaxResourceVolumeMB": str(176 * 2**10),
        **capabilities,
    }
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "tier": "Standard",
        "size": name.removeprefix("Standard_"),
        "family": "Standard NCASv3_T4 Family",
        "locations": ["eastus"],
        "locationInfo": [{"location": "eastus", "zones": list(zones), "zoneDetails": []}],
        "capabilities": [{"name": each, "value": value} for each, value in has.items() if value],
        "restrictions": list(restrictions),
    }


def restriction(reason: str, *zones: str) -> dict[str, Any]:
    """Why a size is closed to the subscription, everywhere in eastus or in zones of it."""
    info = {"locations": ["eastus"], **({"zones": list(zones)} if zones else {})}
    return {"type": "Zone" if zones else "Location", "values": ["eastus"], "restrictionInfo": info, "reasonCode": reason}


def view(name: str = T4, *entries: dict[str, Any], was_queried: bool = True) -> SizeView:
    """What is known of a size when Azure lists these entries."""
    return SizeView(name, known_size(name), find_sku(entries, name), was_queried)


def usage_entry(name: str, *, limit: int, used: int = 0) -> dict[str, Any]:
    """An entry of a location's usages."""
    return {"limit": limit, "unit": "Count", "currentValue": used, "name": {"value": name, "localizedValue": f"{name} vCPUs"}}


def codes(findings: Any) -> list[tuple[str, str]]:
    """(code, severity) of each; every finding explains itself."""
    found: list[Finding] = list(findings)
    for each in found:
        assert all((each.subjects, each.evidence, each.explanation.cause, each.explanation.remedy)), each
    return [(each.code, each.severity) for each in found]
