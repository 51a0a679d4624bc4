# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that a client of the API server can be: one connection a request, nothing decoded twice."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from tests.benchmarks.report import BenchError
from tests.integration.running_lab import RunningLab
from tests.lab import certs
from tests.lab.config import LOOPBACK

Object = dict[str, Any]
GPU = "nvidia.com/gpu"
_PATIENCE_S = 300.0


class Kube:
    """Requests to a lab's API server as its administrator."""

    def __init__(self, lab: RunningLab) -> None:
        self._tls = certs.client_context(lab.layout, "client")
        self._port = lab.settings.ports.apiserver

    def call(self, method: str, path: str, body: Object | None = None) -> bytes:
        """One request and its answer. Raises BenchError unless it is one of success."""
        with closing(self._connection()) as connection:
            return self._answer(connection, method, path, body).read()

    def until(self, path: str, seen: Callable[[Object], bool]) -> Object:
        """Watch a collection until an object is as it should be; returns that."""
        with closing(self._connection()) as connection:
            for item in self._events(connection, path):
                if seen(item):
                    return item
        raise BenchError(f"the watch of {path} ended before anything came of it")

    def _events(self, connection: http.client.HTTPSConnection, path: str) -> Iterator[Object]:
        for line in self._answer(connection, "GET", f"{path}{'&' if '?' in path else '?'}watch=true"):
            yield json.loads(line)["object"]

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(LOOPBACK, self._port, context=self._tls, timeout=_PATIENCE_S)

    @staticmethod
    def _answer(connection: http.client.HTTPSConnection, method: str, path: str, body: Object | None = None) -> http.client.HTTPResponse:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, body=content, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise BenchError(f"{method} {path}: {answer.status} {answer.read()[:500]!r}")
        return answer


def gpus(node: Object) -> int:
    """How many GPUs of a node can be allocated."""
    return int(node["status"].get("allocatable", {}).get(GPU, "0"))


def is_complete(job: Object) -> bool:
    """Whether a Job has run to its end."""
    return any(one["type"] == "Complete" and one["status"] == "True" for one in job.get("status", {}).get("conditions", ()))
