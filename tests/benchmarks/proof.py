# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the start of a task to the verdict on the GPUs of 1, 8 and 40 nodes: gpu_proof, and the same Jobs by kubernetes.core."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import config_map
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import PROOF_LABEL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.program import program_files
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import proof_request

from tests.benchmarks.ansible import OURS, THEIRS, Ansible
from tests.benchmarks.bare import PEERS
from tests.benchmarks.figures import ratio, rounded, spread
from tests.benchmarks.labs import BenchLab, bench_lab
from tests.benchmarks.report import OUTPUT, say
from tests.integration.plugins.cluster import Cluster

METHOD = (
    "A figure is the time of a play with the proof, minus that of an empty play in the same round. Medians of the rounds.",
    "Each node has one simulated GPU. Both run the same Jobs with the same program, and leave nothing behind.",
    "kubernetes.core: tests/benchmarks/peers/proof.yml, which creates, waits (every 5 s), reads each log, looks for the verdict, removes.",
    "It is given the Jobs: it does not find out which GPUs are free, and judges nothing but the program's own verdict.",
    "The stand-in for the GPU computes on the processors of the machine, so the program's own time is in both figures.",
)
TARGET = 2
SIZES = (1, 8, 40)
_PARALLEL = 20
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
Seconds = Mapping[int, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class _Pool:
    """Nodes of one pool, and a namespace for what proves them."""

    cluster: Cluster
    nodes: int

    @property
    def wanted(self) -> dict[str, Any]:
        """The options of gpu_proof."""
        return {"pool": self.cluster.name, "namespace": self.cluster.name, "parallel": _PARALLEL}

    def manifests(self) -> Path:
        """A file with the program and the Jobs that gpu_proof would create."""
        changes = self.cluster.run(OPERATION, check=True, keep=True, **self.wanted)["diff"]
        defaults = {name: argument.get("default") for name, argument in OPERATION.arguments.items()}
        program = config_map(program_files(), proof_request({**defaults, **self.wanted}, "0" * 32).settings)
        file = OUTPUT / f"proof-{self.nodes}.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [program, *(change["after"] for change in changes)]}))
        return file


def measure() -> dict[str, Any]:
    """A lab with three pools, and everyone on each of them in turn."""
    seconds: dict[int, dict[str, list[float]]] = {size: {"ours": [], "kubernetes.core": []} for size in SIZES}
    with bench_lab("proof") as bench:
        pools = [_pool(bench, size) for size in SIZES]
        for number in range(1, _ROUNDS + 1):
            for pool in pools:
                seconds[pool.nodes]["ours"].append(_ours(bench, pool))
                seconds[pool.nodes]["kubernetes.core"].append(_theirs(bench, pool))
            shown = (f"{size} nodes {seen['ours'][-1]:.1f} and {seen['kubernetes.core'][-1]:.1f} s" for size, seen in seconds.items())
            say(f"round {number} of {_ROUNDS}: {', '.join(shown)}")
    return result(seconds)


def result(seconds: Seconds) -> dict[str, Any]:
    """The figures of the times, by number of nodes."""
    medians = {size: {name: statistics.median(seen) for name, seen in of_size.items()} for size, of_size in seconds.items()}
    return {
        "seconds": {str(size): rounded(median, 2) for size, median in medians.items()},
        "ratios": {str(size): ratio(median["kubernetes.core"], median["ours"]) for size, median in medians.items()},
        "target_ratio": TARGET,
        "seconds_of_runs": {str(size): {name: spread(seen) for name, seen in of_size.items()} for size, of_size in seconds.items()},
        "rounds": min(len(seen) for of_size in seconds.values() for seen in of_size.values()),
        "method": METHOD,
    }


def _pool(bench: BenchLab, size: int) -> _Pool:
    cluster = Cluster(bench.lab, OUTPUT)
    for number in range(size):
        cluster.add_node(f"n{number}", gpus=1)
    return _Pool(cluster, size)


def _ours(bench: BenchLab, pool: _Pool) -> float:
    ansible, label = Ansible(OURS, bench.env), f"proof-ours-{pool.nodes}"
    task = {"gpuops.aks.gpu_proof": {"kubeconfig": pool.cluster.kubeconfig, **pool.wanted, "require": "all"}}
    return ansible.play(label, [task]).seconds - ansible.play(f"{label}-empty", [], hosts=0).seconds


def _theirs(bench: BenchLab, pool: _Pool) -> float:
    ansible, label = Ansible(THEIRS, bench.env), f"proof-theirs-{pool.nodes}"
    given = {
        "kubeconfig": pool.cluster.kubeconfig,
        "namespace": pool.cluster.name,
        "manifests": str(pool.manifests()),
        "label": PROOF_LABEL,
        "jobs": pool.nodes,
    }
    usage = ansible.run(label, PEERS / "proof.yml", "--extra-vars", json.dumps(given))
    return usage.seconds - ansible.play(f"{label}-empty", [], hosts=0).seconds
