# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The floors of a GPU's figures: a part of what its data sheet promises, and of the median of the GPUs of its model in the same run.

Host copies: the values that Azure's own node health checks demand of a size, where they have some, or else the bus' rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Iterable, Mapping, NamedTuple, Sequence

MEMORY, SGEMM, UPLOAD, DOWNLOAD = "memory_gb_s", "sgemm_tflops", "host_to_device_gb_s", "device_to_host_gb_s"
# Of the data sheet: what a plain triad, a plain tiled multiplication without tensor cores, and a copy reach on a healthy device.
_FRACTIONS = {MEMORY: 0.6, SGEMM: 0.05, UPLOAD: 0.5, DOWNLOAD: 0.5}
_OF_MEDIAN = 0.5
_ENOUGH = 3  # devices for a median
_PCIE3, _PCIE4, _PCIE5 = 15.75, 31.5, 63.0  # GB/s of 16 lanes in one direction


class DataSheet(NamedTuple):
    """What a model promises.

    Args:
        name: How the driver names the model, or its beginning.
        memory: Its memory bandwidth, in GB/s.
        sgemm: Single precision without tensor cores, in TFLOP/s.
        copy: Copies from and to the host, in GB/s.
        source: Where the values are from.
        share: Which part of them one device has for sure.
    """

    name: str
    memory: float
    sgemm: float
    copy: float
    source: str
    share: float = 1.0


_NHC = "Azure/azurehpc-health-checks conf"
_NVIDIA = "NVIDIA data sheet"
# Compared on 2026-11-29 with tables that quote the data sheets: T4, M60, P40, P100, V100, A100, H100 PCIe, H100 80GB HBM3, GB200, GB300.
# Not compared: K80, A10, H100 NVL, H200, GH200, RTX PRO 6000.
DATA_SHEETS = (
    DataSheet("Tesla T4", 320, 8.1, _PCIE3, f"{_NVIDIA} T4"),
    DataSheet("Tesla K80", 240, 4.4, _PCIE3, f"{_NVIDIA} K80, one of its two GPUs"),
    DataSheet("Tesla M60", 160, 4.8, _PCIE3, f"{_NVIDIA} M60, one of its two GPUs"),
    DataSheet("Tesla P40", 346, 11.8, _PCIE3, f"{_NVIDIA} P40"),
    DataSheet("Tesla P100-PCIE-16GB", 732, 9.3, _PCIE3, f"{_NVIDIA} P100 for PCIe"),
    DataSheet("Tesla V100-PCIE", 900, 14.0, _PCIE3, f"{_NVIDIA} V100"),
    DataSheet("Tesla V100-SXM2", 900, 15.7, _PCIE3, f"{_NVIDIA} V100"),
    DataSheet("NVIDIA A10-4Q", 600, 31.2, _PCIE4, f"{_NVIDIA} A10; a sixth of it, Azure's NVadsA10 v5", share=1 / 6),
    DataSheet("NVIDIA A10-8Q", 600, 31.2, _PCIE4, f"{_NVIDIA} A10; a third of it, Azure's NVadsA10 v5", share=1 / 3),
    DataSheet("NVIDIA A10-12Q", 600, 31.2, _PCIE4, f"{_NVIDIA} A10; half of it, Azure's NVadsA10 v5", share=1 / 2),
    DataSheet("NVIDIA A10", 600, 31.2, _PCIE4, f"{_NVIDIA} A10"),
    DataSheet("NVIDIA A100-PCIE-40GB", 1555, 19.5, _PCIE4, f"{_NVIDIA} A100"),
    DataSheet("NVIDIA A100 80GB PCIe", 1935, 19.5, 21, f"{_NVIDIA} A100; copies: {_NHC}/nc24ads_a100_v4.conf"),
    DataSheet("NVIDIA A100-SXM4-40GB", 1555, 19.5, 23, f"{_NVIDIA} A100; copies: {_NHC}/nd96asr_v4.conf"),
    DataSheet("NVIDIA A100-SXM4-80GB", 2039, 19.5, 23, f"{_NVIDIA} A100; copies: {_NHC}/nd96amsr_a100_v4.conf"),
    DataSheet("NVIDIA H100 NVL", 3900, 60.0, 48, f"{_NVIDIA} H100 NVL; copies: {_NHC}/nc40ads_h100_v5.conf"),
    DataSheet("NVIDIA H100 PCIe", 2000, 51.0, _PCIE5, f"{_NVIDIA} H100"),
    DataSheet("NVIDIA H100 80GB HBM3", 3350, 67.0, 52, f"{_NVIDIA} H100; copies: {_NHC}/nd96isr_h100_v5.conf"),
    DataSheet("NVIDIA H200", 4800, 67.0, 55, f"{_NVIDIA} H200; copies: {_NHC}/nd96isr_h200_v5.conf"),
    DataSheet("NVIDIA GH200", 4000, 67.0, _PCIE5, f"{_NVIDIA} GH200"),
    DataSheet("NVIDIA GB200", 8000, 75.0, _PCIE5, f"{_NVIDIA} GB200 NVL72, one of its GPUs"),
    DataSheet("NVIDIA GB300", 8000, 80.0, _PCIE5, f"{_NVIDIA} GB300 NVL72, one of its GPUs"),
    DataSheet("NVIDIA RTX PRO 6000 Blackwell Server Edition", 1597, 117.0, _PCIE5, f"{_NVIDIA} RTX PRO 6000 Server Edition"),
)
_MIG = " MIG "


@dataclass(frozen=True)
class Measured:
    """The figures of one device."""

    model: str
    figures: Mapping[str, float | None]


def floors(device: Measured, others: Iterable[Measured]) -> dict[str, float]:
    """The floor of each figure that has one.

    Of a MIG slice, no data sheet says what it has; it is compared with the others of its profile.

    Args:
        device: The device.
        others: All devices of the run, the device itself among them.
    """
    same = [each for each in others if each.model == device.model]
    sheet = None if _MIG in device.model else data_sheet(device.model)
    found = {name: max(_of_sheet(sheet, name), _of_median(same, name)) for name in _FRACTIONS}
    return {name: round(value, 2) for name, value in found.items() if value > 0}


def data_sheet(model: str) -> DataSheet | None:
    """The row with the longest name that the model's begins with, because A10 is also the beginning of A100; None if there is none."""
    rows = [row for row in DATA_SHEETS if model.startswith(row.name)]
    return max(rows, key=lambda row: len(row.name), default=None)


def _of_sheet(sheet: DataSheet | None, figure: str) -> float:
    if sheet is None:
        return 0.0
    promised = {MEMORY: sheet.memory, SGEMM: sheet.sgemm}.get(figure, sheet.copy)
    return promised * sheet.share * _FRACTIONS[figure]


def _of_median(devices: Sequence[Measured], figure: str) -> float:
    known = [value for value in (each.figures.get(figure) for each in devices) if value is not None]
    return median(known) * _OF_MEDIAN if len(known) >= _ENOUGH else 0.0


def below(figures: Mapping[str, float | None], least: Mapping[str, float]) -> list[str]:
    """The figures below their floors, as evidence."""
    known = ((name, figures.get(name), floor) for name, floor in least.items())
    return [f"{name} {value:g}, floor {floor:g}" for name, value, floor in known if value is not None and value < floor]
