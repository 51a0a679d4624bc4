# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS refuses of a pool's gpuProfile, whatever its size."""

from __future__ import annotations

from tests.lab import mig
from tests.lab.arm.errors.aks import InvalidParameterError, LabRefusalError
from tests.lab.arm.model.pools.pool import driver_mode, gpu_management, mig_profiles, own_mig_strategy
from tests.lab.arm.model.resources import Json

_NVIDIA = "agentPoolProfile.gpuProfile.nvidia"
_DRIVERS = ("Install", "None")
# By managementMode: only a managed pool has a driver mode and partitions of its own.
_DRIVER_MODES = {"Managed": ("DevicePlugin", "DRA"), "Unmanaged": ("DevicePlugin",)}
_MIG_STRATEGIES = {"Managed": ("none", "single", "mixed"), "Unmanaged": ("none",)}
_NO_AUTOSCALER = (
    "the cluster autoscaler is not supported on managed GPU node pools: gpuProfile.nvidia.managementMode Managed needs "
    "enableAutoScaling false. Azure documents the limit, its words are not known."
)


def check_managed_gpu(pool: Json) -> None:
    """AKS does not combine managed GPU pools with its autoscaler."""
    driver, management = gpu_management(pool)
    if driver not in _DRIVERS or management not in _DRIVER_MODES:
        raise InvalidParameterError.value("agentPoolProfile.gpuProfile")
    if management == "Managed" and pool["enableAutoScaling"]:
        raise LabRefusalError(_NO_AUTOSCALER)
    if driver_mode(pool) not in _DRIVER_MODES[management]:
        raise InvalidParameterError.value(f"{_NVIDIA}.driverMode")
    strategy = own_mig_strategy(pool)
    if strategy not in _MIG_STRATEGIES[management]:
        raise InvalidParameterError.value(f"{_NVIDIA}.migStrategy")
    _check_profiles(mig_profiles(pool), strategy=strategy, divided="gpuInstanceProfile" in pool)


def _check_profiles(profiles: tuple[str, ...], *, strategy: str, divided: bool) -> None:
    """Single has one profile, mixed one or more, none has none; gpuInstanceProfile excludes them and can take their place."""
    numbers = {"none": (0,), "single": (1,), "mixed": range(1, 8)}[strategy]
    fits = len(profiles) == 0 if divided else len(profiles) in numbers
    if not fits or not {*profiles} <= {*mig.PROFILES}:
        raise InvalidParameterError.value(f"{_NVIDIA}.migProfiles")
