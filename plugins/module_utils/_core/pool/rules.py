# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Rules on what a task names for a pool that AKS would refuse, checked before anything is sent."""

from __future__ import annotations

import math
import re
from typing import Any, Iterable, Mapping, Sequence

from ..._errors import InvalidInputError
from ..arm.properties import leaves, value_at
from ..nodes.labels import is_key, is_value, validate_label, validate_tags
from ..nodes.taints import parse_taint
from ..shared.ranges import Range
from ..shared.versions import validate_version
from .gpu_rules import validate_gpu
from .node_config import NODE_BOUNDS
from .options import name_at, option_at
from .resource_ids import validate_ids
from .result_rules import validate_upgrade

# https://learn.microsoft.com/azure/aks/create-node-pools
_NAME = re.compile(r"[a-z][a-z0-9]*")
_NAME_LENGTH = {"Linux": 12, "Windows": 6}
_SHARE = re.compile(r"[0-9]{1,4}|(100|[0-9][0-9]?)%")
# Option → what AKS takes, by its documentation.
BOUNDS = {
    name: Range(low, high, f"AKS accepts values from {low} to {high}.")
    for name, (low, high) in {
        "count": (0, 1000),
        "min_count": (0, 1000),
        "max_count": (1, 1000),
        "max_pods": (10, 250),
        "os_disk_size_gb": (30, 2048),
        "upgrade_settings.drain_timeout_in_minutes": (1, 1440),
        "upgrade_settings.node_soak_duration_in_minutes": (0, 30),
        **NODE_BOUNDS,
    }.items()
}
SSH_ACCESS = ("LocalUser", "Disabled", "EntraId")
ZONES_BY_AZURE = ("auto",)  # announced in Azure/AKS#5595; which zones they are is Azure's choice then
_SPOT_ONLY = ("scaleSetEvictionPolicy", "spotMaxPrice")


def validate_pool_name(name: str, os_type: str = "Linux") -> None:
    """Refuse a name that AKS would refuse. Raises InvalidInputError."""
    most = _NAME_LENGTH[os_type]
    if _NAME.fullmatch(name) and len(name) <= most:
        return
    raise InvalidInputError(
        f"The node pool name '{name}' is not valid in AKS.",
        code="InvalidPoolName",
        cause=f"The name of a {os_type} node pool must have 1 to {most} lowercase letters and digits and start with a letter.",
        remedy=f"Use a name such as '{re.sub('[^a-z0-9]', '', name.lower())[:most].lstrip('0123456789') or 'gpunp'}'.",
    )


def validate_properties(name: str, properties: Mapping[str, Any]) -> None:
    """Refuse a pool that contradicts itself or that AKS would refuse, before anything is called. Raises InvalidInputError."""
    validate_pool_name(name, value_at(properties, ("osType",), option_at))
    validate_bounds(properties)
    validate_taints(properties.get("nodeTaints") or ())
    for key, value in (properties.get("nodeLabels") or {}).items():
        validate_label(key, value)
    validate_tags(properties.get("tags") or ())
    _validate_zones(properties.get("availabilityZones") or ())
    validate_ids(properties)
    validate_version("orchestrator_version", properties.get("orchestratorVersion"))
    _validate_spot(properties)
    validate_gpu(properties)
    _validate_upgrade(properties.get("upgradeSettings") or {})
    _validate_ssh((properties.get("securityProfile") or {}).get("sshAccess"))


def _refusal(problem: str, code: str, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code=code, cause=cause, remedy=remedy)


def validate_bounds(properties: Mapping[str, Any]) -> None:
    """Refuse a number that AKS never accepts. Raises InvalidInputError."""
    for path, value in leaves(properties):
        allowed = BOUNDS.get(name_at(path))
        if isinstance(value, int) and allowed is not None:
            allowed.checked(name_at(path), value, also="Or leave it out.")


def validate_taints(texts: Iterable[str]) -> None:
    """Refuse taints that Kubernetes would refuse. Raises InvalidInputError."""
    seen: dict[tuple[str, str], str] = {}
    for text in texts:
        taint = parse_taint(text)
        if not is_key(taint.key) or not is_value(taint.value):
            raise _refusal(
                f"The taint '{text}' is not valid in Kubernetes.",
                "InvalidTaint",
                "Key and value must have up to 63 letters, digits, '-', '_' and '.', with a letter or digit at each end. "
                "A prefix must be a DNS name.",
                "Use a taint such as 'sku=gpu:NoSchedule' or 'example.com/sku=gpu:NoSchedule'.",
            )
        other = seen.setdefault((taint.key, taint.effect), text)
        if other != text:
            raise _refusal(
                f"node_taints contains both '{other}' and '{text}'.",
                "InvalidTaint",
                "A node can have only one taint with the same key and effect.",
                "Leave out one of the two.",
            )


def zones_are_azures(zones: Iterable[str]) -> bool:
    """Whether the choice of zones is left to Azure."""
    return tuple(str(zone).lower() for zone in zones) == ZONES_BY_AZURE


def _validate_zones(zones: Sequence[str]) -> None:
    for zone in () if zones_are_azures(zones) else zones:
        if zone not in ("1", "2", "3"):
            raise _refusal(
                f"The availability zone '{zone}' is not 1, 2 or 3.",
                "InvalidZone",
                "Azure numbers the zones of a region. Node labels add the region's name, as in eastus-1.",
                "Set availability_zones to numbers, such as [1, 2], or only to [auto].",
            )


def validate_scaling(properties: Mapping[str, Any]) -> None:
    """Refuse a resulting pool whose number of nodes and bounds contradict each other. Raises InvalidInputError."""
    low, high, count = (properties.get(name) for name in ("minCount", "maxCount", "count"))
    if properties.get("enableAutoScaling") is True:
        _validate_autoscaling(low, high, count)
    elif low is not None or high is not None:
        raise _scaling_error("min_count and max_count are set, but the autoscaler is not enabled", "Set enable_auto_scaling: true.")
    if properties.get("mode") == "System" and 0 in (low, count):
        raise _scaling_error("A System pool must have a node", "Set count and min_count to 1 or more, or mode: User.")


def _validate_autoscaling(low: int | None, high: int | None, count: int | None) -> None:
    if low is None or high is None:
        raise _scaling_error("The autoscaler needs both bounds", "Set min_count and max_count.")
    if low > high:
        raise _scaling_error(f"min_count ({low}) is greater than max_count ({high})", "Set min_count to max_count or less.")
    if count is not None and not low <= count <= high:
        problem = f"count ({count}) is outside min_count..max_count ({low}..{high})"
        raise _scaling_error(problem, "Set count to a value between the two bounds.")


def _scaling_error(problem: str, remedy: str) -> InvalidInputError:
    return _refusal(f"{problem}.", "InvalidScaling", "Azure would reject the node pool.", remedy)


def _validate_spot(properties: Mapping[str, Any]) -> None:
    spot = properties.get("scaleSetPriority") == "Spot"
    given = next((field for field in _SPOT_ONLY if properties.get(field) is not None), None)
    if given is not None and not spot:
        raise _refusal(
            f"{name_at((given,))} is set for a pool that is not a spot pool.",
            "InvalidSpot",
            "Only spot nodes have an eviction policy and a price limit.",
            "Set scale_set_priority: Spot.",
        )
    price = properties.get("spotMaxPrice")
    if price is not None and price != -1 and not 0 < price < math.inf:
        raise _refusal(
            f"spot_max_price is {price}.",
            "InvalidSpot",
            "The value is a price in US dollars per hour, or -1 for any price up to the on-demand price.",
            "Set spot_max_price to -1 or to a value above 0.",
        )
    if spot and properties.get("mode") == "System":
        raise _refusal(
            "A spot pool cannot be a System pool.",
            "InvalidSpot",
            "Azure may evict spot nodes at any time, and the cluster's own pods with them.",
            "Set mode: User.",
        )


def _validate_upgrade(settings: Mapping[str, Any]) -> None:
    for field in ("maxSurge", "maxUnavailable"):
        value = settings.get(field)
        if value is not None and not _SHARE.fullmatch(value):
            name = name_at(("upgradeSettings", field))
            raise _refusal(
                f"{name} is '{value}'.",
                "OutOfRange",
                "The value must be a number of nodes or a percentage of the pool.",
                f"Set {name} to a value such as 1 or 33%.",
            )
    if settings.get("maxSurge") is not None and settings.get("maxUnavailable") is not None:
        validate_upgrade(settings)


def _validate_ssh(access: str | None) -> None:
    if access is not None and access.lower() not in map(str.lower, SSH_ACCESS):
        raise _refusal(
            f"security_profile.ssh_access is '{access}'.",
            "InvalidOption",
            f"Azure supports {', '.join(SSH_ACCESS)}, in upper or lower case.",
            "Set it to one of these values.",
        )
