# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole chain, from an empty subscription to a trained model: ours, a playbook without it, and a script of az and kubectl.

Then ours once more on what it has made, when there is nothing left to change.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.ansible import OURS, THEIRS, Ansible
from tests.benchmarks.bare import PEERS, servers_own_seconds
from tests.benchmarks.figures import ratio, rounded, spread
from tests.benchmarks.labs import POOL, TAINT, VM_SIZE, BenchLab, bench_lab
from tests.benchmarks.processes import Memory, Usage
from tests.benchmarks.report import OUTPUT, REPOSITORY, say
from tests.integration.running_lab import CLUSTER, GROUP

METHOD = (
    "Each run is on a lab of its own without simulated delays; bringing labs up, and az login, are in no figure. Medians of the rounds.",
    "ours: site.yml on the path manual_plugin, the cluster made too. script: tests/benchmarks/peers/chain.sh.",
    "Nobody else proves every GPU, so ours leaves that step out (gpu_prove: false); the benchmark proof measures it.",
    "playbook: tests/benchmarks/peers/chain.yml, of azure.azcollection and kubernetes.core.",
    "That playbook can send no custom header, so the path dedicated_vhd is out of its reach.",
    "servers: every change sent by a bare client in one process and waited for by watches, the training included; nobody can be faster.",
    "converged: site.yml once more, nothing changes; it begins when the plugin's pods have been ready for their 5 s (minReadySeconds).",
    "Kubernetes requests are those of the chain's user in the audit log, reads too.",
)
TARGETS = {"ratio_vs_playbook": 5, "ratio_vs_script": 2, "times_empty_play_and_servers_at_most": 2}
_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_MEMORY_S = 0.02
_SIGN_IN = ("/openid-configuration", "/token")


@dataclass(frozen=True)
class Converged:
    """site.yml with nothing to change."""

    usage: Usage
    memory: Memory
    azure_requests: Sequence[str]
    kubernetes_requests: Sequence[str]

    @property
    def sign_in_requests(self) -> int:
        return sum(path.endswith(_SIGN_IN) for path in self.azure_requests)


def measure() -> dict[str, Any]:
    """Everyone on a lab of its own, round after round."""
    seconds: dict[str, list[float]] = {}
    converged: list[Converged] = []
    for number in range(1, _ROUNDS + 1):
        for name, contender in _CONTENDERS.items():
            with bench_lab("chain", audit_reads=True) as bench:
                seconds.setdefault(name, []).append(contender(bench))
                if name == "ours":
                    converged.append(_converged(bench))
                    seconds.setdefault("empty_play", []).append(Ansible(OURS, bench.env).play("chain-empty", [], hosts=0).seconds)
        say(f"round {number} of {_ROUNDS}: " + ", ".join(f"{name} {seen[-1]:.1f} s" for name, seen in seconds.items()))
    return result(seconds, converged)


def result(seconds: Mapping[str, Sequence[float]], converged: Sequence[Converged]) -> dict[str, Any]:
    """The figures of the rounds."""
    medians = {name: statistics.median(seen) for name, seen in seconds.items()}
    least = medians["empty_play"] + medians["servers"]
    return {
        "ratio_vs_playbook": ratio(medians["playbook"], medians["ours"]),
        "ratio_vs_script": ratio(medians["script"], medians["ours"]),
        "times_empty_play_and_servers": ratio(medians["ours"], least),
        "targets": TARGETS,
        "seconds": rounded(medians, 2),
        "converged": {
            "seconds": round(statistics.median(one.usage.seconds for one in converged), 2),
            "cpu_seconds": round(statistics.median(one.usage.cpu_seconds for one in converged), 2),
            "azure_requests": max(len(one.azure_requests) for one in converged),
            "sign_in_requests": max(one.sign_in_requests for one in converged),
            "kubernetes_requests": max(len(one.kubernetes_requests) for one in converged),
            "controller_peak_mb": round(max(one.memory.controller for one in converged)),
            "largest_worker_peak_mb": round(max(one.memory.worker for one in converged)),
        },
        "seconds_of_runs": {name: spread(seen) for name, seen in seconds.items()},
        "rounds": len(converged),
        "method": METHOD,
    }


def _servers(bench: BenchLab) -> float:
    return servers_own_seconds(bench.lab)


def _ours(bench: BenchLab) -> float:
    return _site(bench, "chain-ours").seconds


def _site(bench: BenchLab, name: str, *, may_change: bool = True, memory: Memory | None = None) -> Usage:
    where = {"gpu_kubeconfig": str(_kubeconfig(bench)), "gpu_resource_group": GROUP, "gpu_cluster": CLUSTER}
    options = ["--extra-vars", json.dumps({**where, "gpu_create_cluster": True, "gpu_prove": False})]
    return Ansible(OURS, bench.env).run(name, REPOSITORY / "site.yml", *options, may_change=may_change, memory=memory)


def _converged(bench: BenchLab) -> Converged:
    bench.lab.until(lambda: _plugin_is_available(bench))
    before = len(bench.azure_requests()), len(bench.kubernetes_requests())
    usage = _site(bench, "chain-converged", may_change=False)
    azure, kubernetes = bench.azure_requests()[before[0] :], bench.kubernetes_requests()[before[1] :]
    memory = Memory(_MEMORY_S)
    # Again, because to look at the memory takes processor time of its own.
    _site(bench, "chain-converged-memory", may_change=False, memory=memory)
    return Converged(usage, memory, azure, kubernetes)


def _plugin_is_available(bench: BenchLab) -> bool:
    (plugin,) = bench.lab.get("daemonsets", "--all-namespaces")["items"]
    status: Mapping[str, int] = plugin["status"]
    return status["desiredNumberScheduled"] == status.get("numberAvailable")


def _playbook(bench: BenchLab) -> float:
    chosen = {"group": GROUP, "cluster": CLUSTER, "pool": POOL, "vm_size": VM_SIZE, "taint": TAINT, "kubeconfig": str(_kubeconfig(bench))}
    return Ansible(THEIRS, bench.env).run("chain-playbook", PEERS / "chain.yml", "--extra-vars", json.dumps(chosen)).seconds


def _script(bench: BenchLab) -> float:
    bench.sign_in()
    chosen = {"GROUP": GROUP, "CLUSTER": CLUSTER, "POOL": POOL, "VM_SIZE": VM_SIZE, "TAINT": TAINT, "KUBECONFIG": str(_kubeconfig(bench))}
    script = ["/bin/sh", str(PEERS / "chain.sh")]
    return processes.run(script, env={**bench.env, **chosen}, log=OUTPUT / "chain-script.log").seconds


def _kubeconfig(bench: BenchLab) -> Path:
    return bench.lab.dir / "chain.kubeconfig"


_CONTENDERS: Mapping[str, Callable[[BenchLab], float]] = {"servers": _servers, "ours": _ours, "playbook": _playbook, "script": _script}
