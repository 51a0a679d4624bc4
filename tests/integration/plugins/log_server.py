# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of an API server as a Job needs that ends at once: what its container printed is the test's, to the byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
STAMP = b"2026-11-22T10:00:00.5Z "
_JOB = re.compile(r"/apis/batch/v1/namespaces/(?P<namespace>[^/]+)/jobs(?:/(?P<name>[^/]+))?$")
_PODS = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods$")
_LOG = re.compile(r"/api/v1/namespaces/[^/]+/pods/(?P<pod>[^/]+)/log$")
_CONTROLLER = "batch.kubernetes.io/controller-uid"
_AT = "2026-11-22T10:00:00Z"
_LATE_SECONDS = 0.5


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, log: Iterable[bytes], *, succeeds: bool, late: bool, removed: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.log = log
        self.succeeds = succeeds
        self.late = late
        self.removed = removed
        self.jobs: dict[str, Json] = {}
        self.closing = Event()

    def pods(self, selector: str) -> list[Json]:
        pods = [_pod(job, succeeds=self.succeeds) for job in self.jobs.values()]
        return [pod for pod in pods if selector.endswith(f"={pod['metadata']['labels'][_CONTROLLER]}")]

    def listed_pods(self, selector: str) -> list[Json]:
        return [] if self.late else self.pods(selector)

    def ended(self, job: Json) -> Json:
        """The Job when its pod has ended."""
        condition, count = ("Complete", "succeeded") if self.succeeds else ("Failed", "failed")
        return {**job, "status": {"conditions": [{"type": condition, "status": "True"}], count: 1}}


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        job = _JOB.match(url.path)
        if "watch" in query:
            self._stream(self._news(query["labelSelector"][0] if _PODS.match(url.path) else None))
        elif _LOG.match(url.path):
            self._stream(self.server.log)
        elif job and job["name"]:
            found = self.server.jobs.get(f"{job['namespace']}/{job['name']}")
            self._answer(200 if found else 404, found or {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404})
        else:
            items = self._listed(url.path, query)
            self._answer(200, {"kind": "List", "metadata": {"resourceVersion": "1"}, "items": items})

    def _listed(self, path: str, query: Mapping[str, list[str]]) -> list[Json]:
        """The items of a list; of kinds other than Jobs and pods there are none."""
        if _PODS.match(path):
            return self.server.listed_pods(query["labelSelector"][0])
        return list(self.server.jobs.values()) if _JOB.match(path) else []

    def do_POST(self) -> None:
        made = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = f"{made['metadata']['namespace']}/{made['metadata']['name']}"
        made["metadata"].update(uid=f"uid-{len(self.server.jobs)}", resourceVersion="1", creationTimestamp=_AT)
        if not self.server.late:
            made = self.server.ended(made)
        self.server.jobs[name] = made
        self._answer(201, made)

    def _news(self, selector: str | None) -> Iterator[bytes]:
        """What a watch of the Jobs brings, or with a selector one of their pods: of late news, the Job's end first."""
        if self.server.late and selector is None:
            for job in map(self.server.ended, self.server.jobs.values()):
                yield _event("MODIFIED", job) + (_event("DELETED", job) if self.server.removed else b"")
        if self.server.late and selector is not None:
            self.server.closing.wait(_LATE_SECONDS)
            yield from (_event("ADDED", pod) for pod in self.server.pods(selector))
        self.server.closing.wait(20)

    def _answer(self, status: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, chunks: Iterable[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_unused: object) -> None:
        """Quiet."""


def _event(kind: str, item: Json) -> bytes:
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


def _pod(job: Json, *, succeeds: bool) -> Json:
    metadata, spec = job["metadata"], job["spec"]["template"]["spec"]
    code, reason = (0, "Completed") if succeeds else (1, "Error")
    ended = {"exitCode": code, "reason": reason, "startedAt": _AT, "finishedAt": _AT}
    status = {"name": spec["containers"][0]["name"], "restartCount": 0, "imageID": "image", "state": {"terminated": ended}}
    return {
        "metadata": {
            "name": f"{metadata['name']}-pod",
            "namespace": metadata["namespace"],
            "uid": f"{metadata['uid']}-pod",
            "creationTimestamp": _AT,
            "resourceVersion": "1",
            "labels": {_CONTROLLER: metadata["uid"]},
            "ownerReferences": [{"kind": "Job", "name": metadata["name"], "uid": metadata["uid"], "controller": True}],
        },
        "spec": {**spec, "nodeName": "aks-gpunp-1-vmss000000"},
        "status": {"phase": "Succeeded" if succeeds else "Failed", "containerStatuses": [status]},
    }


@contextmanager
def log_server(log: Iterable[bytes], *, succeeds: bool = True, late: bool = False, removed: bool = False) -> Iterator[str]:
    """The address of an API server where every Job ends at once, with these pieces as its log.

    late: its pod is seen only after its end. removed: then the Job is, too, in the same moment.
    """
    with _Server(log, succeeds=succeeds, late=late, removed=removed) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
