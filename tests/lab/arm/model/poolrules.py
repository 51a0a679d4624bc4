# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What AKS refuses about an agent pool. Pure: each rule looks at one thing and raises the refusal.

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.lab.arm.aks_errors import (
    InvalidParameterError,
    LabRefusalError,
    PropertyChangeNotAllowedError,
    UnmarshalError,
    VMSizeNotSupportedError,
)
from tests.lab.arm.model.pools import IMMUTABLE, SPOT_KEY, gpu_management
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era, VmSize

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_TAINT = re.compile(r"[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_MAX_NODES = 1000
_RESERVED_LABELS = ("kubernetes.azure.com/", "kubernetes.io/")

# JSON type and the Go type that AKS names; only fields whose values the simulator itself reads.
_TYPES: Mapping[str, tuple[type, str]] = {
    "count": (int, "int32"),
    "minCount": (int, "int32"),
    "maxCount": (int, "int32"),
    "osDiskSizeGB": (int, "int32"),
    "enableAutoScaling": (bool, "bool"),
    "nodeTaints": (list, "[]string"),
    "nodeLabels": (dict, "map[string]*string"),
    "tags": (dict, "map[string]*string"),
    "gpuProfile": (dict, "GPUProfile"),
    "vmSize": (str, "string"),
    "mode": (str, "string"),
    "osType": (str, "string"),
    "osSKU": (str, "string"),
    "orchestratorVersion": (str, "string"),
    "scaleSetPriority": (str, "string"),
}
_CHOICES = {"mode": ("System", "User"), "scaleSetPriority": ("Regular", "Spot"), "osType": ("Linux", "Windows")}
_JSON_NAMES: Mapping[type, str] = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


def check_name(name: str) -> None:
    """1 to 12 lower-case letters and digits, a letter first."""
    if not _NAME.fullmatch(name):
        raise InvalidParameterError.value("agentPoolProfile.name")


def check_types(properties: Json) -> None:
    """Fields of the wrong JSON type are refused before anything is looked up."""
    for field, (wanted, go_type) in _TYPES.items():
        _check_type(properties.get(field), wanted, field=field, go_type=go_type)
    for taint in properties.get("nodeTaints") or []:
        _check_type(taint, str, field="nodeTaints", go_type="string")
    profile = properties.get("gpuProfile") or {}
    _check_type(profile.get("nvidia"), dict, field="gpuProfile.nvidia", go_type="NvidiaGPUProfile")


def _check_type(value: object, wanted: type, *, field: str, go_type: str) -> None:
    if value is not None and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        raise UnmarshalError(found=_JSON_NAMES[type(value)], field=f"Properties.properties.{field}", wanted=go_type)


def check_choices(pool: Json) -> None:
    """Fields with a closed list of values."""
    for field, allowed in _CHOICES.items():
        if pool.get(field, allowed[0]) not in allowed:
            raise InvalidParameterError.value(f"agentPoolProfile.{field}")


def offered_size(name: str, *, era: Era, subscription: str, location: str) -> VmSize:
    """The size if new machines of it can be had."""
    size = era.size(name)
    if size is None or size.retired:
        raise VMSizeNotSupportedError(size=name, subscription=subscription, location=location)
    return size


def check_system(pool: Json, *, era: Era) -> None:
    """Linux on an image that the era has; the lab has no Windows nodes."""
    if pool["osType"] != "Linux":
        message = "it has Linux nodes only; Azure has others."
        raise LabRefusalError(message)
    if pool["osSKU"] not in era.images:
        raise InvalidParameterError.value("agentPoolProfile.osSKU")


def check_counts(pool: Json) -> None:
    """0 to 1000 nodes, at least one in a system pool, and within the autoscaler's limits where it is on."""
    if "count" not in pool:
        raise InvalidParameterError.missing("properties.count")
    low, high = (1 if pool["mode"] == "System" else 0), _MAX_NODES
    if pool["enableAutoScaling"]:
        for field in ("minCount", "maxCount"):
            if field not in pool:
                raise InvalidParameterError.missing(f"properties.{field}")
        if pool["minCount"] < low:
            raise InvalidParameterError.value("agentPoolProfile.minCount")
        if not max(1, pool["minCount"]) <= pool["maxCount"] <= high:
            raise InvalidParameterError.value("agentPoolProfile.maxCount")
        low, high = pool["minCount"], pool["maxCount"]
    if not low <= pool["count"] <= high:
        raise InvalidParameterError.count(count=pool["count"], low=low, high=high)


def check_taints(pool: Json) -> None:
    """key=value:Effect or key:Effect, with one of Kubernetes' three effects."""
    if not all(_TAINT.fullmatch(taint) for taint in pool.get("nodeTaints", [])):
        raise InvalidParameterError.value("agentPoolProfile.nodeTaints")


def check_labels(pool: Json) -> None:
    """Prefixes that AKS keeps for itself cannot be set; the spot label, which it sets, may come back."""
    if any(label.startswith(_RESERVED_LABELS) and label != SPOT_KEY for label in pool.get("nodeLabels", {})):
        raise InvalidParameterError.value("agentPoolProfile.nodeLabels")


def check_unchanged(old: Json, new: Json, *, era: Era) -> None:
    """Refuse the first change of a field that is fixed at creation; another spelling of the same is no change."""
    for field in IMMUTABLE if era.taints_mutable else (*IMMUTABLE, "nodeTaints"):
        if _comparable(old, field) != _comparable(new, field):
            raise PropertyChangeNotAllowedError(f"properties.{field}")


def _comparable(pool: Json, field: str) -> object:
    if field == "vmSize":
        return pool["vmSize"].lower()
    return gpu_management(pool) if field == "gpuProfile" else pool.get(field)
