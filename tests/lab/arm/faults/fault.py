# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.arm.faults.effects import Effect
from tests.lab.arm.faults.where import Where


@dataclass(frozen=True)
class Fault:
    """A named failure: the requests that it affects by default, its effect, and the values in its messages."""

    name: str
    where: Where
    effect: Effect
    summary: str
    defaults: Mapping[str, str] = field(default_factory=dict)
