# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How AKS partitions GPUs (MIG), as pure functions: every GPU of a pool into as many equal slices as fit.

Counts: AKS' page gpu-multi-instance. Names of slices: NVIDIA's MIG user guide, supported profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# A pool's gpuInstanceProfile → slices that a GPU is divided into.
PROFILES: Mapping[str, int] = MappingProxyType({"MIG1g": 7, "MIG2g": 3, "MIG3g": 2, "MIG4g": 1, "MIG7g": 1})
_NAMES_40 = ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb")
_NAMES_80 = ("1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb")
_NAMES_94 = ("1g.12gb", "2g.24gb", "3g.47gb", "4g.47gb", "7g.94gb")
_NAMES = {
    "NVIDIA A100-SXM4-40GB": _NAMES_40,
    "NVIDIA A100 80GB PCIe": _NAMES_80,
    "NVIDIA H100 80GB HBM3": _NAMES_80,
    "NVIDIA H100 NVL": _NAMES_94,
}


# The share of a GPU's memory that a slice has, in eighths, by the first half of its name (NVIDIA's MIG user guide).
_MEMORY_EIGHTHS = {"1g": 1, "2g": 2, "3g": 4, "4g": 4, "7g": 8}


@dataclass(frozen=True)
class Slice:
    """The slices of a GPU: their name, as in `nvidia.com/mig-1g.10gb`, and their number."""

    name: str
    count: int

    @property
    def memory_share(self) -> float:
        """The share of the GPU's memory that each slice has."""
        return _MEMORY_EIGHTHS[self.name.partition(".")[0]] / 8


def divides(gpu_model: str | None) -> bool:
    """Whether GPUs of this model can be partitioned."""
    return gpu_model in _NAMES


def slice_of(gpu_model: str | None, profile: str) -> Slice | None:
    """The slices of a GPU by a pool's profile; None if the pool has none."""
    if not profile or gpu_model is None:
        return None
    names = dict(zip(PROFILES, _NAMES[gpu_model], strict=True))
    return Slice(names[profile], PROFILES[profile])


def slice_named(gpu_model: str, name: str) -> Slice | None:
    """The slices of that name on a GPU of that model; None if the name is empty."""
    return next((part for profile in PROFILES if name and (part := slice_of(gpu_model, profile)) and part.name == name), None)
