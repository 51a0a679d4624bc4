# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping

_MISSING = object()
_KINDS: Mapping[type, str] = {dict: "an object", list: "a list", str: "a string"}


@dataclass(frozen=True)
class Part:
    """A part of an answer that the collection reads: where it is, its JSON type, and whether it has to be there."""

    path: str
    kind: type
    needed: bool = False


_STATE = Part("properties.provisioningState", str, needed=True)
_TAGS = Part("tags", dict)
_POOL_PARTS = (
    Part("powerState", dict),
    Part("status", dict),
    Part("status.provisioningError", dict),
    Part("upgradeSettings", dict),
    Part("gpuProfile", dict),
    Part("nodeLabels", dict),
    Part("tags", dict),
    Part("nodeTaints", list),
    Part("availabilityZones", list),
)
_POOL = (
    Part("name", str, needed=True),
    Part("properties", dict, needed=True),
    _STATE,
    *(Part(f"properties.{part.path}", part.kind) for part in _POOL_PARTS),
)
_CLUSTER = (
    Part("name", str, needed=True),
    Part("location", str, needed=True),
    Part("properties", dict, needed=True),
    _STATE,
    Part("properties.powerState", dict),
    Part("properties.networkProfile", dict),
    Part("properties.agentPoolProfiles", list),
    Part("sku", dict),
    Part("identity", dict),
    _TAGS,
)
_GROUP = (Part("location", str, needed=True), _TAGS)
_FEATURE = (Part("properties", dict, needed=True), Part("properties.state", str, needed=True))
_PROVIDER = (Part("registrationState", str, needed=True),)
_CREDENTIALS = (Part("kubeconfigs", list),)
_UPGRADES = (Part("properties", dict),)
_LIST = (Part("value", list, needed=True),)
# End of a path → what an answer there has to look like, first match wins.
_SHAPES = (
    (re.compile(r"/managedClusters/[^/]+/agentPools/[^/]+$", re.IGNORECASE), _POOL),
    (re.compile(r"/upgradeProfiles/default$", re.IGNORECASE), _UPGRADES),
    (re.compile(r"/listCluster(?:User|Admin)Credential$", re.IGNORECASE), _CREDENTIALS),
    (re.compile(r"/managedClusters/[^/]+$", re.IGNORECASE), _CLUSTER),
    (re.compile(r"/features/[^/]+(?:/(?:un)?register)?$", re.IGNORECASE), _FEATURE),
    (re.compile(r"/providers/[^/]+(?:/register)?$", re.IGNORECASE), _PROVIDER),
    (re.compile(r"/resourceGroups/[^/]+$", re.IGNORECASE), _GROUP),
)


def misfit(path: str, body: Mapping[str, Any]) -> str:
    """What is wrong with a resource that was read at a path, or that an action there has answered with; "" for nothing."""
    shape = next((parts for end, parts in _SHAPES if end.search(path)), ())
    return next((problem for part in shape if (problem := _problem(body, part))), "") or _pool_profile_problem(body)


def list_misfit(body: Mapping[str, Any]) -> str:
    """What is wrong with a page of a list; "" for nothing."""
    problem = next((problem for part in _LIST if (problem := _problem(body, part))), "")
    return problem or ("" if all(isinstance(entry, dict) for entry in body["value"]) else "an entry of value is not an object")


def _pool_profile_problem(body: Mapping[str, Any]) -> str:
    """The same of the node pools that a cluster has in itself."""
    properties = body.get("properties")
    profiles = properties.get("agentPoolProfiles") if isinstance(properties, dict) else None
    for number, profile in enumerate(profiles or ()):
        place = f"properties.agentPoolProfiles[{number}]"
        if not isinstance(profile, dict):
            return f"{place} is not an object"
        problem = next((text for part in (Part("name", str, needed=True), *_POOL_PARTS) if (text := _problem(profile, part))), "")
        if problem:
            return f"{place}: {problem}"
    return ""


def _problem(body: Mapping[str, Any], part: Part) -> str:
    value: Any = body
    for name in part.path.split("."):
        value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
    if value is _MISSING or value is None:
        return f"{part.path} is missing" if part.needed else ""
    return "" if isinstance(value, part.kind) else f"{part.path} is not {_KINDS[part.kind]}"
