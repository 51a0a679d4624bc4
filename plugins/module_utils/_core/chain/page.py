# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The report on a run of the chain as one page of HTML, without scripts or outside resources.

It can be attached to a ticket or kept as an AWX artifact. Everything in it that comes from a cluster or from Azure is escaped.
"""

from __future__ import annotations

from html import escape
from typing import Any, Iterable, Iterator, Mapping, Sequence

Json = Mapping[str, Any]

_VERDICTS = {"proven": "Proven", "not_proven": "Not proven", "failed": "Failed", "not_checked": "Not checked"}
_STYLE = """
  body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.6rem; margin-bottom: .2rem }
  h2 { font-size: 1.1rem; margin-top: 2rem }
  .verdict { padding: .8rem 1rem; border-left: .4rem solid #9a6700; background: #fff8e6 }
  .verdict.failed { border-color: #cf222e; background: #fff0ee }
  .verdict.proven { border-color: #1a7f37; background: #eaf7ee }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #d5dbe3; vertical-align: top }
  .number { text-align: right }
"""
_ERROR_FIELDS = ("step", "task", "code", "message", "cause", "remedy", "variables")
_FINDING_FIELDS = {"code": "code", "severity": "severity", "cause": "cause", "evidence": "what shows it", "remedy": "remedy"}
# Heading → where the report has it.
_RUN_FIELDS = {
    "written": "written", "by": "user", "for host": "host", "gpuops.aks": "version", "resource group": "resource_group",
    "cluster": "cluster", "path": "path", "API server": "server", "context": "context",
}  # fmt: skip
_JOB_FIELDS = {"workload": "name", "pod": "pod", "node": "node", "GPU": "gpu_device", "image": "image_id", "ended": "finished"}


def report_page(report: Json) -> str:
    """The page."""
    title = f"{_text(report['cluster'])}: {_VERDICTS[report['verdict']]}"
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>'
    body = "\n".join(_body(report))
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _body(report: Json) -> Iterator[str]:
    yield f"<h1>{_text(report['cluster'])}, pool {_text(report['pool'])}</h1>"
    yield _verdict(report)
    if report["lab"]:
        yield '<p class="verdict"><strong>Lab.</strong> A simulated Azure and simulated GPUs stood in for real ones.</p>'
    if report["error"]:
        yield "<h2>Error</h2>"
        yield _properties(_error(report["error"]))
    if report["findings"]:
        yield "<h2>Findings</h2>"
        rows = [[finding.get(field, "") for field in _FINDING_FIELDS] for finding in report["findings"]]
        yield _table(list(_FINDING_FIELDS.values()), rows)
    yield "<h2>Steps</h2>"
    yield _table(["step", "changed", "failed", "seconds"], [_step(step) for step in report["steps"]], number="seconds")
    yield "<h2>Nodes</h2>"
    yield _nodes(report["nodes"])
    yield "<h2>Run</h2>"
    yield _properties(_run(report))


def _verdict(report: Json) -> str:
    job = report["job"]
    accuracy = ""
    if job["succeeded"] and job["final_accuracy"] is not None:
        accuracy = f" Accuracy {job['final_accuracy']} after step {job['steps']}."
    word = report["verdict"]
    return f'<p class="verdict {word}"><strong>{_VERDICTS[word]}.</strong> {_text(report["summary"] + accuracy)}</p>'


def _error(error: Json) -> Iterator[tuple[str, Any]]:
    yield from ((field, error[field]) for field in _ERROR_FIELDS)
    yield "retriable", _yes(error["retriable"])


def _step(step: Json) -> Sequence[str]:
    seconds = f"{step['seconds']:.1f}" if isinstance(step["seconds"], (int, float)) else ""
    return step["step"], _yes(step["changed"]), _yes(step["failed"]), seconds


def _nodes(nodes: Sequence[Json]) -> str:
    rows = [(node["name"], node["vm_size"], node["allocatable"], _yes(node["schedulable"])) for node in nodes]
    return _table(["node", "size", "GPUs", "schedulable"], rows, number="GPUs") if rows else "<p>No nodes were read in this run.</p>"


def _run(report: Json) -> Iterator[tuple[str, Any]]:
    yield from ((heading, report[field]) for heading, field in _RUN_FIELDS.items())
    yield from ((heading, report["job"][field]) for heading, field in _JOB_FIELDS.items())


def _text(value: object) -> str:
    """A value as text; empty if it is unknown."""
    return "" if value is None else escape(str(value))


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _properties(values: Iterable[tuple[str, Any]]) -> str:
    """A table of names and values, without empty ones."""
    rows = [f'<tr><th scope="row">{escape(name)}</th><td>{_text(value)}</td></tr>' for name, value in values if value]
    return "\n".join(["<table>", *rows, "</table>"])


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, number: str = "") -> str:
    """A table with a row of headings. number: the heading of the column that is aligned like numbers."""
    classes = [' class="number"' if heading == number else "" for heading in headings]
    first = "".join(f"<th{of}>{escape(heading)}</th>" for of, heading in zip(classes, headings, strict=True))
    others = ("".join(f"<td{of}>{_text(value)}</td>" for of, value in zip(classes, row, strict=True)) for row in rows)
    return "\n".join(["<table>", *(f"<tr>{cells}</tr>" for cells in (first, *others)), "</table>"])
