# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the text in which an exporter shows its metrics (Prometheus' text format), as far as NVIDIA's DCGM exporter writes it."""

from __future__ import annotations

import re
from typing import Collection, Iterator, Mapping, NamedTuple

# https://prometheus.io/docs/instrumenting/exposition_formats/
_LINE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?[ \t]+(?P<value>[^ \t]+)(?:[ \t]+-?[0-9]+)?[ \t]*")
_LABEL = re.compile(r'(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
# NVIDIA/DCGM dcgmlib/dcgm_fields.h, DCGM_INT64_BLANK and the three after it: no value, not found, not supported, not permitted.
_LARGE = 2.0**62
_LONG = 19  # digits of a number that may be as large


class Sample(NamedTuple):
    """One value of one metric."""

    name: str
    labels: Mapping[str, str]
    value: float | None


def samples(text: str, fields: Collection[str]) -> Iterator[Sample]:
    """The samples of these fields; lines that are not in the format are left out."""
    for line in text.splitlines():
        match = None if line.startswith("#") else _LINE.fullmatch(line)
        if match is not None and match["name"] in fields:
            yield Sample(match["name"], _labels(match["labels"] or ""), number(match["value"]))


def _labels(text: str) -> dict[str, str]:
    return {match["name"]: _ESCAPED.sub(_unescaped, match["value"]) for match in _LABEL.finditer(text)}


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def number(text: str) -> float | None:
    """A value, None for what DCGM exports instead of one: greater than 2 to the power of 62, or not a number."""
    if text.isdecimal() and len(text) < _LONG:
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < _LARGE else None  # false for NaN too
