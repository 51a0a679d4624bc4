# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import contextlib

# The names under which Azure's own clients look for the services that the simulator plays.
_HOSTS = frozenset({"management.azure.com", "login.microsoftonline.com", "login.microsoft.com", "graph.microsoft.com"})
_REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_ACCEPTANCE = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CHUNK = 65536


async def start_proxy(*, host: str, port: int, arm_port: int) -> asyncio.Server:
    """A CONNECT proxy that leads Azure's public names to the simulator and answers 502 to everything else: nothing leaves the machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError), contextlib.closing(writer):
            await _serve(reader, writer, host=host, arm_port=arm_port)

    return await asyncio.start_server(serve, host, port)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, host: str, arm_port: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    method, _unused, rest = head.decode("latin-1").partition(" ")
    target = rest.partition(" ")[0]
    if method != "CONNECT" or target.rpartition(":")[0].lower() not in _HOSTS:
        writer.write(_REFUSAL)
        await writer.drain()
        return
    arm_reader, arm_writer = await asyncio.open_connection(host, arm_port)
    writer.write(_ACCEPTANCE)
    await asyncio.gather(pump(reader, arm_writer), pump(arm_reader, writer))


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carries what comes from one end to the other until the first closes."""
    with contextlib.closing(sink):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
