# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers in the stead of Azure or of an API server: a proxy with a page to sign in, or one that hands on half an answer."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import trustme

from tests.integration.plugins.azure import Azure

PAGE = "<html><title>Sign in</title>Hotel Wi-Fi</html>"
_METADATA = "/metadata/endpoints"


class Reply(NamedTuple):
    """What every request is answered with."""

    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    body: str = PAGE
    headers: tuple[tuple[str, str], ...] = ()


class _Server(ThreadingHTTPServer):
    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = reply
        self.others: Mapping[str, Reply] = {}

    def reply_to(self, path: str) -> Reply:
        return self.others.get(path.partition("?")[0], self.reply)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.server.reply_to(self.path)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body.encode())

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _answer  # noqa: N815  # the names that http.server looks for

    def log_message(self, *_unused: object) -> None:
        """Quiet."""


@contextmanager
def _running(server: _Server) -> Iterator[_Server]:
    with server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def page_server(reply: Reply) -> Iterator[str]:
    """The address of what answers every request so."""
    with _running(_Server(reply)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def impostor(azure: Azure, reply: Reply, directory: Path, *, signs_in: bool = True, user: str = "") -> Iterator[dict[str, str]]:
    """What a user exports whose requests to the Resource Manager are answered so; without signs_in those to sign in, too.

    user stands before the Resource Manager's host, as in "name:password@".
    """
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = _Server(reply)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}"
    signing_in = {"loginEndpoint": azure.site.url if signs_in else url, "audiences": [azure.site.url]}
    cloud = json.dumps({"resourceManager": url.replace("//", f"//{user}"), "authentication": signing_in})
    server.others = {_METADATA: Reply(content_type="application/json", body=cloud)}
    bundle = directory / f"{server.server_port}.pem"
    bundle.write_bytes(Path(azure.site.ca).read_bytes() + authority.cert_pem.bytes())
    with _running(server):
        yield {**azure.environ, "AZURE_CLOUD_ENVIRONMENT": url, "REQUESTS_CA_BUNDLE": str(bundle)}
