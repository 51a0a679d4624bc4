# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which quotas a pool counts against, how much it would take of each, and the preflight findings about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from ..pool.count import is_stopped
from ..pool.machines import nodes_of, sizes_of
from ..pool.spec import PoolSpec
from ..shared.counts import counted
from ..shared.explanation import Explanation
from ..shared.findings import Finding
from ..sizes.sku import SizeView, Usage, find_usage
from .az_options import reservation_group_options

_NUMBER = re.compile(r"[0-9]{1,4}")
_REGIONAL = "cores"
_SPOT = "lowPriorityCores"
_DEFAULT_SURGE = "10%"  # https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling; parts of a node are rounded up


@dataclass(frozen=True)
class Demand:
    """How much quota a pool needs: for its initial nodes, for the autoscaler's maximum, and for surge nodes during an upgrade.

    there: nodes that the pool has already, which Azure counts as used.
    """

    vcpus: int
    nodes: int
    max_nodes: int
    surge: int
    existing: int = 0

    @property
    def at_first(self) -> int:
        """The vCPUs that creating or changing the pool takes now."""
        return max(0, self.nodes - self.existing) * self.vcpus

    @property
    def at_most(self) -> int:
        """The vCPUs that the pool can come to take."""
        return max(0, self.max_nodes + self.surge - self.existing) * self.vcpus

    def facts(self) -> dict[str, int]:
        """The form in which modules return it."""
        return {
            "nodes": self.nodes,
            "max_nodes": self.max_nodes,
            "surge_nodes": self.surge,
            "existing_nodes": self.existing,
            "vcpus": self.at_first,
            "max_vcpus": self.at_most,
        }


@dataclass(frozen=True)
class Quota:
    """A quota that the pool counts against, as Azure has it; None where its usages don't name it."""

    name: str
    usage: Usage | None

    def facts(self, demand: Demand) -> dict[str, Any]:
        """The form in which modules return it."""
        usage = self.usage
        return {
            "name": self.name,
            "limit": usage.limit if usage else None,
            "used": usage.used if usage else None,
            "available": usage.available if usage else None,
            "enough": usage.available >= demand.at_first if usage and demand.vcpus else None,
            "enough_at_most": usage.available >= demand.at_most if usage and demand.vcpus else None,
        }


def surge_nodes(max_surge: str | None, nodes: int) -> int:
    """Nodes that an upgrade adds to so many: a number, or a percentage of them, rounded up. Raises InvalidInputError."""
    text = (max_surge.strip() if max_surge else None) or _DEFAULT_SURGE
    number = text[:-1] if text.endswith("%") else text
    if not _NUMBER.fullmatch(number):
        raise InvalidInputError(
            f"max_surge is '{max_surge}'.",
            code="InvalidMaxSurge",
            cause="The value is neither a number of nodes nor a percentage.",
            remedy="Set it to a number such as 1, or a percentage such as 33%.",
        )
    return -(-nodes * int(number) // 100) if text.endswith("%") else int(number)


def demand_of(spec: PoolSpec, size: SizeView, pool: Mapping[str, Any] | None) -> Demand:
    """What the wanted pool needs in addition to an existing pool (its REST properties) of the same size."""
    there = 0
    if pool is not None and [size.lower() for size in sizes_of(pool)] == [spec.vm_size.lower()] and not is_stopped(pool):
        there = nodes_of(pool) or 0
    return Demand(
        size.vcpus, spec.nodes, max(spec.nodes, spec.max_nodes), surge_nodes(spec.max_surge, max(spec.nodes, spec.max_nodes)), there
    )


def quotas_of(spec: PoolSpec, size: SizeView, usages: Iterable[Mapping[str, Any]]) -> list[Quota]:
    """The quotas that the pool counts against: spot nodes share one, others count against their family's and the region's."""
    names = [_SPOT] if spec.spot else [*([size.family] if size.family else []), _REGIONAL]
    entries = list(usages)
    return [Quota(name, find_usage(entries, name)) for name in names]


def quota_findings(spec: PoolSpec, demand: Demand, quotas: Sequence[Quota]) -> Iterator[Finding]:
    """A refusal where the nodes to begin with don't fit, a warning where only the most that it can come to doesn't.

    What a capacity reservation holds counts as used already, so that nodes of it take no further quota; how much of it is free, the
    usages don't tell.
    """
    if quotas and not demand.vcpus:
        yield _unknown(spec, "the size's number of vCPUs is unknown")
        return
    for quota in quotas:
        usage = quota.usage
        if usage is None:
            yield _unknown(spec, f"the usages of {spec.location} don't name {quota.name}")
        elif demand.at_first > usage.available:
            yield _reserved(spec, demand, usage) if spec.reserved else _too_small(spec, demand, usage)
        elif demand.at_most > usage.available:
            yield _below_most(spec, demand, usage)


def _unknown(spec: PoolSpec, evidence: str) -> Finding:
    return Finding(
        Explanation(
            "QuotaUnknown",
            cause="It is unknown whether the quota is sufficient.",
            remedy=f"Check it with 'az vm list-usage --location {spec.location} --output table'.",
            severity="warning",
        ),
        (spec.vm_size,),
        evidence,
    )


def _too_small(spec: PoolSpec, demand: Demand, usage: Usage) -> Finding:
    never = " A limit of 0 means that no quota was ever granted." if usage.limit == 0 else ""
    return Finding(
        Explanation(
            "QuotaExceeded",
            cause=f"The subscription's remaining vCPU quota is too small for the pool's initial nodes.{never}",
            remedy=_remedy(spec, usage, demand),
        ),
        (spec.vm_size,),
        f"{_state(spec, usage)}; {_first_need(demand)}",
    )


def _reserved(spec: PoolSpec, demand: Demand, usage: Usage) -> Finding:
    return Finding(
        Explanation(
            "QuotaBelowReservation",
            cause="The remaining quota allows only nodes within the capacity reservation, which already counts as used.",
            remedy="Check the free capacity of the reservation with 'az capacity reservation list "
            f"{reservation_group_options(spec.reservation_group)} --output table'. "
            f"To get more nodes, do the following. {_remedy(spec, usage, demand)}",
            severity="warning",
        ),
        (spec.vm_size,),
        f"{_state(spec, usage)}; {_first_need(demand)}",
    )


def _below_most(spec: PoolSpec, demand: Demand, usage: Usage) -> Finding:
    return Finding(
        Explanation(
            "QuotaBelowMaximum",
            cause="The pool can be created, but the quota is too small for its maximum or for surge nodes at its maximum.",
            remedy=_remedy(spec, usage, demand),
            severity="warning",
        ),
        (spec.vm_size,),
        f"{_state(spec, usage)}; {_nodes(demand.max_nodes, demand)} and {demand.surge} more while AKS upgrades them"
        f"{f', less {demand.existing} existing,' if demand.existing else ''} need {demand.at_most}",
    )


def _state(spec: PoolSpec, usage: Usage) -> str:
    return f"{usage.display_name} in {spec.location}: {usage.used} of {usage.limit} used"


def _nodes(number: int, demand: Demand) -> str:
    return f"{counted(number, 'node')} of {counted(demand.vcpus, 'vCPU')}"


def _first_need(demand: Demand) -> str:
    number = max(0, demand.nodes - demand.existing)
    return f"{_nodes(number, demand)} {'needs' if number == 1 else 'need'} {demand.at_first}"


def _remedy(spec: PoolSpec, usage: Usage, demand: Demand) -> str:
    fewer = "fewer nodes (max_count, count)" if spec.autoscaled else "fewer nodes (count)"
    kind = "lowPriority" if usage.name == _SPOT else "dedicated"
    limit = usage.used + demand.at_most
    scope = f"/subscriptions/{spec.subscription}/providers/Microsoft.Compute/locations/{spec.location}"
    command = f'az quota update --resource-name "{usage.name}" --resource-type {kind} --limit-object value={limit} --scope {scope}'
    return f"Request a limit of {limit} in the portal under Quotas, or with '{command}'. Or use {fewer}, another region or another size."
