# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long after the GPU can be allocated a task that waits for it returns: ours, and what a playbook would use without it."""

from __future__ import annotations

import http
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.ansible import OURS, THEIRS, Ansible, check
from tests.benchmarks.bare import manifest
from tests.benchmarks.figures import ratio, rounded, spread
from tests.benchmarks.kube import Kube, gpus
from tests.benchmarks.labs import LABEL, POOL, BenchLab, bench_lab, pool_properties
from tests.benchmarks.report import OUTPUT, BenchError, say

METHOD = (
    "From: the API server's event that the node's GPU can be allocated, as a watch beside the playbook sees it.",
    "To: the line with which ansible-playbook says that the task is done.",
    "The GPU comes 6, 7, 8, 9 and 10 s after the task has begun, so that a poll every 5 s is met at every point of its pause.",
    "until: k8s_info with retries and delay 5.",
    "k8s_info wait: it waits for conditions only, so it waits for the plugin's pod to be Ready, just before the GPU is there, every 5 s.",
)
TARGET_MS = 250
_ROUNDS = int(os.environ.get("BENCH_READINESS_ROUNDS", "5"))
_SETTLED_S = 6.0
_NODES = f"/api/v1/nodes?labelSelector={LABEL}"
_PLUGINS = "/apis/apps/v1/namespaces/default/daemonsets"
_DONE = ("ok: [localhost]", "changed: [localhost]")

_TASKS: Mapping[str, Mapping[str, object]] = {
    "gpu_schedulable_facts": {"gpuops.aks.gpu_schedulable_facts": {"pool": POOL, "wait": True}},
    "until": {
        "kubernetes.core.k8s_info": {"kind": "Node", "label_selectors": [LABEL]},
        "register": "nodes",
        "until": "nodes.resources[0].status.allocatable['nvidia.com/gpu'] | default('0') | int > 0",
        "retries": 60,
        "delay": 5,
    },
    "k8s_info_wait": {
        "kubernetes.core.k8s_info": {
            "kind": "Pod",
            "namespace": "default",
            "label_selectors": ["name=nvidia-device-plugin-ds"],
            "wait": True,
            "wait_condition": {"type": "Ready", "status": "True"},
        },
    },
}


def measure() -> dict[str, Any]:
    """A lab with a GPU pool whose plugin comes and goes, and everyone waiting for it in turn."""
    with bench_lab("readiness") as bench:
        bench.lab.create_cluster()
        bench.lab.create_pool(POOL, **pool_properties())
        delays: dict[str, list[float]] = {name: [] for name in _TASKS}
        for number in range(_ROUNDS):
            for name, seen in delays.items():
                seen.append(_delay(bench, name, settled_s=_SETTLED_S + number % 5))
            say(f"round {number + 1} of {_ROUNDS}: " + ", ".join(f"{name} {seen[-1] * 1000:.0f} ms" for name, seen in delays.items()))
    return result(delays)


def result(delays: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The figures of the delays, which are in seconds."""
    medians = {name: statistics.median(seen) * 1000 for name, seen in delays.items()}
    ours = medians["gpu_schedulable_facts"]
    return {
        "milliseconds": rounded(medians, 0),
        "target_milliseconds": TARGET_MS,
        "ratio_vs_until": ratio(medians["until"], ours),
        "ratio_vs_k8s_info_wait": ratio(medians["k8s_info_wait"], ours),
        "seconds_of_runs": {name: spread(seen) for name, seen in delays.items()},
        "rounds": len(delays["until"]),
        "method": METHOD,
    }


def _delay(bench: BenchLab, name: str, *, settled_s: float) -> float:
    """Seconds from the GPU to the task's end."""
    kube = Kube(bench.lab)
    _remove_plugin(kube)
    ansible = Ansible(OURS if name == "gpu_schedulable_facts" else THEIRS, bench.env)
    with ThreadPoolExecutor() as pool, _Waiting(ansible, name) as waiting:
        waiting.began.wait()
        time.sleep(settled_s)
        appeared = pool.submit(_gpu_appears, kube)
        plugin = manifest("device-plugin")
        kube.call("POST", _PLUGINS, {**plugin, "metadata": {**plugin["metadata"], "namespace": "default"}})
        return waiting.end() - appeared.result()


def _gpu_appears(kube: Kube) -> float:
    kube.until(_NODES, lambda node: gpus(node) > 0)
    return time.monotonic()


def _remove_plugin(kube: Kube) -> None:
    name = manifest("device-plugin")["metadata"]["name"]
    try:
        kube.call("DELETE", f"{_PLUGINS}/{name}")
    except BenchError as error:
        if str(http.HTTPStatus.NOT_FOUND.value) not in str(error):
            raise
    kube.until(_NODES, lambda node: gpus(node) == 0)


class _Waiting:
    """A running playbook of one task; tells when the task has begun, and the moment at which it was done."""

    def __init__(self, ansible: Ansible, name: str) -> None:
        self.began = threading.Event()
        self._name = name
        self._done = 0.0
        self._log = OUTPUT / f"readiness-{name}.log"
        playbook = ansible.write(f"readiness-{name}", [_TASKS[name]])
        self._child = processes.start(ansible.command(playbook), env=ansible.environment, output=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> _Waiting:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._log.open("w") as log, self._child.stdout as output:
            for line in map(bytes.decode, output):
                now = time.monotonic()
                log.write(line)
                if line.startswith("TASK ["):
                    self.began.set()
                elif line.startswith(_DONE):
                    self._done = now
        self.began.set()

    def end(self) -> float:
        """The moment at which the task was done. Raises BenchError if it wasn't."""
        self._child.wait()
        self._reader.join()
        check(self._name, self._log, hosts=1, may_change=False)
        return self._done
