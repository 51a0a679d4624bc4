# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The range of a number: what options of modules and variables of roles accept, and the one refusal of what is outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ..._errors import InvalidInputError
from ..._proof.limits import MOST_SECONDS

_Number = TypeVar("_Number", bound=float)


@dataclass(frozen=True)
class Range:
    """The least and the most that a number may be, and what it is, in one sentence."""

    low: int
    high: int
    meaning: str

    def checked(self, name: str, number: _Number, *, also: str = "") -> _Number:
        """The number. Raises InvalidInputError if it is outside.

        Args:
            name: The option or variable.
            number: Its value.
            also: A sentence for the remedy, on what the user may have wanted instead.
        """
        if self.low <= number <= self.high:
            return number
        raise InvalidInputError(
            f"{name} is {number}.",
            code="OutOfRange",
            cause=self.meaning,
            remedy=f"Set {name} to a value from {self.low} to {self.high}.{f' {also}' if also else ''}",
        )


_TEN_YEARS = 10 * 365 * 24 * 3600
SECONDS = Range(1, _TEN_YEARS, "It is a time in seconds.")
SECONDS_OR_NONE = Range(0, _TEN_YEARS, "It is a time in seconds.")
DEVICE_TIME = Range(1, MOST_SECONDS, "It is the time in seconds that one GPU may take.")
LOAD_TIME = Range(0, MOST_SECONDS, "It is the time in seconds that the GPUs work so that exporters show it.")
# https://learn.microsoft.com/azure/aks/quotas-skus-regions
NODE_COUNT = Range(0, 5000, "It is a number of nodes, of which an AKS cluster has at most 5000.")
FIRST_POOL = Range(1, 1000, "A cluster's first pool runs its system pods, and a pool has at most 1000 nodes.")
GPU_COUNT = Range(0, 1_000_000, "It is a number of GPUs.")
AT_A_TIME = Range(1, 1000, "It is the number of nodes that are proven at a time.")
# https://learn.microsoft.com/azure/azure-monitor/metrics/prometheus-api-promql
WINDOW = Range(0, 32 * 24 * 3600, "It is a time in seconds, and one query covers at most 32 days.")
RETRIES = Range(0, 2**31 - 1, "It is the number of retries of a Job.")
ACCURACY = Range(0, 1, "An accuracy is between 0 and 1.")
