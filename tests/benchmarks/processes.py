# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command takes, with everything that it starts: wall time, processor time, memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.benchmarks.report import REPOSITORY, BenchError

_PATIENCE_S = 3600.0
_TAIL = 2000
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Of a command and all that it started and waited for, as the kernel counts. peak_mb is that of the largest process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, memory: Memory | None = None) -> Usage:
    """Run a command to its end in the repository's root; what it prints goes to the log. Raises BenchError if it fails."""
    with log.open("w") as output:
        status, usage = finish(command, env=env, output=output, memory=memory)
    if status != 0:
        end = log.read_text(errors="replace")[-_TAIL:]
        raise BenchError(f"{' '.join(map(str, command))} ended with {status}:\n{end}")
    return usage


def finish(command: Sequence[str | Path], *, env: Mapping[str, str], output: IO[str], memory: Memory | None = None) -> tuple[int, Usage]:
    """Run a command to its end, whatever that is: its exit status, and what it took."""
    started = time.monotonic()
    child = start(command, env=env, output=output)
    with memory.of(child.pid) if memory else contextlib.nullcontext():
        usage = _wait(child, started)
    return child.returncode, usage


def start(command: Sequence[str | Path], *, env: Mapping[str, str], output: IO[str] | int) -> subprocess.Popen[bytes]:
    """Start a command in the repository's root, in a session of its own."""
    return subprocess.Popen(
        list(command),
        env=dict(env),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait(child: subprocess.Popen[bytes], started: float) -> Usage:
    """Wait for a command that was started then, by the monotonic clock; it is killed when that takes too long."""
    killer = threading.Timer(_PATIENCE_S, os.killpg, (child.pid, signal.SIGKILL))
    killer.start()
    try:
        _pid, status, used = os.wait4(child.pid, 0)
    finally:
        killer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return Usage(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, with that of the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_A_SECOND


class Memory:
    """Looks at a process and its descendants again and again; in MB.

    controller and worker are the peaks of the first process and of the largest other one (VmHWM, pages shared with others
    included); together is the largest sum of all of them at a time, shared pages counted once (PSS).
    """

    def __init__(self, interval_s: float) -> None:
        self.controller = self.worker = self.together = 0.0
        self._interval_s = interval_s
        self._ended = threading.Event()

    @contextlib.contextmanager
    def of(self, pid: int) -> Iterator[None]:
        """Watch for as long as the context lasts."""
        thread = threading.Thread(target=self._watch, args=(pid,))
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self, pid: int) -> None:
        while not self._ended.wait(self._interval_s):
            together = 0.0
            for number in _tree(pid):
                peak = _field(number, "status", "VmHWM:")
                together += _field(number, "smaps_rollup", "Pss:")
                if number == pid:
                    self.controller = max(self.controller, peak)
                else:
                    self.worker = max(self.worker, peak)
            self.together = max(self.together, together)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _tree(int(child))


def _field(pid: int, file: str, name: str) -> float:
    """A size of /proc in MB, 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0
