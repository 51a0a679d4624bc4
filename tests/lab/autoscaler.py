# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster autoscaler that only scales up, as pure functions: which pools should grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.lab import devices, nodes, pods
from tests.lab.arm.state import NodePoolView
from tests.lab.eras import Era

_FINISHED = frozenset({"Succeeded", "Failed"})


def scale_ups(
    pools: Sequence[NodePoolView], current_nodes: Sequence[Mapping[str, Any]], current_pods: Sequence[Mapping[str, Any]], *, era: Era
) -> Iterator[tuple[str, int]]:
    """The pools that need another node for a pending pod, with the new counts."""
    growing = [pool for pool in pools if _may_grow(pool, current_nodes, era)]
    without_place = _without_place(current_nodes, current_pods) if growing else []
    for pool in growing:
        place = _new_place(pool, _present(pool, current_nodes), era)
        if any(place.takes(pod) for pod in without_place):
            yield pool.name, pool.count + 1


def _without_place(current_nodes: Sequence[Mapping[str, Any]], current_pods: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The unschedulable pods that no node takes; one that fits somewhere by now waits for the scheduler only."""
    waiting = [pod for pod in current_pods if pods.is_unschedulable(pod) and not pods.names_its_node(pod)]
    places = _places(current_nodes, current_pods) if waiting else []
    return [pod for pod in waiting if not any(place.takes(pod) for place in places)]


def _may_grow(pool: NodePoolView, current_nodes: Sequence[Mapping[str, Any]], era: Era) -> bool:
    return pool.autoscaling and pool.count < pool.max_count and not _is_starting(pool, current_nodes, era)


def _is_starting(pool: NodePoolView, current_nodes: Sequence[Mapping[str, Any]], era: Era) -> bool:
    """Whether a node of the pool is still missing or does not show its GPUs yet, so that its capacity is unknown."""
    has_gpus = nodes.size_of(pool, era).gpus > 0
    complete = [node for node in _present(pool, current_nodes) if devices.available(node) or not has_gpus]
    return len(complete) < pool.count


def _present(pool: NodePoolView, current_nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    names = {nodes.node_name(pool, index) for index in range(pool.count)}
    return [node for node in current_nodes if node["metadata"]["name"] in names]


@dataclass(frozen=True)
class _Place:
    """A node as the scheduler sees it: its properties and its free resources."""

    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, str]]
    free: Mapping[str, Decimal]

    def takes(self, pod: Mapping[str, Any]) -> bool:
        return pods.fits(pod, labels=self.labels, taints=self.taints, free=self.free)


def _places(current_nodes: Sequence[Mapping[str, Any]], current_pods: Sequence[Mapping[str, Any]]) -> list[_Place]:
    used: dict[str, dict[str, Decimal]] = {}
    for pod in current_pods:
        if "nodeName" in pod["spec"] and pod["status"].get("phase") not in _FINISHED:
            on_node = used.setdefault(pod["spec"]["nodeName"], {})
            for resource, amount in pods.requests(pod).items():
                on_node[resource] = on_node.get(resource, Decimal(0)) + amount
    return [_place(node, used.get(node["metadata"]["name"], {})) for node in current_nodes if not node["spec"].get("unschedulable")]


def _place(node: Mapping[str, Any], used: Mapping[str, Decimal]) -> _Place:
    allocatable = node["status"].get("allocatable", {})
    free = {resource: pods.quantity(text) - used.get(resource, Decimal(0)) for resource, text in allocatable.items()}
    return _Place(node["metadata"]["labels"], node["spec"].get("taints", []), free)


def _new_place(pool: NodePoolView, present: Sequence[Mapping[str, Any]], era: Era) -> _Place:
    """A new node is expected to equal the existing ones; in an empty pool it is unknown how a plugin would count partitioned GPUs."""
    template = nodes.node(pool, "template", address=0, era=era, subscription="")
    offered = devices.available(present[0]) if present else {devices.GPU_RESOURCE: nodes.size_of(pool, era).gpus}
    template["status"]["allocatable"] |= {name: str(count) for name, count in offered.items()}
    return _place(template, {})
