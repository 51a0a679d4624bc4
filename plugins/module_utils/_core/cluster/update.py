# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What to send to change an existing cluster: the differences. Refuses what Azure sets only at creation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from ..._errors import InvalidInputError
from ..arm.properties import Difference, differences, merged, spelled_as_there
from ..arm.resource_option import inside, shown
from ..arm.states import STOPPED, named_state
from ..shared.change import Change
from ..shared.mappings import Json
from ..shared.versions import version_key
from .options import name_at, option_at
from .rules import validate_properties

# What Azure returns for a cluster and doesn't accept.
_ANSWER_ONLY = ("id", "name", "type", "systemData", "eTag")
_VERSION = ("properties", "kubernetesVersion")
_PLUGIN = ("properties", "networkProfile", "networkPlugin")
_POD_CIDR = ("properties", "networkProfile", "podCidr")
# Azure can turn these on, but not off again.
_ONE_WAY = (("properties", "aadProfile", "managed"), ("properties", "oidcIssuerProfile", "enabled"))


@dataclass(frozen=True)
class ClusterUpdate:
    """How to change an existing cluster into what is wanted. body is the whole PUT body."""

    change: Change
    body: Json
    warnings: tuple[str, ...]


def plan_update(name: str, live: Json, *, named: Json, identity: str | None) -> ClusterUpdate:
    """What to PUT so that the named fields are as wanted; everything else goes back as Azure returned it, node pools included.

    Raises InvalidInputError if Azure cannot make a change.

    Args:
        name: the cluster's name.
        live: the cluster as Azure returned it.
        named: the REST fields that the user set.
        identity: the user-assigned identity that the user set.
    """
    if named.get("tags"):
        named = {**named, "tags": spelled_as_there(named["tags"], live.get("tags") or {})}
    drift = [each for each in differences(live, named, option_at) if not _is_running(live, each)]
    _refuse_fixed(name, live, named, drift)
    _refuse_downgrade(name, live, drift)
    wanted = identity if identity and identity.lower() not in map(str.lower, _identities(live)) else None
    change = _change(name, live, drift, wanted)
    body = _body(live, drift, wanted)
    if change.changed:
        validate_properties(body)
        _refuse_stopped(name, live)
    return ClusterUpdate(change, body, _warnings(name, drift))


def _change(name: str, live: Json, drift: Sequence[Difference], identity: str | None) -> Change:
    """The change under the options' names. identity: the one that replaces the cluster's, None to keep it."""
    before = {name_at(each.path): each.live for each in drift}
    after = {name_at(each.path): each.wanted for each in drift}
    if identity is not None:
        before["assign_identity"] = ", ".join(_identities(live))
        after["assign_identity"] = identity
    return Change(f"cluster {name}", before=before, after=after)


def _body(live: Json, drift: Sequence[Difference], identity: str | None) -> dict[str, Any]:
    body: dict[str, Any] = merged({key: value for key, value in live.items() if key not in _ANSWER_ONLY}, _nested(drift))
    if identity is not None:
        body["identity"] = user_assigned(identity)
    elif live.get("identity"):
        body["identity"] = _sendable(live["identity"])
    return body


def user_assigned(identity: str) -> dict[str, Any]:
    """The identity of a cluster that uses a managed identity resource."""
    return {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}


def _identities(live: Json) -> list[str]:
    return list(inside(live, "identity.userAssignedIdentities") or {})


def _sendable(identity: Json) -> dict[str, Any]:
    """An identity without what Azure adds to it: its IDs in the directory."""
    own = {key: value for key, value in identity.items() if key not in ("principalId", "tenantId")}
    if own.get("userAssignedIdentities"):
        own["userAssignedIdentities"] = {key: {} for key in own["userAssignedIdentities"]}
    return own


def _nested(drift: Sequence[Difference]) -> dict[str, Any]:
    """The wanted values in the shape of the resource."""
    result: dict[str, Any] = {}
    for each in drift:
        place = result
        for part in each.path[:-1]:
            place = place.setdefault(part, {})
        place[each.path[-1]] = each.wanted
    return result


def _is_running(live: Json, each: Difference) -> bool:
    """Whether a wanted Kubernetes version is the one that runs; a minor version stands for each of its patches."""
    current = inside(live, "properties.currentKubernetesVersion")
    return each.path == _VERSION and current is not None and f"{current}.".startswith(f"{each.wanted}.")


def _refuse_fixed(name: str, live: Json, named: Json, drift: Sequence[Difference]) -> None:
    allowed = {_PLUGIN, _POD_CIDR} if _turns_to_overlay(live, named, drift) else set()
    for each in drift:
        option = option_at(each.path)
        if option is not None and option.fixed and each.path not in allowed:
            raise _immutable(name, each, cause="Azure fixes this when the cluster is created.")
        if each.path in _ONE_WAY and each.live:
            raise _immutable(name, each, cause="Azure can turn this on for a cluster, but not off again.")


def _turns_to_overlay(live: Json, named: Json, drift: Sequence[Difference]) -> bool:
    """Whether the network becomes an overlay: the only change of plugin that Azure supports. It gives pods a new range of addresses."""
    network = {**(inside(live, "properties.networkProfile") or {}), **(inside(named, "properties.networkProfile") or {})}
    is_overlay = network.get("networkPlugin") == "azure" and network.get("networkPluginMode") == "overlay"
    return is_overlay and any(each.path[-1] in ("networkPlugin", "networkPluginMode") for each in drift)


def _immutable(name: str, each: Difference, *, cause: str) -> InvalidInputError:
    parameter = name_at(each.path)
    return InvalidInputError(
        f"{parameter} of the cluster {name} is {shown(each.live)} and cannot be changed to {shown(each.wanted)}.",
        code="ImmutableField",
        cause=cause,
        remedy=f"Leave out {parameter} or set it to {shown(each.live)}, or create a cluster with another name and move "
        "the workloads to it.",
    )


def _refuse_downgrade(name: str, live: Json, drift: Sequence[Difference]) -> None:
    current = inside(live, "properties.currentKubernetesVersion") or inside(live, "properties.kubernetesVersion")
    wanted = next((each.wanted for each in drift if each.path == _VERSION), None)
    if wanted and current and version_key(wanted) < version_key(current):
        raise InvalidInputError(
            f"The cluster {name} runs Kubernetes {current} and cannot be downgraded to {wanted}.",
            code="VersionTooOld",
            cause="Azure does not downgrade clusters.",
            remedy=f"Set kubernetes_version to {current} or newer, or leave it out.",
        )


def _refuse_stopped(name: str, live: Json) -> None:
    if is_stopped(live):
        raise InvalidInputError(
            f"The cluster {name} is stopped, and Azure does not change a stopped cluster.",
            code="ClusterStopped",
            cause="The cluster was stopped, for example with 'az aks stop'.",
            remedy=f"Start it first with 'az aks start --name {name} --resource-group GROUP'.",
        )


def is_stopped(live: Json) -> bool:
    """Whether the cluster's machines, its API server too, have been stopped."""
    return named_state(inside(live, "properties.powerState.code")) == STOPPED


def _warnings(name: str, drift: Sequence[Difference]) -> tuple[str, ...]:
    upgrade = next((each for each in drift if each.path == _VERSION), None)
    if upgrade is None:
        return ()
    warning = (
        f"Only the control plane of {name} is upgraded to {upgrade.wanted}: each node pool keeps its version until "
        "gpuops.aks.aks_gpu_nodepool upgrades it with orchestrator_version."
    )
    return (warning,)
