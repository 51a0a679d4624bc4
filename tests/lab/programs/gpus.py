# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated GPUs that a stand-in program sees, from the environment that the lab's kubelet gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Model → compute capability, clock in GHz and memory in GiB, as NVIDIA's data sheets give them.
_MODELS = {
    "Tesla K80": ((3, 7), 0.8235, 11.17),
    "Tesla P100-PCIE-16GB": ((6, 0), 1.3285, 15.9),
    "Tesla V100-PCIE-16GB": ((7, 0), 1.38, 15.77),
    "Tesla T4": ((7, 5), 1.59, 14.56),
    "NVIDIA A10-4Q": ((8, 6), 1.695, 4.0),
    "NVIDIA A10-8Q": ((8, 6), 1.695, 8.0),
    "NVIDIA A10-12Q": ((8, 6), 1.695, 12.0),
    "NVIDIA A10-24Q": ((8, 6), 1.695, 24.0),
    "NVIDIA A100 80GB PCIe": ((8, 0), 1.41, 79.15),
    "NVIDIA A100-SXM4-40GB": ((8, 0), 1.41, 39.39),
    "NVIDIA H100 NVL": ((9, 0), 1.785, 93.0),
    "NVIDIA H100 80GB HBM3": ((9, 0), 1.98, 79.1),
}
_UNKNOWN = ((0, 0), 0.0, 0.0)
# The share of a GPU's memory that a MIG slice has, in eighths, by the first half of its name (NVIDIA's MIG user guide).
_MEMORY_EIGHTHS = {"1g": 1, "2g": 2, "3g": 4, "4g": 4, "7g": 8}


@dataclass(frozen=True)
class Gpu:
    """One simulated device, a whole GPU or a slice of one."""

    index: int
    model: str
    capability: tuple[int, int]
    clock_ghz: float
    memory_gib: float

    @property
    def pci_bus_id(self) -> str:
        return f"{self.index + 1:04x}:00:00.0"


def visible(environment: Mapping[str, str]) -> list[Gpu]:
    """The devices of this container; none where the kubelet gave it none."""
    model = environment.get("LAB_GPU_MODEL")
    devices = environment.get("NVIDIA_VISIBLE_DEVICES", "void")
    if model is None or devices == "void":
        return []
    capability, clock, memory = _MODELS.get(model, _UNKNOWN)
    part = environment.get("LAB_GPU_SLICE", "")
    if part:
        model, memory = f"{model} MIG {part}", memory * _MEMORY_EIGHTHS[part.partition(".")[0]] / 8
    return [Gpu(int(index), model, capability, clock, memory) for index in devices.split(",")]


def cuda(environment: Mapping[str, str]) -> list[Gpu]:
    """The devices that CUDA finds: of slices only the first, however many the container has (NVIDIA's MIG user guide)."""
    found = visible(environment)
    return found[:1] if environment.get("LAB_GPU_SLICE") else found
