# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster autoscaler that only scales up: which pools should grow. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.lab import nodes, pods
from tests.lab.arm.state import NodePoolView
from tests.lab.containers import GPU_RESOURCE
from tests.lab.eras import Era

_FINISHED = frozenset({"Succeeded", "Failed"})


def scale_ups(
    pools: Sequence[NodePoolView], current_nodes: Sequence[Mapping[str, Any]], current_pods: Sequence[Mapping[str, Any]], *, era: Era
) -> Iterator[tuple[str, int]]:
    """Pools that should have one node more, with the new count: a pod waits that a new node of the pool would take."""
    growing = [pool for pool in pools if pool.autoscaling and pool.count < pool.max_count and not _is_starting(pool, current_nodes, era)]
    waiting = [pod for pod in current_pods if pods.is_unschedulable(pod)] if growing else []
    # A pod that fits somewhere by now waits for the scheduler only.
    homeless = [pod for pod in waiting if not any(_takes(node, pod, current_pods) for node in current_nodes)]
    for pool in growing:
        if any(_would_take(pool, pod, era) for pod in homeless):
            yield pool.name, pool.count + 1


def _is_starting(pool: NodePoolView, current_nodes: Sequence[Mapping[str, Any]], era: Era) -> bool:
    """Whether a node of the pool is still to come or to show its GPUs; until then it is unknown what it will take."""
    names = {nodes.node_name(pool, index) for index in range(pool.count)}
    gpus = nodes.pool_gpus(pool, era)
    present = [node for node in current_nodes if node["metadata"]["name"] in names]
    complete = [node for node in present if int(node["status"].get("allocatable", {}).get(GPU_RESOURCE, 0)) >= gpus]
    return len(complete) < pool.count


def _would_take(pool: NodePoolView, pod: Mapping[str, Any], era: Era) -> bool:
    template = nodes.node(pool, "template", address=0, era=era, subscription="")
    amounts = {**template["status"]["allocatable"], GPU_RESOURCE: str(nodes.pool_gpus(pool, era))}
    free = {resource: pods.quantity(text) for resource, text in amounts.items()}
    return pods.fits(pod, labels=template["metadata"]["labels"], taints=template["spec"]["taints"], free=free)


def _takes(node: Mapping[str, Any], pod: Mapping[str, Any], current_pods: Sequence[Mapping[str, Any]]) -> bool:
    spec, name = node["spec"], node["metadata"]["name"]
    if spec.get("unschedulable"):
        return False
    free = {resource: pods.quantity(text) for resource, text in node["status"].get("allocatable", {}).items()}
    for other in current_pods:
        if other["spec"].get("nodeName") == name and other["status"].get("phase") not in _FINISHED:
            for resource, amount in pods.requests(other).items():
                free[resource] = free.get(resource, Decimal(0)) - amount
    return pods.fits(pod, labels=node["metadata"]["labels"], taints=spec.get("taints", []), free=free)
