# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What of an agent pool is fixed at its creation.

from __future__ import annotations

from tests.lab.arm.errors.aks import PropertyChangeNotAllowedError
from tests.lab.arm.errors.node import NodeConfigurationChangedError
from tests.lab.arm.model.pools.pool import (
    FIXED_IN_2021,
    IMMUTABLE,
    NODE_CONFIGURATION,
    driver_mode,
    gpu_management,
    mig_profiles,
    own_mig_strategy,
)
from tests.lab.arm.model.pools.scale import of_machines
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era


def check_unchanged(old: Json, new: Json, *, era: Era) -> None:
    """Refuse the first change of a field that is fixed at creation; another spelling of the same is no change."""
    if any(old.get(field) != new.get(field) for field in NODE_CONFIGURATION):
        raise NodeConfigurationChangedError
    for field in IMMUTABLE if era.taints_mutable else (*IMMUTABLE, *FIXED_IN_2021):
        if _comparable(old, field) != _comparable(new, field):
            raise PropertyChangeNotAllowedError(f"properties.{field}")


def _comparable(pool: Json, field: str) -> object:
    if field == "vmSize" and not of_machines(pool):
        return pool["vmSize"].lower()
    if field == "gpuProfile":
        return gpu_management(pool), driver_mode(pool), own_mig_strategy(pool), mig_profiles(pool)
    return pool.get(field)
