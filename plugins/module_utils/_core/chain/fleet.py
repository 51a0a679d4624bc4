# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the index page can say of each host of a fleet: its report if that can be trusted, otherwise why there is none."""

from __future__ import annotations

from typing import Any, Collection, Iterator, Mapping

from ..shared.mappings import Json
from .report import SCHEMA

_COUNTS = ("proven", "total", "nodes", "held", "failed")
_WHY = "the host could not be reached, or its run has ended too early or not yet"


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
            yield {"cluster": host, "verdict": "not_proven", "summary": f"The report is missing: {str(why or _WHY).rstrip('.')}."}


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
