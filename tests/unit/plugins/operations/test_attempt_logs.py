# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attempt's log is that of a Job that has succeeded."""

from __future__ import annotations

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import Ending
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._operations.jobs.attempt_logs import AttemptLogs
from ansible_collections.gpuops.aks.plugins.module_utils._operations.jobs.log_file import LogFiles
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.request import job_request

from .test_workload_request import params


class _Log(BaseHTTPRequestHandler):
    """Each pod's log is its own path."""

    def do_GET(self) -> None:
        content = f"2026-11-28T10:00:00Z {self.path.split('/')[-2]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_unused: object) -> None:
        """Quiet."""


def a_pod(name: str, settings_name: str, statuses: list[Mapping[str, Any]]) -> dict[str, Any]:
    named = [{"name": settings_name, **status} for status in statuses]
    return {"metadata": {"name": name, "uid": name}, "status": {"containerStatuses": named}}


@pytest.mark.parametrize(
    ("statuses", "log"),
    [([{"restartCount": 0, "state": {"terminated": {"exitCode": 0}}}], ("second",)), ([], ())],
    ids=["its own", "none, where the pod that succeeded shows nothing of its container"],
)
def test_the_log_of_a_success_is_never_another_pods(statuses: list[Mapping[str, Any]], log: tuple[str, ...]) -> None:
    name, clock = job_request(params()).job_name, SystemClock()
    failed = {"restartCount": 0, "state": {"terminated": {"exitCode": 1}}}
    with ThreadingHTTPServer(("127.0.0.1", 0), _Log) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = KubeClient(kube_settings({"host": f"http://127.0.0.1:{server.server_port}", "api_key": "token"}, {}))
        logs = AttemptLogs(name, client, LogFiles(None))
        logs.keep_up(a_pod("first", name.name, [failed]), last=False)
        logs.keep_up(a_pod("second", name.name, statuses), last=True)
        found, _file = logs.whole(Ending(True, "", ""), Deadline(clock, 10), clock)
        logs.close()
        client.close()
        server.shutdown()
    assert found == log
