# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Looks up a size in the catalog, and advises what to use if Azure does not offer it."""

from __future__ import annotations

import re

from .catalog import SIZES, GpuSize

__all__ = ("SIZES", "GpuSize", "gpu_model", "has_amd_gpus", "known_size", "may_have_gpus", "size_advice")

# https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions: the accelerator type
_AMD = re.compile(r"_(MI\d{2,3}X?|V620|V710)(_|$)", re.IGNORECASE)
_BY_NAME = {size.name.lower(): size for size in SIZES}


def known_size(name: str) -> GpuSize | None:
    """What this table knows about a size, whose name Azure takes in any case. None is inconclusive: Azure adds sizes before we do."""
    return _BY_NAME.get(name.lower())


def gpu_model(vm_size: str) -> str | None:
    """The GPU as NVIDIA's tools print it, None for a size that the table doesn't have."""
    size = known_size(vm_size)
    return size.gpu_model if size else None


def may_have_gpus(name: str) -> bool:
    """False for a size that certainly has no GPU: all sizes with GPUs are N sizes. Names of another form may have one."""
    lower = name.lower()
    return lower.startswith("standard_n") or not lower.startswith("standard_")


def has_amd_gpus(name: str) -> bool:
    """Whether the name says so, which has the GPU's model where the size has more than one: Standard_NG8ads_V620_v1."""
    return _AMD.search(name) is not None


def size_advice(vm_size: str, *, parameter: str = "vm_size") -> str:
    """What to do about a size that Azure does not offer, as one sentence. parameter: the option that sets the size."""
    size = known_size(vm_size)
    if size and size.retired:
        return f"{size.name} ({size.gpu_model}) was retired on {size.retired}; set {parameter} to {size.successor}."
    return f"Set {parameter} to one that 'az vm list-skus --location LOCATION --size Standard_N --output table' offers."
