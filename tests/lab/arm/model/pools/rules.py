# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What AKS refuses about an agent pool. Pure: each rule looks at one thing and raises the refusal.

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.lab import mig
from tests.lab.arm.errors.aks import InvalidParameterError, LabRefusalError
from tests.lab.arm.errors.node import InvalidCustomLinuxOSConfigError
from tests.lab.arm.errors.pool import AutoscalerWithNodeProvisioningError, SystemPoolHasRestrictedTaintError
from tests.lab.arm.model.pools.defaults import SSH_ACCESS
from tests.lab.arm.model.pools.gpu_rules import check_managed_gpu
from tests.lab.arm.model.pools.pool import SPOT, SPOT_KEY
from tests.lab.arm.model.pools.scale import of_machines
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_TAINT = re.compile(r"[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_SHARE = re.compile(r"[0-9]+%?")
_NONE = (None, "0", "0%")
_SUBNET = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/virtualNetworks/[^/]+/subnets/[^/]+",
    re.IGNORECASE,
)
_MAX_NODES = 1000
_MAX_PODS = range(10, 251)
_RESERVED_LABELS = ("kubernetes.azure.com/", "kubernetes.io/")

_OTHER_MODES = ("Gateway", "Machines", "ManagedSystem")

_CHOICES = {
    "mode": ("System", "User", *_OTHER_MODES),
    "scaleSetPriority": ("Regular", "Spot"),
    "scaleSetEvictionPolicy": ("Delete", "Deallocate"),
    "scaleDownMode": ("Delete", "Deallocate"),
    "osType": ("Linux", "Windows"),
    "osDiskType": ("Managed", "Ephemeral"),
    "kubeletDiskType": ("OS", "Temporary"),
    "upgradeStrategy": ("Rolling", "BlueGreen"),
    "type": ("VirtualMachineScaleSets", "VirtualMachines", "AvailabilitySet"),
    "gpuInstanceProfile": tuple(mig.PROFILES),
}


def check_name(name: str) -> None:
    """1 to 12 lower-case letters and digits, a letter first."""
    if not _NAME.fullmatch(name):
        raise InvalidParameterError.value("agentPoolProfile.name")


def check_choices(pool: Json) -> None:
    """Fields with a closed list of values."""
    for field, allowed in _CHOICES.items():
        if pool.get(field, allowed[0]) not in allowed:
            raise InvalidParameterError.value(f"agentPoolProfile.{field}")


def check_shape(pool: Json, *, era: Era) -> None:
    """The rules for a pool that do not depend on its cluster."""
    check_choices(pool)
    check_mode(pool)
    check_system(pool, era=era)
    check_counts(pool)
    check_upgrade_settings(pool)
    check_ssh_access(pool)
    check_limits(pool)
    check_spot(pool)
    check_taints(pool, era=era)
    check_tags(pool)
    check_labels(pool)
    check_managed_gpu(pool)
    check_swap(pool)


def check_ssh_access(pool: Json) -> None:
    """SSH access to the nodes."""
    if (pool.get("securityProfile") or {}).get("sshAccess", SSH_ACCESS[0]) not in SSH_ACCESS:
        raise InvalidParameterError.value("agentPoolProfile.securityProfile.sshAccess")


def check_upgrade_settings(pool: Json) -> None:
    """An upgrade uses either additional nodes (maxSurge) or fewer nodes (maxUnavailable), not both."""
    upgrade = pool.get("upgradeSettings", {})
    surge, unavailable = upgrade.get("maxSurge"), upgrade.get("maxUnavailable")
    for field, value in (("maxSurge", surge), ("maxUnavailable", unavailable)):
        if value is not None and not _SHARE.fullmatch(str(value)):
            raise InvalidParameterError.value(f"agentPoolProfile.upgradeSettings.{field}")
    if surge is not None and surge in _NONE and unavailable in _NONE:
        raise InvalidParameterError.value("agentPoolProfile.upgradeSettings.maxSurge")
    if unavailable not in _NONE and (surge not in _NONE or pool["mode"] == "System"):
        raise InvalidParameterError.value("agentPoolProfile.upgradeSettings.maxUnavailable")


def check_mode(pool: Json) -> None:
    """Modes that only Azure uses are refused."""
    if pool["mode"] in _OTHER_MODES:
        message = f"it has no pools of mode {pool['mode']}; Azure has."
        raise LabRefusalError(message)


def check_limits(pool: Json) -> None:
    """Numbers and forms of fields with a range."""
    if pool["maxPods"] not in _MAX_PODS:
        raise InvalidParameterError.value("agentPoolProfile.maxPods")
    if "vnetSubnetID" in pool and not _SUBNET.fullmatch(pool["vnetSubnetID"]):
        raise InvalidParameterError.value("agentPoolProfile.vnetSubnetID")


def check_spot(pool: Json) -> None:
    """A system pool must not use spot machines."""
    if pool.get("scaleSetPriority") == SPOT and pool["mode"] == "System":
        raise InvalidParameterError.value("agentPoolProfile.scaleSetPriority")


def check_one_scaler(cluster: Json, pools: Iterable[Json]) -> None:
    """AKS does not combine node auto-provisioning with its autoscaler; cluster is the cluster's document."""
    profile = cluster["properties"].get("nodeProvisioningProfile", {})
    if profile.get("mode") == "Auto" and any(pool["enableAutoScaling"] for pool in pools):
        raise AutoscalerWithNodeProvisioningError


def check_system(pool: Json, *, era: Era) -> None:
    """Linux on an image that the era has; the lab has no Windows nodes."""
    if pool["osType"] != "Linux":
        message = "it has Linux nodes only; Azure has others."
        raise LabRefusalError(message)
    if pool["osSKU"] not in era.images:
        raise InvalidParameterError.value("agentPoolProfile.osSKU")


def check_counts(pool: Json) -> None:
    """0 to 1000 nodes, at least one in a system pool, and within the autoscaler's limits where it is on."""
    if of_machines(pool):
        return
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


def check_taints(pool: Json, *, era: Era) -> None:
    """key=value:Effect or key:Effect, with one of Kubernetes' three effects; a system pool must take AKS' own pods."""
    empty = "" if era.keeps_empty_taints else None
    if not all(taint == empty or _TAINT.fullmatch(taint) for taint in pool.get("nodeTaints", [])):
        raise InvalidParameterError.value("agentPoolProfile.nodeTaints")
    restricted = era.restricts_system_taints and pool["mode"] == "System"
    if restricted and not all(_allows_system_pods(taint) for taint in pool.get("nodeTaints", [])):
        raise SystemPoolHasRestrictedTaintError


def _allows_system_pods(taint: str) -> bool:
    return taint.startswith("CriticalAddonsOnly=") or taint.endswith(":PreferNoSchedule")


def check_tags(pool: Json) -> None:
    """Azure compares the names of tags without regard to letter case."""
    names = [name.lower() for name in pool.get("tags") or {}]
    if len(names) != len(set(names)):
        message = "tags whose names differ in letter case only are one tag to Azure, which refuses them; its words are not known."
        raise LabRefusalError(message)


def check_swap(pool: Json) -> None:
    """A node with swap needs a kubelet that starts with swap."""
    swap = (pool.get("linuxOSConfig") or {}).get("swapFileSizeMB")
    if swap and (pool.get("kubeletConfig") or {}).get("failSwapOn") is not False:
        raise InvalidCustomLinuxOSConfigError


def check_labels(pool: Json) -> None:
    """Prefixes that AKS keeps for itself cannot be set; the spot label, which it sets, may come back."""
    if any(label.startswith(_RESERVED_LABELS) and label != SPOT_KEY for label in pool.get("nodeLabels", {})):
        raise InvalidParameterError.value("agentPoolProfile.nodeLabels")
