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
from tests.integration.playbooks.requests_table import PAGE, STEPS, asked, asked_by_program, cell, countable, seen, table
from tests.integration.running_lab import RunningLab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

# The steps that a path makes; the others are the same on each.
OF_THE_PATH = ("register", "pool", "plugin", "verify")
# Program → what it does not ask in each run of the plugin step. Whether there is something left to wait for depends on how long Helm takes.
NOT_ALWAYS = {"": "watch ", "Helm": "list customresourcedefinitions"}
LAB_OPTIONS = ("--audit-reads", "--speed", "600")


def _serves(lab: RunningLab) -> bool:
    nodes = lab.get("nodes", "--selector", "accelerator=nvidia")["items"]
    return all(node["status"]["allocatable"].get("nvidia.com/gpu", "0") != "0" for node in nodes)


def _run(bench: Workbench, playbook: str) -> list[str]:
    """What a run of it has asked."""
    before = seen(bench.lab)
    bench.succeed(playbook)
    return asked(bench.lab, before)


def _run_steps(bench: Workbench, steps: Sequence[str] = STEPS) -> dict[str, list[str]]:
    """What a run of each step has asked."""
    requests = {}
    for step in steps:
        if step == "verify":
            bench.lab.until(lambda: _serves(bench.lab))  # what it would have to wait for it would watch
        requests[step] = _run(bench, f"playbooks/{step}.yml")
    return requests


def _run_by_program(bench: Workbench, step: str, **variables: object) -> dict[str, str]:
    """What a run of a step has asked, as cells: the step's own, and one for each other program."""
    before = seen(bench.lab)
    bench.succeed(f"playbooks/{step}.yml", **variables)
    requests = asked_by_program(bench.lab, before)
    always = {program: [one for one in made if not one.startswith(NOT_ALWAYS.get(program, "?"))] for program, made in requests.items()}
    named = {f"{step}: {program}" if program else step: made for program, made in always.items()}
    return {name: cell(name, made) for name, made in named.items() if made or name == step}


@contextmanager
def _workbench(lab: RunningLab, here: Path, path: str, **chosen: object) -> Iterator[Workbench]:
    """A workbench for a path, whose cluster is gone when this ends."""
    bench = Workbench(lab, here, {"gpu_path": path, **chosen})
    try:
        yield bench
    finally:
        bench.succeed("playbooks/teardown.yml")


def test_requests_of_each_step_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "manual_plugin", gpu_metrics="auto", gpu_prove_measure_load=False) as bench:
        first, again = _run_steps(bench), _run_steps(bench)
        found = table({step: (cell(step, first[step]), cell(step, again[step])) for step in STEPS})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"
        steps = countable(chain.from_iterable(again.values()))
        assert countable(_run(bench, "site.yml")) == steps - countable(again["preflight"]), "site.yml judges the pool once"


def test_requests_of_the_steps_that_differ_on_the_path_managed_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "managed") as bench:
        _run(bench, "playbooks/cluster.yml")
        own_lab.arm("POST", "/_lab/settings", {"managed_gpu_needs_feature": True})
        first = _run_steps(bench, OF_THE_PATH)
        again = _run_steps(bench, OF_THE_PATH)
        found = table({step: (cell(step, first[step]), cell(step, again[step])) for step in OF_THE_PATH})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"


def test_requests_of_the_steps_that_differ_on_the_path_gpu_operator_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "gpu_operator", gpu_operator_chart=str(CHART)) as bench:
        _run(bench, "playbooks/cluster.yml")
        first, again = ({name: made for step in OF_THE_PATH for name, made in _run_by_program(bench, step).items()} for _run_of in range(2))
        found = table({name: (first[name], again.get(name, "")) for name in first})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"
        newer = str(newer_chart(here))
        first, again = (_run_by_program(bench, "plugin", gpu_operator_chart=newer) for _run_of in range(2))
        found = table({name: (first[name], again.get(name, "")) for name in first})
        assert found in PAGE.read_text(), f"docs/requests.md should have this table of an upgrade:\n{found}"
