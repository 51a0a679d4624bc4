# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/requests.md says what each step asks, and a run of each step asks exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from tests.integration.chart import CHART, newer_chart
from tests.integration.playbooks.playbook import Workbench
from tests.integration.playbooks.requests_table import (
    PAGE,
    STEPS,
    Span,
    asked,
    asked_by_program,
    cell,
    countable,
    run_each,
    seen,
    table,
)
from tests.integration.running_lab import GROUP, RunningLab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

# The steps that a path makes; the others are the same on each.
OF_THE_PATH = ("register", "pool", "plugin", "verify")
# Program → what it does not ask in each run of the plugin step. Whether there is something left to wait for depends on how long Helm takes.
NOT_ALWAYS = {"": "watch ", "Helm": "list customresourcedefinitions"}
LAB_OPTIONS = ("--audit-reads", "--speed", "600")


def _serves(lab: RunningLab) -> bool:
    nodes = lab.get("nodes", "--selector", "accelerator=nvidia")["items"]
    return all(node["status"]["allocatable"].get("nvidia.com/gpu", "0") != "0" for node in nodes)


def _run_twice(bench: Workbench, steps: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What a first and a second run of each step have asked."""
    place = steps.index("verify")
    spans = run_each(bench, steps[:place])
    bench.lab.until(lambda: _serves(bench.lab))  # what verify would have to wait for it would watch
    spans += run_each(bench, [*steps[place:], *steps])
    requests = [asked(bench.lab, span) for span in spans]
    return dict(zip(steps, requests[: len(steps)], strict=True)), dict(zip(steps, requests[len(steps) :], strict=True))


def _table_by_program(bench: Workbench, steps: Sequence[str], **variables: object) -> str:
    """What two runs of these steps have asked, with a row for each program."""
    spans = run_each(bench, [*steps, *steps], **variables)
    cells = [_cells(bench.lab, step, span) for step, span in zip([*steps, *steps], spans, strict=True)]
    first, again = (dict(chain.from_iterable(map(dict.items, half))) for half in (cells[: len(steps)], cells[len(steps) :]))
    return table({name: (first[name], again.get(name, "")) for name in first})


def _cells(lab: RunningLab, step: str, span: Span) -> dict[str, str]:
    """What a run of a step has asked, as cells: the step's own, and one for each other program."""
    requests = asked_by_program(lab, span)
    always = {program: [one for one in made if not one.startswith(NOT_ALWAYS.get(program, "?"))] for program, made in requests.items()}
    named = {f"{step}: {program}" if program else step: made for program, made in always.items()}
    return {name: cell(name, made) for name, made in named.items() if made or name == step}


@contextmanager
def _workbench(lab: RunningLab, here: Path, path: str, **chosen: object) -> Iterator[Workbench]:
    """A workbench for a path, whose resource group and cluster are gone when this ends."""
    try:
        yield Workbench(lab, here, {"gpu_path": path, **chosen})
    finally:
        lab.arm("DELETE", f"/resourcegroups/{GROUP}")
        lab.advance(1200)
        lab.delete_cluster()  # has Kubernetes emptied


def test_requests_of_each_step_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "manual_plugin", gpu_metrics="auto", gpu_prove_measure_load=False) as bench:
        first, again = _run_twice(bench, STEPS)
        found = table({step: (cell(step, first[step]), cell(step, again[step])) for step in STEPS})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"
        before = seen(own_lab)
        bench.succeed("site.yml")
        steps = countable(chain.from_iterable(again.values()))
        of_site = countable(asked(own_lab, (before, seen(own_lab))))
        assert of_site == steps - countable(again["preflight"]), "site.yml judges the pool once"


def test_requests_of_the_steps_that_differ_on_the_path_managed_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "managed") as bench:
        bench.succeed("playbooks/cluster.yml")
        own_lab.arm("POST", "/_lab/settings", {"managed_gpu_needs_feature": True})
        first, again = _run_twice(bench, OF_THE_PATH)
        found = table({step: (cell(step, first[step]), cell(step, again[step])) for step in OF_THE_PATH})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"


def test_requests_of_the_steps_that_differ_on_the_path_gpu_operator_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "gpu_operator", gpu_operator_chart=str(CHART)) as bench:
        bench.succeed("playbooks/cluster.yml")
        found = _table_by_program(bench, OF_THE_PATH)
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"
        found = _table_by_program(bench, ["plugin"], gpu_operator_chart=str(newer_chart(here)))
        assert found in PAGE.read_text(), f"docs/requests.md should have this table of an upgrade:\n{found}"
