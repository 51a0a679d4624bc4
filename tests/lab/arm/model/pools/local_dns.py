# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A node's own DNS cache: what AKS makes of a localDNSProfile, and what it refuses. Documented: Azure's page on LocalDNS.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.arm.errors.aks import InvalidParameterError
from tests.lab.arm.model.resources import Json

_ROOT, _CLUSTER = ".", "cluster.local"
_VNET_DNS, _CLUSTER_DNS = "VnetDNS", "ClusterCoreDNS"
_MODES = ("Preferred", "Required", "Disabled")
_OVERRIDES = ("vnetDNSOverrides", "kubeDNSOverrides")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "queryLogging": ("Error", "Log"),
    "protocol": ("PreferUDP", "ForceTCP"),
    "forwardDestination": (_CLUSTER_DNS, _VNET_DNS),
    "forwardPolicy": ("Sequential", "RoundRobin", "Random"),
    "serveStale": ("Verify", "Immediate", "Disable"),
}
_COMMON: Mapping[str, Any] = {
    "queryLogging": "Error",
    "protocol": "PreferUDP",
    "forwardPolicy": "Sequential",
    "maxConcurrent": 1000,
    "cacheDurationInSeconds": 3600,
    "serveStaleDurationInSeconds": 3600,
    "serveStale": "Immediate",
}
_FIELD = "agentPoolProfile.localDNSProfile"


def localdns(asked: Json) -> Json:
    """The profile as Azure echoes it: a state, and every field of both kinds of queries for the root and for the cluster's own zone."""
    mode = asked.get("mode", "Preferred")
    _require(mode in _MODES, "mode")
    profile: Json = {"mode": mode, "state": "Enabled" if mode == "Required" else "Disabled"}
    for kind in _OVERRIDES:
        zones = {_ROOT: {}, _CLUSTER: {}, **(asked.get(kind) or {})}
        profile[kind] = {zone: _override(kind, zone, override) for zone, override in zones.items()}
    return profile


def _override(kind: str, zone: str, asked: Json) -> Json:
    cluster = zone.endswith(_CLUSTER) or kind == "kubeDNSOverrides"
    override = {**_COMMON, "forwardDestination": _CLUSTER_DNS if cluster else _VNET_DNS, **asked}
    for field, choices in _CHOICES.items():
        _require(override[field] in choices, f"{kind}.{field}")
    destination = override["forwardDestination"]
    _require(not (zone.endswith(_CLUSTER) and destination == _VNET_DNS), f"{kind}.forwardDestination")
    _require(not (kind == "vnetDNSOverrides" and zone == _ROOT and destination == _CLUSTER_DNS), f"{kind}.forwardDestination")
    _require(not (override["protocol"] == "ForceTCP" and override["serveStale"] == "Verify"), f"{kind}.serveStale")
    return override


def _require(sound: bool, field: str) -> None:
    if not sound:
        raise InvalidParameterError.value(f"{_FIELD}.{field}")
