# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure without a network: the SDK's own client, whose requests the simulator answers in this process, now and then with nonsense."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.gpuops.aks.plugins.module_utils._azure.client import aks_client
from ansible_collections.gpuops.aks.plugins.module_utils._azure.session import Session
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline
from azure.core.credentials import AccessToken
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from tests.fuzz.values import ODD, mutated, nested
from tests.integration.plugins.azure import SimulatedClock
from tests.unit.lab.arm_calls import Caller
from tests.unit.lab.arm_lab import Lab

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ENVIRON = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "AZURE_TENANT": SUBSCRIPTION, "AZURE_CLIENT_ID": SUBSCRIPTION, "AZURE_SECRET": "secret"}
_BODIES = (
    b"", b"null", b"[]", b"{}", b'""', b"7", b"<html><title>Sign in</title>", b"\xff\xfe", b'{"value": null}', b'{"value": [null]}',
    b'{"properties": {}}', b'{"properties": null}', b'{"error": null}', b'{"error": "x"}', b'{"error": {"details": 7}}', b"[" * 100_000,
    json.dumps(nested(300)).encode(), b'{"id": NaN}', b"{" + b'"a":{' * 50_000,
)  # fmt: skip
_HEADERS = ("Retry-After", "x-ms-retry-after-ms", "Location", "Azure-AsyncOperation", "Content-Type", "WWW-Authenticate")
_HEADER_VALUES = (
    "",
    "soon",
    "-1",
    "²",
    "1e999",
    "99999999999",
    "/",
    "http://[::1",
    "not a url",
    "https://management.azure.com/nowhere",
    "x" * 5000,
)
_STATUSES = (200, 201, 202, 204, 301, 304, 400, 401, 404, 409, 412, 418, 429, 500, 503)


class FuzzedAdapter(BaseAdapter):
    """In the place of the network. share: how many of the answers are nonsense, from 0 to 1."""

    def __init__(self, lab: Lab, rng: Random, share: float) -> None:
        super().__init__()
        self._caller = Caller(lab)
        self._rng = rng
        self._share = share

    def send(self, request: PreparedRequest, *_arguments: Any, **_options: Any) -> Response:
        """One answer."""
        status, headers, body = self._answer(request)
        if self._rng.random() < self._share:
            status, headers, body = self._spoiled(status, headers, body)
        response = Response()
        response.status_code, response.reason = status, ""
        response.headers = CaseInsensitiveDict(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
        response.url, response.request = str(request.url), request
        return response

    def close(self) -> None:
        """Nothing to close."""

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(str(request.url))
        path = parts.path.replace(f"/subscriptions/{SUBSCRIPTION}", "/subscriptions/sub")
        version = dict(parse_qsl(parts.query)).get("api-version", "2026-08-01")
        given = json.loads(request.body) if request.body else None
        kept = {name: value for name, value in request.headers.items() if name != "Authorization"}
        reply = self._caller.send(str(request.method), f"{path}?{parts.query}", given, headers=kept, api_version=version)
        headers = {"Content-Type": "application/json", **reply.headers}
        headers = {name: value.replace("https://localhost", "https://management.azure.com") for name, value in headers.items()}
        return reply.status, headers, b"" if reply.body is None else json.dumps(reply.body).encode()

    def _spoiled(self, status: int, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept, how = dict(headers), self._rng.randrange(10)
        if how == 0:
            return status, kept, self._rng.choice(_BODIES)
        if how == 1:
            return self._rng.choice(_STATUSES), kept, body
        if how == 2:
            name = self._rng.choice(_HEADERS)
            return status, {**{key: value for key, value in kept.items() if key != name}, name: self._rng.choice(_HEADER_VALUES)}, body
        if how == 3:
            return status, {}, body
        if how == 4:
            return self._rng.choice(_STATUSES), kept, json.dumps({"error": mutated(self._rng, _ERROR, 2)}).encode()
        document = json.loads(body) if body else self._rng.choice(ODD)
        return status, kept, json.dumps(mutated(self._rng, document, self._rng.randint(1, 3))).encode()


_ERROR = {
    "code": "Conflict",
    "message": "It is so.",
    "details": [{"code": "A", "message": "b", "target": "c"}],
    "innererror": {"code": "x"},
}


class _Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("token", 2**33)

    def close(self) -> None:
        """Nothing to close."""


class FuzzedSession(Session):
    """A session whose client sends to an adapter."""

    def __init__(self, adapter: FuzzedAdapter, clock: SimulatedClock) -> None:
        self._adapter = adapter
        super().__init__(azure_settings({}, ENVIRON), clock, Deadline(clock, 1800))

    def _sign_in(self) -> None:
        self._credential = _Credential()
        self._client = aks_client(self._credential, self.subscription_id, self._cloud, self._wire)
        self._client._client._pipeline._transport.session.mount("https://", self._adapter)
