# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's lines in a log that may contain anything, the challenge, floors and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.challenge import expected_answer
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage, held_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.findings import GPU_SHARED, NOT_OFFERED
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.floors import DATA_SHEETS, Measured, below, data_sheet, floors
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.junit import junit
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import NodePlan, Offer, plans
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.report import read_report
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.report_shapes import PREFIX
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import DeviceVerdict
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import finding
from hypothesis import given
from hypothesis import strategies as st

from ...builders import GPU, GPU_NODE, node, pod, snapshot
from ...proof_builders import NONCE, T4, device, judged, run_line, uuid

WRITTEN = "2026-11-28T10:00:00Z"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)


def line(**changes: object) -> str:
    """A device's line as the program prints it."""
    return json.dumps({**device(), **changes})


def test_lines_are_found_among_others() -> None:
    report = read_report(["", "hello", line(), f"  {line()}", json.dumps(run_line()), "{}"])
    assert (len(report.devices), len(report.runs), report.problem) == (1, 1, None)


@pytest.mark.parametrize(
    "text",
    [
        PREFIX,
        line(schema="gpuops.aks/gpu-proof/2"),
        line(kind="other"),
        line(kind=7),
        line(nonce=None),
        line(checks="all"),
        line(checks=[{"name": "copy", "passed": "yes"}]),
        line(figures={"memory_gb_s": "fast"}),
        line(figures={"memory_gb_s": True}),
        line(figures={"memory_errors": 10**30}),
        line(device={"uuid": "../../etc/passwd"}),
        line(device={"uuid": "GPU-1"}),
        line(device=[]),
        line().replace("243.2", "NaN"),
        line().replace("243.2", "1e999"),
        line().replace("243.2", "9" * 5000),
        line()[:-1],
        PREFIX + '1", "kind": ' + "[" * 8000,
    ],
)
def test_malformed_line_is_no_report(text: str) -> None:
    report = read_report([text])
    assert (report.devices, report.runs) == ((), ())
    assert 0 < len(report.problem) <= 200


def test_endless_report_is_cut() -> None:
    report = read_report(line() for _unused in range(2000))
    assert len(report.devices) == 1024
    assert report.problem


@given(st.dictionaries(st.sampled_from(sorted(device())), VALUES))
def test_no_value_of_a_field_breaks_the_judgment(changes: dict[str, object]) -> None:
    for each in judged(lines=[json.dumps({**device(), **changes}), json.dumps(run_line())]):
        json.dumps(each.facts())
        assert each.verdict in ("proven", "failed", "not_proven")


@given(st.dictionaries(st.sampled_from(sorted(run_line())), VALUES))
def test_no_value_of_the_last_line_breaks_the_judgment(changes: dict[str, object]) -> None:
    assert judged(lines=[json.dumps(device()), json.dumps({**run_line(), **changes})])


@given(st.text())
def test_no_text_is_taken_for_a_report(text: str) -> None:
    assert [each.verdict for each in judged(lines=[f"{PREFIX}{text}", text])] == ["not_proven"]


def test_answer_depends_on_nonce_and_device() -> None:
    assert len({expected_answer(nonce, uuid(number)) for nonce in (NONCE, "0" * 32) for number in (1, 2)}) == 4


def test_a_model_has_the_data_sheet_of_its_own_name() -> None:
    assert all(data_sheet(row.name) == row for row in DATA_SHEETS)
    assert {row.name for row in DATA_SHEETS if not row.source} == set()
    assert data_sheet("NVIDIA A10-4Q") != data_sheet("NVIDIA A10")
    assert data_sheet("Some GPU") is None


def test_every_data_sheet_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[5] / "docs" / "proof.md").read_text()
    rows = [f"| {row.name} | {row.memory:g} | {row.sgemm:g} | {row.copy:g} | {row.source} |" for row in DATA_SHEETS]
    assert [row for row in rows if row not in page] == []


def test_slice_is_compared_with_its_own_kind_only() -> None:
    slices = [Measured("NVIDIA H100 NVL MIG 1g.12gb", {"memory_gb_s": value}) for value in (400.0, 410.0, 90.0)]
    whole = Measured("NVIDIA H100 NVL", {"memory_gb_s": 3200.0})
    least = floors(slices[2], [*slices, whole])
    assert least == {"memory_gb_s": 200.0}
    assert below(slices[2].figures, least)
    assert not below(slices[0].figures, least)


def test_two_devices_have_no_median() -> None:
    assert floors(Measured("Some GPU", {"memory_gb_s": 1.0}), [Measured("Some GPU", {"memory_gb_s": value}) for value in (1.0, 9.0)]) == {}


def test_junit_counts_and_escapes() -> None:
    seen = plans(snapshot(node(gpus=3, vm_size="Standard_NC64as_T4_v3"), pods=[pod(gpus=1)]), [])
    devices = judged(device(1), device(2, name='<&">\x00\uffff', challenge=None), run_line(2), asked=2)
    suite = ET.fromstring(junit(Coverage(seen, [*devices, *held_of(seen)]), WRITTEN)).find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    assert next(case.get("name") for case in suite) == f"{uuid(1)} {T4}"
    assert [child.get("message") for case in suite for child in case] == ["ChallengeFailed", "GpuNotProven", "GpuNotOffered"]


def suites_of(*plan: NodePlan, devices: Sequence[DeviceVerdict] = ()) -> dict[str | None, tuple[str | None, ...]]:
    """Of each suite, how many cases there are, and how many failed, had an error, and were skipped."""
    root = ET.fromstring(junit(Coverage(plan, [*devices, *held_of(plan)]), WRITTEN))  # noqa: S314  # our own
    counted = {suite.get("name"): tuple(suite.get(name) for name in ("tests", "failures", "errors", "skipped")) for suite in root}
    for suite in root:
        assert len(suite) == int(suite.get("tests") or 0)
    return counted


def test_junit_has_every_node_and_every_gpu_of_the_total() -> None:
    dead = finding(NOT_OFFERED, [("dead", "no plugin")])
    shared = finding(GPU_SHARED, [("shared", "1 share")])
    found = suites_of(
        NodePlan("dead", "gpunp", T4, (), (Offer(GPU, 8, 0),), (dead,)),
        NodePlan("unknown", "gpunp", T4, (), (Offer(GPU, 0, 0),), (dead,)),
        NodePlan("silent", "gpunp", T4, (), (Offer(GPU, 2, 2),)),
        NodePlan("busy", "gpunp", T4, (), (Offer(GPU, 3, 0, 3, ("team/train-0",)),)),
        NodePlan("shared", "gpunp", T4, (), (Offer(GPU, 4, 1, shared=True),), (shared,)),
        NodePlan(GPU_NODE, "gpunp", T4, (), (Offer(GPU, 1, 1),)),
        devices=judged(device(1), run_line(1)),
    )
    assert found == {
        "dead": ("8", "0", "8", "0"),
        "unknown": ("1", "0", "1", "0"),
        "silent": ("2", "0", "2", "0"),
        "busy": ("3", "0", "0", "3"),
        "shared": ("4", "0", "0", "4"),
        GPU_NODE: ("1", "0", "0", "0"),
    }
