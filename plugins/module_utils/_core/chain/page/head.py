# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The head of the report's page: the cluster, the verdict, and the numbers that a reader looks for first."""

from __future__ import annotations

from typing import Iterator

from ...shared.mappings import Json
from .figures import short
from .markup import Markup, block, element, text
from .signs import WORDS, sign
from .used import readable

_LAB = "A simulated Azure and simulated GPUs stood in for real ones."


def head(report: Json) -> Markup:
    """The head of the page."""
    word = report["verdict"]
    verdict = block(
        "div",
        element("span", sign(word), class_="seal", aria_hidden="true"),
        block("div", element("p", WORDS[word], class_="headline"), element("p", report["summary"])),
        class_=f"verdict {word}",
    )
    lab = element("p", element("b", "Lab. "), _LAB, class_="lab") if report["lab"] else ""
    pool = f"Pool {report['pool']}" if report["pool"] else ""
    written = element("time", readable(report["written"]), datetime=report["written"]) if report["written"] else ""
    return block(
        "header",
        element("p", "GPU report", class_="eyebrow"),
        element("h1", report["cluster"] or "Cluster without a name"),
        element("p", Markup(" · ".join(map(text, filter(None, [pool, written])))), class_="quiet"),
        verdict,
        lab,
        _numbers(report),
    )


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
    yield from (("Proven at", readable(proof["at"])) for proof in report["proofs"][:1] if proof["at"] and report["verdict"] == "proven")
