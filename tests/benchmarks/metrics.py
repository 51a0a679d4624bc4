# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of gpu_metrics_info for 5,000 nodes with 8 GPUs, whose metrics a Prometheus has.

The answers are those of Prometheus' API in size and form, made before anything is measured: a stand-in, because what is measured is ours.
BENCH_NODES sets another size.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.benchmarks import processes
from tests.benchmarks.report import OUTPUT, say
from tests.lab.config import LOOPBACK

METHOD = (
    "Each time is that of a whole Python process with one call of the operation, its imports included: the median of 5.",
    "Memory is the peak of that process. The answers come from a stand-in for Prometheus' API on the same machine, made beforehand.",
)
TARGETS = {"seconds": 3, "peak_mb": 150}
GPUS = 8
_RUNS = 5
_CLUSTER = "myAKSCluster"
_MOMENT = 1790000000.5
_COUNTS = ("kube_node_status_capacity", "kube_node_status_allocatable")
_CALL = """
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION
from tests.unit.plugins.tasks import real_run, task_parameters
import sys
task = {"source": "prometheus", "prometheus_url": sys.argv[1], "prometheus_labels": {"cluster": "myAKSCluster"}}
found = OPERATION.run(task_parameters(OPERATION, task), real_run(check_mode=False)).result["gpu_metrics"]
print(found["totals"])
assert found["totals"]["devices"] == int(sys.argv[2]), found["totals"]
"""


def _answer(series: Iterator[dict[str, str]]) -> bytes:
    # Values that all differ take more memory than those of most metrics.
    result = [{"metric": labels, "value": [_MOMENT, f"{number * 7919 % 100000 / 100}"]} for number, labels in enumerate(series)]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}, separators=(",", ":")).encode()


def _names(nodes: int) -> list[str]:
    return [f"aks-gpunp-28993262-vmss{number:06x}" for number in range(nodes)]


def _devices(nodes: int, **more: str) -> Iterator[dict[str, str]]:
    for name in _names(nodes):
        for gpu in range(GPUS):
            yield {"gpu": str(gpu), "instance": name, **more}


class _Answers:
    """What is answered to each kind of query."""

    def __init__(self, nodes: int) -> None:
        self._values = _answer(_devices(nodes))
        self._described = _answer(_devices(nodes, cluster=_CLUSTER, job="dcgm-exporter", __name__="DCGM_FI_DEV_FB_USED"))
        self._counts = _answer({"node": name, "resource": "nvidia_com_gpu"} for name in _names(nodes))
        self._none = _answer(iter(()))

    def of(self, query: str) -> bytes:
        """The answer to a query; none to what kube-state-metrics has of pods, which managed Prometheus does not scrape by default."""
        if query.startswith("max by (instance"):
            return self._values
        if any(count in query for count in _COUNTS):
            return self._counts
        return self._described if query.startswith("DCGM") else self._none


@contextmanager
def _served(answers: _Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = answers.of(form["query"][0])
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_unused: object) -> None:
            """Nothing: the log would be measured too."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def measure() -> dict[str, Any]:
    """One call, several times."""
    nodes = int(os.environ.get("BENCH_NODES", "5000"))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(("collections", "."))}
    with _served(_Answers(nodes)) as url:
        line = [sys.executable, "-c", _CALL, url, str(nodes * GPUS)]
        runs = [processes.run(line, env=env, log=OUTPUT / "metrics.txt") for _run in range(_RUNS)]
    say(f"ours: {runs}")
    return {
        "nodes": nodes,
        "devices": nodes * GPUS,
        "seconds": round(statistics.median(run.seconds for run in runs), 2),
        "cpu_seconds": round(statistics.median(run.cpu_seconds for run in runs), 2),
        "peak_mb": max(round(run.peak_mb) for run in runs),
        "targets": TARGETS,
        "runs": [round(run.seconds, 2) for run in runs],
        "method": METHOD,
    }
