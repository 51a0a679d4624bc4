# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The report on a run of the chain as one page of HTML, without scripts or outside resources.

It can be attached to a ticket, sent to a colleague or kept as an AWX artifact.
"""

from __future__ import annotations

from typing import Any, Iterator, Sequence

from ...shared.mappings import Json
from .curve import Line, chart
from .document import document, section
from .figures import short
from .findings import error, findings, is_cause
from .grid import grid
from .markup import Content, Markup, block, element
from .signs import WORDS, sign
from .steps import time_line
from .tables import NUMBER, Column, properties, table

_NODE_COLUMNS = (Column("Node"), Column("Size"), Column("GPUs", NUMBER), Column("Schedulable"))
# Heading → key of the report's "used".
_USED = {
    "Cluster": "cluster",
    "Resource group": "resource_group",
    "Region": "region",
    "Path": "path",
    "Kubernetes": "kubernetes_version",
    "Node image": "node_image",
    "NVIDIA driver": "driver_version",
    "Workload image": "image",
    "gpuops.aks": "collection_version",
}
_JOB = {"Workload": "name", "Pod": "pod", "Pod's node": "node", "GPU in its log": "gpu_device", "Image that ran": "image_id"}
_RUN = {"Run by": "user", "For the host": "host", "API server": "server", "Context": "context"}
_FEW_NODES = 8
_LAB = "A simulated Azure and simulated GPUs stood in for real ones."


def report_page(report: Json) -> str:
    """The page."""
    return document(f"{report['cluster']}: {WORDS[report['verdict']]}", list(_parts(report)))


def _parts(report: Json) -> Iterator[Content]:
    yield _head(report)
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
    if report["timeline"]:
        yield section("Timeline", time_line(report), id_="timeline")
    yield section("Nodes", _nodes(report["nodes"]), id_="nodes")
    yield section("What was used", properties(_used(report)), id_="used")


def _head(report: Json) -> Markup:
    word = report["verdict"]
    verdict = block(
        "div",
        element("span", sign(word), class_="seal", aria_hidden="true"),
        block("div", element("p", WORDS[word], class_="headline"), element("p", report["summary"])),
        class_=f"verdict {word}",
    )
    lab = element("p", element("b", "Lab. "), _LAB, class_="lab") if report["lab"] else ""
    pool = f"Pool {report['pool']}" if report["pool"] else ""
    written = element("time", _readable(report["written"]), datetime=report["written"]) if report["written"] else ""
    return block(
        "header",
        element("p", "GPU report", class_="eyebrow"),
        element("h1", report["cluster"] or "Cluster without a name"),
        element("p", *_between([pool, written]), class_="quiet"),
        verdict,
        lab,
        _numbers(report),
    )


def _between(parts: Sequence[Content]) -> Iterator[Content]:
    """The parts that are not empty, with a dot between them."""
    given = [part for part in parts if part]
    for number, part in enumerate(given):
        yield from ((" · ", part) if number else (part,))


def _numbers(report: Json) -> Markup:
    """The numbers that a reader looks for first."""
    numbers = (element("div", element("dt", name), element("dd", value)) for name, value in _first_numbers(report))
    return block("dl", *numbers, class_="numbers-first")


def _first_numbers(report: Json) -> Iterator[tuple[str, str]]:
    coverage, job = report.get("coverage"), report["job"]
    if coverage:
        yield "GPUs proven", f"{coverage['proven']} of {coverage['total']}"
        yield "Nodes", str(coverage["nodes"])
    elif report["nodes"]:
        yield "GPUs schedulable", str(report["schedulable_gpus"])
        yield "Nodes", str(len(report["nodes"]))
    if job["gpu_device"]:
        yield "GPU", str(job["gpu_device"])
    if job["succeeded"] and job["final_accuracy"] is not None:
        yield f"Accuracy after step {job['steps']}", short(job["final_accuracy"], digits=4)
    yield from (("Proven at", _readable(proof["at"])) for proof in report["proofs"][:1] if proof["at"] and report["verdict"] == "proven")


def _curves(report: Json) -> Iterator[Line]:
    """The workload's accuracy, and that of the GPUs which learned least and most."""
    if report["accuracy_curve"]:
        yield Line(str(report["job"]["name"] or "Workload"), report["accuracy_curve"])
    trained = [device for device in report.get("devices", []) if device["figures"].get("train_curve")]
    trained.sort(key=lambda device: device["figures"]["train_curve"][-1][1])
    for device in trained[:1] + trained[1:][-1:]:
        yield Line(f"{device['node']} {device['uuid']}", device["figures"]["train_curve"])


def _nodes(nodes: Sequence[Json]) -> Markup:
    rows = [(node["name"], node["vm_size"], node["allocatable"], "yes" if node["schedulable"] else "no") for node in nodes]
    if not rows:
        return element("p", "No nodes were read in this run.", class_="quiet")
    listed = table("Nodes of the pool", _NODE_COLUMNS, rows, class_="stacked")
    return listed if len(rows) <= _FEW_NODES else block("details", element("summary", f"{len(rows)} nodes"), listed, class_="more")


def _used(report: Json) -> Iterator[tuple[str, Any]]:
    yield from ((heading, report["used"][field]) for heading, field in _USED.items())
    yield from ((heading, report["job"][field]) for heading, field in _JOB.items())
    yield from (("Proof of the step " + proof["step"], _readable(proof["at"])) for proof in report["proofs"])
    yield from ((heading, report[field]) for heading, field in _RUN.items())
    if report["lab"] is not None:
        yield "Azure and GPUs", "simulated by the lab" if report["lab"] else "real"


def _readable(time: Any) -> str:
    """A time as a person reads it: 2026-11-28 15:00 UTC."""
    text = str(time or "")
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text
