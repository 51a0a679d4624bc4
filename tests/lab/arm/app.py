# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import json
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.lab.arm import agentpools, clusters, entra, groups, lab, metadata, operations, providers
from tests.lab.arm.errors import (
    ArmError,
    AuthenticationFailedError,
    ExpiredAuthenticationTokenError,
    InvalidAuthenticationTokenError,
    LoopbackOnlyError,
    MissingApiVersionParameterError,
    SubscriptionNotFoundError,
)
from tests.lab.arm.requestlog import RequestLog
from tests.lab.arm.routing import Call, Reply, Route, Router
from tests.lab.arm.state import ArmState
from tests.lab.arm.tokens import TokenIssuer, Verdict

_SERVICES = (lab, metadata, entra, groups, providers, operations, clusters, agentpools)
_READS = frozenset({"GET", "HEAD"})


def make_app(state: ArmState, *, request_log: Path) -> web.Application:
    """The simulated Azure as an aiohttp application; whoever serves it adds TLS and binds it to a loopback address."""
    site = _Site(state, RequestLog(request_log))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    app.cleanup_ctx.append(site.lifetime)
    return app


class _Site:
    """The one place where HTTP meets the state: every request passes through `handle`."""

    def __init__(self, state: ArmState, log: RequestLog) -> None:
        self._state = state
        self._tokens = TokenIssuer(state.principal)
        self._log = log
        self._router = Router(route for service in _SERVICES for route in service.ROUTES)

    async def lifetime(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep the request log open as long as the application runs."""
        yield
        self._log.close()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request and log it."""
        started = time.perf_counter()
        body = await request.read()
        call = _call(request, body, state=self._state, tokens=self._tokens)
        try:
            reply = self._answer(call, remote=request.remote)
        except ArmError as error:
            reply = Reply(status=error.status, body=error.body(), headers=error.headers())
        if not call.path.startswith(lab.PREFIX):
            elapsed = (time.perf_counter() - started) * 1000
            self._log.record(request, body_bytes=len(body), status=reply.status, milliseconds=elapsed)
        return _response(reply)

    def _answer(self, call: Call, *, remote: str | None) -> Reply:
        if call.path.startswith(lab.PREFIX):
            _require_loopback(remote)
        route, params = self._router.find(call.method, call.path)
        call = replace(call, params=params)
        self._state.settle()
        _authorize(call, route)
        reply = route.handler(call)
        if call.method not in _READS:
            self._state.changed()
        return reply


def _call(request: web.Request, body: bytes, *, state: ArmState, tokens: TokenIssuer) -> Call:
    return Call(
        state=state,
        tokens=tokens,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        body=body,
        base_url=f"{request.scheme}://{request.host}",
    )


def _require_loopback(remote: str | None) -> None:
    if remote is None or not ipaddress.ip_address(remote).is_loopback:
        raise LoopbackOnlyError


def _authorize(call: Call, route: Route) -> None:
    """Azure's own order: who is asking, is the request complete, is it about something of theirs."""
    if route.public:
        return
    _check_token(call)
    if "api-version" not in call.query:
        raise MissingApiVersionParameterError
    subscription = call.params.get("subscription")
    if subscription is not None and subscription.lower() != call.state.principal.subscription_id.lower():
        raise SubscriptionNotFoundError(subscription)


def _check_token(call: Call) -> None:
    authority = f"{call.base_url}/{call.state.principal.tenant_id}"
    scheme, _unused, token = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AuthenticationFailedError(authority=authority)
    verdict = call.tokens.verdict(token)
    if verdict is Verdict.UNKNOWN:
        raise InvalidAuthenticationTokenError(authority=authority)
    if verdict is Verdict.EXPIRED:
        expired = datetime.fromtimestamp(call.tokens.expiry(token), UTC)
        raise ExpiredAuthenticationTokenError(
            authority=authority, expired=f"{expired:%m/%d/%Y %H:%M:%S}", now=f"{datetime.now(UTC):%m/%d/%Y %H:%M:%S}"
        )


def _response(reply: Reply) -> web.Response:
    headers = {"Cache-Control": "no-cache", "x-ms-request-id": str(uuid.uuid4()), **reply.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.Response(
        status=reply.status, headers=headers, body=json.dumps(reply.body).encode(), content_type="application/json", charset="utf-8"
    )
