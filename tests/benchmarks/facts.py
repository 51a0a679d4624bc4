# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of gpu_schedulable_facts on a large cluster, beside kubernetes.core.k8s_info and kubectl describe; all on one API server.

BENCH_NODES sets another size than 5,000 nodes; a tenth of it is enough to try the benchmark itself.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.controlplane import Seeded, cluster
from tests.benchmarks.objects import GPU, Size

REPOSITORY = Path(__file__).parents[2]
BIN = REPOSITORY / ".venv-bench" / "bin"
OUTPUT = REPOSITORY / "build" / "bench"
_RUNS = 5
_PATIENCE_S = 3600
# Stands between Ansible and the module's Python, to see how much memory the module takes.
_INTERPRETER = """#!{python}
import resource, subprocess, sys
code = subprocess.run([{python!r}, *sys.argv[1:]]).returncode
with open({log!r}, "a") as log:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=log)
sys.exit(code)
"""


@dataclass(frozen=True)
class Run:
    """One playbook: how long it took, and the peak memory of its largest module process."""

    seconds: float
    peak_mb: float


class Bench:
    """Playbooks on a cluster that is up."""

    def __init__(self, up: Seeded) -> None:
        self._up = up
        self._log = OUTPUT / "peaks.txt"
        self._interpreter = OUTPUT / "python"
        self._interpreter.write_text(_INTERPRETER.format(python=str(BIN / "python"), log=str(self._log)))
        self._interpreter.chmod(0o755)

    def play(self, name: str, *tasks: dict[str, Any], without_msgspec: bool = False) -> Run:
        """Run tasks as a user does: ansible-playbook, from its start to its end."""
        playbook = OUTPUT / f"{name}.yml"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": str(self._interpreter)},
            "tasks": list(tasks),
        }
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        self._log.write_text("")
        started = time.monotonic()
        with (OUTPUT / f"{name}.log").open("w") as log:
            subprocess.run(
                [BIN / "ansible-playbook", playbook],
                env=self._env(without_msgspec),
                stdout=log,
                stderr=log,
                check=True,
                timeout=_PATIENCE_S,
            )
        seconds = time.monotonic() - started
        return Run(round(seconds, 2), round(max(map(int, self._log.read_text().split())) / 1024, 1))

    def _env(self, without_msgspec: bool) -> dict[str, str]:
        env = {
            **os.environ,
            "KUBECONFIG": str(self._up.kubeconfig),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
        }
        if without_msgspec:
            hidden = OUTPUT / "without_msgspec"
            hidden.mkdir(exist_ok=True)
            (hidden / "msgspec.py").write_text("raise ImportError('hidden by the benchmark')\n")
            env["PYTHONPATH"] = str(hidden)
        return env

    def kubectl_describe(self) -> float:
        """Seconds that kubectl needs to describe the GPU nodes."""
        line = [str(self._up.binary), "kubectl", "describe", "nodes", "--selector", "accelerator=nvidia"]
        started = time.monotonic()
        with (OUTPUT / "describe.txt").open("w") as output:
            subprocess.run(
                line, env={"KUBECONFIG": str(self._up.kubeconfig), "HOME": str(OUTPUT)}, stdout=output, check=True, timeout=_PATIENCE_S
            )
        return round(time.monotonic() - started, 2)


def measure(bench: Bench, size: Size) -> dict[str, Any]:
    """Ours several times, the others once."""
    facts: dict[str, Any] = {"gpuops.aks.gpu_schedulable_facts": {}}
    found = "ansible_facts.gpu_schedulable"
    right = [f"{found}.node_count == {size.gpu_nodes}", f"{found}.requested == {size.held}", f"{found}.findings == []"]
    bench.play("checked", facts, {"ansible.builtin.assert": {"that": right}})
    ours = [bench.play("facts", facts) for _run in range(_RUNS)]
    _say(f"ours: {ours}")
    plain = bench.play("facts_without_msgspec", facts, without_msgspec=True)
    _say(f"without msgspec: {plain}")
    describe = bench.kubectl_describe()
    _say(f"kubectl describe: {describe}")
    peer = bench.play("k8s_info", *({"kubernetes.core.k8s_info": {"kind": kind}} for kind in ("Node", "Pod")))
    _say(f"k8s_info: {peer}")
    seconds = statistics.median(run.seconds for run in ours)
    return {
        "ratio_vs_k8s_info": round(peer.seconds / seconds, 1),
        "peak_mb": max(run.peak_mb for run in ours),
        "seconds": {"gpu_schedulable_facts": seconds, "k8s_info": peer.seconds, "kubectl_describe_gpu_nodes": describe},
        "runs": [run.seconds for run in ours],
        "without_msgspec": {"seconds": plain.seconds, "peak_mb": plain.peak_mb},
        "k8s_info_peak_mb": peer.peak_mb,
    }


def _machine() -> dict[str, Any]:
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = round(os.getloadavg()[0], 1)
    return {"cpus": os.cpu_count(), "cpu": model, "memory_gib": round(memory), "load_before": load, "python": platform.python_version()}


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, and write build/bench/facts.json."""
    size = Size(int(os.environ.get("BENCH_NODES", "5000")))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {
        "cluster": {"nodes": size.nodes, "gpu_nodes": size.gpu_nodes, "pods": size.pods, "gpu_node_pods": size.gpu_pods, "resource": GPU},
        "machine": _machine(),
    }
    with cluster(OUTPUT / "cluster", size, _say) as up:
        _say(f"cluster of {size.nodes} nodes and {size.pods} pods written in {up.seconds:.0f} s")
        result |= measure(Bench(up), size)
    (OUTPUT / "facts.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
