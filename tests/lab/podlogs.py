# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container logs as a kubelet keeps and serves them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_NS = 10**9


@dataclass(frozen=True)
class Line:
    """One line that a container wrote to its output or error stream, and when."""

    time_ns: int
    text: bytes


@dataclass(frozen=True)
class LogOptions:
    """The requested part and form of a log; the fields are those of Kubernetes' PodLogOptions."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    since_ns: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str], *, now_ns: int) -> LogOptions:
        """The options in a kubelet request's query; ValueError names what is wrong with one."""
        return cls(
            follow=_flag(query, "follow"),
            previous=_flag(query, "previous"),
            timestamps=_flag(query, "timestamps"),
            tail_lines=_number(query, "tailLines", least=0),
            limit_bytes=_number(query, "limitBytes", least=1),
            since_ns=_since(query, now_ns),
        )


def _flag(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "false").lower() in {"true", "1"}


def _number(query: Mapping[str, str], name: str, *, least: int) -> int | None:
    if name not in query:
        return None
    number = int(query[name])
    if number < least:
        raise ValueError(f"{name} must be at least {least}, not {number}")
    return number


def _since(query: Mapping[str, str], now_ns: int) -> int | None:
    seconds = _number(query, "sinceSeconds", least=1)
    if seconds is not None:
        return now_ns - seconds * _NS
    if "sinceTime" not in query:
        return None
    moment = datetime.fromisoformat(query["sinceTime"])
    return int(moment.timestamp()) * _NS + moment.microsecond * 1000


def timestamp(time_ns: int) -> str:
    """RFC 3339 with nanoseconds, as container runtimes write it."""
    seconds, nanoseconds = divmod(time_ns, _NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def render(line: Line, options: LogOptions) -> bytes:
    """The line as a client gets it."""
    prefix = f"{timestamp(line.time_ns)} ".encode() if options.timestamps else b""
    return prefix + line.text + b"\n"


class ContainerLog:
    """What one run of a container has written so far."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.ended = False
        self._grown = asyncio.Condition()

    async def write(self, text: bytes) -> None:
        """Adds a line, stamped now."""
        async with self._grown:
            self.lines.append(Line(time.time_ns(), text))
            self._grown.notify_all()

    async def end(self) -> None:
        """End the log: followers are done after the last line."""
        async with self._grown:
            self.ended = True
            self._grown.notify_all()

    async def read(self, options: LogOptions) -> AsyncIterator[bytes]:
        """The wanted lines, cut at the byte limit; with follow, further ones as they are written."""
        left = options.limit_bytes
        async for line in self._read_lines(options):
            data = render(line, options)
            if left is not None:
                data, left = data[:left], left - len(data)
            yield data
            if left is not None and left <= 0:
                return

    async def _read_lines(self, options: LogOptions) -> AsyncIterator[Line]:
        position = 0 if options.tail_lines is None else max(0, len(self.lines) - options.tail_lines)
        while True:
            while position < len(self.lines):
                line = self.lines[position]
                position += 1
                if options.since_ns is None or line.time_ns >= options.since_ns:
                    yield line
            if self.ended or not options.follow:
                return
            await self._wait_beyond(position)

    async def _wait_beyond(self, position: int) -> None:
        async with self._grown:
            await self._grown.wait_for(lambda: self.ended or len(self.lines) > position)
