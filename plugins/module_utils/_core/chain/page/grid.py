# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The GPUs as a grid: a row a node, a cell a GPU. A node opens to a table with the figures of its GPUs."""

from __future__ import annotations

from typing import Iterator, Sequence

from ...shared.mappings import Json
from .figures import heading, measured, value
from .markup import Content, Markup, block, element, lines, texts
from .signs import WORDS, known, legend, sign, word
from .tables import NUMBER, Column, table

_FEW_NODES = 2


def grid(devices: Sequence[Json]) -> Markup:
    """The grid of the report's GPUs, and what its signs mean."""
    nodes: dict[str, list[Json]] = {}
    for device in devices:
        nodes.setdefault(str(device["node"]), []).append(device)
    rows = (_node(name, of_node, few=len(nodes) <= _FEW_NODES) for name, of_node in nodes.items())
    return lines([legend([device["verdict"] for device in devices]), block("div", *rows, class_="nodes")])


def _node(name: str, devices: Sequence[Json], *, few: bool) -> Markup:
    proven = sum(device["verdict"] == "proven" for device in devices)
    failed = any(device["verdict"] == "failed" for device in devices)
    cells = (_cell(number, device) for number, device in enumerate(devices))
    summary = element(
        "summary",
        element("h3", name),
        element("span", *cells, class_="cells", aria_hidden="true"),
        element("span", f"{proven} of {len(devices)} proven", class_="count"),
    )
    return block("details", summary, _table(name, devices), class_="node", open="" if few or failed else None)


def _cell(number: int, device: Json) -> Markup:
    verdict = known(device["verdict"])
    return element("span", sign(verdict), class_=f"cell {verdict}", title="\n".join(_tip(number, device)))


def _tip(number: int, device: Json) -> Iterator[str]:
    yield f"GPU {number}: {WORDS[known(device['verdict'])].lower()}"
    yield from (str(device[name]) for name in ("model", "uuid") if device[name])
    yield from (f"{heading(name)}: {value(device, name)}" for name in measured([device]))
    if device["held_by"]:
        yield f"held by {', '.join(texts(device['held_by']))}"


def _table(node: str, devices: Sequence[Json]) -> Markup:
    names = measured(devices)
    columns = [Column("GPU"), Column("Verdict"), Column("Model and UUID", "wide")]
    columns += [Column(heading(name), NUMBER) for name in names]
    return table(f"GPUs of {node}", columns, (_row(number, device, names) for number, device in enumerate(devices)), class_="stacked")


def _row(number: int, device: Json, names: Sequence[str]) -> Sequence[Content]:
    return [number, _verdict(device), _identity(device), *(value(device, name) for name in names)]


def _verdict(device: Json) -> Markup:
    reasons = [*device["findings"], *([f"held by {', '.join(texts(device['held_by']))}"] if device["held_by"] else [])]
    return element("div", word(device["verdict"]), element("div", ", ".join(reasons), class_="quiet") if reasons else None)


def _identity(device: Json) -> Markup:
    return element("div", device["model"], element("div", element("code", device["uuid"])) if device["uuid"] else None)
