# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Numbers as JSON can represent them."""

from __future__ import annotations

import math
from typing import Any, Iterable


def finite(number: Any) -> Any:
    """A number that JSON can represent: null instead of NaN and infinity."""
    return None if isinstance(number, float) and not math.isfinite(number) else number


def number(value: Any) -> float | None:
    """The value if it is a number that JSON can represent, else null."""
    return value if _are_numbers([value]) else None


def finite_values(value: Any) -> Any:
    """A value with null instead of NaN and infinity at any depth."""
    if isinstance(value, dict):
        return {name: finite_values(below) for name, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite_values(below) for below in value]
    return finite(value)


def curve(points: Any) -> list[list[float]]:
    """The pairs of step and accuracy that are numbers; empty if there are none."""
    return [list(pair) for pair in points if _is_pair(pair)] if isinstance(points, list) else []


def moments(measured: Any) -> list[list[Any]]:
    """The moments of a load whose seconds are a number, each with three values, null where they are none; empty if there are none."""
    found = [list(each) for each in measured if isinstance(each, (list, tuple))] if isinstance(measured, list) else []
    return [[each[0], *map(number, each[1:])] for each in found if len(each) == 4 and _are_numbers(each[:1])]  # noqa: PLR2004


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and _are_numbers(pair)  # noqa: PLR2004  # a pair


def _are_numbers(values: Iterable[Any]) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) for value in values)
