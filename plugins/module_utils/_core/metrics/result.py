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
    """The devices that a source has told about, filled sample by sample, so that a large answer need not be kept."""

    def __init__(self, wanted: Wanted) -> None:
        """No device yet. wanted: the metrics of the task."""
        self._wanted = wanted
        self._facts: dict[DeviceKey, dict[str, str | None]] = {}
        self._values: dict[DeviceKey, dict[str, float | None]] = {}
        self._series: dict[DeviceKey, dict[str, list[Point]]] = {}

    def __contains__(self, key: DeviceKey) -> bool:
        return key in self._facts

    def __len__(self) -> int:
        return len(self._facts)

    def describe(self, key: DeviceKey, labels: Labels) -> None:
        """Take over what the labels of a sample tell about the device."""
        known = self._facts.get(key)
        if known is None or any(value is None for value in known.values()):
            told = {name: value for name, value in device_facts(labels).items() if value is not None}
            self._facts[key] = {**(known or device_facts({})), **told}
            self._values.setdefault(key, {})

    def add(self, key: DeviceKey, field: str, value: float | None) -> None:
        """The last value of one of DCGM's fields, of a device that has been described."""
        self._values[key][BY_FIELD[field].name] = value

    def add_series(self, key: DeviceKey, field: str, points: Sequence[Point]) -> None:
        """The values of a field over time, in their order; the last one is the last value."""
        self._series.setdefault(key, {})[BY_FIELD[field].name] = list(points)
        if points:
            self.add(key, field, points[-1][1])

    def sorted(self) -> list[DeviceKey]:
        """The devices, in the order of nodes, GPUs and instances."""
        return sorted(self._facts, key=lambda key: (key.node, _order(key.gpu), _order(key.mig_id)))

    def read(self, key: DeviceKey) -> Mapping[str, float | None]:
        """The values of a device that the source has told."""
        return self._values[key]

    def told(self, key: DeviceKey) -> Mapping[str, str | None]:
        """What the source has told about a device besides its values; None for what it has not."""
        return self._facts[key]

    def by_node(self) -> dict[str, list[dict[str, Any]]]:
        """The devices of each node, as modules return them."""
        found: dict[str, list[dict[str, Any]]] = {}
        for key in self.sorted():
            found.setdefault(key.node, []).append(self._device(key))
        return found

    def _device(self, key: DeviceKey) -> dict[str, Any]:
        values, series = self._values[key], self._series.get(key, {})
        if _TOTAL in self._wanted.names:
            values[_TOTAL] = memory_total(*(values.get(name) for name in _MEMORY))
        names = self._wanted.names
        return {
            "gpu": key.gpu,
            **self._facts[key],
            "values": {name: values.get(name) for name in names},
            "series": {name: series[name] for name in names if name in series},
        }


def _order(number: str) -> tuple[int, str]:
    return (int(number) if number.isascii() and number.isdigit() else -1, number)


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
