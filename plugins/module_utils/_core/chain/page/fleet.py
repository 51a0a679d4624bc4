# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The index page of a fleet: a row a cluster, each with a link to its own report."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from ...shared.mappings import Json
from ..fleet import in_one_sentence
from .document import document, section
from .markup import Content, block, element
from .signs import known, legend, word
from .tables import NUMBER, Column, table

_COLUMNS = (
    Column("Cluster"), Column("Pool"), Column("Verdict"), Column("GPUs proven", NUMBER), Column("Region"), Column("Kubernetes"),
    Column("Written"), Column("Summary", "wide"),
)  # fmt: skip
# What needs attention comes first.
_ORDER = ("failed", "not_proven", "not_checked", "proven")


class ClusterReport(NamedTuple):
    """The report on a cluster, and the link to its page (empty without a page)."""

    report: Json
    link: str


def fleet_page(reports: Sequence[ClusterReport]) -> str:
    """The index page."""
    ordered = sorted(reports, key=lambda each: (_ORDER.index(known(each.report.get("verdict"))), _text(each.report, "cluster")))
    proven = sum(each.report.get("verdict") == "proven" for each in ordered)
    title = f"{proven} of {len(ordered)} clusters proven"
    header = block(
        "header",
        element("p", "GPU report", class_="eyebrow"),
        element("h1", title),
        element("p", in_one_sentence([each.report for each in ordered])),
        legend([each.report.get("verdict") for each in ordered]),
    )
    return document(title, [header, section("Clusters", table(title, _COLUMNS, map(_row, ordered), class_="stacked"), id_="clusters")])


def _row(each: ClusterReport) -> Sequence[Content]:
    report = each.report
    name = _text(report, "cluster") or "Cluster without a name"
    coverage, used = report.get("coverage") or {}, report.get("used") or {}
    return (
        element("a", name, href=each.link) if each.link else name,
        _text(report, "pool"),
        word(report.get("verdict")),
        f"{coverage.get('proven')} of {coverage.get('total')}" if coverage else "",
        _text(used, "region"),
        _text(used, "kubernetes_version"),
        element("span", _text(report, "written")[:10], class_="nowrap"),
        _text(report, "summary"),
    )


def _text(source: Json, field: str) -> str:
    return str(source.get(field) or "")
