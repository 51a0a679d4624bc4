# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a chart can be fetched from, on loopback: a chart repository, and a registry for OCI artifacts.

The repository is static files, as a chart repository is. The registry stands in for a real one: it has the requests of the OCI distribution
specification that Helm's push and pull send, without authentication, and keeps everything in memory.
"""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.integration.chart import CHART, helm
from tests.integration.running_lab import RunningLab
from tests.lab.certs import server_context

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass
class Site:
    """The server: its address, what it serves as files, and what was pushed to it."""

    port: int
    files: Path
    blobs: dict[str, bytes] = field(default_factory=dict)
    """By digest."""
    tags: dict[str, str] = field(default_factory=dict)
    """Reference of a manifest, a tag or a digest → digest."""
    asked: list[str] = field(default_factory=list)
    """The methods and paths of the requests so far."""

    @property
    def repository(self) -> str:
        """The URL of the chart repository."""
        return f"https://localhost:{self.port}/charts"

    @property
    def registry(self) -> str:
        """The OCI reference of the registry's namespace."""
        return f"oci://localhost:{self.port}/mirror"


@contextmanager
def chart_site(lab: RunningLab, directory: Path) -> Iterator[Site]:
    """The chart of the lab in both, with a certificate of the lab's authority, which Helm trusts by SSL_CERT_FILE."""
    lab.env["SSL_CERT_FILE"] = str(lab.layout.ca)
    site = Site(0, directory)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.socket = server_context(lab.layout).wrap_socket(server.socket, server_side=True)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        helm(lab, "package", str(CHART), "--destination", str(directory))
        helm(lab, "repo", "index", str(directory), "--url", site.repository)
        (package,) = directory.glob("*.tgz")
        helm(lab, "push", str(package), site.registry)
        site.asked.clear()
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del lab.env["SSL_CERT_FILE"]


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(_Requests):
        """The requests to this site."""

    Handler.site = site
    return Handler


class _Requests(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.site.asked.append(f"{self.command} {path}")
        found = self._file(path) if path.startswith("/charts/") else self._artifact(path)
        if found is None:
            return self._answer(HTTPStatus.NOT_FOUND)
        return self._answer(HTTPStatus.OK, found, _digest(found))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self._answer(HTTPStatus.ACCEPTED, location=f"{urlsplit(self.path).path}{uuid.uuid4()}")

    def do_PUT(self) -> None:
        url = urlsplit(self.path)
        content = self.rfile.read(int(self.headers["Content-Length"]))
        digest = _digest(content)
        self.site.blobs[digest] = content
        if "digest" not in parse_qs(url.query):  # a manifest, by its tag
            self.site.tags |= {url.path.rpartition("/")[2]: digest, digest: digest}
        self._answer(HTTPStatus.CREATED, digest=digest, location=url.path)

    def _file(self, path: str) -> bytes | None:
        file = self.site.files / Path(path).name
        return file.read_bytes() if file.is_file() else None

    def _artifact(self, path: str) -> bytes | None:
        named = re.search(r"/(?P<kind>blobs|manifests)/(?P<reference>[^/]+)$", path)
        if named is None:
            return b"{}" if path == "/v2/" else None
        known = self.site.tags if named["kind"] == "manifests" else dict.fromkeys(self.site.blobs)
        if named["reference"] not in known:
            return None
        return self.site.blobs[self.site.tags.get(named["reference"], named["reference"])]

    def _answer(self, status: HTTPStatus, body: bytes = b"", digest: str = "", location: str = "") -> None:
        self.send_response(status)
        headers = {"Content-Length": str(len(body)), "Docker-Content-Digest": digest, "Location": location}
        if digest in self.site.tags.values():
            headers["Content-Type"] = _MANIFEST
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        """Prints nothing."""


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
