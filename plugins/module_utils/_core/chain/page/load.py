# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The load of the GPUs while they were proven: utilization, memory and power over the seconds, and the highest of each GPU."""

from __future__ import annotations

import math
from typing import Iterator, Sequence

from ...shared.mappings import Json
from .curve import Axes, Line, chart
from .markup import Markup, block, element, lines, texts
from .tables import NUMBER, Column, table

_SECOND = "second"
# As the moments have them after their seconds. The highest of the axis: None to fit the values.
_VALUES = (("Utilization (%)", 100.0), ("Memory in use (MiB)", None), ("Power (W)", None))
_STEPS = (1, 2, 4, 6, 8, 10)
_FEW_GPUS = 8


def load(devices: Sequence[Json]) -> Markup | None:
    """The charts of the GPUs with the least and the most load, and a table of all; None if no load was measured."""
    measured = sorted((device for device in devices if device.get("load")), key=lambda device: _highest(device, 2))
    if not measured:
        return None
    shown = measured[:1] + measured[1:][-1:]
    charts = (_chart(number, heading, highest, shown) for number, (heading, highest) in enumerate(_VALUES))
    return lines([*charts, _table(measured)])


def _chart(number: int, heading: str, highest: float | None, devices: Sequence[Json]) -> Markup | None:
    curves = list(_curves(number, devices))
    if not curves:
        return None
    most = highest or _rounded_up(max(value for line in curves for _second, value in line.points))
    return block("div", element("h3", heading), chart(curves, Axes(heading, _SECOND, most, digits=1)), class_="chart")


def _curves(number: int, devices: Sequence[Json]) -> Iterator[Line]:
    for device in devices:
        points = [(moment[0], moment[1 + number]) for moment in device["load"] if moment[1 + number] is not None]
        if points:
            yield Line(" ".join(texts([device["node"], device["uuid"]])), points, max(range(len(points)), key=lambda at: points[at][1]))


def _rounded_up(value: float) -> float:
    """The next round number, so that a quarter of it is one, too."""
    if value <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return power * next(step for step in _STEPS if step * power >= value)


def _highest(device: Json, number: int) -> float:
    return max((moment[1 + number] for moment in device["load"] if moment[1 + number] is not None), default=-1.0)


def _table(devices: Sequence[Json]) -> Markup:
    columns = [Column("GPU"), *(Column(f"Highest {heading[0].lower()}{heading[1:]}", NUMBER) for heading, _highest_value in _VALUES)]
    rows = ((_name(device), *(_shown(_highest(device, number)) for number in range(len(_VALUES)))) for device in devices)
    listed = table("Highest load of each GPU", columns, rows, class_="stacked")
    return listed if len(devices) <= _FEW_GPUS else block("details", element("summary", f"{len(devices)} GPUs"), listed, class_="more")


def _name(device: Json) -> Markup:
    return element("div", device["node"], element("div", element("code", device["uuid"])))


def _shown(value: float) -> str | None:
    return f"{value:g}" if value >= 0 else None
