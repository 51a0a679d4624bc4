# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.arm.faults.effects import Effect
from tests.lab.arm.faults.where import Where


@dataclass(frozen=True)
class Fault:
    """A failure by name: which requests it meets unless told otherwise, what it does to them, and the values in its texts."""

    name: str
    where: Where
    effect: Effect
    summary: str
    defaults: Mapping[str, str] = field(default_factory=dict)
