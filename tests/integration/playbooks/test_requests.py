# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/requests.md says what each step asks, and a run of each step asks exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Workbench
from tests.integration.playbooks.requests_table import PAGE, STEPS, asked, seen, table
from tests.integration.running_lab import RunningLab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

LAB_OPTIONS = ("--audit-reads", "--speed", "600")


def _serves(lab: RunningLab) -> bool:
    nodes = lab.get("nodes", "--selector", "accelerator=nvidia")["items"]
    return all(node["status"]["allocatable"].get("nvidia.com/gpu", "0") != "0" for node in nodes)


def test_each_step_asks_what_the_page_says_and_no_more(own_lab: RunningLab, here: Path) -> None:
    bench = Workbench(own_lab, here, {"gpu_path": "manual_plugin"})
    runs: list[dict[str, str]] = [{}, {}]
    for cells in runs:
        for step in STEPS:
            if step == "verify":
                own_lab.until(lambda: _serves(own_lab))  # what it would have to wait for it would watch
            before = seen(own_lab)
            bench.succeed(f"playbooks/{step}.yml")
            cells[step] = asked(own_lab, before)
    found = table({step: (runs[0][step], runs[1][step]) for step in STEPS})
    assert found in PAGE.read_text(), f"docs/requests.md should have this table:\n{found}"
