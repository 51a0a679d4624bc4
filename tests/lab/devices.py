# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's GPUs as Kubernetes counts them, as pure functions: what a device plugin registers, and what a kubelet shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab import mig
from tests.lab.eras import VmSize

GPU_RESOURCE = "nvidia.com/gpu"
_VENDOR = "nvidia.com/"
# What a program on the node is told of its GPUs; neither AKS nor the device plugin writes such a thing.
_SLICE_ANNOTATION = "gpuops-aks-lab/mig-slice"


@dataclass(frozen=True)
class NodeGpu:
    """The GPUs of a node: their model, and the slices they are partitioned into, or ""."""

    model: str
    slice: str = ""


def registered(size: VmSize, *, profile: str, strategy: str) -> dict[str, int]:
    """What NVIDIA's device plugin registers on a machine of a pool with that gpuInstanceProfile, by its MIG strategy.

    none counts whole GPUs however they are divided, single slices as if they were GPUs, mixed slices by name; on any other word the
    plugin gives up.
    """
    whole = single = mixed = {GPU_RESOURCE: size.gpus}
    part = mig.slice_of(size.gpu_model, profile)
    if part is not None:
        slices = size.gpus * part.count
        single, mixed = {GPU_RESOURCE: slices}, {f"{_VENDOR}mig-{part.name}": slices}
    return {"none": whole, "single": single, "mixed": mixed}.get(strategy, {})


def status_patch(current: Mapping[str, Any], offered: Mapping[str, int]) -> dict[str, Any] | None:
    """The patch that shows a node's devices as its kubelet would; None if it shows them so.

    A resource that no plugin offers any more keeps its capacity and has 0 allocatable; one that was never offered is not shown.
    """
    capacity, allocatable = _devices(current, "capacity"), _devices(current, "allocatable")
    has = {**capacity, **offered}
    gives = {name: offered.get(name, 0) for name in has}
    if (capacity, allocatable) == (has, gives):
        return None
    return {"status": {"capacity": _texts(has), "allocatable": _texts(gives)}}


def available(node: Mapping[str, Any]) -> dict[str, int]:
    """The allocatable devices of a node, by resource."""
    return {name: count for name, count in _devices(node, "allocatable").items() if count}


def requested(container: Mapping[str, Any]) -> int:
    """The devices that a container requests, whole GPUs or slices."""
    limits = container.get("resources", {}).get("limits", {})
    return sum(int(text) for name, text in limits.items() if name.startswith(_VENDOR))


def slice_annotation(size: VmSize, profile: str) -> dict[str, str]:
    """The annotation of a new node that records how its GPUs are partitioned."""
    part = mig.slice_of(size.gpu_model, profile)
    return {} if part is None else {_SLICE_ANNOTATION: part.name}


def node_gpu(node: Mapping[str, Any], size: VmSize | None) -> NodeGpu | None:
    """The GPUs that containers on a node of this size get if they request any; None for a size without GPUs.

    Whether the node has any left is up to the scheduler, which may know of a change earlier.
    """
    if size is None or size.gpu_model is None:
        return None
    return NodeGpu(size.gpu_model, node["metadata"].get("annotations", {}).get(_SLICE_ANNOTATION, ""))


def _devices(node: Mapping[str, Any], field: str) -> dict[str, int]:
    return {name: int(text) for name, text in node["status"].get(field, {}).items() if name.startswith(_VENDOR)}


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}
