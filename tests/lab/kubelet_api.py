# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS endpoint at which the API server finds the kubelet of every node: container logs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus

from aiohttp import web

from tests.lab.kubelet import Kubelet
from tests.lab.podlogs import ContainerLog, LogOptions
from tests.lab.podrun import ContainerLogs

_PLAYED_BY_KWOK = b"gpuops.aks lab: KWOK plays this container. Nothing runs in it, so it has nothing to say.\n"
_STAND_IN = "gpuops.aks lab: this container is a stand-in. What follows is what the real one would write."


def make_app(kubelet: Kubelet, played: Callable[[str, str, str], Sequence[str] | None], healthy: Callable[[], bool]) -> web.Application:
    """The endpoint; exec, attach and port-forward are not supported. played: namespace, pod, container → its log where the lab plays it."""

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok") if healthy() else web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="starting")

    async def logs(request: web.Request) -> web.StreamResponse:
        path = request.match_info
        try:
            options = LogOptions.parse(request.query, now_ns=time.time_ns())
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        found = kubelet.logs(path["namespace"], path["pod"], path["container"])
        if found is None and not kubelet.knows(path["namespace"], path["pod"]):
            # Removed since the API server has looked it up; the words are a kubelet's.
            raise web.HTTPNotFound(text=f'pod "{path["pod"]}" does not exist')
        lines = played(path["namespace"], path["pod"], path["container"])
        if found is None and lines is not None:
            return web.Response(body="".join(f"{line}\n" for line in (_STAND_IN, *lines)), content_type="text/plain")
        if found is None:
            return web.Response(body=_PLAYED_BY_KWOK, content_type="text/plain")
        return await _stream(request, _chosen(found, options, path["container"], path["pod"]), options)

    application = web.Application()
    application.router.add_get("/healthz", health)
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", logs)
    return application


def _chosen(found: ContainerLogs, options: LogOptions, container: str, pod: str) -> ContainerLog:
    """The log of the requested run; the refusals are the kubelet's."""
    if options.previous and found.previous is None:
        raise web.HTTPBadRequest(text=f'previous terminated container "{container}" in pod "{pod}" not found')
    log = found.previous if options.previous else found.current
    if log is None:
        raise web.HTTPBadRequest(text=f'container "{container}" in pod "{pod}" is waiting to start: {found.waiting}')
    return log


async def _stream(request: web.Request, log: ContainerLog, options: LogOptions) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    # Whoever stops reading, a kubectl logs -f that was interrupted, ends the request and nothing else.
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        async for data in log.read(options):
            await response.write(data)
        await response.write_eof()
    return response
