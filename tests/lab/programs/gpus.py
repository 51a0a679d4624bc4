# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated GPUs that a stand-in program sees, from the environment that the lab's kubelet gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lab import visible_gpus
from tests.lab.gpu_models import MODELS
from tests.lab.visible_gpus import VisibleGpu

_GIB = 2**30


@dataclass(frozen=True)
class Gpu:
    """One simulated device, a whole GPU or a slice of one."""

    index: int
    uuid: str
    model: str
    capability: tuple[int, int]
    clock_ghz: float
    memory_gib: float
    pci_bus_id: str


def visible(environment: Mapping[str, str]) -> list[Gpu]:
    """The devices of this container; none where the kubelet gave it none."""
    return [_gpu(index, seen) for index, seen in enumerate(visible_gpus.decoded(environment.get(visible_gpus.VARIABLE, "")))]


def _gpu(index: int, seen: VisibleGpu) -> Gpu:
    model = f"{seen.model} MIG {seen.slice}" if seen.slice else seen.model
    # CUDA writes the domain with four digits, NVML with eight.
    bus = seen.pci_bus_id[-len("0000:00:00.0") :].lower()
    return Gpu(index, seen.uuid, model, seen.capability, MODELS[seen.model].clock_ghz, seen.memory_bytes / _GIB, bus)


def cuda(environment: Mapping[str, str]) -> list[Gpu]:
    """The devices that CUDA finds: of slices only the first, however many the container has (NVIDIA's MIG user guide)."""
    seen = visible_gpus.decoded(environment.get(visible_gpus.VARIABLE, ""))
    found = visible(environment)
    return found[:1] if seen and seen[0].slice else found
