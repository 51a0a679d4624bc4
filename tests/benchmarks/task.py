# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task costs that finds its node pool as described: ours by both entry points, azure.azcollection's, and az."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.ansible import OURS, THEIRS, Ansible
from tests.benchmarks.figures import marginal, ratio, rounded, spread
from tests.benchmarks.labs import POOL, BenchLab, bench_lab, our_pool, pool_properties, their_pool
from tests.benchmarks.processes import Usage
from tests.benchmarks.report import OUTPUT, say
from tests.integration.running_lab import CLUSTER, GROUP

METHOD = (
    "Each figure is what one of 20 equal tasks adds to a play: (20 tasks - an empty play) / 20, the median over the rounds.",
    "A round runs everyone once, one after the other, so that other work on the machine meets all alike.",
    "az is 20 commands of their own, each a whole process: it has no play; its sign-in is not in the figure.",
    "Everyone reaches the simulated Azure as the public cloud, through the lab's proxy; the pool is as described, nothing changes.",
)
TASKS = 20
TARGETS = {"ratio_vs_azcollection": 40, "ratio_vs_az": 8}
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def measure() -> dict[str, Any]:
    """A lab with a cluster and its GPU pool, and everyone on it in turn."""
    with bench_lab("task") as bench:
        bench.lab.create_cluster()
        bench.lab.create_pool(POOL, **pool_properties())
        bench.sign_in()
        contenders = _contenders(bench)
        requests = {name: _requests_a_task(bench, name, ansible, task) for name, (ansible, task) in contenders.items()}
        runs = [_round(bench, number, contenders) for number in range(1, _ROUNDS + 1)]
    return _result(runs, requests)


def _contenders(bench: BenchLab) -> dict[str, tuple[Ansible, dict[str, object]]]:
    ours = Ansible(OURS, bench.env)
    return {
        "in_process": (ours, our_pool()),
        "module": (Ansible(OURS, bench.env, {"gpuops_in_process": False}), our_pool()),
        "azcollection": (Ansible(THEIRS, bench.env), their_pool()),
    }


def _requests_a_task(bench: BenchLab, name: str, ansible: Ansible, task: Mapping[str, object]) -> int:
    """What one task sends; it also warms the page cache and Ansible's own before anything is measured."""
    before = len(bench.azure_requests())
    ansible.play(f"task-{name}-once", [task])
    return len(bench.azure_requests()) - before


def _round(bench: BenchLab, number: int, contenders: Mapping[str, tuple[Ansible, dict[str, object]]]) -> dict[str, Usage]:
    usages: dict[str, Usage] = {}
    for name, (ansible, task) in contenders.items():
        usages[f"{name}, empty"] = ansible.play(f"task-{name}-empty", [], hosts=0)
        usages[name] = ansible.play(f"task-{name}", [task] * TASKS)
    show = bench.az("aks", "nodepool", "show", "--resource-group", GROUP, "--cluster-name", CLUSTER, "--name", POOL)
    calls = [processes.run(show, env=bench.env, log=OUTPUT / "task-az.log") for _call in range(TASKS)]
    usages["az"] = Usage(sum(call.seconds for call in calls), sum(call.cpu_seconds for call in calls), max(call.peak_mb for call in calls))
    say(f"round {number} of {_ROUNDS}: " + ", ".join(f"{name} {usage.seconds:.2f} s" for name, usage in usages.items()))
    return usages


def _result(runs: list[dict[str, Usage]], requests: Mapping[str, int]) -> dict[str, Any]:
    names = ("in_process", "module", "azcollection", "az")
    wall = {name: _milliseconds(runs, name, "seconds") for name in names}
    return {
        "ratio_vs_azcollection": ratio(wall["azcollection"], wall["in_process"]),
        "ratio_vs_az": ratio(wall["az"], wall["in_process"]),
        "targets": TARGETS,
        "module_ratio_vs_azcollection": ratio(wall["azcollection"], wall["module"]),
        "module_ratio_vs_az": ratio(wall["az"], wall["module"]),
        "milliseconds_a_task": rounded(wall, 1),
        "cpu_milliseconds_a_task": rounded({name: _milliseconds(runs, name, "cpu_seconds") for name in names}, 1),
        "requests_a_task": dict(requests),
        "peak_mb": {name: round(max(run[name].peak_mb for run in runs)) for name in names},
        "seconds_of_runs": {name: spread(run[name].seconds for run in runs) for name in runs[0]},
        "rounds": len(runs),
        "method": METHOD,
    }


def _milliseconds(runs: list[dict[str, Usage]], name: str, what: str) -> float:
    whole = [float(getattr(run[name], what)) for run in runs]
    if name == "az":
        return statistics.median(whole) / TASKS * 1000
    return marginal(whole, [float(getattr(run[f"{name}, empty"], what)) for run in runs], TASKS) * 1000
