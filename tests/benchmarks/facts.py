# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of gpu_schedulable_facts on a large cluster, beside kubernetes.core.k8s_info and kubectl describe; all on one API server.

BENCH_NODES sets another size than 5,000 nodes; a tenth of it is enough to try the benchmark itself.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.ansible import THEIRS, Ansible
from tests.benchmarks.controlplane import Seeded, cluster
from tests.benchmarks.figures import ratio
from tests.benchmarks.objects import GPU, Size
from tests.benchmarks.report import OUTPUT, say

METHOD = (
    "Each time is that of a whole ansible-playbook with one task, two for the peer: ours the median of 5, the others once.",
    "Ours and the peer run on the same Python with the same client library. Memory is the peak of the module's own process.",
    "kubernetes.core.k8s_info returns the objects as they are: what can be scheduled is still to be computed from them.",
)
_RUNS = 5
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
        interpreter = OUTPUT / "python-peaks"
        interpreter.write_text(_INTERPRETER.format(python=str(THEIRS / "python"), log=str(self._log)))
        interpreter.chmod(0o755)
        env = {**os.environ, "KUBECONFIG": str(up.kubeconfig), "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks"}
        variables = {"ansible_python_interpreter": str(interpreter)}
        self._ansible = Ansible(THEIRS, env, variables)
        self._without_msgspec = Ansible(THEIRS, {**env, "PYTHONPATH": _hidden_msgspec()}, variables)

    def play(self, name: str, *tasks: dict[str, Any], without_msgspec: bool = False) -> Run:
        """Run tasks as a user does: ansible-playbook, from its start to its end."""
        self._log.write_text("")
        usage = (self._without_msgspec if without_msgspec else self._ansible).play(name, tasks)
        return Run(round(usage.seconds, 2), round(max(map(int, self._log.read_text().split())) / 1024, 1))

    def kubectl_describe(self) -> float:
        """Seconds that kubectl needs to describe the GPU nodes."""
        line = [str(self._up.binary), "kubectl", "describe", "nodes", "--selector", "accelerator=nvidia"]
        env = {"KUBECONFIG": str(self._up.kubeconfig), "HOME": str(OUTPUT)}
        return round(processes.run(line, env=env, log=OUTPUT / "describe.txt").seconds, 2)


def _hidden_msgspec() -> str:
    """A directory for PYTHONPATH that makes msgspec look as if it were not installed."""
    directory = OUTPUT / "without_msgspec"
    directory.mkdir(exist_ok=True)
    (directory / "msgspec.py").write_text("raise ImportError('hidden by the benchmark')\n")
    return str(directory)


def measure() -> dict[str, Any]:
    """A cluster written for it, read by everyone."""
    size = Size(int(os.environ.get("BENCH_NODES", "5000")))
    shape = {"nodes": size.nodes, "gpu_nodes": size.gpu_nodes, "pods": size.pods, "gpu_node_pods": size.gpu_pods, "resource": GPU}
    with cluster(OUTPUT / "cluster", size, say) as up:
        say(f"cluster of {size.nodes} nodes and {size.pods} pods written in {up.seconds:.0f} s")
        return {**_measured(Bench(up), size), "cluster": shape, "method": METHOD}


def _measured(bench: Bench, size: Size) -> dict[str, Any]:
    """Ours several times, the others once."""
    facts: dict[str, Any] = {"gpuops.aks.gpu_schedulable_facts": {}}
    found = "ansible_facts.gpu_schedulable"
    right = [f"{found}.node_count == {size.gpu_nodes}", f"{found}.requested == {size.held}", f"{found}.findings == []"]
    bench.play("checked", facts, {"ansible.builtin.assert": {"that": right}})
    ours = [bench.play("facts", facts) for _run in range(_RUNS)]
    say(f"ours: {ours}")
    plain = bench.play("facts_without_msgspec", facts, without_msgspec=True)
    say(f"without msgspec: {plain}")
    describe = bench.kubectl_describe()
    say(f"kubectl describe: {describe}")
    peer = bench.play("k8s_info", *({"kubernetes.core.k8s_info": {"kind": kind}} for kind in ("Node", "Pod")))
    say(f"k8s_info: {peer}")
    seconds = statistics.median(run.seconds for run in ours)
    return {
        "ratio_vs_k8s_info": ratio(peer.seconds, seconds),
        "peak_mb": max(run.peak_mb for run in ours),
        "seconds": {"gpu_schedulable_facts": seconds, "k8s_info": peer.seconds, "kubectl_describe_gpu_nodes": describe},
        "runs": [run.seconds for run in ours],
        "without_msgspec": {"seconds": plain.seconds, "peak_mb": plain.peak_mb},
        "k8s_info_peak_mb": peer.peak_mb,
    }
