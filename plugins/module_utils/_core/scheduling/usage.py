# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Adds up what the pods on each node take, the way the scheduler counts it, without keeping the pods."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Dict, List, Mapping, Tuple

from ..shared.mappings import Json
from .pods import pod_name
from .requests import GPU_PREFIX, Amounts, effective_requests, holds_node

Holders = Dict[str, List[Tuple[str, int]]]  # resource → (namespace/pod, units)
_MILLI = Decimal("0.001")
_WHOLE = Decimal(1)


@dataclass(frozen=True)
class PodRequests:
    """What one pod takes from its node."""

    node: str
    pod: str
    amounts: Mapping[str, Decimal]


def requests_of_pod(pod: Json) -> PodRequests | None:
    """What the pod takes from its node, None if it is on none."""
    if not holds_node(pod):
        return None
    return PodRequests(pod["spec"]["nodeName"], pod_name(pod), effective_requests(pod))


@dataclass
class AllocatedResources:
    """What the pods of one node take together: GPUs by holder, and of everything the sum, in the scheduler's units."""

    holders: Holders = field(default_factory=dict)
    used: Amounts = field(default_factory=dict)
    pods: int = 0


class NodeUsage:
    """What pods take from nodes, added up pod by pod, so that no pod has to be kept.

    Args:
        whole: Whether every pod of the nodes is counted, or only those that request GPUs.
    """

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole
        self._allocated: dict[str, AllocatedResources] = {}

    def of(self, node: str) -> AllocatedResources:
        """What a node's pods take, empty for a node without pods."""
        return self._allocated.get(node, AllocatedResources())

    def add(self, requests: PodRequests | None) -> None:
        """Count a pod; each pod must be added only once."""
        if requests is None:
            return
        allocated = self._allocated.setdefault(requests.node, AllocatedResources())
        allocated.pods += 1
        for name, amount in requests.amounts.items():
            if name.startswith(GPU_PREFIX) and amount:
                allocated.holders.setdefault(name, []).append((requests.pod, int(amount)))
            if self.whole:
                allocated.used[name] = allocated.used.get(name, Decimal(0)) + in_units(name, amount)


def in_units(resource: str, amount: Decimal) -> Decimal:
    """An amount in the scheduler's units, rounded up: thousandths of a CPU, whole bytes, whole devices."""
    return amount.quantize(_MILLI if resource == "cpu" else _WHOLE, rounding=ROUND_CEILING)
