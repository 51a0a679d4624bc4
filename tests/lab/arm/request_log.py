# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

# Headers that carry credentials. Bodies are never logged: a token request's is a secret.
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-ms-authorization-auxiliary"})


class RequestLog:
    """One JSON object a line for every request to the simulated Azure; the lab's own /_lab calls are left out."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def record(self, request: web.Request, *, body_bytes: int, status: int, milliseconds: float) -> None:
        """Write the line of one finished request; header names keep the letter case in which they came."""
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.path,
            "api_version": request.query.get("api-version"),
            "headers": _public_headers(request),
            "body_bytes": body_bytes,
            "status": status,
            "ms": round(milliseconds, 1),
        }
        self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _public_headers(request: web.Request) -> dict[str, str]:
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)
    return {name: value for name, value in pairs if name.lower() not in _SECRET_HEADERS}
