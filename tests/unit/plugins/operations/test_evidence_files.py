# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a proof never stands beside that of another run or selection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage, held_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.evidence import folder_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import plans
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import write_evidence

from tests.unit.plugins.builders import node, snapshot
from tests.unit.plugins.proof_builders import device, judged, run_line, uuid

SELECTION = {"pool": "gpunp", "nodes": [], "node_selector": ""}
RESULT: dict[str, Any] = {
    "selection": SELECTION, "server": "https://aks-dev.hcp.azmk8s.io:443", "resource_group": "rg-ml", "cluster": "aks-dev", "nonce": "n",
}  # fmt: skip
SEEN = plans(snapshot(node(gpus=1)), [])
GOOD = Coverage(SEEN, judged(device(1), run_line(1)))
LOST = Coverage(SEEN, judged(asked=1))


def written(directory: Path, coverage: Coverage = GOOD, **different: Any) -> list[Path]:
    return [Path(name) for name in write_evidence(directory, coverage, {**RESULT, **different})]


def test_earlier_verdicts_of_the_same_selection_go(tmp_path: Path) -> None:
    first = written(tmp_path)
    assert uuid(1) in first[0].name
    notes = first[0].with_name("notes-1-unseen.json")
    notes.write_text('{"node": "mine"}')
    second = written(tmp_path, LOST)
    (folder,) = tmp_path.iterdir()
    assert sorted(folder.iterdir()) == sorted([*second, notes])
    verdicts = [json.loads(path.read_text())["verdict"] for path in second if path.name.endswith("unseen.json")]
    assert verdicts == ["not_proven"]


@pytest.mark.parametrize(
    "different",
    [
        {"cluster": "aks-stage"},
        {"server": "https://other:443"},
        {"selection": {**SELECTION, "pool": "gpuother"}},
        {"selection": {**SELECTION, "pool": ""}},
        {"selection": {**SELECTION, "nodes": ["a"]}},
        {"selection": {**SELECTION, "node_selector": "a=b"}},
    ],
    ids=["another cluster", "another server", "another pool", "all pools", "some nodes", "some labels"],
)
def test_other_selections_share_the_directory(tmp_path: Path, different: dict[str, Any]) -> None:
    kept = written(tmp_path)
    assert not {*kept} & {*written(tmp_path, LOST, **different)}
    assert all(path.exists() for path in kept)


def test_folder_has_a_name_that_every_file_system_takes() -> None:
    odd = folder_of({**RESULT, "cluster": "", "selection": {**SELECTION, "pool": "a/../ü" * 99}})
    assert odd.startswith("aks-dev.hcp.azmk8s.io-443-a-..-")
    assert len(odd) < 100


def test_files_have_the_date_of_the_run(tmp_path: Path) -> None:
    *_devices, junit, summary = written(tmp_path)
    when = json.loads(summary.read_text())["written"]
    suites = ET.parse(junit).getroot()  # noqa: S314  # our own
    assert {suites.get("timestamp"), *(suite.get("timestamp") for suite in suites)} == {when.rstrip("Z")}


def test_held_gpus_are_not_taken_for_earlier_ones(tmp_path: Path) -> None:
    busy = Coverage(SEEN, held_of(SEEN))
    assert len(written(tmp_path, busy)) == len(written(tmp_path, busy))
