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
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import (
    remove_evidence,
    require_folder,
    write_evidence,
)

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


def test_unseen_gpu_has_the_same_number_in_its_file_and_in_the_junit_report(tmp_path: Path) -> None:
    *files, report, _summary = written(tmp_path, Coverage(plans(snapshot(node(gpus=2)), []), judged(device(1), run_line(1), asked=2)))
    (unseen,) = [path.name for path in files if "unseen" in path.name]
    assert unseen.endswith("-2-unseen.json")
    assert "unseen GPU (2 of the node)" in report.read_text()


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


def test_evidence_of_the_task_is_removed_and_that_of_others_stays(tmp_path: Path) -> None:
    other = written(tmp_path, cluster="aks-stage")
    own = written(tmp_path)
    notes = own[0].with_name("notes.txt")
    notes.write_text("mine")
    remove_evidence(tmp_path, RESULT)
    assert list(own[0].parent.iterdir()) == [notes]
    assert all(path.exists() for path in other)
    remove_evidence(tmp_path, RESULT)


def test_evidence_of_the_task_is_found_by_its_cluster_if_the_server_is_unknown(tmp_path: Path) -> None:
    others = [*written(tmp_path, cluster="aks-stage"), *written(tmp_path, selection={**SELECTION, "pool": "gpuother"})]
    unnamed = written(tmp_path, cluster="", resource_group="")
    own = written(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "summary.json").write_text("[]")
    remove_evidence(tmp_path, {**RESULT, "server": ""})
    assert not any(path.exists() for path in own)
    remove_evidence(tmp_path, {**RESULT, "server": "", "cluster": "", "resource_group": ""})
    assert all(path.exists() for path in (*others, *unnamed, tmp_path / "mine" / "summary.json"))


def obstructed(folder: Path, obstacle: str) -> Path:
    """A folder of evidence that something obstructs; the path at fault."""
    folder.parent.mkdir(exist_ok=True)
    if obstacle == "file":
        folder.write_text("")
    elif obstacle == "dangling link":
        folder.symlink_to(folder.parent / "gone")
    else:
        folder = folder / obstacle
        folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("obstacle", ["file", "dangling link", "junit.xml", "summary.json"])
def test_path_at_fault_is_named_with_a_remedy_that_fits(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "evidence" / folder_of(RESULT)
    at_fault = obstructed(folder, obstacle)
    for attempt in (lambda: require_folder(folder), lambda: written(tmp_path / "evidence")):
        with pytest.raises(InvalidInputError) as refused:
            attempt()
        assert refused.value.code == "UnwritableFile"
        assert refused.value.message == f"The evidence cannot be written to {at_fault}."
        assert refused.value.remedy.startswith("Remove or rename it, or set evidence_dir")


def test_folder_that_does_not_exist_yet_or_has_evidence_is_accepted(tmp_path: Path) -> None:
    require_folder(tmp_path / folder_of(RESULT))
    require_folder(written(tmp_path)[0].parent)


@pytest.mark.parametrize("number", range(2))
def test_evidence_that_cannot_be_written_as_a_whole_is_not_left_in_part(tmp_path: Path, number: int) -> None:
    two = Coverage(SEEN, judged(device(1), device(2), run_line(2), asked=2))
    *devices, _junit, _summary = written(tmp_path, two)
    remove_evidence(tmp_path, RESULT)
    devices[number].mkdir()
    with pytest.raises(InvalidInputError) as refused:
        written(tmp_path, two)
    assert str(devices[number]) in refused.value.message
    assert "no evidence of this run or an earlier one" in refused.value.cause
    assert list(devices[0].parent.iterdir()) == [devices[number]]
