# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stub for Azure's index of CLI extensions, with an empty wheel that bears the name of aks-preview.

The articles install aks-preview, whose --aks-custom-headers have long been in the Azure CLI itself. The wheel holds no code:
what the commands that follow do is done by the CLI alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME, VERSION = "aks-preview", "99.0.0"
_PACKAGE = "aks_preview"
_WHEEL = f"{_PACKAGE}-{VERSION}-py3-none-any.whl"
_INFO = f"{_PACKAGE}-{VERSION}.dist-info"
_SUMMARY = "A stub of gpuops.aks' conformance run: it holds nothing"
_EXTENSION = {"azext.minCliCoreVersion": "2.0.67", "azext.isPreview": True}


def wheel() -> bytes:
    """The empty wheel: metadata, and the module that the CLI looks for."""
    files = {
        f"azext_{_PACKAGE}/__init__.py": f'"""{_SUMMARY}."""\n' + _LOADER,
        f"azext_{_PACKAGE}/azext_metadata.json": json.dumps(_EXTENSION),
        f"{_INFO}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nSummary: {_SUMMARY}\n",
        f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: gpuops.aks\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{_INFO}/top_level.txt": f"azext_{_PACKAGE}\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{_INFO}/RECORD"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {**files, f"{_INFO}/RECORD": record}.items():
            archive.writestr(name, text)
    return content.getvalue()


_LOADER = """
from azure.cli.core import AzCommandsLoader


class Loader(AzCommandsLoader):
    pass


COMMAND_LOADER_CLS = Loader
"""


def index(url: str, content: bytes) -> dict[str, object]:
    """The index as the CLI reads it: one version of one extension."""
    metadata = {"name": NAME, "version": VERSION, "summary": _SUMMARY, "metadata_version": "2.0", **_EXTENSION}
    entry = {
        "downloadUrl": f"{url}/{_WHEEL}",
        "filename": _WHEEL,
        "sha256Digest": hashlib.sha256(content).hexdigest(),
        "metadata": metadata,
    }
    return {"formatVersion": "1", "extensions": {NAME: [entry]}}


@contextmanager
def serve() -> Iterator[str]:
    """Serve index and wheel on a free loopback port; yields the index's address."""
    content = wheel()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {f"/{_WHEEL}": content, "/index.json": json.dumps(index(url, content)).encode()}.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the run's output to itself."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{url}/index.json"
        finally:
            server.shutdown()
            thread.join()
