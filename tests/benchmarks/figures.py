# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of the benchmarks."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence

_RECAP = re.compile(r"^(?P<host>\S+) +: (?P<counts>ok=\d+.*)$", re.MULTILINE)
_FAILURES = ("unreachable", "failed")


def marginal(whole: Sequence[float], empty: Sequence[float], count: int) -> float:
    """What one of count adds to a run that has none of them: the median of the rounds' differences.

    Both are of the same rounds in the same order, so that a machine that slows down does so for both.
    """
    return statistics.median((long - short) / count for long, short in zip(whole, empty, strict=True))


def ratio(theirs: float, ours: float) -> float:
    """How many times ours theirs is, to three digits; 0.0 where ours was too small to be measured."""
    return float(f"{theirs / ours:.3g}") if ours > 0 else 0.0


def rounded(values: Mapping[str, float], digits: int) -> dict[str, float]:
    """The same figures, as few digits as they are worth."""
    return {name: round(value, digits) for name, value in values.items()}


def recap(output: str) -> dict[str, dict[str, int]]:
    """What ansible-playbook's recap counts for each host: ok, changed, failed, ..."""
    counts = {found["host"]: found["counts"].split() for found in _RECAP.finditer(output)}
    return {host: {name: int(number) for name, number in (pair.split("=") for pair in pairs)} for host, pairs in counts.items()}


def flaws(counts: Mapping[str, Mapping[str, int]], *, hosts: int, may_change: bool) -> list[str]:
    """Why a run can't count as one of so many hosts that all went well; a converged one has changed nothing."""
    found = [] if len(counts) == hosts else [f"{len(counts)} hosts in the recap, not {hosts}"]
    refused = _FAILURES if may_change else (*_FAILURES, "changed")
    return [*found, *(f"{host}: {name}={count[name]}" for host, count in counts.items() for name in refused if count.get(name))]


def spread(values: Iterable[float], digits: int = 2) -> str:
    """From the smallest to the largest, for a reader: "1.20-1.45"."""
    ordered = sorted(values)
    return f"{ordered[0]:.{digits}f}-{ordered[-1]:.{digits}f}"
