# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPUs that a container sees, and the form in which LAB_GPUS tells its programs about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

VARIABLE = "LAB_GPUS"


@dataclass(frozen=True)
class VisibleGpu:
    """A GPU or a MIG slice. gpu: the index of the GPU on its node; parent: the UUID of a slice's GPU; fault: how its libraries fail."""

    gpu: int
    uuid: str
    model: str
    memory_bytes: int
    capability: tuple[int, int]
    pci_bus_id: str
    slice: str = ""
    parent: str = ""
    fault: str = ""


def encoded(gpus: Iterable[VisibleGpu]) -> str:
    """The value of LAB_GPUS: the GPUs in the order in which the container sees them."""
    return ";".join(_entry(gpu) for gpu in gpus)


def _entry(gpu: VisibleGpu) -> str:
    fields = {
        "uuid": gpu.uuid,
        "name": gpu.model,
        "memory": str(gpu.memory_bytes),
        "capability": ".".join(map(str, gpu.capability)),
        "bus": gpu.pci_bus_id,
        "mig": gpu.slice,
        "parent": gpu.parent,
        "fault": gpu.fault,
    }
    return ",".join(f"{name}={value}" for name, value in fields.items() if value)


def decoded(text: str) -> list[VisibleGpu]:
    """The GPUs of a container, numbered as it sees them."""
    return [_gpu(index, entry) for index, entry in enumerate(text.split(";")) if entry]


def _gpu(index: int, entry: str) -> VisibleGpu:
    fields = dict(field.split("=", 1) for field in entry.split(","))
    major, minor = fields["capability"].split(".")
    return VisibleGpu(
        gpu=index,
        uuid=fields["uuid"],
        model=fields["name"],
        memory_bytes=int(fields["memory"]),
        capability=(int(major), int(minor)),
        pci_bus_id=fields["bus"],
        slice=fields.get("mig", ""),
        parent=fields.get("parent", ""),
        fault=fields.get("fault", ""),
    )
