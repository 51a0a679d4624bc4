# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The chain as a timeline: a row a step, with a bar from its start to its end."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Sequence

from ...._progress import duration
from ...shared.mappings import Json
from .markup import Markup, element, lines
from .signs import sign
from .tables import NUMBER, Column, table

# A run is drawn by the clock unless it mostly paused; then the bars follow one another.
_MOST_PAUSES = 3
_MINUTE = 60
_COLUMNS = (Column("Step"), Column("Timeline", "track"), Column("Started", "when"), Column("Took", NUMBER), Column("Result", "result"))


class Bar(NamedTuple):
    """Where the bar of a step begins and how long it is, in seconds."""

    start: float
    length: float


def time_line(report: Json) -> Markup:
    """The steps of the report."""
    times, done = report["timeline"], {step["step"]: step for step in report["steps"]}
    clocked = _is_clocked(times)
    bars = _by_the_clock(times) if clocked else _end_to_end(times)
    whole = max((each.start + each.length for each in bars), default=0) or 1
    rows = [
        (
            time["step"],
            _drawn(interval, whole, done[time["step"]]),
            _clock(time["started"]),
            _took(time["seconds"]),
            _result(done[time["step"]]),
        )
        for time, interval in zip(times, bars, strict=True)
    ]
    total = element("p", " ".join(_total(times, whole, clocked=clocked)), class_="quiet")
    return lines([table("Steps of the run", _COLUMNS, rows, class_="timeline"), total])


def _is_clocked(times: Sequence[Json]) -> bool:
    if any(time["after"] is None for time in times):
        return False
    ends = max((time["after"] + (time["seconds"] or 0) for time in times), default=0)
    return bool(ends <= _MOST_PAUSES * max(1, sum(time["seconds"] or 0 for time in times)))


def _by_the_clock(times: Sequence[Json]) -> list[Bar]:
    return [Bar(time["after"], time["seconds"] or 0) for time in times]


def _end_to_end(times: Sequence[Json]) -> list[Bar]:
    bars: list[Bar] = []
    for time in times:
        bars.append(Bar(bars[-1].start + bars[-1].length if bars else 0, time["seconds"] or 0))
    return bars


def _drawn(interval: Bar, whole: float, step: Json) -> Markup:
    x, width = f"{100 * interval.start / whole:.2f}%", f"{max(0.4, 100 * interval.length / whole):.2f}%"
    kind = "failed" if step["failed"] else "changed" if step["changed"] else "same"
    return element("svg", element("rect", x=x, width=width, height="100%", rx=3), class_=f"bar {kind}", aria_hidden="true")


def _clock(started: str | None) -> Markup:
    """The time of day, with the date at hand."""
    return element("time", started[11:19], datetime=started, title=started) if started else element("span", "", class_="quiet")


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return duration(seconds) if seconds >= _MINUTE else f"{seconds:.1f} s"


def _result(step: Json) -> Markup:
    if step["failed"]:
        return element("span", sign("failed"), "failed", class_="word failed")
    return element("span", "changed" if step["changed"] else "no change", class_="" if step["changed"] else "quiet")


def _total(times: Sequence[Json], whole: float, *, clocked: bool) -> Iterator[str]:
    if clocked:
        yield f"{_took(whole)} from the first step to the end of the last, times in UTC."
    else:
        yield f"{_took(sum(time['seconds'] or 0 for time in times))} in all. Pauses between the steps are left out."
    dates = sorted({time["started"][:10] for time in times if time["started"]})
    if dates:
        yield f"The steps ran on {' and '.join(dates)}."
