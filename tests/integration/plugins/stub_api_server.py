# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty cluster's API server, over plain HTTP, that has troubles: what a real one has in life and can't be made to have in the lab."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EMPTY = json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []})
_STEP_SECONDS = 0.2
# The headers of an answer whose body never comes to its end.
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
Trouble = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; a trouble may answer it as it likes."""

    protocol_version = "HTTP/1.1"
    server: StubApiServer

    def answer(self, status: int, body: str, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body.encode())), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def trickle(self, data: bytes) -> None:
        """The bytes, and then blanks, one after the other, until nobody listens."""
        self.close_connection = True
        with suppress(OSError):
            for byte in [*data, *([ord(" ")] * 10_000)]:
                if self.server.over.wait(_STEP_SECONDS):
                    return
                self.connection.sendall(bytes([byte]))

    def hold(self) -> None:
        """Nothing, until nobody listens."""
        self.close_connection = True
        self.server.over.wait()

    def drop(self) -> None:
        """The connection breaks, as when a process ends."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((f"{self.command} {self.path.partition('?')[0]}", dict(self.headers)))
        trouble = self.server.next_trouble(self.path)
        if trouble is None:
            self.answer(200, EMPTY)
        else:
            trouble(self)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _serve  # noqa: N815  # the names that http.server looks for

    def log_message(self, *_unused: object) -> None:
        """Quiet."""


class StubApiServer(ThreadingHTTPServer):
    """troubles are had one a request that concerns them, the last one for ever if lasting."""

    daemon_threads = True

    def __init__(self, troubles: Sequence[Trouble], *, lasting: bool, only: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Request)
        self._troubles = list(troubles)
        self._lasting = lasting
        self._only = only
        self.over = threading.Event()
        self.seen: list[tuple[str, Mapping[str, str]]] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_trouble(self, path: str) -> Trouble | None:
        """What is wrong this time."""
        if not self._troubles or self._only not in path:
            return None
        return self._troubles[0] if self._lasting and len(self._troubles) == 1 else self._troubles.pop(0)


@contextmanager
def stub_api_server(*troubles: Trouble, lasting: bool = False, only: str = "", port: int = 0) -> Iterator[StubApiServer]:
    """An API server with these troubles; only: those requests whose path has this in it have any."""
    with StubApiServer(troubles, lasting=lasting, only=only, port=port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def status(code: int, message: str = "no", reason: str = "", **headers: str) -> Trouble:
    """An answer as Kubernetes refuses."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code}
    return lambda request: request.answer(code, json.dumps(body), headers)


def says(body: str, code: int = 200) -> Trouble:
    """An answer of any text."""
    return lambda request: request.answer(code, body)


def slow_headers(request: Request) -> None:
    """The first line of an answer, then its headers, a byte at a time."""
    request.trickle(b"HTTP/1.1 200 OK\r\nX-Long: ")


def slow_body(request: Request) -> None:
    """Headers at once, the body a byte at a time."""
    request.connection.sendall(_HEAD)
    request.trickle(b"{")


def flood(request: Request) -> None:
    """A body of 64 MiB."""
    request.close_connection = True
    with suppress(OSError):
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
        for _mebibyte in range(64):
            request.connection.sendall(b"\n" * 1024**2)


def silent_body(request: Request) -> None:
    """Headers at once, and no body."""
    request.connection.sendall(_HEAD)
    request.hold()


def half_an_answer(request: Request) -> None:
    """The connection breaks in the middle of the body."""
    request.connection.sendall(_HEAD + b'{"items"')
    request.drop()


@contextmanager
def started_late(seconds: float) -> Iterator[str]:
    """The URL of an API server that is only there after some seconds, as while it starts again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = threading.Event()

    def serve() -> None:
        time.sleep(seconds)
        with stub_api_server(port=port):
            done.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        done.set()
        thread.join()


def silent(request: Request) -> None:
    """Nothing at all."""
    request.hold()


def reset(request: Request) -> None:
    """The connection breaks before an answer."""
    request.drop()
