# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server on loopback that now and then answers with nonsense, and one step after the other against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fuzz.values import mutated, nested
from tests.unit.plugins import builders

Json = dict[str, Any]
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/[^/]+(?:/namespaces/(?P<namespace>[^/]+))?(?:/(?P<plural>[a-z]+))?(?:/(?P<name>[^/]+))?(?P<log>/log)?$"
)
_AT = "2026-11-22T10:00:00Z"
_BODIES = (
    b"", b"null", b"[]", b"{}", b"7", b"<html><title>Sign in</title>", b"\xff\xfe", b'{"items": null}', b'{"items": [null]}',
    b'{"metadata": null, "items": [{}]}', b'{"items": {}}', b"[" * 100_000,
    json.dumps(nested(300)).encode(), b'{"kind": "Status", "code": "x"}',
)  # fmt: skip
_STATUSES = (200, 201, 204, 301, 304, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 503)
_GROUPS = (None, "apps", "batch")  # API groups that are served, None for the core
_LOG = b"2026-11-22T10:00:00.5Z Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla T4, pci bus id: 0)\n"


def _world() -> dict[str, list[Json]]:
    """The objects of a cluster with two GPU nodes, one of them in trouble."""
    nodes = [builders.node("gpu-0"), builders.node("gpu-1", gpus=None, taints=["sku=gpu:NoSchedule"], ready=False)]
    plugin = builders.daemonset(tolerations=[builders.SKU_TOLERATION])
    pods = [
        builders.plugin_pod(plugin, on="gpu-0", statuses=[builders.waiting("CrashLoopBackOff", "back-off")], ready=False),
        builders.pod("train-1", on="", gpus=1, phase="Pending"),
        builders.pod("train-2", on="gpu-0", gpus=1),
    ]
    events = [builders.event("FailedScheduling", "0/2 nodes are available: 1 Insufficient nvidia.com/gpu.", name="train-1")]
    quota = {
        "metadata": {"name": "quota", "namespace": "default"},
        "spec": {"hard": {"requests.nvidia.com/gpu": "1"}},
        "status": {"used": {}},
    }
    config = {
        "metadata": {"name": "cluster-autoscaler-status", "namespace": "kube-system"},
        "data": {"status": "autoscalerStatus: Running"},
    }
    world = {"nodes": nodes, "daemonsets": [plugin], "pods": pods, "events": events, "resourcequotas": [quota], "configmaps": [config]}
    for plural, objects in world.items():
        for number, each in enumerate(objects):
            defaults = {"name": f"{plural}-{number}", "uid": f"{plural}-{number}", "resourceVersion": "7", "creationTimestamp": _AT}
            each["metadata"] = {**defaults, **each.get("metadata", {})}
    return {**world, "jobs": [], "namespaces": [{"metadata": {"name": "default", "uid": "ns", "resourceVersion": "7"}}]}


class Cluster:
    """What the server knows; share: how many of the answers are nonsense, from 0 to 1."""

    def __init__(self, rng: Random, share: float) -> None:
        self.objects = _world()
        self._rng = rng
        self._share = share
        self._lock = Lock()

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer."""
        with self._lock:
            status, document = self._answer(method, url, body)
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            return self._spoiled(status, document, content) if self._rng.random() < self._share else (status, content)

    def _spoiled(self, status: int, document: Any, content: bytes) -> tuple[int, bytes]:
        how = self._rng.randrange(10)
        if how == 0:
            return status, self._rng.choice(_BODIES)
        if how == 1:
            return self._rng.choice(_STATUSES), content
        if isinstance(document, bytes):
            return status, self._rng.choice((b"", b"\xff\n", b"x" * 100_000, b"\r\n" * 1000, content * 3, b"\x1b[2J\n"))
        changed = mutated(self._rng, document, self._rng.randint(1, 3))
        separators = (",", ":") if self._rng.random() < 0.5 else None
        return status, json.dumps(changed, separators=separators).encode()

    def _answer(self, method: str, url: str, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        match = _PATH.match(parts.path)
        if match is None or not match["plural"]:
            return 200, {"kind": "APIGroupDiscoveryList", "items": []}  # of every namespaced kind: none
        if method in ("POST", "PATCH", "PUT"):
            return self._write(match["plural"], match["name"], json.loads(body))
        return (200, _LOG) if match["log"] else self._read(match, query)

    def _read(self, match: re.Match[str], query: Mapping[str, list[str]]) -> tuple[int, Any]:
        listed = self.objects.get(match["plural"], [])
        if "watch" in query:
            return 200, b"".join(map(self._event, listed))
        if match["name"]:
            found = next((each for each in listed if each["metadata"]["name"] == match["name"]), None)
            return (200, found) if found else (404, _not_found("not found"))
        if match["group"] not in _GROUPS:
            return 404, _not_found("the server could not find the requested resource")
        return 200, {"kind": "List", "metadata": {"resourceVersion": "7"}, "items": self._selected(listed, query)}

    def _event(self, about: Json) -> bytes:
        event = {"type": self._rng.choice(("ADDED", "MODIFIED", "DELETED", "ERROR", "BOOKMARK")), "object": about}
        event = mutated(self._rng, event) if self._rng.random() < self._share else event
        return json.dumps(event, separators=(",", ":")).encode() + b"\n"

    def _selected(self, listed: list[Json], query: Mapping[str, list[str]]) -> list[Json]:
        """By the one label that must decide whose a pod is."""
        selector = query.get("labelSelector", [""])[0]
        if "controller-uid" not in selector:
            return listed
        return [
            each
            for each in listed
            if (each["metadata"].get("labels") or {}).get("batch.kubernetes.io/controller-uid") == selector.partition("=")[2]
        ]

    def _write(self, plural: str, name: str | None, given: Any) -> tuple[int, Any]:
        if not isinstance(given, dict):
            return 200, {}
        metadata = {"name": name or "new", "uid": "new", "resourceVersion": "8", "creationTimestamp": _AT, "generation": 1}
        made = {**given, "metadata": {**metadata, **given.get("metadata", {})}}
        if plural == "jobs":
            made["status"] = {"conditions": [{"type": self._rng.choice(("Complete", "Failed")), "status": "True"}], "succeeded": 1}
            self.objects["pods"].append(_pod_of(made))
            self.objects["jobs"].append(made)
        return 201, made


def _not_found(message: str) -> Json:
    return {"kind": "Status", "reason": "NotFound", "message": message, "code": 404}


def _pod_of(job: Json) -> Json:
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": _AT, "finishedAt": _AT}
    name = job["metadata"]["name"]
    pod = builders.pod(f"{name}-x", statuses=[{"name": name, "restartCount": 0, "imageID": "i", "state": {"terminated": ended}}])
    labels = {"batch.kubernetes.io/controller-uid": "new"}
    owners = [{"kind": "Job", "name": name, "uid": "new", "controller": True}]
    known = {"uid": "new-pod", "resourceVersion": "7", "labels": labels, "ownerReferences": owners}
    return {**pod, "metadata": {**pod["metadata"], **known}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    cluster: Cluster


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _reply(self) -> None:
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, content = self.server.cluster.answer(self.command, self.path, given)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if "watch=true" in self.path or "/log" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write((b"%x\r\n%s\r\n" % (len(content), content) if content else b"") + b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _reply  # noqa: N815  # the names that http.server looks for

    def log_message(self, *_unused: object) -> None:
        """Quiet."""

    def handle_error(self, *_unused: object) -> None:
        """A client that gives up is no matter."""


@cache
def _server() -> _Server:
    """One for all cases: each has its own cluster behind it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextmanager
def serving(cluster: Cluster) -> Iterator[str]:
    """The address where the cluster answers meanwhile."""
    server = _server()
    server.cluster = cluster
    yield f"http://127.0.0.1:{server.server_port}"
