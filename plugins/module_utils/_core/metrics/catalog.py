# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The metrics of a device: our name, which ends in the unit, the field of NVIDIA's DCGM that it comes from, and what is easily misread.

A table that every source reads by, and docs/metrics.md shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

from ..._errors import InvalidInputError
from .article import ARTICLE, GONE

# NVIDIA/dcgm-exporter etc/default-counters.csv (2026-05-12): fields, units, and which of them are exported by default.
# NVIDIA/DCGM dcgmlib/dcgm_fields.h: what a field is, and the blank values.
_PROFILING = "only where DCGM's profiling module runs: not on vGPU sizes (NVIDIA/dcgm-exporter#547)"
_OFF = "the exporter does not collect it by default"
_OF_GPU = "a GPU that is divided by MIG has none"


@dataclass(frozen=True)
class Metric:
    """One metric of a device. field: DCGM's, "" if it is computed. trap: what is easily misread, "" if nothing is."""

    name: str
    unit: str
    field: str
    meaning: str
    trap: str = ""

    @property
    def profiling(self) -> bool:
        """Whether it needs DCGM's profiling module."""
        return self.field.startswith("DCGM_FI_PROF_")


METRICS: tuple[Metric, ...] = (
    Metric(
        "utilization_percent",
        "percent",
        "DCGM_FI_DEV_GPU_UTIL",
        "share of time in which a kernel ran",
        f"not how much of the GPU the kernels used; compare graphics_engine_active_ratio; {_OF_GPU}",
    ),
    Metric("memory_copy_percent", "percent", "DCGM_FI_DEV_MEM_COPY_UTIL", "share of time in which memory was read or written", _OF_GPU),
    Metric("memory_used_mib", "MiB", "DCGM_FI_DEV_FB_USED", "memory in use", "Microsoft's table of metrics calls it bytes"),
    Metric("memory_free_mib", "MiB", "DCGM_FI_DEV_FB_FREE", "memory that is free"),
    Metric(
        "memory_reserved_mib", "MiB", "DCGM_FI_DEV_FB_RESERVED", "memory that the driver keeps for itself", "not part of the memory in use"
    ),
    Metric("memory_total_mib", "MiB", "", "the sum of used, free and reserved memory", "null if used or free memory is unknown"),
    Metric("temperature_celsius", "degrees Celsius", "DCGM_FI_DEV_GPU_TEMP", "temperature of the GPU"),
    Metric(
        "memory_temperature_celsius",
        "degrees Celsius",
        "DCGM_FI_DEV_MEMORY_TEMP",
        "temperature of the memory",
        "many models have no such sensor; DCGM then exports 9223372036854775794, here null",
    ),
    Metric("power_watts", "W", "DCGM_FI_DEV_POWER_USAGE", "electric power"),
    Metric(
        "energy_millijoules",
        "mJ",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
        "energy since the driver was loaded",
        "a counter, in thousandths of a joule",
    ),
    Metric("sm_clock_mhz", "MHz", "DCGM_FI_DEV_SM_CLOCK", "clock of the streaming multiprocessors"),
    Metric("memory_clock_mhz", "MHz", "DCGM_FI_DEV_MEM_CLOCK", "clock of the memory"),
    Metric(
        "graphics_engine_active_ratio",
        "ratio 0 to 1",
        "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
        "share of time in which the engine was active",
        _PROFILING,
    ),
    Metric(
        "sm_active_ratio",
        "ratio 0 to 1",
        "DCGM_FI_PROF_SM_ACTIVE",
        "share of the multiprocessors that were active",
        f"{_OFF}; {_PROFILING}",
    ),
    Metric(
        "tensor_active_ratio",
        "ratio 0 to 1",
        "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
        "share of time in which the tensor cores were active",
        _PROFILING,
    ),
    Metric("dram_active_ratio", "ratio 0 to 1", "DCGM_FI_PROF_DRAM_ACTIVE", "share of time in which the memory was active", _PROFILING),
    Metric(
        "pcie_sent_bytes_per_second", "bytes/s", "DCGM_FI_PROF_PCIE_TX_BYTES", "data sent over PCIe", f"a rate, not a counter; {_PROFILING}"
    ),
    Metric(
        "pcie_received_bytes_per_second",
        "bytes/s",
        "DCGM_FI_PROF_PCIE_RX_BYTES",
        "data received over PCIe",
        f"a rate, not a counter; {_PROFILING}",
    ),
    Metric(
        "last_xid",
        "Xid",
        "DCGM_FI_DEV_XID_ERRORS",
        "number of the last Xid error, 0 if there was none",
        "an error number, not a count",
    ),
    Metric("ecc_corrected", "errors", "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "memory errors corrected since the driver was loaded", _OFF),
    Metric("ecc_uncorrected", "errors", "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "memory errors not corrected since the driver was loaded", _OFF),
)
BY_NAME = {each.name: each for each in METRICS}
BY_FIELD = {each.field: each for each in METRICS if each.field}
# What a task may call them → our name, or that of the article.
_KNOWN = {**{name: name for name in (*BY_NAME, *ARTICLE)}, **{field: each.name for field, each in BY_FIELD.items()}}
_TOTAL, _PARTS = "memory_total_mib", ("memory_used_mib", "memory_free_mib", "memory_reserved_mib")


@dataclass(frozen=True)
class Wanted:
    """The metrics of a task: those of devices, in the order of the table, and the names of 2021 that are gone."""

    metrics: tuple[Metric, ...]
    gone: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Our names."""
        return [each.name for each in self.metrics]

    @property
    def fields(self) -> list[str]:
        """The fields of DCGM to read, also those from which another metric is computed."""
        needed = {each.name for each in self.metrics}
        if _TOTAL in needed:
            needed.update(_PARTS)
        return [each.field for each in METRICS if each.field and each.name in needed]

    def units(self) -> dict[str, str]:
        """The unit of each metric."""
        return {each.name: each.unit for each in self.metrics}


def wanted(names: Sequence[str]) -> Wanted:
    """The metrics of these names: ours, DCGM's, or those of the article of 2021; all if none is named. Raises InvalidInputError."""
    if not names:
        return Wanted(METRICS)
    unknown = [name for name in names if name not in _KNOWN]
    if unknown:
        raise _unknown(unknown)
    chosen = {_KNOWN[name] for name in names}
    return Wanted(tuple(each for each in METRICS if each.name in chosen), tuple(name for name in GONE if name in chosen))


def _unknown(names: Iterable[str]) -> InvalidInputError:
    return InvalidInputError(
        f"metrics names what is not a metric: {', '.join(map(repr, names))}.",
        code="UnknownMetric",
        cause="Neither this collection, nor DCGM, nor Container Insights has a metric of this name that is about GPUs.",
        remedy=f"Use names of this list, or leave it empty for all: {', '.join(BY_NAME)}.",
    )


def memory_total(used: float | None, free: float | None, reserved: float | None) -> float | None:
    """The memory of a device, None if it cannot be told."""
    return None if used is None or free is None else used + free + (reserved or 0.0)
