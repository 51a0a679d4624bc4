# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's GPUs as Kubernetes counts them, as pure functions: what a device plugin registers, and what a kubelet shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab import mig
from tests.lab.eras import VmSize

GPU_RESOURCE = "nvidia.com/gpu"
_VENDOR = "nvidia.com/"
# What a program on the node is told of its GPUs; neither AKS nor the device plugin writes such a thing.
_SLICE_ANNOTATION = "gpuops-aks-lab/mig-slice"


def registered(size: VmSize, *, profile: str, strategy: str) -> dict[str, int]:
    """What NVIDIA's device plugin registers on a machine of a pool with that gpuInstanceProfile, by its MIG strategy.

    none counts whole GPUs however they are divided, single slices as if they were GPUs, mixed slices by name; on any other word the
    plugin gives up.
    """
    whole = single = mixed = {GPU_RESOURCE: size.gpus}
    part = mig.slice_of(size.gpu_model, profile)
    if part is not None:
        slices = size.gpus * part.count
        single, mixed = {GPU_RESOURCE: slices}, {slice_resource(part.name): slices}
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


def capacity(node: Mapping[str, Any], resource: str) -> int:
    """The devices that a node has, or has had, under the name of this resource."""
    return _devices(node, "capacity").get(resource, 0)


def requested(container: Mapping[str, Any]) -> dict[str, int]:
    """The devices that a container requests, whole GPUs or slices, by resource."""
    limits = container.get("resources", {}).get("limits", {})
    return {name: int(text) for name, text in limits.items() if name.startswith(_VENDOR) and int(text)}


def known(pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    """Whether a node shows each kind of device that the pod requests: the scheduler may know of a change earlier."""
    return all(capacity(node, name) for container in pod["spec"]["containers"] for name in requested(container))


def slice_annotation(size: VmSize, profile: str) -> dict[str, str]:
    """The annotation of a new node that records how its GPUs are partitioned."""
    part = mig.slice_of(size.gpu_model, profile)
    return {} if part is None else {_SLICE_ANNOTATION: part.name}


def slice_name(node: Mapping[str, Any]) -> str:
    """The name of the slices that a node's GPUs are partitioned into; "" if they are not."""
    name: str = node["metadata"].get("annotations", {}).get(_SLICE_ANNOTATION, "")
    return name


def slice_resource(name: str) -> str:
    """The name under which slices are requested with the mixed strategy."""
    return f"{_VENDOR}mig-{name}"


def _devices(node: Mapping[str, Any], field: str) -> dict[str, int]:
    return {name: int(text) for name, text in node["status"].get(field, {}).items() if name.startswith(_VENDOR)}


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}
