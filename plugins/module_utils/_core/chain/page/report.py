# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The report on a run of the chain as one page of HTML, without scripts or outside resources.

It can be attached to a ticket, sent to a colleague or kept as an AWX artifact.
"""

from __future__ import annotations

from typing import Iterator, Sequence

from ...shared.mappings import Json
from .curve import Line, chart
from .document import document, section
from .findings import error, findings, is_cause
from .grid import grid
from .head import head
from .load import load
from .markup import Content, Markup, block, element, texts
from .signs import WORDS
from .steps import time_line
from .tables import NUMBER, Column, properties, table
from .used import used

_NODE_COLUMNS = (Column("Node"), Column("Size"), Column("GPUs", NUMBER), Column("Schedulable"))
_FEW_NODES = 8


def report_page(report: Json) -> str:
    """The page."""
    return document(f"{report['cluster']}: {WORDS[report['verdict']]}", list(_parts(report)))


def _parts(report: Json) -> Iterator[Content]:
    yield head(report)
    if report["error"]:
        yield section("Error", error(report["error"], report["findings"]), id_="error")
    others = [finding for finding in report["findings"] if not is_cause(finding, report["error"])]
    if others:
        yield section("Findings", findings(others), id_="findings")
    if report.get("devices"):
        yield section("GPUs", grid(report["devices"]), id_="gpus")
    curves = list(_curves(report))
    if curves:
        yield section("Accuracy", chart(curves), id_="accuracy")
    loaded = load(report.get("devices", ()))
    if loaded is not None:
        yield section("Load during the proof", loaded, id_="load")
    if report["timeline"]:
        yield section("Timeline", time_line(report), id_="timeline")
    yield section("Nodes", _nodes(report["nodes"]), id_="nodes")
    yield section("What was used", properties(used(report)), id_="used")


def _curves(report: Json) -> Iterator[Line]:
    """The workload's accuracy, and that of the GPUs which learned least and most."""
    if report["accuracy_curve"]:
        yield Line(str(report["job"]["name"] or "Workload"), report["accuracy_curve"])
    trained = [device for device in report.get("devices", []) if device["figures"].get("train_curve")]
    trained.sort(key=lambda device: device["figures"]["train_curve"][-1][1])
    for device in trained[:1] + trained[1:][-1:]:
        yield Line(" ".join(texts([device["node"], device["uuid"]])), device["figures"]["train_curve"])


def _nodes(nodes: Sequence[Json]) -> Markup:
    rows = [(node["name"], node["vm_size"], node["allocatable"], "yes" if node["schedulable"] else "no") for node in nodes]
    if not rows:
        return element("p", "No nodes were read in this run.", class_="quiet")
    listed = table("Nodes of the pool", _NODE_COLUMNS, rows, class_="stacked")
    return listed if len(rows) <= _FEW_NODES else block("details", element("summary", f"{len(rows)} nodes"), listed, class_="more")
