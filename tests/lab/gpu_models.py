# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPU models of the lab's VM sizes, with the properties that a program sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class GpuModel:
    """Compute capability, clock and memory, as NVIDIA's data sheets give them."""

    capability: tuple[int, int]
    clock_ghz: float
    memory_gib: float


MODELS: Mapping[str, GpuModel] = MappingProxyType(
    {
        "Tesla K80": GpuModel((3, 7), 0.8235, 11.17),
        "Tesla P100-PCIE-16GB": GpuModel((6, 0), 1.3285, 15.9),
        "Tesla V100-PCIE-16GB": GpuModel((7, 0), 1.38, 15.77),
        "Tesla T4": GpuModel((7, 5), 1.59, 14.56),
        "NVIDIA A10-4Q": GpuModel((8, 6), 1.695, 4.0),
        "NVIDIA A10-8Q": GpuModel((8, 6), 1.695, 8.0),
        "NVIDIA A10-12Q": GpuModel((8, 6), 1.695, 12.0),
        "NVIDIA A10-24Q": GpuModel((8, 6), 1.695, 24.0),
        "NVIDIA A100 80GB PCIe": GpuModel((8, 0), 1.41, 79.15),
        "NVIDIA A100-SXM4-40GB": GpuModel((8, 0), 1.41, 39.39),
        "NVIDIA H100 NVL": GpuModel((9, 0), 1.785, 93.0),
        "NVIDIA H100 80GB HBM3": GpuModel((9, 0), 1.98, 79.1),
    }
)
