# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The one form in which the metrics of every source are returned: by node and device, each with its values or series."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from .catalog import BY_FIELD, Wanted, memory_total
from .device_labels import DeviceKey, Labels, device_facts

Point = Sequence[Any]  # a moment in seconds since the epoch, and a value
_TOTAL = "memory_total_mib"
_MEMORY = ("memory_used_mib", "memory_free_mib", "memory_reserved_mib")


class Devices:
    """The devices that a source has told about, filled sample by sample, so that a large answer need not be kept.

    Each device is kept in the form in which modules return it, because 5,000 nodes have 40,000 of them.
    """

    def __init__(self, wanted: Wanted) -> None:
        """No device yet. wanted: the metrics of the task."""
        self._names = wanted.names
        # Those that only another one is computed from.
        self._parts = [name for name in (BY_FIELD[field].name for field in wanted.fields) if name not in self._names]
        self._unknown: dict[str, float | None] = dict.fromkeys([*self._names, *self._parts])
        self._devices: dict[DeviceKey, dict[str, Any]] = {}
        self._order: list[DeviceKey] = []

    def __contains__(self, key: DeviceKey) -> bool:
        return key in self._devices

    def __len__(self) -> int:
        return len(self._devices)

    def describe(self, key: DeviceKey, labels: Labels) -> None:
        """Take over what the labels of a sample tell about the device."""
        known = self._devices.get(key)
        if known is None:
            self._devices[key] = {"gpu": key.gpu, **device_facts(labels), "values": self._unknown.copy()}
        elif None in known.values():
            known.update({name: value for name, value in device_facts(labels).items() if value is not None})

    def values(self, key: DeviceKey) -> dict[str, float | None]:
        """The last values of a device that has been described, by our names, to be filled."""
        found: dict[str, float | None] = self._devices[key]["values"]
        return found

    def add(self, key: DeviceKey, field: str, value: float | None) -> None:
        """The last value of one of DCGM's fields, of a device that has been described."""
        self.values(key)[BY_FIELD[field].name] = value

    def add_series(self, key: DeviceKey, field: str, points: Sequence[Point]) -> None:
        """The values of a field over time, in their order; the last one is the last value."""
        device, name = self._devices[key], BY_FIELD[field].name
        if name in self._names:
            device.setdefault("series", {})[name] = list(points)
        self.add(key, field, points[-1][1])

    def sorted(self) -> list[DeviceKey]:
        """The devices, in the order of nodes, GPUs and instances."""
        if len(self._order) != len(self._devices):
            # A longer number is a larger one.
            self._order = sorted(self._devices, key=lambda key: (key.node, len(key.gpu), key.gpu, len(key.mig_id), key.mig_id))
        return self._order

    def told(self, key: DeviceKey) -> Mapping[str, Any]:
        """What the source has told about a device; None for what it has not."""
        return self._devices[key]

    def by_node(self) -> dict[str, list[dict[str, Any]]]:
        """The devices of each node, as modules return them. Nothing can be added any more."""
        found: dict[str, list[dict[str, Any]]] = {}
        for key in self.sorted():
            self._complete(self.values(key))
            found.setdefault(key.node, []).append(self._devices[key])
        return found

    def _complete(self, values: dict[str, float | None]) -> None:
        """Compute what is computed, and leave out what was only needed for that."""
        if _TOTAL in values:
            values[_TOTAL] = memory_total(*(values[name] for name in _MEMORY))
        for name in self._parts:
            del values[name]


def node_facts(node: GpuNode, devices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A node that Kubernetes has told about. A limit of a GPU equals its request: Kubernetes does not accept anything else.

    https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
    """
    resources = {
        name: {"capacity": each.capacity, "allocatable": each.allocatable, "requests": each.requested, "limits": each.requested}
        for name, each in node.resources.items()
    }
    return {"name": node.name, "pool": node.pool, "resources": resources, "devices": list(devices)}


def counted_facts(
    resources: Mapping[str, Mapping[str, Mapping[str, int | None]]], devices: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """The nodes that a source of metrics has told about: how many devices they have by resource, and the devices."""
    names = sorted({*resources, *devices})
    return [
        {"name": name, "pool": pool_of_name(name), "resources": dict(resources.get(name, {})), "devices": list(devices.get(name, ()))}
        for name in names
    ]


def pool_of_name(node: str) -> str:
    """The pool of a node by its name, as AKS names its nodes: aks-POOL-NUMBER-…; "" for any other name."""
    parts = node.split("-")
    return parts[1] if len(parts) > 3 and parts[0] == "aks" else ""  # noqa: PLR2004  # the four parts of the name


def totals(nodes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many nodes and devices a result has."""
    counts = [len(node["devices"]) for node in nodes]
    return {"nodes": len(counts), "devices": sum(counts)}
