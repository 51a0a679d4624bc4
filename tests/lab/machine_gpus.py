# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPUs of a node's machine, as pure functions: what they are, and the devices that a device plugin offers of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.lab import devices, mig
from tests.lab.eras import VmSize
from tests.lab.gpu_models import MODELS
from tests.lab.visible_gpus import VisibleGpu

_GIB = 2**30


@dataclass(frozen=True)
class Device:
    """What a device plugin offers under one UUID: a GPU, a slice, or an undivided count of a GPU that is divided, with all its slices."""

    uuid: str
    gpus: tuple[VisibleGpu, ...]

    @property
    def index(self) -> int:
        """The index of the GPU on its node."""
        return self.gpus[0].gpu


def of_machine(node: Mapping[str, Any], size: VmSize | None, resource: str) -> tuple[Device, ...]:
    """The devices of a node under the name of a resource, by index; none on a size without GPUs, or under a name it does not have."""
    if size is None or size.gpu_model is None:
        return ()
    slices = devices.slices(node)
    if slices:
        return _of_divided(node, [_gpu(node, size.gpu_model, index) for index in range(size.gpus)], slices, resource)
    if resource != devices.GPU_RESOURCE:
        return ()
    # A node that no pool of the lab has made may show more GPUs than its size has.
    count = max(size.gpus, devices.capacity(node, resource))
    return tuple(_single(_gpu(node, size.gpu_model, index)) for index in range(count))


def _of_divided(node: Mapping[str, Any], gpus: Sequence[VisibleGpu], names: Sequence[str], resource: str) -> tuple[Device, ...]:
    """The devices of a node whose GPUs are divided into slices of these names."""
    divided = {gpu.uuid: tuple(_slices(gpu, names)) for gpu in gpus}
    slices = tuple(part for parts in divided.values() for part in parts)
    of_resource = tuple(_single(part) for part in slices if devices.slice_resource(part.slice) == resource)
    if of_resource or resource != devices.GPU_RESOURCE:
        return of_resource
    # By its capacity a node shows which strategy the plugin follows. With one slice a GPU both count alike, and the slice is what is used.
    if devices.capacity(node, resource) == len(slices):
        return tuple(map(_single, slices))
    return tuple(Device(*item) for item in divided.items())


def _single(gpu: VisibleGpu) -> Device:
    return Device(gpu.uuid, (gpu,))


def _gpu(node: Mapping[str, Any], model: str, index: int) -> VisibleGpu:
    known = MODELS[model]
    return VisibleGpu(
        gpu=index,
        uuid=f"GPU-{_identity(node, str(index))}",
        model=model,
        memory_bytes=round(known.memory_gib * _GIB),
        capability=known.capability,
        pci_bus_id=f"{index + 1:08X}:00:00.0",
    )


def _slices(gpu: VisibleGpu, names: Sequence[str]) -> Iterator[VisibleGpu]:
    for number, name in enumerate(names):
        identity = uuid.uuid5(uuid.UUID(gpu.uuid.removeprefix("GPU-")), str(number))
        memory = round(gpu.memory_bytes * mig.memory_share(name))
        yield replace(gpu, uuid=f"MIG-{identity}", memory_bytes=memory, slice=name, parent=gpu.uuid)


def _identity(node: Mapping[str, Any], name: str) -> uuid.UUID:
    """A UUID that stays with the node object: a machine that is made anew is another object of the same name."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{node['metadata']['uid']}/{name}")
