# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/requests.md says what each step asks, and a run of each step asks exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Workbench
from tests.integration.playbooks.requests_table import PAGE, STEPS, asked, cell, countable, seen, table
from tests.integration.running_lab import RunningLab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

# The steps that a path makes; the others are the same on each.
OF_THE_PATH = ("register", "pool", "plugin", "verify")
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


@contextmanager
def _workbench(lab: RunningLab, here: Path, path: str) -> Iterator[Workbench]:
    """A workbench for a path, whose cluster is gone when this ends."""
    bench = Workbench(lab, here, {"gpu_path": path})
    try:
        yield bench
    finally:
        bench.succeed("playbooks/teardown.yml")


def test_requests_of_each_step_match_the_page(own_lab: RunningLab, here: Path) -> None:
    with _workbench(own_lab, here, "manual_plugin") as bench:
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
