# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import clusters, fleet, proof, readiness
from tests.benchmarks.fleet import FORKS, SIZES, Run, Shape
from tests.benchmarks.processes import Memory, Usage
from tests.benchmarks.report import BenchError
from tests.benchmarks.table import BEGIN, END, replaced, sections

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
MACHINE = {"date": "2026-11-25", "cpus": 2, "cpu": "AMD EPYC", "memory_gib": 24, "python": "3.11.7", "load_before": 0.3}


def of(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "machine": MACHINE}


def run(shape: Shape, seconds: float) -> Run:
    """A play of which half a second is Ansible's own."""
    empty = Usage(seconds=0.5, cpu_seconds=0.5, peak_mb=60)
    return Run(shape, Usage(seconds, seconds, 70), empty, Memory(interval_s=1), simulator_cpu_seconds=seconds / 10)


def test_readiness_is_the_median_and_an_aim_that_is_met_is_not_called_missed() -> None:
    found = readiness.result({"gpu_schedulable_facts": [0.01, 0.09, 0.02], "until": [4.0, 6.0, 5.0], "k8s_info_wait": [2.0, 2.0, 2.0]})
    assert found["milliseconds"]["gpu_schedulable_facts"] == 20
    assert (found["ratio_vs_until"], found["ratio_vs_k8s_info_wait"]) == (250, 100)
    table = sections({"readiness": of(found)})["readiness"]
    assert "| `gpu_schedulable_facts` with `wait` | 20 | 0.01-0.09 |" in table
    assert "**20** (aim: at most 250)" in table


def test_an_aim_that_is_missed_is_called_so() -> None:
    slow = {"gpu_schedulable_facts": [0.4], "until": [4.0], "k8s_info_wait": [2.0]}
    assert "**400** (aim: at most 250, missed)" in sections({"readiness": of(readiness.result(slow))})["readiness"]


def test_fleet_figure_is_the_cost_per_cluster_and_shows_growth() -> None:
    shapes = [Shape(size, forks) for size in SIZES for forks in FORKS]
    ours = {shape: [run(shape, 0.5 + shape.clusters * (0.05 if shape.clusters == 50 else 0.1))] for shape in shapes}
    found = fleet.result(ours, run(shapes[0], 100.5))
    assert found["ours"]["50 clusters, 10 forks"]["milliseconds_a_cluster"] == pytest.approx(50)
    assert found["cost_a_cluster_of_200_over_that_of_50"] == {"10 forks": 2.0, "50 forks": 2.0}
    assert found["ratio_vs_azcollection"] == 40.0
    assert "| azure.azcollection: 50 clusters, 10 forks | 100.5 | 2000.0 |" in sections({"fleet": of(found)})["fleet"]


def test_run_on_many_clusters_shows_its_one_summary() -> None:
    log = 'ok: [a] => {\n "msg": [\n "proven  a  1 of 1 GPUs",\n "1 of 200 clusters proven, 20 explained, 179 not reached."\n ]'
    found = clusters.result(Usage(100.0, 150.0, 90), Memory(interval_s=1), log)
    table = sections({"clusters": of(found)})["clusters"]
    assert "| 100 | 150 | 0 |" in table.replace(".0", "")
    assert "1 of 200 clusters proven, 20 explained, 179 not reached." in table
    with pytest.raises(BenchError, match="2 summaries"):
        clusters.result(Usage(100.0, 150.0, 90), Memory(interval_s=1), log * 2)


def test_proof_is_judged_by_the_size_on_which_the_others_lose_least() -> None:
    found = proof.result({1: {"ours": [2.0, 3.0, 2.5], "kubernetes.core": [10.0, 9.0, 11.0]}, 8: {"ours": [4.0], "kubernetes.core": [6.0]}})
    assert found["ratios"] == {"1": 4.0, "8": 1.5}
    table = sections({"proof": of(found)})["proof"]
    assert "| 1 | 2.5 | 10.0 | 4 |" in table
    assert "**1.5** (aim: at least 2, missed)" in table


def test_metrics_are_judged_by_time_and_memory() -> None:
    found = {"nodes": 5000, "seconds": 2.5, "cpu_seconds": 2.25, "peak_mb": 160, "targets": {"seconds": 3, "peak_mb": 150}}
    table = sections({"metrics": of(found)})["metrics"]
    assert "**2.5** (aim: at most 3)" in table
    assert "**160** (aim: at most 150, missed)" in table
    assert "CPU s: 2.25" in table


def test_measured_figures_take_the_place_of_their_own_and_the_others_stay() -> None:
    task, facts, newer = "### One task (`task`)\n\n**9**", "### Facts (`facts`)\n\n* **69**", "### One task (`task`)\n\n**10**"
    page = f"# Benchmarks\n\n{BEGIN}\n\n{task}\n\n{facts}\n\n{END}\n\n## Method\n"
    assert replaced(page, {"task": newer}) == page.replace(task, newer)
    fleet_too = "### Fleet (`fleet`)\n\n**54**"
    assert replaced(page, {"fleet": fleet_too}) == page.replace(facts, f"{fleet_too}\n\n{facts}"), "in the order in which they run"


def test_a_page_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="has no lines"):
        replaced("# Benchmarks\n", {})


def test_the_page_of_the_project_stays_as_it_is_when_nothing_was_measured() -> None:
    assert replaced(PAGE.read_text(), {}) == PAGE.read_text()
