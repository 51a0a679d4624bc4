# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Values over steps or seconds as curves, each with a table: the accuracy of a training, or the load of a GPU."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .markup import Markup, block, element, lines
from .tables import NUMBER, Column, table

Points = Sequence[Sequence[float]]

_WIDTH, _HEIGHT = 1000, 300
_TICKS = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the highest value
_MOST_ROWS = 20


class Axes(NamedTuple):
    """What a chart is of: value is what goes up, to its highest, and along what goes to the right. digits: of the values in tables."""

    value: str
    along: str
    highest: float = 1.0
    digits: int = 4


class Line(NamedTuple):
    """A curve: what it is of, its pairs of place and value, and which of them its caption names, the last one by default."""

    name: str
    points: Points
    named: int = -1


ACCURACY = Axes("Accuracy", "step")


def chart(lines_: Sequence[Line], axes: Axes = ACCURACY) -> Markup:
    """The curves in one picture, and a table of each."""
    last = max(point[0] for line in lines_ for point in line.points) or 1
    grid = (element("path", d=f"M0 {_y(tick)} H{_WIDTH}", class_="gridline") for tick in _TICKS)
    curves = (_curve(line, last, axes.highest, number) for number, line in enumerate(lines_))
    picture = block(
        "svg",
        *grid,
        *curves,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_described(lines_, axes),
    )
    scale = element("div", *(element("span", f"{tick * axes.highest:g}") for tick in _TICKS), class_="scale", aria_hidden="true")
    steps = element(
        "div", element("span", 0), element("span", axes.along), element("span", f"{last:g}"), class_="steps", aria_hidden="true"
    )
    figure = block("figure", scale, element("div", picture, class_="plot"), steps, _names(lines_), class_="curve")
    return lines([figure, *(_table(line, axes) for line in lines_)])


def _curve(line: Line, last: float, highest: float, number: int) -> Markup:
    places = [(point[0] / last * _WIDTH, _y(point[1] / highest)) for point in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    x, y = places[-1]
    # A line without length is a round dot, also where the picture is stretched.
    dot = element("path", d=f"M{x:.1f} {y:.1f} h0", class_=f"dot curve-{number}")
    return Markup(f"{element('path', d=f'M{path}', class_=f'line curve-{number}')}{dot}")


def _y(share: float) -> float:
    return _HEIGHT * (1 - min(1.0, max(0.0, share)))


def _described(lines_: Sequence[Line], axes: Axes) -> str:
    named = ((line.name, *line.points[line.named]) for line in lines_)
    return "; ".join(
        f"{name}: {axes.value[0].lower()}{axes.value[1:]} {value:.4g} at {axes.along} {place:g}" for name, place, value in named
    )


def _names(lines_: Sequence[Line]) -> Markup:
    names = (
        element(
            "span", element("span", class_=f"swatch curve-{number}"), line.name, element("b", f" {line.points[line.named][1]:.4g}"), " "
        )
        for number, line in enumerate(lines_)
    )
    return element("figcaption", *names)


def _table(line: Line, axes: Axes) -> Markup:
    columns = [Column(axes.along.capitalize(), NUMBER), Column(axes.value, NUMBER)]
    rows = ((f"{place:g}", f"{value:.{axes.digits}f}") for place, value in _selected(line.points))
    of = f"{axes.value} by {axes.along}: {line.name}"
    return block("details", element("summary", of), table(of, columns, rows, class_="narrow"), class_="more")


def _selected(points: Points) -> Points:
    """At most that many points, evenly, with the last one."""
    every = -(-len(points) // _MOST_ROWS)
    chosen = [*points[::every]]
    return chosen if chosen[-1] is points[-1] else [*chosen, points[-1]]
