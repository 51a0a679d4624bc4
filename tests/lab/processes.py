# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive the command that started them, identified by pid and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.lab.config import Layout

_LOG_TAIL_LINES = 20
_POLL_S = 0.02


@dataclass(frozen=True)
class Process:
    """One component of a lab; the start time distinguishes it from a later process with the same pid."""

    name: str
    pid: int
    started: str
    port: int
    log: str

    @property
    def alive(self) -> bool:
        return _start_time(self.pid) == self.started

    def log_end(self) -> str:
        """The last lines of its log: why it died, usually."""
        path = Path(self.log)
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def _start_time(pid: int) -> str | None:
    """When the kernel started the process, in ticks since boot; None if it does not exist or is a zombie."""
    fields = _stat(pid)
    return None if not fields or fields[0] in {"Z", "X"} else fields[19]


def _stat(pid: int) -> list[str]:
    """What the kernel says about a process, from its state on; empty if it does not exist."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    # The second field is the program's name in brackets and may hold anything.
    return stat.rpartition(")")[2].split()


def spawn(name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path, port: int) -> Process:
    """Starts a component in a session of its own, so that a Ctrl-C meant for another program does not reach it."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, env=dict(env), cwd=cwd
        )
    # It is not this process' to wait for; without this Python warns that it still runs.
    child.returncode = 0
    return Process(name, child.pid, _start_time(child.pid) or "", port, str(log))


def stop(processes: Iterable[Process], *, grace_s: float) -> None:
    """Ends these processes: SIGTERM to all, SIGKILL to those that are still there after the grace; waits until all are gone.

    What is left of their sessions is killed: the workload of a server that was killed, or has died, outlives it.
    """
    wanted = list(processes)
    left = _signal(wanted, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [process for process in left if process.alive]
    left = _signal(left, signal.SIGKILL)
    while any(process.alive for process in left):
        time.sleep(_POLL_S)
    _kill_sessions({process.pid for process in wanted if _start_time(process.pid) is None})


def _kill_sessions(leaders: Container[int]) -> None:
    """Kills the members of sessions whose leaders are dead. Linux gives a leader's pid to no other process as long as there are any."""
    for directory in Path("/proc").glob("[0-9]*"):
        pid = int(directory.name)
        fields = _stat(pid)
        if fields and int(fields[3]) in leaders and pid != int(fields[3]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _signal(processes: Iterable[Process], number: signal.Signals) -> list[Process]:
    alive = [process for process in processes if process.alive]
    for process in alive:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            continue
    return alive


def save(layout: Layout, processes: Sequence[Process]) -> None:
    """Records the lab's processes; replaced in one step, so that a reader never sees half a file."""
    partial = layout.processes.with_suffix(".partial")
    partial.write_text(json.dumps([asdict(process) for process in processes], indent=2))
    partial.rename(layout.processes)


def load(layout: Layout) -> list[Process]:
    """The processes recorded for the lab; none if there is no lab."""
    if not layout.processes.exists():
        return []
    return [Process(**item) for item in json.loads(layout.processes.read_text())]
