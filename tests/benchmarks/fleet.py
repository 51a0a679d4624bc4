# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One converged pool task on each of many clusters, inventory hosts of one controller: what a cluster costs, and whether more cost more."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.ansible import OURS, THEIRS, Ansible
from tests.benchmarks.figures import ratio, rounded
from tests.benchmarks.labs import POOL, BenchLab, bench_lab, our_pool, pool_properties, their_pool
from tests.benchmarks.processes import Memory, Usage
from tests.benchmarks.report import OUTPUT, BenchError, say
from tests.integration.running_lab import CLUSTER, GROUP

METHOD = (
    "One play on all hosts, each with connection local and a cluster of its own in the simulated Azure; the pool is as described.",
    "A cluster's cost is what it adds: (the play - the same play with nothing to do) / clusters. Medians of the rounds.",
    "azure.azcollection runs once, on 50 clusters with 10 forks: more would take the rest of the hour.",
    "Memory is sampled once a second: together is the largest sum of all processes of the play (PSS).",
    "The simulator is one process: its share is its processor time by the play's wall time; at 1 it would be what is measured.",
)
SIZES = (50, 200)
FORKS = (10, 50)
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_NOTHING = {"ansible.builtin.meta": "noop"}
_HOST = "{{ inventory_hostname }}"


@dataclass(frozen=True)
class Shape:
    """How many clusters, and how many of them at a time."""

    clusters: int
    forks: int

    def __str__(self) -> str:
        return f"{self.clusters} clusters, {self.forks} forks"


@dataclass(frozen=True)
class Run:
    """One play on so many clusters, and the same with nothing to do."""

    shape: Shape
    usage: Usage
    empty: Usage
    memory: Memory
    simulator_cpu_seconds: float

    @property
    def milliseconds_a_cluster(self) -> float:
        return (self.usage.seconds - self.empty.seconds) / self.shape.clusters * 1000

    @property
    def cpu_milliseconds_a_cluster(self) -> float:
        return (self.usage.cpu_seconds - self.empty.cpu_seconds) / self.shape.clusters * 1000

    @property
    def simulator_share(self) -> float:
        return self.simulator_cpu_seconds / self.usage.seconds


def measure() -> dict[str, Any]:
    """A lab with 200 clusters, and the plays on 50 and on all of them."""
    shapes = [Shape(size, forks) for size in SIZES for forks in FORKS]
    ours: dict[Shape, list[Run]] = {shape: [] for shape in shapes}
    with bench_lab("fleet") as bench:
        make_clusters(bench, max(SIZES))
        for number in range(1, _ROUNDS + 1):
            for shape, runs in ours.items():
                runs.append(_run(bench, Ansible(OURS, bench.env), our_pool(cluster=_HOST), shape))
            say(f"round {number} of {_ROUNDS}: " + ", ".join(f"{shape} {runs[-1].usage.seconds:.1f} s" for shape, runs in ours.items()))
        theirs = _run(bench, Ansible(THEIRS, bench.env), their_pool(cluster_name=_HOST), shapes[0])
    return result(ours, theirs)


def result(ours: Mapping[Shape, Sequence[Run]], theirs: Run) -> dict[str, Any]:
    """The figures of the runs, by number of clusters and forks."""
    same = ours[theirs.shape]
    return {
        "ratio_vs_azcollection": ratio(theirs.milliseconds_a_cluster, _median(same, "milliseconds_a_cluster")),
        "cpu_ratio_vs_azcollection": ratio(theirs.cpu_milliseconds_a_cluster, _median(same, "cpu_milliseconds_a_cluster")),
        "cost_a_cluster_of_200_over_that_of_50": {f"{forks} forks": _growth(ours, forks) for forks in FORKS},
        "ours": {str(shape): _figures(runs) for shape, runs in ours.items()},
        "azcollection": {str(theirs.shape): _figures([theirs])},
        "rounds": len(same),
        "method": METHOD,
    }


def _growth(ours: Mapping[Shape, Sequence[Run]], forks: int) -> float:
    """How many times what one of 50 clusters costs one of 200 does, in processor time."""
    few, many = (_median(ours[Shape(size, forks)], "cpu_milliseconds_a_cluster") for size in SIZES)
    return ratio(many, few)


def _figures(runs: Sequence[Run]) -> dict[str, float]:
    return rounded(
        {
            "seconds": statistics.median(run.usage.seconds for run in runs),
            "milliseconds_a_cluster": _median(runs, "milliseconds_a_cluster"),
            "cpu_milliseconds_a_cluster": _median(runs, "cpu_milliseconds_a_cluster"),
            "controller_mb": max(run.memory.controller for run in runs),
            "largest_worker_mb": max(run.memory.worker for run in runs),
            "together_mb": max(run.memory.together for run in runs),
            "simulator_share": _median(runs, "simulator_share"),
        },
        2,
    )


def _median(runs: Sequence[Run], what: str) -> float:
    return statistics.median(float(getattr(run, what)) for run in runs)


def _run(bench: BenchLab, ansible: Ansible, task: Mapping[str, object], shape: Shape) -> Run:
    where: dict[str, Any] = {"inventory": _inventory(shape.clusters), "forks": shape.forks}
    label = f"fleet-{'ours' if ansible.bin == OURS else 'azcollection'}-{shape.clusters}-{shape.forks}"
    empty = ansible.play(f"{label}-empty", [_NOTHING], hosts=0, **where)
    memory = Memory(interval_s=1.0)
    before = bench.cpu_seconds()["server"]
    usage = ansible.play(label, [task], hosts=shape.clusters, memory=memory, **where)
    return Run(shape, usage, empty, memory, bench.cpu_seconds()["server"] - before)


def make_clusters(bench: BenchLab, count: int) -> None:
    """So many clusters with a GPU pool, besides the one that the control plane backs, which has none."""
    lab = bench.lab
    lab.create_cluster()
    system = {"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System"}
    gpu = {"name": POOL, "mode": "User", "type": "VirtualMachineScaleSets", **pool_properties()}
    for number in range(1, count + 1):
        name = _name(number)
        path = f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerService/managedClusters/{name}"
        body = {
            "location": "eastus",
            "identity": {"type": "SystemAssigned"},
            "properties": {"dnsPrefix": name, "agentPoolProfiles": [system, gpu]},
        }
        answer = lab.arm("PUT", path, body)
        if answer.status >= 400:
            raise BenchError(f"cluster {name}: {answer}")
    lab.advance(3600)


def _name(number: int) -> str:
    return f"{CLUSTER}{number:03d}"


def _inventory(count: int) -> Path:
    file = OUTPUT / f"fleet-{count}.ini"
    file.write_text("".join(f"{_name(number)} ansible_connection=local\n" for number in range(1, count + 1)))
    return file
