# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a pool asks of its virtual machine size, and the size doesn't have. Pure: each rule looks at one thing and raises the refusal.

from __future__ import annotations

from tests.lab import mig
from tests.lab.arm.errors.aks import InvalidParameterError
from tests.lab.arm.errors.node import EphemeralDiskNotSupportedError, TrustedLaunchIncompatibleError, VMCacheSizeTooSmallError
from tests.lab.arm.errors.pool import AvailabilityZoneNotSupportedError, HypervisorGenerationError, VMSizeNotSupportedError
from tests.lab.arm.model.compute.limits import Compute
from tests.lab.arm.model.pools.defaults import EPHEMERAL
from tests.lab.arm.model.pools.pool import CustomHeaders, gpu_management, mig_profiles
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era, VmSize


def offered_size(name: str, *, era: Era, compute: Compute, subscription: str, location: str) -> VmSize:
    """The size, if new machines of it are available."""
    size = era.size(name)
    if size is None or size.retired or compute.closed(size, location=location):
        raise VMSizeNotSupportedError(size=name, subscription=subscription, location=location)
    return size


def check_generation(size: VmSize, *, era: Era, headers: CustomHeaders) -> None:
    """Compute refuses a generation 2 image on a size that cannot boot it, except in 2021, whose article did that."""
    if headers.generation2 and era.checks_generation and 2 not in size.generations:
        raise HypervisorGenerationError(size=size.name, generation=2)


def check_zones(pool: Json, *, pool_name: str, location: str, offered: tuple[str, ...]) -> None:
    """Only zones in which the size is open to the subscription."""
    missing = [zone for zone in pool.get("availabilityZones", []) if zone not in offered]
    if missing:
        raise AvailabilityZoneNotSupportedError(zones=missing, pool=pool_name, location=location, offered=offered)


def check_gpu(pool: Json, *, size: VmSize) -> None:
    """MIG and managed GPU need a size with suitable GPUs."""
    if "gpuInstanceProfile" in pool and not size.mig:
        raise InvalidParameterError.value("agentPoolProfile.gpuInstanceProfile")
    if gpu_management(pool)[1] == "Managed" and not size.gpus:
        raise InvalidParameterError.value("agentPoolProfile.gpuProfile")
    profiles = mig_profiles(pool)
    if profiles and not (size.mig and mig.fit(profiles)):
        raise InvalidParameterError.value("agentPoolProfile.gpuProfile.nvidia.migProfiles")


def check_disk(pool: Json, *, size: VmSize) -> None:
    """An ephemeral OS disk lives on the size's own cache or temporary disk."""
    if pool["osDiskType"] != EPHEMERAL:
        return
    if not size.ephemeral_gib:
        raise EphemeralDiskNotSupportedError(size=size.name)
    if pool["osDiskSizeGB"] > size.ephemeral_gib:
        raise VMCacheSizeTooSmallError(size=size.name, cache_gib=size.ephemeral_gib, disk_gib=pool["osDiskSizeGB"])


def check_trusted_launch(pool: Json, *, size: VmSize) -> None:
    """AKS has no Trusted Launch image with a GPU driver."""
    security = pool.get("securityProfile") or {}
    if size.gpus and (security.get("enableSecureBoot") or security.get("enableVTPM")):
        raise TrustedLaunchIncompatibleError
