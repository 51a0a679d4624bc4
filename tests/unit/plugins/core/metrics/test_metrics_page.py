# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/metrics.md shows every metric as the table of the core has it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.article import ARTICLE
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.catalog import METRICS

PAGE = Path(__file__).parents[5] / "docs" / "metrics.md"
HEAD = ["| metric | unit | DCGM's name | what it is | trap |", "|---|---|---|---|---|"]


def test_page_has_the_table_of_all_metrics() -> None:
    rows = [
        f"| `{each.name}` | {each.unit} | {f'`{each.field}`' if each.field else ''} | {each.meaning} | {each.trap} |" for each in METRICS
    ]
    assert "\n".join([*HEAD, *rows]) in PAGE.read_text()


def test_page_says_what_became_of_each_name_of_the_article() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(("| `containerGpu", "| `nodeGpu"))]
    assert [row.split("`")[1] for row in rows] == [*ARTICLE]
    assert all(("gone" in row) == metric.gone for row, metric in zip(rows, ARTICLE.values(), strict=True))
    assert all(f"`{here}`" in row for row, metric in zip(rows, ARTICLE.values(), strict=True) for here in metric.here)
