# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The pool as the user wants it, and the plan from the existing pool to it: the body to send and its changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..._errors import InvalidInputError
from ..arm.properties import Difference, differences, merged, spelled_as_there, value_at
from ..arm.resource_option import facts_of, shown
from ..arm.states import SUCCEEDED, is_broken
from ..owners.owners import owners_of_pool
from ..shared.change import Change, narrowed
from ..shared.mappings import Json
from ..shared.versions import version_key
from ..sizes.lookup import may_have_gpus
from .count import scaling_of, settled_count
from .dedicated_image import asks_for_dedicated_image
from .gpu_rules import validate_gpu_result
from .machines import is_of_machines, nodes_of, one_way_to_scale, refuse_scale_set_options, sizes_of
from .options import POOL_OPTIONS, is_fixed, name_at, option_at
from .result_rules import validate_result
from .rules import validate_properties, validate_scaling, zones_are_azures
from .states import provisioning_error

_AZURES_OWN = "kubernetes.azure.com/"  # AKS sets such taints itself, on spot pools, and refuses their removal
_CREATE_DEFAULTS: Mapping[str, Any] = {"mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets", "count": 1}
_CREATE_MACHINES: Mapping[str, Any] = {"mode": "User", "osType": "Linux"}


@dataclass(frozen=True)
class DesiredPool:
    """What the user asked for. properties: the agent pool's REST properties that were named; null removes one.

    preview: whether requests use a preview of the API, which may change what the stable one fixes at creation.
    creation_labels: labels of the nodes that only a new pool gets; those of the properties win.
    """

    name: str
    properties: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False
    creation_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PoolPlan:
    """How to change a pool into what is wanted. body is the whole PUT body, live is None for a new pool."""

    change: Change
    body: Mapping[str, Any]
    live: Mapping[str, Any] | None = None


def builtin_plugin(pool: DesiredPool) -> str | None:
    """What brings the device plugin to the nodes of the wanted pool, None if a DaemonSet has to."""
    return owners_of_pool(pool.properties, dedicated=asks_for_dedicated_image(pool.headers)).reason or None


def validate_pool(pool: DesiredPool) -> None:
    """Refuse what AKS refuses regardless of the existing pool. Raises InvalidInputError."""
    validate_properties(pool.name, pool.properties)


def size_warnings(pool: DesiredPool) -> tuple[str, ...]:
    """A warning if the size of a new pool has no GPU."""
    sizes = [size for size in sizes_of(pool.properties) if not may_have_gpus(size)]
    return tuple(
        f"{size} has no GPU, so the node pool {pool.name} cannot run GPU workloads; Standard_NC4as_T4_v3, for example, has one."
        for size in sizes
    )


def plan_pool(pool: DesiredPool, live: Mapping[str, Any] | None, *, created_tags: Mapping[str, str]) -> PoolPlan:
    """What to PUT so that the pool is as wanted: a new pool marked with created_tags, or the live one with the named fields changed.

    Fields that the user didn't name stay as they are, because Azure's PUT replaces the whole pool. Raises InvalidInputError for a field
    that Azure cannot change, and for a number of nodes outside the autoscaler's bounds.
    """
    if live is None:
        validate_scaling(pool.properties)
        return _plan_creation(pool, created_tags)
    before = live.get("properties") or {}
    refuse_scale_set_options(pool.name, pool.properties, before)
    named = _named(pool, before)
    drift = differences(before, named, option_at)
    _validate_change(pool, before, named, drift)
    changed = {name: merged(before.get(name), named[name]) for name in dict.fromkeys(each.path[0] for each in drift)}
    if is_broken(before.get("provisioningState")):
        changed["provisioningState"] = SUCCEEDED  # read-only, so Azure ignores it; the PUT that it causes repairs the pool
    change = narrowed(_subject(pool.name), {name: value_at(before, (name,), option_at) for name in changed}, changed)
    properties = {name: value for name, value in {**before, **changed}.items() if value is not None}
    return PoolPlan(change, {"properties": properties}, live)


def _validate_change(pool: DesiredPool, before: Json, named: Json, drift: Sequence[Difference]) -> None:
    """A preview of the API may allow more than the stable one: what it fixes, and which results it refuses, is left to Azure."""
    if not pool.preview:
        _refuse_fixed(pool.name, drift)
    _refuse_downgrade(pool.name, before, named)
    validate_scaling(scaling_of(pool.properties, before))
    touched = {each.path[0] for each in drift}
    if touched & {"gpuProfile", "gpuInstanceProfile"}:
        validate_gpu_result(merged(before, named))
    if not pool.preview:
        validate_result(pool.name, merged(before, named), touched)


def _named(pool: DesiredPool, before: Json) -> dict[str, Any]:
    """The wanted values of the named properties, without what Azure and its autoscaler own."""
    named = one_way_to_scale(settled_count(pool.properties, before), before)
    if named.get("nodeTaints") is not None:
        named["nodeTaints"] = _with_azures_taints(named["nodeTaints"], before)
    if named.get("tags"):
        named["tags"] = spelled_as_there(named["tags"], before.get("tags") or {})
    if zones_are_azures(named.get("availabilityZones") or ()):
        del named["availabilityZones"]  # the pool has those that Azure has chosen
    if named.get("enableAutoScaling") is False:
        named.update(minCount=None, maxCount=None)  # bounds without an autoscaler are refused
    if "orchestratorVersion" in named and _runs(before, named["orchestratorVersion"]):
        del named["orchestratorVersion"]
    return named


def _with_azures_taints(wanted: Sequence[str], before: Json) -> list[str]:
    azures = [taint for taint in before.get("nodeTaints") or () if taint.startswith(_AZURES_OWN)]
    return list(dict.fromkeys([*wanted, *azures]))


def _runs(live: Mapping[str, Any], version: str) -> bool:
    """Whether the pool runs this Kubernetes version; a minor version stands for each of its patches."""
    current = live.get("currentOrchestratorVersion")
    return version == live.get("orchestratorVersion") or (current is not None and f"{current}.".startswith(f"{version}."))


def _plan_creation(pool: DesiredPool, created_tags: Mapping[str, str]) -> PoolPlan:
    named = merged({}, pool.properties)  # without what will be removed
    refuse_scale_set_options(pool.name, named, {})
    defaults = _CREATE_MACHINES if is_of_machines(named) else _CREATE_DEFAULTS
    properties = {**defaults, **named, "tags": {**spelled_as_there(named.get("tags", {}), created_tags), **created_tags}}
    if "vmSize" not in properties and not is_of_machines(properties):
        raise InvalidInputError(
            f"The node pool {pool.name} does not exist, and vm_size is not set.",
            code="MissingVmSize",
            cause="Azure needs a VM size to create a node pool.",
            remedy="Set vm_size, for example Standard_NC4as_T4_v3.",
        )
    if pool.creation_labels:
        properties["nodeLabels"] = {**pool.creation_labels, **(named.get("nodeLabels") or {})}
    if properties.get("enableAutoScaling") and "count" not in named:
        properties["count"] = min(max(1, properties["minCount"]), properties["maxCount"])
    validate_gpu_result(properties)
    if not pool.preview:
        validate_result(pool.name, properties, properties)
    return PoolPlan(Change(_subject(pool.name), after=properties), {"properties": properties})


def _subject(name: str) -> str:
    return f"agent pool {name}"


def _refuse_fixed(name: str, drift: Sequence[Difference]) -> None:
    for each in drift:
        if is_fixed(each.path):
            raise InvalidInputError(
                f"{name_at(each.path)} of the node pool {name} is {shown(each.live)} and cannot be changed to {shown(each.wanted)}.",
                code="ImmutableField",
                cause="Azure fixes this property when the node pool is created.",
                remedy=f"Create a node pool with another name, move the workloads to it, then remove {name} (state: absent).",
            )


def _refuse_downgrade(name: str, live: Mapping[str, Any], named: Mapping[str, Any]) -> None:
    current = live.get("currentOrchestratorVersion") or live.get("orchestratorVersion")
    wanted = named.get("orchestratorVersion")
    if wanted is None or not current or version_key(wanted) > version_key(current):
        return
    raise InvalidInputError(
        f"The node pool {name} runs Kubernetes {current} and cannot be downgraded to {wanted}.",
        code="VersionTooOld",
        cause="Azure does not downgrade node pools.",
        remedy=f"Set orchestrator_version to {current} or newer, leave it out, or create a node pool with another name.",
    )


def pool_facts(live: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which modules return an agent pool: its options by their names, and what Azure says of it."""
    properties = live.get("properties") or {}
    return {
        "id": live.get("id"),
        "name": live.get("name"),
        **facts_of(properties, POOL_OPTIONS),
        "count": nodes_of(properties),
        "node_image_version": properties.get("nodeImageVersion"),
        "kubernetes_version": properties.get("currentOrchestratorVersion"),
        "provisioning_state": properties.get("provisioningState"),
        "provisioning_error": provisioning_error(live),
    }
