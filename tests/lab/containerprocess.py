# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of one run of a container: a program, and whatever it starts, in a process group of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Self

from tests.lab.containers import Invocation

# The longest line that a program may write.
_LINE_LIMIT = 4 * 2**20


class ContainerProcess:
    """A running program; like a container, it ends with its first process."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader) -> None:
        self._process = process
        self._output = output

    @classmethod
    async def start(cls, invocation: Invocation) -> Self:
        """Start the program."""
        # A pipe of its own: asyncio waits for its pipes to close before it says that a process has ended.
        reading, writing = os.pipe()
        output = asyncio.StreamReader(limit=_LINE_LIMIT)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb"))
        try:
            process = await asyncio.create_subprocess_exec(
                *invocation.command,
                cwd=invocation.directory,
                env=dict(invocation.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                # Not a session: the lab ends whatever is left of its own session.
                process_group=0,
            )
        finally:
            os.close(writing)
        return cls(process, output)

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    async def follow(self, write: Callable[[bytes], Awaitable[None]]) -> int:
        """Hand over each line until the program ends; returns its exit status, negative for a signal."""
        reading = asyncio.create_task(self._read(write))
        try:
            code = await self._process.wait()
            # A child that is left would keep the output open.
            self._kill_group()
            await reading
        finally:
            reading.cancel()
        return code

    async def _read(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        async for line in self._output:
            await write(line.rstrip(b"\n"))

    def terminate(self) -> None:
        """Ask the first process to end."""
        self._process.terminate()

    async def kill(self) -> None:
        """End all processes that are still there."""
        self._kill_group()
        await self._process.wait()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
