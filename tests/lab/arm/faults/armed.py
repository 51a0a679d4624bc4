# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tests.lab.arm.faults.effects import Answer
from tests.lab.arm.faults.facts import facts
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.table import FAULTS
from tests.lab.arm.routing import Call, Reply

# Values that are more than words in a text, and what must hold of them.
_NUMBERS: Mapping[str, tuple[Callable[[str], float], float, float]] = MappingProxyType(
    {"status": (int, 400, 599), "retry_after_s": (int, 0, 86400), "seconds": (float, 0, 3600), "part": (float, 0, 1)}
)


class FaultError(ValueError):
    """An unknown fault, or a value that a fault cannot use; the message says which."""


@dataclass
class Armed:
    """An armed fault. times: how many more requests it affects; None for all until it is cleared."""

    fault: Fault
    times: int | None
    values: Mapping[str, str]

    def describe(self) -> dict[str, Any]:
        """The fault as JSON."""
        where = self.fault.where
        return {
            "name": self.fault.name,
            "times": self.times,
            "methods": list(where.methods),
            "paths": list(where.paths),
            "values": dict(self.values),
        }


class Faults:
    """The armed faults; if several match a request, the oldest one applies."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def arm(
        self,
        name: str,
        *,
        times: int | None = 1,
        method: str | None = None,
        path: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> Armed:
        """Arm the named fault; method and path replace the table's, and values fill in or replace its messages."""
        fault = FAULTS.get(name)
        if fault is None:
            raise FaultError(f"There is no fault '{name}'. These are: {', '.join(sorted(FAULTS))}")
        for value_name, value in (values or {}).items():
            _check(value_name, value)
        where = fault.where
        where = where if method is None else replace(where, methods=() if method == "*" else (method.upper(),))
        where = where if path is None else replace(where, paths=(path,))
        armed = Armed(replace(fault, where=where), times, {**fault.defaults, **(values or {})})
        self._armed.append(armed)
        return armed

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def armed(self) -> list[Armed]:
        """What waits."""
        return list(self._armed)

    def take(self, call: Call) -> Armed | None:
        """The fault that affects this request, if any; this counts as one of its times."""
        found = next((armed for armed in self._armed if armed.fault.where.matches(call.method, call.path)), None)
        if found is not None and found.times is not None:
            found.times -= 1
            if found.times == 0:
                self._armed.remove(found)
        return found


def _check(name: str, value: str) -> None:
    kind, low, high = _NUMBERS.get(name, (None, 0, 0))
    wanted = f"a number from {low} to {high}" if kind else "a text in which {name} stands for a value and {{ for a brace"
    try:
        usable = low <= kind(value) <= high if kind else _fills(value)
    except (ValueError, IndexError, KeyError, AttributeError):
        usable = False
    if not usable:
        raise FaultError(f"{name}={value}: write {wanted}.")


def _fills(text: str) -> bool:
    text.format_map(defaultdict(str))
    return True


async def answered(call: Call, answer: Answer, faults: Faults) -> Reply:
    """The answer to a request, or what a fault makes of it."""
    armed = faults.take(call)
    if armed is None:
        return answer()
    return await armed.fault.effect.apply(call, answer, facts(call, armed.values))
