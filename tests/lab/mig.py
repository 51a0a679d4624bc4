# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How AKS partitions GPUs (MIG), as pure functions: every GPU of a pool into as many equal slices as fit, or into those that it names.

Counts: AKS' page gpu-multi-instance. Names of slices: NVIDIA's MIG user guide, supported profiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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


# The profiles, by their compute slices, that fill a GPU: any part of one of them fits, too (NVIDIA's MIG user guide).
_FULL = ("7", "43", "421", "4111", "33", "322", "3211", "31111", "2221", "22111", "211111", "1111111")


def divides(gpu_model: str | None) -> bool:
    """Whether GPUs of this model can be partitioned."""
    return gpu_model in _NAMES


def fit(profiles: Sequence[str]) -> bool:
    """Whether one GPU has room for a slice of each profile."""
    wanted = Counter(profile.removeprefix("MIG").removesuffix("g") for profile in profiles)
    return any(wanted <= Counter(full) for full in _FULL)


def slices_of(gpu_model: str | None, profile: str, profiles: Sequence[str] = ()) -> tuple[str, ...]:
    """The slices of each GPU by their names: one of each profile, or else as many of one profile as fit; none without either."""
    if gpu_model is None or not (profile or profiles):
        return ()
    names = dict(zip(PROFILES, _NAMES[gpu_model], strict=True))
    return tuple(names[each] for each in profiles) or (names[profile],) * PROFILES[profile]


def memory_share(name: str) -> float:
    """The share of the GPU's memory that a slice has."""
    return _MEMORY_EIGHTHS[name.partition(".")[0]] / 8
