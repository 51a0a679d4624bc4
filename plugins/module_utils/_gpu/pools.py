# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from .._errors import InvalidInputError
from .change import Change, narrowed
from .taints import parse_taints

# https://learn.microsoft.com/azure/aks/create-node-pools; Windows pools (6 characters) are refused elsewhere.
_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
# Azure refuses to change these on a pool that exists (create-node-pools and aks-managed-gpu-nodes in the AKS documentation).
# Property → the name that the user knows it by.
_IMMUTABLE = {
    "vmSize": "vm_size",
    "gpuProfile": "gpu_driver",
    "gpuInstanceProfile": "gpu_instance_profile",
    "scaleSetPriority": "scale_set_priority",
    "osType": "os_type",
    "osDiskSizeGB": "os_disk_size_gb",
    "osDiskType": "os_disk_type",
    "maxPods": "max_pods",
}
# Where Azure answers in another case, or in another order, than it was asked.
_CASELESS = ("vmSize", "mode", "osType", "osSKU", "osDiskType")
_UNORDERED = ("nodeTaints",)
_AZURES_OWN = "kubernetes.azure.com/"  # such a taint AKS sets itself, on spot pools, and refuses to lose
# What a pool has when Azure's answer leaves the field out.
_AZURE_DEFAULTS: Mapping[str, Any] = {
    "enableAutoScaling": False,
    "gpuProfile": {"driver": "Install"},
    "mode": "User",
    "osSKU": "Ubuntu",
    "osType": "Linux",
    "scaleSetPriority": "Regular",
}
_CREATE_DEFAULTS: Mapping[str, Any] = {"mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets", "count": 1}

_BROKEN_STATES = ("Failed", "Canceled")


@dataclass(frozen=True)
class DesiredPool:
    """What the user asked for: `properties` are the agent pool's REST properties that were named, `tags` None when they weren't."""

    name: str
    properties: Mapping[str, Any]
    tags: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PoolPlan:
    """How a pool gets from what it is to what is wanted. `body` is the whole PUT body."""

    change: Change
    body: Mapping[str, Any]


def validate_pool_name(name: str) -> None:
    """Refuse a name that AKS would refuse. Raises InvalidInputError."""
    if _NAME.fullmatch(name):
        return
    raise InvalidInputError(
        f"The node pool name '{name}' is not one that AKS accepts.",
        code="InvalidPoolName",
        cause="A Linux node pool's name has 1 to 12 characters: lower-case letters and digits, a letter first.",
        remedy=f"Use for example '{re.sub('[^a-z0-9]', '', name.lower())[:12].lstrip('0123456789') or 'gpunp'}'.",
    )


def validate_pool(pool: DesiredPool) -> None:
    """Refuse what contradicts itself or what AKS would refuse. Raises InvalidInputError."""
    validate_pool_name(pool.name)
    parse_taints(pool.properties.get("nodeTaints") or ())
    _validate_scaling(pool.properties)


def _validate_scaling(properties: Mapping[str, Any]) -> None:
    low, high, count = (properties.get(name) for name in ("minCount", "maxCount", "count"))
    if properties.get("enableAutoScaling") is not True:
        if low is not None or high is not None:
            raise _scaling_error("min_count and max_count are given, but the autoscaler is not on", "Set enable_auto_scaling: true.")
        return
    if low is None or high is None:
        raise _scaling_error("The autoscaler needs both bounds", "Set min_count and max_count.")
    if low > high:
        raise _scaling_error(f"min_count ({low}) is greater than max_count ({high})", "Make min_count at most max_count.")
    if count is not None and not low <= count <= high:
        raise _scaling_error(f"count ({count}) is outside min_count..max_count ({low}..{high})", "Set count between the two bounds.")


def _scaling_error(problem: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(f"{problem}.", code="InvalidScaling", cause="Azure would refuse the node pool.", remedy=remedy)


def plan_pool(pool: DesiredPool, live: Mapping[str, Any] | None, *, created_tags: Mapping[str, str]) -> PoolPlan:
    """What to PUT so that the pool is as wanted: a new pool marked with created_tags, or the live one with the named fields changed.

    Fields the user didn't name stay as they are, because Azure's PUT replaces the whole pool. Raises InvalidInputError for a field
    that Azure cannot change.
    """
    if live is None:
        return _plan_creation(pool, created_tags)
    before = _effective(live)
    wanted = _wanted(pool, before)
    drift = {name: value for name, value in wanted.items() if not same_value(name, before.get(name), value)}
    _refuse_immutable(pool.name, before, drift)
    if before.get("provisioningState") in _BROKEN_STATES:
        drift["provisioningState"] = "Succeeded"  # read-only: Azure ignores it, and repairs the pool that it gets a PUT of
    change = narrowed(_subject(pool.name), {name: before.get(name) for name in drift}, drift)
    return PoolPlan(change, {"properties": {name: value for name, value in {**live["properties"], **drift}.items() if value is not None}})


def _effective(live: Mapping[str, Any]) -> dict[str, Any]:
    """A live pool's properties, with the value that a field has when Azure leaves it out or null."""
    return {**_AZURE_DEFAULTS, **{name: value for name, value in live["properties"].items() if value is not None}}


def _wanted(pool: DesiredPool, before: Mapping[str, Any]) -> dict[str, Any]:
    """The named fields as they are to be: labels and tags that weren't named stay, and so does what Azure and its autoscaler own."""
    wanted = _without_autoscaled_count(dict(pool.properties), before)
    for name, named in (("nodeLabels", pool.properties.get("nodeLabels")), ("tags", pool.tags)):
        if named is not None:
            wanted[name] = {**(before.get(name) or {}), **named}
    if wanted.get("nodeTaints") is not None:
        azures = [taint for taint in before.get("nodeTaints") or () if taint.startswith(_AZURES_OWN)]
        wanted["nodeTaints"] = list(dict.fromkeys([*wanted["nodeTaints"], *azures]))
    if wanted.get("enableAutoScaling") is False:
        wanted.update(minCount=None, maxCount=None)  # bounds without an autoscaler are refused
    return wanted


def _plan_creation(pool: DesiredPool, created_tags: Mapping[str, str]) -> PoolPlan:
    properties = {**_CREATE_DEFAULTS, **pool.properties, "tags": {**(pool.tags or {}), **created_tags}}
    if "vmSize" not in properties:
        raise InvalidInputError(
            f"The node pool {pool.name} doesn't exist, and no vm_size is given to create it with.",
            code="MissingVmSize",
            remedy="Set vm_size, for example Standard_NC4as_T4_v3.",
        )
    if properties.get("enableAutoScaling") and "count" not in pool.properties:
        properties["count"] = min(max(1, properties["minCount"]), properties["maxCount"])
    return PoolPlan(Change(_subject(pool.name), after=properties), {"properties": properties})


def _subject(name: str) -> str:
    return f"agent pool {name}"


def _without_autoscaled_count(wanted: dict[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The autoscaler owns the current count between its bounds, so a different one is no drift."""
    if wanted.get("enableAutoScaling", live.get("enableAutoScaling")):
        low, high = (wanted.get(name, live.get(name)) or 0 for name in ("minCount", "maxCount"))
        wanted["count"] = min(max(live.get("count") or 0, low), high)
    return wanted


def same_value(name: str, live: Any, wanted: Any) -> bool:
    """Whether Azure's echo of a field says what was asked: it drops empty lists and nulls, and may change case and order."""
    if live in (None, [], {}) and wanted in (None, [], {}):
        return True
    if name in _UNORDERED:
        return sorted(live or ()) == sorted(wanted or ())
    if name in _CASELESS and isinstance(live, str) and isinstance(wanted, str):
        return live.lower() == wanted.lower()
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return all(same_value("", live.get(key), value) for key, value in wanted.items())  # a label may be named like a field
    return bool(live == wanted)


def _refuse_immutable(name: str, live: Mapping[str, Any], drift: Mapping[str, Any]) -> None:
    for property_name, parameter in _IMMUTABLE.items():
        if property_name in drift:
            raise InvalidInputError(
                f"{parameter} of the node pool {name} is {_shown(live.get(property_name))} and can't be changed to "
                f"{_shown(drift[property_name])}.",
                code="ImmutableField",
                cause="Azure fixes this property when the node pool is created.",
                remedy=f"Create a node pool of another name, move the work there, then remove {name} (state: absent).",
            )


def _shown(value: Any) -> str:
    """A value as the user would write it: the one member of an object that stands for a parameter."""
    return ", ".join(map(str, value.values())) if isinstance(value, Mapping) else str(value)


def pool_facts(live: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which modules return an agent pool; what Azure leaves out has the value that it stands for."""
    properties = _effective(live)
    return {
        "id": live.get("id"),
        "name": live["name"],
        "vm_size": properties.get("vmSize"),
        "count": properties.get("count"),
        "enable_auto_scaling": properties["enableAutoScaling"],
        "min_count": properties.get("minCount"),
        "max_count": properties.get("maxCount"),
        "node_taints": list(properties.get("nodeTaints") or ()),
        "node_labels": dict(properties.get("nodeLabels") or {}),
        "mode": properties["mode"],
        "os_sku": properties["osSKU"],
        "gpu_driver": properties["gpuProfile"].get("driver"),
        "node_image_version": properties.get("nodeImageVersion"),
        "kubernetes_version": properties.get("currentOrchestratorVersion"),
        "provisioning_state": properties.get("provisioningState"),
        "tags": dict(properties.get("tags") or {}),
    }
