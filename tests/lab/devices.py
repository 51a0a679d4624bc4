# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's GPUs as Kubernetes counts them, as pure functions: what a device plugin registers, and what a kubelet shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab.eras import VmSize

GPU_RESOURCE = "nvidia.com/gpu"
_VENDOR = "nvidia.com/"
# What a program on the node is told of its GPUs; neither AKS nor the device plugin writes such a thing.
_SLICES_ANNOTATION = "gpuops-aks-lab/mig-slices"


def registered(size: VmSize, *, slices: Sequence[str], strategy: str) -> dict[str, int]:
    """What NVIDIA's device plugin registers on a machine whose GPUs each have these slices, by its MIG strategy.

    none counts whole GPUs however they are divided, single slices as if they were GPUs, mixed slices by name; on any other word, and on
    slices of several sizes with single, the plugin gives up.
    """
    whole = single = mixed = {GPU_RESOURCE: size.gpus}
    if slices:
        single = {GPU_RESOURCE: size.gpus * len(slices)} if len(set(slices)) == 1 else {}
        mixed = {slice_resource(name): size.gpus * count for name, count in Counter(slices).items()}
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


def slices_annotation(slices: Sequence[str]) -> dict[str, str]:
    """The annotation of a new node that records how its GPUs are partitioned."""
    return {_SLICES_ANNOTATION: ",".join(slices)} if slices else {}


def slices(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the slices that each of a node's GPUs is partitioned into; none if they are not."""
    names: str = node["metadata"].get("annotations", {}).get(_SLICES_ANNOTATION, "")
    return tuple(filter(None, names.split(",")))


def slice_resource(name: str) -> str:
    """The name under which slices are requested with the mixed strategy."""
    return f"{_VENDOR}mig-{name}"


def _devices(node: Mapping[str, Any], field: str) -> dict[str, int]:
    return {name: int(text) for name, text in node["status"].get(field, {}).items() if name.startswith(_VENDOR)}


def _texts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}
