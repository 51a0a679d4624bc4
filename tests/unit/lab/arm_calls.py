# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Requests to the simulated Azure on the whole way that they take there, HTTP apart.

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from multidict import CIMultiDict

from tests.lab.arm.dispatch import Dispatcher
from tests.lab.arm.routing import Call, Reply
from tests.lab.arm.tokens import TokenIssuer
from tests.unit.lab.arm_lab import PRINCIPAL, Lab

BASE = "https://localhost"
STABLE, PREVIEW = "2026-08-01", "2026-07-02-preview"
SUBSCRIPTION = f"/subscriptions/{PRINCIPAL.subscription_id}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
POOL = f"{CLUSTER}/agentPools/gpunp"
_TOKENS = TokenIssuer(PRINCIPAL)


class Caller:
    """Somebody with a token of the lab's principal."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._dispatcher = Dispatcher(lab.state)
        self._token = _TOKENS.issue(audience=BASE, issuer=BASE)

    def send(
        self, method: str, url: str, body: object = None, *, headers: Mapping[str, str] | None = None, api_version: str = STABLE
    ) -> Reply:
        """The answer to one request; a url may be a path, or whole as in a nextLink."""
        parts = urlsplit(url)
        call = Call(
            state=self.lab.state,
            tokens=_TOKENS,
            method=method,
            path=parts.path,
            query={"api-version": api_version, **dict(parse_qsl(parts.query))},
            headers=CIMultiDict({"Authorization": f"Bearer {self._token}", **(headers or {})}),
            body=b"" if body is None else json.dumps(body).encode(),
            base_url=BASE,
        )
        return asyncio.run(self._dispatcher.reply(call, remote="127.0.0.1"))

    def get(self, url: str, **options: Any) -> dict[str, Any]:
        """The body of a GET that succeeds."""
        reply = self.send("GET", url, **options)
        assert reply.status == 200, reply.body
        assert isinstance(reply.body, dict)
        return reply.body

    def refused(self, method: str, url: str, body: object = None, **options: Any) -> tuple[int, str, str]:
        """Status, code and message of an error, in whichever of Azure's two shapes."""
        reply = self.send(method, url, body, **options)
        assert reply.status >= 400, reply.body
        assert isinstance(reply.body, dict)
        error = reply.body.get("error", reply.body)
        return reply.status, error["code"], error["message"]

    def tell(self, control: str, body: object) -> None:
        """The lab's control API."""
        reply = self.send("POST", f"/_lab/{control}", body)
        assert reply.status == 200, reply.body
