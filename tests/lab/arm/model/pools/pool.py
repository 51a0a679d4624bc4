# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How AKS fills in and echoes an agent pool. Pure: nothing here knows the clock or HTTP. Sources: ../../FIDELITY.md.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab.arm.model.pools.defaults import defaults, filled
from tests.lab.arm.model.pools.scale import check_scale, of_machines, without_scale_set
from tests.lab.arm.model.resources import Json, Pool, prune
from tests.lab.eras import Era, VmSize

# Members of gpuProfile.nvidia that no stable version of the API has yet.
PREVIEW_ONLY = frozenset({"driverMode", "migStrategy", "migProfiles"})
SPOT = "Spot"
SPOT_KEY = "kubernetes.azure.com/scalesetpriority"
SPOT_TAINT = f"{SPOT_KEY}=spot:NoSchedule"

# Clients send these back in an update as they read them; Azure ignores them.
_READ_ONLY = frozenset({"provisioningState", "powerState", "currentOrchestratorVersion", "nodeImageVersion", "status", "eTag", "name"})

# Fixed at creation.
IMMUTABLE = (
    "vmSize",
    "osType",
    "osDiskSizeGB",
    "osDiskType",
    "maxPods",
    "type",
    "vnetSubnetID",
    "availabilityZones",
    "enableNodePublicIP",
    "enableUltraSSD",
    "enableEncryptionAtHost",
    "gpuInstanceProfile",
    "gpuProfile",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "podSubnetID",
    "proximityPlacementGroupID",
    "hostGroupID",
    "capacityReservationGroupID",
)
# Fixed at creation too, refused in words of their own.
NODE_CONFIGURATION = ("kubeletConfig", "linuxOSConfig")
# Fixed in 2021, too. The nodes of today are made anew with another operating system (Azure/AKS#4265).
FIXED_IN_2021 = ("nodeTaints", "osSKU", "enableFIPS")
# A PUT replaces the whole pool, but Azure does not take the absence of these for a wish to change them.
_KEPT_WHEN_ABSENT = (
    *IMMUTABLE,
    *NODE_CONFIGURATION,
    "count",
    "enableFIPS",
    "kubeletDiskType",
    "mode",
    "orchestratorVersion",
    "osSKU",
    "virtualMachinesProfile",
)
_SPOT_FIELDS = ("scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice")
_AUTOSCALER_FIELDS = ("minCount", "maxCount")
# Clients send these as "" or 0 for "as Azure likes"; the Azure CLI does so with the size that its user didn't name, Terraform's provider
# with the place of the kubelet's data (kubelet_disk_type).
_SILENT_WHEN_EMPTY = ("kubeletDiskType", "osDiskSizeGB", "orchestratorVersion", "vmSize")
_DROPPED_WHEN_EMPTY = ("nodeTaints", "nodeInitializationTaints", "nodeLabels", "tags")


@dataclass(frozen=True)
class CustomHeaders:
    """The AKS custom headers of a PUT; they are never echoed, and an update does not need them.

    preview: whether its api-version is a preview.
    """

    dedicated_gpu_image: bool = False
    generation2: bool = False
    preview: bool = False


@dataclass(frozen=True)
class PoolSurroundings:
    """What a pool takes from its cluster and era by default."""

    era: Era
    cluster_version: str
    network: Json


def wanted_pool(requested: Json, *, current: Pool | None, surroundings: PoolSurroundings) -> Json:
    """The pool as Azure would echo it after this PUT, without version, image and states (`with_version`, `with_image`)."""
    asked = _asked(requested, current=current)
    era = surroundings.era
    kept = {key: current.properties[key] for key in _KEPT_WHEN_ABSENT if key in current.properties} if current else {}
    base = {**defaults(era, surroundings.network), "orchestratorVersion": surroundings.cluster_version}
    pool = {**base, **kept, **asked, **_gpu_profile(asked, kept)}
    if of_machines(pool):
        check_scale(pool, asked)
        pool = without_scale_set(pool)
    return _tidy(filled(pool, era=era), new=current is None, era=era)


def _asked(requested: Json, *, current: Pool | None) -> Json:
    """The properties that the request sets."""
    silent: tuple[str, ...] = _SILENT_WHEN_EMPTY
    if current is not None and (current.stopped or wants_stop(requested, now=False)):
        silent = (*silent, "count")  # a stopped pool shows 0 nodes: a PUT that repeats this does not request 0
    return {key: value for key, value in prune(requested).items() if key not in _READ_ONLY and (value or key not in silent)}


def wants_stop(requested: Json, *, now: bool) -> bool:
    """Whether this PUT stops the pool."""
    power = requested.get("powerState") or {}
    return now if power.get("code") is None else power["code"] == "Stopped"


def _tidy(pool: Json, *, new: bool, era: Era) -> Json:
    """The pool with the fields that go with its kind, and without empty ones that Azure does not echo."""
    is_spot = pool.get("scaleSetPriority") == SPOT
    pool = _spot(pool, add_taint=new or era.taints_mutable) if is_spot else _without(pool, _SPOT_FIELDS)
    if not pool["enableAutoScaling"]:
        pool = _without(pool, _AUTOSCALER_FIELDS)
    return _without(pool, [field for field in _DROPPED_WHEN_EMPTY if not pool.get(field)])


def _without(pool: Json, fields: Sequence[str]) -> Json:
    return {key: value for key, value in pool.items() if key not in fields}


def _spot(pool: Json, *, add_taint: bool) -> Json:
    """AKS taints and labels spot pools; 2021 refused an update without the taint, so that it is not restored there."""
    taints = list(pool.get("nodeTaints", []))
    if add_taint and SPOT_TAINT not in taints:
        taints.append(SPOT_TAINT)
    labels = {**pool.get("nodeLabels", {}), SPOT_KEY: "spot"}
    return {"scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1.0, **pool, "nodeTaints": taints, "nodeLabels": labels}


def with_version(pool: Json, version: str) -> Json:
    """The pool with the patch version that its orchestratorVersion resolves to."""
    return {**pool, "currentOrchestratorVersion": version}


def with_image(pool: Json, version: str) -> Json:
    """The pool with the node image that it was created from."""
    return {**pool, "nodeImageVersion": version}


def _gpu_profile(asked: Json, kept: Json) -> Json:
    """The pool's gpuProfile with what a request of a stable version cannot repeat."""
    hidden = {name: value for name, value in _nvidia(kept).items() if name in PREVIEW_ONLY}
    if "gpuProfile" not in asked or not hidden:
        return {}
    return {"gpuProfile": {**asked["gpuProfile"], "nvidia": {**hidden, **_nvidia(asked)}}}


def _nvidia(pool: Json) -> Json:
    return (pool.get("gpuProfile") or {}).get("nvidia") or {}


def stable_form(pool: Json) -> Json:
    """The pool as a stable version of the API shows it."""
    nvidia = _nvidia(pool)
    if not PREVIEW_ONLY & nvidia.keys():
        return pool
    shown = {name: value for name, value in nvidia.items() if name not in PREVIEW_ONLY}
    return {**pool, "gpuProfile": {**pool["gpuProfile"], "nvidia": shown}}


def gpu_management(pool: Json) -> tuple[str, str]:
    """Who installs the driver (`Install`, `None`) and who runs the device plugin (`Managed`, `Unmanaged`); absence means the defaults."""
    profile = pool.get("gpuProfile", {})
    return profile.get("driver", "Install"), profile.get("nvidia", {}).get("managementMode", "Unmanaged")


def own_mig_strategy(pool: Json) -> str:
    """The MIG strategy of a managed pool's device plugin, as the plugin writes it. Only previews of the API can ask for one."""
    return str(_nvidia(pool).get("migStrategy", "None")).lower()


def mig_profiles(pool: Json) -> tuple[str, ...]:
    """The partitions of each GPU of a managed pool, or with the strategy Single the one that all have."""
    return tuple(_nvidia(pool).get("migProfiles") or ())


def driver_mode(pool: Json) -> str:
    """How the GPUs of a managed pool are allocated; that the device plugin is the default is unverified."""
    return str(_nvidia(pool).get("driverMode", "DevicePlugin"))


def image_version(pool: Json, *, era: Era, size: VmSize, headers: CustomHeaders) -> str:
    """The node image that a new pool gets; a dedicated GPU image only exists for GPU sizes."""
    generation = era.generation(size, generation2_asked=headers.generation2)
    dedicated = headers.dedicated_gpu_image and size.gpus > 0
    return era.images[pool["osSKU"]].version(generation=generation, dedicated_gpu=dedicated)
