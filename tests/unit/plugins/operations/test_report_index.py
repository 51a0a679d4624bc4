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


def test_index_is_written_to_a_file_only() -> None:
    assert refusal_of(OPERATION, dest="/", reports=[]).code == "UnwritableFile"


def test_index_without_dest_is_not_written() -> None:
    outcome = OPERATION.run(parameters(OPERATION, reports=[]), real_run())
    assert (outcome.changed, outcome.result) == (False, {"clusters": 0})
