# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How many machines a pool has, and of which sizes. A pool of type VirtualMachines has neither count nor vmSize: its profile names sizes,
# each with its own number (recorded in aks-preview's tests of 2025).

from __future__ import annotations

from typing import Any

from tests.lab.arm.errors.aks import InvalidParameterError, LabRefusalError
from tests.lab.arm.model.resources import Json

VIRTUAL_MACHINES = "VirtualMachines"
_OF_SCALE_SETS = ("count", "vmSize", "minCount", "maxCount")


def of_machines(pool: Json) -> bool:
    """Whether the pool is one of virtual machines, and not a scale set."""
    return pool.get("type") == VIRTUAL_MACHINES


def scales(pool: Json) -> list[tuple[str, int]]:
    """The sizes of a pool with their node counts."""
    return _profile_scales(pool) if of_machines(pool) else [(pool["vmSize"], pool["count"])]


def _profile_scales(pool: Json) -> list[tuple[str, int]]:
    scale = (pool.get("virtualMachinesProfile") or {}).get("scale") or {}
    manual = [(entry.get("size", ""), entry.get("count", 0)) for entry in scale.get("manual") or []]
    return manual + [(entry.get("size", ""), entry.get("minCount", 0)) for entry in _autoscaled(scale)]


def _autoscaled(scale: Json) -> list[Any]:
    entries = scale.get("autoscale") or []
    return [entries] if isinstance(entries, dict) else entries


def node_count(pool: Json) -> int:
    """The pool's node count while it is running."""
    return sum(count for _size, count in scales(pool))


def size_name(pool: Json) -> str:
    """The size of its nodes; the first if there are several."""
    return str(_profile_scales(pool)[0][0] if of_machines(pool) else pool["vmSize"])


def reservation_group(pool: Json) -> str:
    """The ID of the capacity reservation group that its machines come from, "" for none."""
    return str(pool.get("capacityReservationGroupID") or "")


def without_scale_set(pool: Json) -> Json:
    """A pool of virtual machines without the fields of scale sets, which Azure does not echo."""
    return {key: value for key, value in pool.items() if key not in _OF_SCALE_SETS}


def check_scale(pool: Json, asked: Json) -> None:
    """A pool of virtual machines has a profile with sizes; asked: what the request itself said."""
    named = [field for field in _OF_SCALE_SETS if asked.get(field)]
    if named:
        message = (
            f"a pool of type {VIRTUAL_MACHINES} has no {' and no '.join(named)}, only virtualMachinesProfile. Azure's answer is not known."
        )
        raise LabRefusalError(message)
    entries = _profile_scales(pool)
    if not entries or not all(size for size, _count in entries):
        raise InvalidParameterError.missing("properties.virtualMachinesProfile.scale")
    if any(count < 0 for _size, count in entries):
        raise InvalidParameterError.value("agentPoolProfile.virtualMachinesProfile.scale")
