# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from tests.lab.arm import control
from tests.lab.arm.dispatch import Dispatcher
from tests.lab.arm.faults.effects import ConnectionCutError, NoAnswerError
from tests.lab.arm.request_log import RequestLog
from tests.lab.arm.routing import Call, Reply
from tests.lab.arm.state import ArmState
from tests.lab.arm.tokens import TokenIssuer

_LOOK_EVERY_S = 0.1
_CUT = Reply(status=499)  # in the request log: the client got no answer


def make_app(state: ArmState, *, request_log: Path) -> web.Application:
    """The simulated Azure as an aiohttp application; the server adds TLS and binds it to a loopback address."""
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
        self._dispatcher = Dispatcher(state)

    async def lifetime(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep the request log open as long as the application runs."""
        yield
        self._log.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request and log it."""
        started = time.perf_counter()
        body = await request.read()
        call = _call(request, body, state=self._state, tokens=self._tokens)
        try:
            reply = await self._dispatcher.reply(call, remote=request.remote)
        except ConnectionCutError:
            reply = _CUT
        except NoAnswerError:
            reply = _CUT
            await _client_gone(request)
        if not call.path.startswith(control.PREFIX):
            elapsed = (time.perf_counter() - started) * 1000
            self._log.record(request, body_bytes=len(body), status=reply.status, milliseconds=elapsed)
        if reply is _CUT and request.transport is not None:
            request.transport.abort()
        if reply.byte_every_s:
            return await _trickled(request, reply)
        return _response(reply)


async def _client_gone(request: web.Request) -> None:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(_LOOK_EVERY_S)


async def _trickled(request: web.Request, reply: Reply) -> web.StreamResponse:
    """The same answer, a byte at a time."""
    whole = _response(reply)
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(request)
    for byte in body:
        await response.write(bytes((byte,)))
        await asyncio.sleep(reply.byte_every_s)
    return response


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


def _response(reply: Reply) -> web.Response:
    headers = {"Cache-Control": "no-cache", "x-ms-request-id": str(uuid.uuid4()), **reply.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.Response(
        status=reply.status, headers=headers, body=json.dumps(reply.body).encode(), content_type="application/json", charset="utf-8"
    )
