# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one command of a client, bounded in time, and keeps what it printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.05
_GRACE_S = 5.0


@dataclass(frozen=True)
class Done:
    """A command that has ended; of one that never ends by itself, what it printed until it was ended."""

    status: int
    output: str
    """What it printed on standard output."""
    complaints: str
    """What it printed on standard error."""
    seconds: float

    def misses(self, patterns: Sequence[str]) -> list[str]:
        """The patterns that its output doesn't match."""
        return [pattern for pattern in patterns if not re.search(pattern, self.output, re.MULTILINE)]


class CommandTimeoutError(Exception):
    """A command has not ended, or not shown what was waited for, in its time; the text has what it printed."""


def run(command: str | Sequence[str], *, env: Mapping[str, str], cwd: Path, limit_s: float, until: Sequence[str] | None = None) -> Done:
    """Run a line of shell, or words, to its end; with `until`, end it as soon as its output matches all these patterns.

    Raises CommandTimeoutError after `limit_s` seconds; nothing that it started is left then.
    """
    words = ["sh", "-c", command] if isinstance(command, str) else list(command)
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            words, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints, start_new_session=True
        )
        try:
            while True:
                ended = process.poll() is not None
                done = Done(process.returncode or 0, _text(output.fileno()), _text(complaints.fileno()), time.monotonic() - started)
                if ended or (until is not None and not done.misses(until)):
                    return done
                if done.seconds > limit_s:
                    raise CommandTimeoutError(f"after {limit_s:g} s:\n{done.output}{done.complaints}")
                time.sleep(_POLL_S)
        finally:
            _end(process)


def _text(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and what it started, politely first; what has outlived its command, too."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
