# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What AKS refuses about an agent pool. Pure: each rule looks at one thing and raises the refusal.

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.lab import mig
from tests.lab.arm.aks_errors import InvalidParameterError, LabRefusalError, PropertyChangeNotAllowedError
from tests.lab.arm.model.compute import Compute
from tests.lab.arm.model.pools import FIXED_IN_2021, IMMUTABLE, SPOT, SPOT_KEY, CustomHeaders, gpu_management
from tests.lab.arm.model.resources import Json
from tests.lab.arm.pool_errors import (
    AutoscalerWithNodeProvisioningError,
    AvailabilityZoneNotSupportedError,
    HypervisorGenerationError,
    VMSizeNotSupportedError,
)
from tests.lab.eras import Era, VmSize

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_TAINT = re.compile(r"[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_SURGE = re.compile(r"[0-9]+%?")
_NONE = (None, "0", "0%")
_SUBNET = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/virtualNetworks/[^/]+/subnets/[^/]+",
    re.IGNORECASE,
)
_MAX_NODES = 1000
_MAX_PODS = range(10, 251)
_RESERVED_LABELS = ("kubernetes.azure.com/", "kubernetes.io/")

_CHOICES = {
    "mode": ("System", "User"),
    "scaleSetPriority": ("Regular", "Spot"),
    "scaleSetEvictionPolicy": ("Delete", "Deallocate"),
    "scaleDownMode": ("Delete", "Deallocate"),
    "osType": ("Linux", "Windows"),
    "osDiskType": ("Managed", "Ephemeral"),
    "kubeletDiskType": ("OS", "Temporary"),
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
    """What can be said of a pool by itself."""
    check_choices(pool)
    check_system(pool, era=era)
    check_counts(pool)
    check_limits(pool)
    check_taints(pool)
    check_labels(pool)
    check_spot(pool)
    check_managed_gpu(pool)


def check_limits(pool: Json) -> None:
    """Numbers and forms of fields with a range."""
    upgrade = pool.get("upgradeSettings", {})
    surge = upgrade.get("maxSurge")
    stuck = surge in _NONE and upgrade.get("maxUnavailable") in _NONE  # an upgrade could not begin
    if surge is not None and (stuck or not _SURGE.fullmatch(str(surge))):
        raise InvalidParameterError.value("agentPoolProfile.upgradeSettings.maxSurge")
    if pool["maxPods"] not in _MAX_PODS:
        raise InvalidParameterError.value("agentPoolProfile.maxPods")
    if "vnetSubnetID" in pool and not _SUBNET.fullmatch(pool["vnetSubnetID"]):
        raise InvalidParameterError.value("agentPoolProfile.vnetSubnetID")


def check_spot(pool: Json) -> None:
    """Spot machines come and go, which a system pool must not."""
    if pool.get("scaleSetPriority") == SPOT and pool["mode"] == "System":
        raise InvalidParameterError.value("agentPoolProfile.scaleSetPriority")


def check_managed_gpu(pool: Json) -> None:
    """AKS does not combine managed GPU pools with its autoscaler."""
    driver, management = gpu_management(pool)
    if driver not in ("Install", "None") or management not in ("Managed", "Unmanaged"):
        raise InvalidParameterError.value("agentPoolProfile.gpuProfile")
    if management == "Managed" and pool["enableAutoScaling"]:
        message = (
            "the cluster autoscaler is not supported on managed GPU node pools: gpuProfile.nvidia.managementMode Managed needs "
            "enableAutoScaling false. Azure documents the limit, its words are not known."
        )
        raise LabRefusalError(message)


def check_one_scaler(cluster: Json, pools: Iterable[Json]) -> None:
    """AKS does not combine node auto-provisioning with its autoscaler; cluster is the cluster's document."""
    profile = cluster["properties"].get("nodeProvisioningProfile", {})
    if profile.get("mode") == "Auto" and any(pool["enableAutoScaling"] for pool in pools):
        raise AutoscalerWithNodeProvisioningError


def check_gpu(pool: Json, *, size: VmSize) -> None:
    """MIG and managed GPU need a size that has such GPUs."""
    if "gpuInstanceProfile" in pool and not size.mig:
        raise InvalidParameterError.value("agentPoolProfile.gpuInstanceProfile")
    if gpu_management(pool)[1] == "Managed" and not size.gpus:
        raise InvalidParameterError.value("agentPoolProfile.gpuProfile")


def check_generation(size: VmSize, *, era: Era, headers: CustomHeaders) -> None:
    """Compute refuses a generation 2 image on a size that cannot boot it; 2021's article did it and is believed."""
    if headers.generation2 and era.checks_generation and 2 not in size.generations:
        raise HypervisorGenerationError(size=size.name, generation=2)


def check_zones(pool: Json, *, pool_name: str, location: str, offered: tuple[str, ...]) -> None:
    """Only zones in which the subscription can have the size."""
    missing = [zone for zone in pool.get("availabilityZones", []) if zone not in offered]
    if missing:
        raise AvailabilityZoneNotSupportedError(zones=missing, pool=pool_name, location=location, offered=offered)


def offered_size(name: str, *, era: Era, compute: Compute, subscription: str, location: str) -> VmSize:
    """The size if new machines of it can be had."""
    size = era.size(name)
    if size is None or size.retired or compute.closed(size, location=location):
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
    for field in IMMUTABLE if era.taints_mutable else (*IMMUTABLE, *FIXED_IN_2021):
        if _comparable(old, field) != _comparable(new, field):
            raise PropertyChangeNotAllowedError(f"properties.{field}")


def _comparable(pool: Json, field: str) -> object:
    if field == "vmSize":
        return pool["vmSize"].lower()
    return gpu_management(pool) if field == "gpuProfile" else pool.get(field)
