# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What can be said of each host of a fleet, by its report if that can be trusted, and of all in one sentence and one table."""

from __future__ import annotations

from typing import Any, Collection, Iterator, Mapping, Sequence

from ..shared.mappings import Json
from .report import SCHEMA

_COUNTS = ("proven", "total", "nodes", "held", "failed")
_WHY = "the host could not be reached, or its run has ended too early or not yet"
# What came of a cluster. All but proven are in the order in which they are counted.
_PROVEN, _EXPLAINED, _NOT_CHECKED, _NOT_REACHED = "proven", "explained", "not checked", "not reached"
OUTCOMES = (_PROVEN, _EXPLAINED, _NOT_CHECKED, _NOT_REACHED)
# The errors that say that the cluster, Azure or a proxy on the way gave no answer.
_NO_ANSWER = ("ApiServerTimeout", "ApiServerUnreachable", "AzureUnreachable", "CloudUnreachable", "NoApiServer", "ProxyUnreachable")


def trusted(report: Json) -> Json:
    """The report as the index shows it; one that this version cannot read, or whose numbers are impossible, proves nothing.

    Args:
        report: What the file or the result contains.
    """
    problem = _problem(report)
    if not problem:
        return report
    shown = {name: report.get(name) for name in ("cluster", "pool", "host", "written")}
    return {**shown, "verdict": "not_proven", "summary": f"The report cannot be read: {problem}."}


def without_report(hosts: Mapping[str, Any], reports: Collection[Json]) -> Iterator[Json]:
    """A row for each host of the play that no report is about.

    Args:
        hosts: The hosts, and why they have no report, as far as that is known.
        reports: The reports.
    """
    reported = [str(report.get("host")) for report in reports]
    for host, why in hosts.items():
        if host not in reported:
            summary = f"The report is missing: {str(why or _WHY).rstrip('.')}."
            yield {"cluster": host, "verdict": "not_proven", "summary": summary, "reached": bool(why)}


def outcome(report: Json) -> str:
    """What came of the cluster of a report, as one of OUTCOMES: explained is what has a cause and a remedy.

    Args:
        report: What trusted or without_report returned.
    """
    if report.get("verdict") == "proven":
        return _PROVEN
    if report.get("reached") is False or _code(report) in _NO_ANSWER:
        return _NOT_REACHED
    return _NOT_CHECKED if report.get("verdict") == "not_checked" else _EXPLAINED


def in_one_sentence(reports: Sequence[Json]) -> str:
    """How many clusters are proven, and what came of the others."""
    outcomes = [outcome(report) for report in reports]
    others = (f"{outcomes.count(name)} {name}" for name in OUTCOMES[1:] if name in outcomes)
    return f"{', '.join([f'{outcomes.count(_PROVEN)} of {len(reports)} clusters proven', *others])}."


def as_table(reports: Sequence[Json]) -> list[str]:
    """A line for each cluster: those that were not reached first, and the proven ones last."""
    ordered = sorted(reports, key=lambda report: (-OUTCOMES.index(outcome(report)), str(report.get("cluster"))))
    rows = [(outcome(report), str(report.get("cluster") or ""), _proven_gpus(report), _code(report)) for report in ordered]
    outcomes, clusters, gpus = (max((len(row[column]) for row in rows), default=0) for column in range(3))
    return [f"{row[0]:{outcomes}}  {row[1]:{clusters}}  {row[2]:{gpus}}  {row[3]}".rstrip() for row in rows]


def _code(report: Json) -> str:
    """Why the run failed, or else the first finding."""
    found = [report.get("error") or {}, *(report.get("findings") or ())]
    return next((str(each["code"]) for each in found if each.get("code")), "")


def _proven_gpus(report: Json) -> str:
    coverage = report.get("coverage") or {}
    return f"{coverage.get('proven')} of {coverage.get('total')} GPUs" if coverage else ""


def _problem(report: Json) -> str:
    if report.get("schema") != SCHEMA:
        return f"its schema is {report.get('schema')}, not {SCHEMA}"
    coverage = report.get("coverage")
    if not coverage:
        return ""
    if report.get("verdict") == "proven" and not coverage.get("proven"):
        return "it is proven without a proven GPU"
    return _problem_of(coverage)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _problem_of(coverage: Json) -> str:
    if not all(_is_count(coverage.get(name)) for name in _COUNTS):
        return "a number of GPUs or nodes is missing or is not a whole number"
    if coverage["proven"] + coverage["failed"] > coverage["total"]:
        return f"{coverage['proven']} proven and {coverage['failed']} failed GPUs are more than {coverage['total']}"
    return ""
