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
class Charge:
    """What one pod takes from its node."""

    node: str
    pod: str
    amounts: Mapping[str, Decimal]


def charge_of(pod: Json) -> Charge | None:
    """What the pod takes from a node, None when it holds none."""
    if not holds_node(pod):
        return None
    return Charge(pod["spec"]["nodeName"], pod_name(pod), effective_requests(pod))


@dataclass
class Account:
    """What the pods of one node take together: GPUs by holder, and of everything the sum, in the scheduler's units."""

    holders: Holders = field(default_factory=dict)
    used: Amounts = field(default_factory=dict)
    pods: int = 0


class Ledger:
    """What pods take from nodes, folded pod by pod, so that no pod has to be kept.

    whole says whether every pod of these nodes is in it, or only those that ask for GPUs.
    """

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole
        self._accounts: dict[str, Account] = {}

    def of(self, node: str) -> Account:
        """The account of a node, empty for one that no pod is on."""
        return self._accounts.get(node, Account())

    def add(self, charge: Charge | None) -> None:
        """Count a pod, each once."""
        if charge is None:
            return
        account = self._accounts.setdefault(charge.node, Account())
        account.pods += 1
        for name, amount in charge.amounts.items():
            if name.startswith(GPU_PREFIX) and amount:
                account.holders.setdefault(name, []).append((charge.pod, int(amount)))
            if self.whole:
                account.used[name] = account.used.get(name, Decimal(0)) + in_units(name, amount)


def in_units(resource: str, amount: Decimal) -> Decimal:
    """An amount in the scheduler's units, rounded up: thousandths of a CPU, whole bytes, whole devices."""
    return amount.quantize(_MILLI if resource == "cpu" else _WHOLE, rounding=ROUND_CEILING)
