# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What AKS fills in where the request for an agent pool is silent, and how it writes what the request said. Sources: ../../FIDELITY.md.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.arm.model.pools.local_dns import localdns
from tests.lab.arm.model.pools.scale import size_name
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era

SCALE_SET = "VirtualMachineScaleSets"
EPHEMERAL, MANAGED = "Ephemeral", "Managed"
_DISK_GIB = 128

_DEFAULTS: Mapping[str, Any] = {
    "kubeletDiskType": "OS",
    "type": SCALE_SET,
    "enableAutoScaling": False,
    "scaleDownMode": "Delete",
    "enableNodePublicIP": False,
    "mode": "User",
    "enableEncryptionAtHost": False,
    "enableUltraSSD": False,
    "osType": "Linux",
    "osSKU": "Ubuntu",
    "enableFIPS": False,
}
_NO_TRUSTED_LAUNCH: Mapping[str, Any] = {"enableVTPM": False, "enableSecureBoot": False}
_SURGE: Mapping[str, Any] = {"maxSurge": "10%", "maxUnavailable": "0"}
_MOST_PODS, _MOST_PODS_IN_AN_OVERLAY = 110, 250
# What is written in any letter case, and how it is echoed.
_SPELLINGS: Mapping[str, tuple[str, ...]] = {"osType": ("Linux", "Windows")}
SSH_ACCESS = ("LocalUser", "Disabled", "EntraId")


def defaults(era: Era, network: Json) -> Json:
    """The fields that a new pool has whatever its size; network: the cluster's networkProfile."""
    return {**_DEFAULTS, "vmSize": era.default_vm_size, "maxPods": max_pods(network)}


def max_pods(network: Json) -> int:
    """The default for the maximum number of pods on a node, which depends on the network plugin."""
    return _MOST_PODS_IN_AN_OVERLAY if network.get("networkPluginMode") == "overlay" else _MOST_PODS


def filled(pool: Json, *, era: Era) -> Json:
    """The pool with all defaults that depend on its size, its priority and the time."""
    for field, spellings in _SPELLINGS.items():
        pool = {**pool, field: spelled(pool[field], spellings)}
    pool = {**pool, **_disk(pool, era), "securityProfile": _security(pool, era), "upgradeSettings": _upgrade(pool, era)}
    return {**pool, "localDNSProfile": localdns(pool["localDNSProfile"])} if pool.get("localDNSProfile") else pool


def spelled(value: Any, spellings: tuple[str, ...]) -> Any:
    """The value in Azure's spelling, whatever its letter case."""
    return next((known for known in spellings if str(value).lower() == known.lower()), value)


def _disk(pool: Json, era: Era) -> Json:
    """The OS disk is ephemeral by default if it fits on the node."""
    size = era.size(size_name(pool))
    gib = pool.get("osDiskSizeGB") or _DISK_GIB
    fits = size is not None and size.ephemeral_gib >= gib
    return {"osDiskSizeGB": gib, "osDiskType": pool.get("osDiskType") or (EPHEMERAL if fits else MANAGED)}


def _security(pool: Json, era: Era) -> Json:
    asked = pool.get("securityProfile") or {}
    if not era.fills_in_upgrades:
        return asked or dict(_NO_TRUSTED_LAUNCH)
    return {**_NO_TRUSTED_LAUNCH, **asked, "sshAccess": spelled(asked.get("sshAccess", SSH_ACCESS[0]), SSH_ACCESS)}


def _upgrade(pool: Json, era: Era) -> Json:
    """The default upgrade settings: 10 % surge nodes; none for a spot pool."""
    asked = pool.get("upgradeSettings") or {}
    spot = pool.get("scaleSetPriority") == "Spot"
    return dict(asked) if spot or not era.fills_in_upgrades else {**_SURGE, **asked}
