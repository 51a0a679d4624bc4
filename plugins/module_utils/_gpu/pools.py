# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from .._errors import InvalidInputError
from .change import Change, narrowed
from .paths import asks_for_dedicated_image
from .pool_options import POOL_OPTIONS, name_at, option_at
from .pool_rules import validate_properties, validate_scaling
from .pool_states import BROKEN_STATES, provisioning_error
from .pool_values import Difference, differences, merged, value_at
from .resource_options import facts_of
from .versions import version_key

_AZURES_OWN = "kubernetes.azure.com/"  # such a taint AKS sets itself, on spot pools, and refuses to lose
_CREATE_DEFAULTS: Mapping[str, Any] = {"mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets", "count": 1}

_BOUNDS = ("minCount", "maxCount")
_SCALING = ("count", "enableAutoScaling", "mode", *_BOUNDS)


@dataclass(frozen=True)
class DesiredPool:
    """What the user asked for: `properties` are the agent pool's REST properties that were named; null takes one away."""

    name: str
    properties: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PoolPlan:
    """How a pool gets from what it is to what is wanted. `body` is the whole PUT body, `live` None for a new pool."""

    change: Change
    body: Mapping[str, Any]
    live: Mapping[str, Any] | None = None


def brings_its_plugin(pool: DesiredPool) -> str:
    """What brings the device plugin to the nodes of the wanted pool, "" when a DaemonSet has to."""
    if asks_for_dedicated_image(pool.headers):
        return "its image contains the device plugin"
    if value_at(pool.properties, ("gpuProfile", "nvidia", "managementMode")) == "Managed":
        return "AKS runs the device plugin as a service of its nodes"
    return ""


def validate_pool(pool: DesiredPool) -> None:
    """Refuse what AKS would refuse whatever the pool is by now. Raises InvalidInputError."""
    validate_properties(pool.name, pool.properties)


def plan_pool(pool: DesiredPool, live: Mapping[str, Any] | None, *, created_tags: Mapping[str, str]) -> PoolPlan:
    """What to PUT so that the pool is as wanted: a new pool marked with created_tags, or the live one with the named fields changed.

    Fields the user didn't name stay as they are, because Azure's PUT replaces the whole pool. Raises InvalidInputError for a field
    that Azure cannot change, and for a number of nodes that the autoscaler's bounds don't allow.
    """
    if live is None:
        validate_scaling(pool.properties)
        return _plan_creation(pool, created_tags)
    before = live["properties"]
    named = _named(pool, before)
    drift = differences(before, named)
    _refuse_fixed(pool.name, drift)
    _refuse_downgrade(pool.name, before, named)
    validate_scaling(_scaling(pool, before))
    changed = {name: merged(before.get(name), named[name]) for name in dict.fromkeys(each.path[0] for each in drift)}
    if before.get("provisioningState") in BROKEN_STATES:
        changed["provisioningState"] = "Succeeded"  # read-only: Azure ignores it, and repairs the pool that it gets a PUT of
    change = narrowed(_subject(pool.name), {name: value_at(before, (name,)) for name in changed}, changed)
    return PoolPlan(change, {"properties": {name: value for name, value in {**before, **changed}.items() if value is not None}}, live)


def _named(pool: DesiredPool, before: Mapping[str, Any]) -> dict[str, Any]:
    """The named properties as they are to be, with what Azure and its autoscaler own left to them."""
    named = _without_autoscaled_count(dict(pool.properties), before)
    if named.get("nodeTaints") is not None:
        azures = [taint for taint in before.get("nodeTaints") or () if taint.startswith(_AZURES_OWN)]
        named["nodeTaints"] = list(dict.fromkeys([*named["nodeTaints"], *azures]))
    if named.get("enableAutoScaling") is False:
        named.update(minCount=None, maxCount=None)  # bounds without an autoscaler are refused
    if "orchestratorVersion" in named and _runs(before, named["orchestratorVersion"]):
        del named["orchestratorVersion"]
    return named


def _scaling(pool: DesiredPool, before: Mapping[str, Any]) -> dict[str, Any]:
    """How many nodes the pool would have: what is named of it, and what stays; nothing where nothing is named.

    The count of a pool that has the autoscaler is the autoscaler's, whatever is named beside.
    """
    named = {name: pool.properties[name] for name in _SCALING if pool.properties.get(name) is not None}
    if before.get("enableAutoScaling") and not named.keys() & {"enableAutoScaling", *_BOUNDS}:
        named.pop("count", None)
    gone = _BOUNDS if named.get("enableAutoScaling") is False else ()
    return {**{name: before.get(name) for name in _SCALING if name not in (*gone, "count")}, **named} if named else {}


def _without_autoscaled_count(wanted: dict[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The autoscaler owns the current count between its bounds, so a different one is no drift."""
    if wanted.get("enableAutoScaling", value_at(live, ("enableAutoScaling",))):
        low, high = (wanted.get(name, live.get(name)) or 0 for name in ("minCount", "maxCount"))
        wanted["count"] = min(max(live.get("count") or 0, low), high)
    return wanted


def _runs(live: Mapping[str, Any], version: str) -> bool:
    """Whether the pool runs this Kubernetes version; a minor version stands for each of its patches."""
    current = live.get("currentOrchestratorVersion") or ""
    return version in (live.get("orchestratorVersion"), current) or current.startswith(f"{version}.")


def _plan_creation(pool: DesiredPool, created_tags: Mapping[str, str]) -> PoolPlan:
    named = merged({}, pool.properties)  # without what is to be taken away
    properties = {**_CREATE_DEFAULTS, **named, "tags": {**named.get("tags", {}), **created_tags}}
    if "vmSize" not in properties:
        raise InvalidInputError(
            f"The node pool {pool.name} doesn't exist, and no vm_size is given to create it with.",
            code="MissingVmSize",
            remedy="Set vm_size, for example Standard_NC4as_T4_v3.",
        )
    if properties.get("enableAutoScaling") and "count" not in named:
        properties["count"] = min(max(1, properties["minCount"]), properties["maxCount"])
    return PoolPlan(Change(_subject(pool.name), after=properties), {"properties": properties})


def _subject(name: str) -> str:
    return f"agent pool {name}"


def _refuse_fixed(name: str, drift: Sequence[Difference]) -> None:
    for each in drift:
        option = option_at(each.path)
        if option is not None and option.fixed:
            raise InvalidInputError(
                f"{name_at(each.path)} of the node pool {name} is {_shown(each.live)} and can't be changed to {_shown(each.wanted)}.",
                code="ImmutableField",
                cause="Azure fixes this property when the node pool is created.",
                remedy=f"Create a node pool of another name, move the work there, then remove {name} (state: absent).",
            )


def _refuse_downgrade(name: str, live: Mapping[str, Any], named: Mapping[str, Any]) -> None:
    current, wanted = live.get("currentOrchestratorVersion") or live.get("orchestratorVersion") or "", named.get("orchestratorVersion")
    if wanted is None or not current or version_key(wanted) > version_key(current):
        return
    raise InvalidInputError(
        f"The node pool {name} runs Kubernetes {current} and can't go back to {wanted}.",
        code="VersionTooOld",
        cause="Azure upgrades node pools only.",
        remedy=f"Set orchestrator_version to {current} or newer, leave it out, or create a node pool of another name.",
    )


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def pool_facts(live: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which modules return an agent pool: its options by their names, and what Azure says of it."""
    properties = live["properties"]
    return {
        "id": live.get("id"),
        "name": live["name"],
        **facts_of(properties, POOL_OPTIONS),
        "node_image_version": properties.get("nodeImageVersion"),
        "kubernetes_version": properties.get("currentOrchestratorVersion"),
        "provisioning_state": properties.get("provisioningState"),
        "provisioning_error": provisioning_error(live),
    }
