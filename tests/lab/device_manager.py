# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the GPUs of nodes to containers, each to one at a time, as a kubelet's device manager does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.lab import devices, machine_gpus
from tests.lab.device_faults import MISSING, NEIGHBOR, DeviceFaults
from tests.lab.eras import VmSize
from tests.lab.gpu_meters import Holder
from tests.lab.machine_gpus import Device
from tests.lab.visible_gpus import VisibleGpu

_POOL_LABEL = "agentpool"


class AdmissionError(Exception):
    """The node has too few free devices for the pod; the text is a kubelet's."""


@dataclass(frozen=True)
class Grant:
    """The devices of one container, by their UUIDs, and the GPUs that it sees."""

    uuids: tuple[str, ...] = ()
    visible: tuple[VisibleGpu, ...] = ()


@dataclass(frozen=True)
class _Holding:
    """A container's devices, and all of the same kind that its node has."""

    node: str
    pool: str
    holder: Holder
    devices: tuple[Device, ...]
    of_node: tuple[Device, ...]


class DeviceManager:
    """The device managers of all nodes: which pod holds which devices."""

    def __init__(self, faults: DeviceFaults) -> None:
        self._faults = faults
        self._held: dict[str, dict[str, _Holding]] = {}

    def admit(self, pod: Mapping[str, Any], node: Mapping[str, Any], size: VmSize | None) -> None:
        """Give each container the devices that it requests, lowest index first, or none if there are too few for one of them."""
        uid = pod["metadata"]["uid"]
        holdings: dict[str, _Holding] = {}
        for container in pod["spec"]["containers"]:
            taken = {*self._taken(), *_seen(holdings)}
            for resource, count in devices.requested(container).items():
                there = machine_gpus.of_machine(node, size, resource)
                free = [device for device in there if not any(gpu.uuid in taken for gpu in device.gpus)]
                if len(free) < count:
                    raise AdmissionError(_too_few(resource, count, len(free)))
                labels = node["metadata"].get("labels", {})
                chosen = tuple(free[:count])
                holder = _holder(pod, container["name"])
                holdings[container["name"]] = _Holding(node["metadata"]["name"], labels.get(_POOL_LABEL, ""), holder, chosen, there)
        if holdings:
            self._held[uid] = holdings

    def release(self, pod_uid: str) -> None:
        """Take back the devices of a pod that has ended."""
        self._held.pop(pod_uid, None)

    def grant(self, pod_uid: str, container: str) -> Grant:
        """The devices of a container that is about to start, with the faults that they have now."""
        holding = self._held.get(pod_uid, {}).get(container)
        if holding is None:
            return Grant()
        faults = {device.index: self._fault(holding, device.index) for device in holding.devices}
        own = [gpu for device in holding.devices for gpu in device.gpus if faults[gpu.gpu] != MISSING]
        neighbors = self._neighbor(holding) if NEIGHBOR in faults.values() else ()
        visible = (*(_with_fault(gpu, faults[gpu.gpu]) for gpu in own), *neighbors)
        return Grant(tuple(device.uuid for device in holding.devices), visible)

    def holders(self) -> dict[str, Holder]:
        """Which container holds which device, by the UUIDs of GPUs and instances."""
        held = (holding for holdings in self._held.values() for holding in holdings.values())
        return {gpu.uuid: holding.holder for holding in held for device in holding.devices for gpu in device.gpus}

    def _fault(self, holding: _Holding, device: int) -> str:
        return self._faults.of(node=holding.node, pool=holding.pool, device=device)

    def _neighbor(self, holding: _Holding) -> tuple[VisibleGpu, ...]:
        """A device of the node that is not the container's, rather one that is in use."""
        others = [device for device in holding.of_node if device not in holding.devices]
        taken = set(self._taken())
        others.sort(key=lambda device: not any(gpu.uuid in taken for gpu in device.gpus))
        return others[0].gpus if others else ()

    def _taken(self) -> Iterator[str]:
        for holdings in self._held.values():
            yield from _seen(holdings)


def _holder(pod: Mapping[str, Any], container: str) -> Holder:
    metadata = pod["metadata"]
    return Holder(metadata.get("namespace", ""), metadata.get("name", ""), container)


def _seen(holdings: Mapping[str, _Holding]) -> Iterator[str]:
    return (gpu.uuid for holding in holdings.values() for device in holding.devices for gpu in device.gpus)


def _with_fault(gpu: VisibleGpu, fault: str) -> VisibleGpu:
    return gpu if fault == NEIGHBOR else replace(gpu, fault=fault)


def _too_few(resource: str, requested: int, available: int) -> str:
    # kubernetes pkg/kubelet/cm/devicemanager/manager.go and cm/admission/errors.go
    few = f"requested number of devices unavailable for {resource}. Requested: {requested}, Available: {available}"
    return f"Allocate failed due to {few}, which is unexpected"
