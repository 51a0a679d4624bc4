# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module gpu_report_index writes one page that links the reports of several clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.index import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome

from tests.unit.plugins.core.chain import runs
from tests.unit.plugins.operation_table import parameters, refusal_of
from tests.unit.plugins.tasks import real_run


def indexed(dest: Path, *reports: dict[str, Any], check_mode: bool = False) -> Outcome:
    return OPERATION.run(parameters(OPERATION, dest=str(dest), reports=list(reports)), real_run(check_mode=check_mode))


def test_index_links_each_page_relative_to_itself(tmp_path: Path) -> None:
    dest = tmp_path / "fleet" / "index.html"
    pages = [tmp_path / "fleet" / "a b.html", tmp_path / "elsewhere" / "javascript:alert(1)"]
    outcome = indexed(dest, *({"report": runs.proven(), "page": str(page)} for page in pages))
    page = dest.read_text()
    assert 'href="a%20b.html"' in page
    assert 'href="../elsewhere/javascript%3Aalert%281%29"' in page
    assert (outcome.changed, outcome.result["clusters"]) == (True, 2)


def test_same_index_is_not_a_change(tmp_path: Path) -> None:
    entry = {"report": runs.failed()}
    assert indexed(tmp_path / "index.html", entry, check_mode=True).changed
    assert list(tmp_path.iterdir()) == []
    indexed(tmp_path / "index.html", entry)
    assert not indexed(tmp_path / "index.html", entry).changed


@pytest.mark.parametrize("entry", [{}, {"report": {}}, {"report": "proven"}, {"report": {"verdict": "proven", "used": 7}}, {"page": "x"}])
def test_what_is_not_a_report_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        indexed(tmp_path / "index.html", entry)
    assert refusal.value.code == "InvalidArguments"


COVERAGE = runs.proven()["coverage"]


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"schema": "x/y"}, "its schema is x/y"),
        ({"schema": "gpuops.aks/report/9"}, "its schema is gpuops.aks/report/9"),
        ({"schema": None}, "its schema is None"),
        ({"coverage": {**COVERAGE, "proven": 5, "total": 3}}, "5 proven and 0 failed GPUs are more than 3"),
        ({"coverage": {**COVERAGE, "failed": 1}}, "1 proven and 1 failed GPUs are more than 1"),
        ({"coverage": {**COVERAGE, "proven": 0}}, "without a proven GPU"),
        ({"coverage": {**COVERAGE, "total": -1}}, "not a whole number"),
        ({"coverage": {**COVERAGE, "total": "3"}}, "not a whole number"),
        ({"coverage": {"proven": 1}}, "not a whole number"),
    ],
    ids=str,
)
def test_report_that_cannot_be_trusted_is_not_counted_as_proven(tmp_path: Path, different: dict[str, Any], said: str) -> None:
    dest = tmp_path / "index.html"
    indexed(dest, {"report": runs.proven()}, {"report": {**runs.proven(), **different}, "page": str(tmp_path / "x.html")})
    page = dest.read_text()
    assert "<h1>1 of 2 clusters proven</h1>" in page
    assert said in page
    assert 'href="x.html"' in page


def test_host_without_a_report_is_listed_as_not_proven(tmp_path: Path) -> None:
    dest = tmp_path / "index.html"
    hosts = {"dev": "", "prod": "The report cannot be written to /c.json.", "stage": ""}
    entry = {"report": {**runs.proven(), "host": "dev"}}
    outcome = OPERATION.run(parameters(OPERATION, dest=str(dest), reports=[entry], hosts=hosts), real_run())
    page = dest.read_text()
    assert outcome.result["clusters"] == 3
    assert "<h1>1 of 3 clusters proven</h1>" in page
    assert "The report is missing: The report cannot be written to /c.json." in page
    assert "The report is missing: the host could not be reached" in page


def test_index_is_written_to_a_file_only() -> None:
    assert refusal_of(OPERATION, dest="/", reports=[]).code == "UnwritableFile"


def test_index_without_dest_is_not_written_but_summarized() -> None:
    outcome = OPERATION.run(parameters(OPERATION, reports=[{"report": runs.proven()}]), real_run())
    assert not outcome.changed
    assert outcome.result == {"clusters": 1, "summary": "1 of 1 clusters proven.", "table": ["proven  aks-dev  1 of 1 GPUs"]}


def test_summary_tells_what_is_explained_from_what_was_not_reached() -> None:
    unreachable = {"step": "verify", "code": "ApiServerUnreachable", "message": "", "cause": "", "remedy": "", "retriable": True}
    reports = [
        {"report": {**runs.proven(), "cluster": "a", "host": "a"}},
        {"report": {**runs.failed(), "cluster": "b", "host": "b"}},
        {"report": {**runs.failed(), "cluster": "c", "host": "c", "error": unreachable}},
        {"report": {**runs.failed(), "cluster": "d", "host": "d", "verdict": "not_checked", "error": None, "findings": []}},
    ]
    hosts = {"a": "", "b": "", "c": "", "d": "", "gone": "", "full": "The disk is full."}
    result = OPERATION.run(parameters(OPERATION, reports=reports, hosts=hosts), real_run()).result
    assert result["summary"] == "1 of 6 clusters proven, 2 explained, 1 not checked, 2 not reached."
    assert [line.split()[:3] for line in result["table"]] == [
        ["not", "reached", "c"], ["not", "reached", "gone"], ["not", "checked", "d"],
        ["explained", "b", *result["table"][3].split()[2:3]], ["explained", "full"], ["proven", "a", "1"],
    ]  # fmt: skip
    assert result["table"][0].endswith("ApiServerUnreachable")


def test_clusters_of_an_empty_play_are_none() -> None:
    assert OPERATION.run(parameters(OPERATION, reports=[]), real_run()).result == {
        "clusters": 0, "summary": "0 of 0 clusters proven.", "table": []
    }  # fmt: skip
