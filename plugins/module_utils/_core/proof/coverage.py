# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How many of the GPUs are proven, in numbers, in one sentence and by node, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable, Sequence

from ..shared.counts import counted
from ..shared.findings import Finding, finding, joined_names, most_telling, without_repeats
from .findings import GPU_HELD, HELD_NOT_ACCEPTED, NO_FREE_GPU, NO_REPORT
from .offers import NodePlan, Offer
from .verdict import FAILED, NOT_PROVEN, PROVEN, DeviceVerdict, finding_facts

REQUIRE = ("all", "free", "any")


@dataclass(frozen=True)
class Coverage:
    """The verdict on a selection of nodes."""

    plans: Sequence[NodePlan]
    devices: Sequence[DeviceVerdict]

    @property
    def proven(self) -> int:
        """GPUs that are proven."""
        return sum(each.verdict == PROVEN for each in self.devices)

    @property
    def total(self) -> int:
        """GPUs that the nodes have."""
        return sum(plan.capacity for plan in self.plans)

    @property
    def held(self) -> int:
        """GPUs that other pods hold."""
        return sum(each.held for each in self.devices)

    @property
    def failed(self) -> int:
        """GPUs whose proof shows that they, or their isolation, do not work."""
        return sum(each.verdict == FAILED for each in self.devices)

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, errors first."""
        return without_repeats([*(each for plan in self.plans for each in plan.findings), *_of(self.devices)])

    @property
    def sentence(self) -> str:
        """The coverage in one sentence."""
        nodes, left = len(self.plans), self.total - self.proven - self.failed - self.held
        parts = [f"{self.proven} of {self.total} GPUs proven on {counted(nodes, 'node')}"]
        if self.failed:
            parts.append(f"{self.failed} failed ({joined_names(self._failures)})")
        if self.held:
            parts.append(f"{self.held} {'is' if self.held == 1 else 'are'} held by {joined_names(self._holders)}")
        if left > 0:
            parts.append(f"{left} {'was' if left == 1 else 'were'} not proven")
        return "; ".join(parts)

    @property
    def _failures(self) -> list[str]:
        """The nodes with failed GPUs, and why."""
        return list(dict.fromkeys(f"{each.node}: {_worst(each)}" for each in self.devices if each.verdict == FAILED))

    @property
    def _holders(self) -> list[str]:
        return list(dict.fromkeys(pod for each in self.devices for pod in each.held_by))

    def facts(self) -> dict[str, Any]:
        """The form in which the module returns it."""
        return {
            "proven": self.proven,
            "total": self.total,
            "nodes": len(self.plans),
            "held": self.held,
            "failed": self.failed,
            "sentence": self.sentence,
        }

    def node_facts(self) -> list[dict[str, Any]]:
        """The verdict on each node, for each resource that it offers."""
        return [self._node(plan, offer) for plan in self.plans for offer in plan.offers]

    def _node(self, plan: NodePlan, offer: Offer) -> dict[str, Any]:
        own = [each for each in self.devices if (each.node, each.resource) == (plan.name, offer.resource)]
        return {
            "name": plan.name,
            "pool": plan.pool,
            "resource": offer.resource,
            "capacity": offer.capacity,
            "free": offer.asked,
            "held_by": list(offer.holders),
            "verdict": _verdict(own, offer.capacity),
            "findings": [finding_facts(each) for each in plan.findings],
        }

    def shortfall(self, require: str) -> Finding | None:
        """What keeps the coverage from being enough; None if it is enough.

        Args:
            require: all GPUs, all free ones, or any one of them. None of them accepts that no GPU is proven.
        """
        if self._is_enough(require):
            return None
        found = most_telling(self.findings) or finding(NO_REPORT, [(plan.name, "no GPU is proven") for plan in self.plans])
        if found.code != GPU_HELD.code:
            return found
        if self._is_enough("free"):
            return replace(found, explanation=HELD_NOT_ACCEPTED)
        return found if self.proven else replace(found, explanation=NO_FREE_GPU)

    def _is_enough(self, require: str) -> bool:
        if require == "any" or not self.proven:
            return bool(self.proven)
        counted = all(plan.capacity for plan in self.plans)  # of a node that offers nothing, it may not be known how many it has
        accepted = self.proven + (self.held if require == "free" else 0)
        return counted and not self.failed and accepted >= self.total


def held_of(plans: Iterable[NodePlan]) -> list[DeviceVerdict]:
    """The GPUs that other pods hold."""
    return [device for plan in plans for offer in plan.offers if offer.held for device in _held(plan, offer)]


def _held(plan: NodePlan, offer: Offer) -> list[DeviceVerdict]:
    found = finding(GPU_HELD, [(plan.name, f"{offer.held} {offer.resource} held by {joined_names(offer.holders)}")])
    one = DeviceVerdict(plan.name, offer.resource, NOT_PROVEN, model=plan.model, findings=(found,), held_by=offer.holders)
    return [one] * offer.held


def _of(devices: Iterable[DeviceVerdict]) -> list[Finding]:
    return [found for each in devices for found in each.findings]


def _worst(device: DeviceVerdict) -> str:
    found = most_telling(device.findings)
    return found.code if found is not None else FAILED


def _verdict(devices: Sequence[DeviceVerdict], capacity: int) -> str:
    if any(each.verdict == FAILED for each in devices):
        return FAILED
    return PROVEN if capacity and sum(each.verdict == PROVEN for each in devices) >= capacity else NOT_PROVEN
