# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module gpu_report writes both files of the report, makes their directory, and replaces nothing that is not a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.report import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome

from tests.unit.plugins.operation_table import parameters
from tests.unit.plugins.tasks import real_run


def written(*, check_mode: bool = False, **given: Any) -> Outcome:
    chain = {"pool": "gpunp", "cluster": "aks-dev"}
    params = parameters(OPERATION, **{"steps": {}, "failure": {}, "chain": chain, **given})
    return OPERATION.run(params, real_run(check_mode=check_mode))


def test_report_and_page_are_written_and_their_directory_is_made(tmp_path: Path) -> None:
    dest = tmp_path / "of" / "the day" / "report.json"
    outcome = written(dest=str(dest))
    assert outcome.changed
    assert json.loads(dest.read_text()) == outcome.result["report"]
    assert "<title>aks-dev: Not checked</title>" in dest.with_suffix(".html").read_text()
    assert {file.name for file in dest.parent.iterdir()} == {"report.json", "report.html"}, "something temporary is left"
    assert dest.stat().st_mode & 0o777 == 0o644
    assert not written(dest=str(dest)).changed, "the same report once more"


def test_page_may_have_its_own_path(tmp_path: Path) -> None:
    written(dest=str(tmp_path / "report.json"), page=str(tmp_path / "pages" / "index.html"))
    assert (tmp_path / "pages" / "index.html").is_file()
    assert not (tmp_path / "report.html").exists()


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert written(check_mode=True, dest=str(tmp_path / "report.json")).changed
    assert list(tmp_path.iterdir()) == []


def test_report_without_dest_is_only_returned() -> None:
    outcome = written()
    assert (outcome.changed, outcome.result["report"]["verdict"]) == (False, "not_checked")


def test_named_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "report.html"
    os.mkfifo(pipe)
    with pytest.raises(InvalidInputError, match=r"report\.html") as refusal:
        written(dest=str(tmp_path / "report.json"))
    assert refusal.value.code == "UnwritableFile"
    assert pipe.is_fifo()
    assert not (tmp_path / "report.json").exists()


def test_link_to_nothing_in_the_path_is_named_before_anything_is_written(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(InvalidInputError) as refusal:
        written(dest=str(link / "report.json"))
    assert (refusal.value.code, str(link) in refusal.value.remedy) == ("UnwritableFile", True)
