# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Pools of virtual machines, which have several sizes where a scale set has one."""

from __future__ import annotations

from typing import Any

from ..._errors import InvalidInputError
from ..arm.resource_option import inside
from ..shared.mappings import Json
from .options import name_at

MACHINES = "VirtualMachines"
_SCALE = "virtualMachinesProfile.scale"
# What a scale set has once, a pool of virtual machines says for each size in its scale profile.
_OF_SCALE_SETS = ("vmSize", "count", "enableAutoScaling", "minCount", "maxCount")


def is_of_machines(properties: Json) -> bool:
    """Whether a pool consists of virtual machines of several sizes instead of a scale set of one."""
    return str(properties.get("type") or "").lower() == MACHINES.lower()


def sizes_of(properties: Json) -> list[str]:
    """The sizes of a pool's nodes, as far as Azure tells them: one of a scale set, any number of a pool of virtual machines."""
    one = properties.get("vmSize")
    return [str(one)] if one else list(dict.fromkeys(str(profile["size"]) for profile in _profiles(properties) if profile.get("size")))


def nodes_of(properties: Json) -> int | None:
    """How many nodes a pool has; None where Azure doesn't tell."""
    count = properties.get("count")
    if count is not None or not is_of_machines(properties):
        return count
    groups = properties.get("virtualMachineNodesStatus") or inside(properties, f"{_SCALE}.manual") or ()
    counts = [each.get("count") for each in groups if isinstance(each, dict)]
    return sum(count for count in counts if isinstance(count, int))


def _profiles(properties: Json) -> list[Json]:
    """What a scale profile says of each size; previews have one object for the autoscaler where the stable API has a list."""
    found: list[Json] = []
    for way in ("manual", "autoscale"):
        profile = inside(properties, f"{_SCALE}.{way}") or ()
        found += profile if isinstance(profile, (list, tuple)) else [profile]
    return [profile for profile in found if isinstance(profile, dict)]


def refuse_scale_set_options(name: str, named: Json, live: Json) -> None:
    """Refuse what only a scale set has for a pool of virtual machines, live or new. Raises InvalidInputError."""
    given = [field for field in _OF_SCALE_SETS if named.get(field) is not None]
    if not given or not is_of_machines({**named, **live}):
        return
    options = " and ".join(name_at((field,)) for field in given)
    raise InvalidInputError(
        f"{options} cannot be set for the node pool {name}, which has the type {MACHINES}.",
        code="VirtualMachinesPool",
        cause="A pool of this type sets its sizes and node counts in virtualMachinesProfile.",
        remedy=f"Leave out {options} and set extra_properties.{_SCALE}, or create a node pool with another name, which uses a scale set.",
    )


def one_way_to_scale(named: Json, live: Json) -> dict[str, Any]:
    """The named properties, with the other way to scale taken away where a pool of virtual machines changes between them."""
    scale = inside(named, _SCALE)
    if not isinstance(scale, dict):
        return dict(named)
    there = inside(live, _SCALE) or {}
    ways = {"manual": "autoscale", "autoscale": "manual"}
    gone = {other: None for way, other in ways.items() if scale.get(way) and not scale.get(other) and there.get(other)}
    profile = {**named["virtualMachinesProfile"], "scale": {**scale, **gone}}
    return {**named, "virtualMachinesProfile": profile}
