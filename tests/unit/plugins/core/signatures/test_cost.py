# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What recognising a text costs grows with the text and no faster, whatever the text is: the tables read logs that anybody may write."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from importlib import import_module
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from .test_signatures import ALL_TABLES

_MODULE_UTILS = "ansible_collections.gpuops.aks.plugins.module_utils"
MODULES = (
    "_core.scheduling.autoscaler",
    "_core.nodes.state_taints",
    "_core.scheduling.device_plugin_kinds",
    "_core.scheduling.requests",
    "_core.faults.lookup",
    "_core.gpu_operator.helm_failure",
)
PATTERNS = {row.pattern: re.compile(row.pattern) for rows, _texts in ALL_TABLES.values() for row in rows} | {
    f"{module} {name}": value
    for module in MODULES
    for name, value in sorted(vars(import_module(f"{_MODULE_UTILS}.{module}")).items())
    if isinstance(value, re.Pattern)
}
_LENGTH, _TIMES = 15_000, 4
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def repeats(pattern: Any) -> Iterator[tuple[int, Any]]:
    """The upper bound and the body of every repetition in a parsed pattern."""
    for operator, value in pattern:
        if operator in _REPEATS:
            yield value[1], value[2]
        for part in value if isinstance(value, (list, tuple)) else [value]:
            for each in part if isinstance(part, list) else [part]:
                if isinstance(each, _parser.SubPattern):
                    yield from repeats(each)


def openings(pattern: Any, before: str, branch: int, found: list[str]) -> str:
    """The text that leads to the end of a pattern; `found` gets those that lead to a long repetition, where trying begins."""
    text = before
    for operator, value in pattern:
        if operator is _constants.LITERAL:
            text += chr(value)
        elif operator in _REPEATS:
            if value[1] > 10:
                found.append(text)
            text = openings(value[2], text, branch, found) if value[0] else text
        elif operator is _constants.SUBPATTERN:
            text = openings(value[3], text, branch, found)
        elif operator is _constants.BRANCH:
            text = openings(value[1][min(branch, len(value[1]) - 1)], text, branch, found)
        elif operator in (_constants.ANY, _constants.IN, _constants.NOT_LITERAL):
            text += "1"
    return text


def hostile(pattern: re.Pattern[str]) -> Iterator[str]:
    """Pieces that make a search begin again and again: what leads to each long repetition, all but the end of each branch, blanks."""
    parsed = _parser.parse(pattern.pattern, pattern.flags)
    for branch in range(12):
        found: list[str] = []
        whole = openings(parsed, "", branch, found)
        yield from (piece for piece in (*found, whole[:-1], whole[:1]) if piece)
    yield from (" ", "\n")


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """The least CPU time of a few searches."""
    times = []
    for _unused in range(2):
        start = time.process_time()
        for _match in pattern.finditer(text):
            pass
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("name", PATTERNS)
def test_no_repetition_is_unbounded_or_holds_a_long_one(name: str) -> None:
    parsed = _parser.parse(PATTERNS[name].pattern, PATTERNS[name].flags)
    for most, body in repeats(parsed):
        assert most is not _constants.MAXREPEAT or len(parsed) == 1, f"{name} has a repetition without an end, and something after it"
        assert most == 1 or all(inner <= 60 for inner, _unused in repeats(body)), f"{name} repeats a long repetition"


@pytest.mark.parametrize("name", PATTERNS)
def test_a_text_four_times_as_long_costs_about_four_times_as_much(name: str) -> None:
    pattern = PATTERNS[name]
    for piece in dict.fromkeys(hostile(pattern)):
        short = (piece * (_LENGTH // len(piece) + 1))[:_LENGTH]
        once, often = seconds(pattern, short), seconds(pattern, short * _TIMES)
        # A quadratic search costs 16 times as much; what is too short to measure costs nothing.
        assert often < 0.05 or often < 10 * once, f"{name} on {piece[:60]!r}: {once:.4f} s and {often:.4f} s"


@pytest.mark.parametrize("pattern", [r"Xid(?: \(PCI:[^)]*\):|=) ?78", r"failed quota: .*must specify"])
def test_quadratic_search_would_be_noticed(pattern: str) -> None:
    compiled = re.compile(pattern, re.MULTILINE)
    worst = 0.0
    for piece in dict.fromkeys(hostile(compiled)):
        short = (piece * (_LENGTH // len(piece) + 1))[:_LENGTH]
        once, often = seconds(compiled, short), seconds(compiled, short * _TIMES)
        worst = max(worst, often / once if often >= 0.05 else 0.0)
    assert worst > 10
