# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Runs a piece of work in a forked child with a time limit, so that a driver that hangs or crashes takes only the child with it."""

from __future__ import annotations

import json
import mmap
import os
import select
import signal
import sys
import time
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from . import codes
from .library import CallError, error_fields
from .output import write_line
from .time_limit import LOOK_SECONDS, TimeLimit

_CALL_BYTES = 128
_REAP_SECONDS = 10.0
_CHUNK = 65536


class Report:
    """What the child tells the parent: fields that replace those it sent before, and the call that it is in."""

    def __init__(self, pipe: int, call: mmap.mmap) -> None:
        self._pipe = pipe
        self._call = call
        self.during = "start"

    def send(self, **fields: Any) -> None:
        """Tell the parent something."""
        write_line(self._pipe, json.dumps(fields))

    def begin(self, step: str, **fields: Any) -> None:
        """Tell the parent which step begins, so that it knows where a child that says nothing more has stopped."""
        self.during = step
        self.send(during=step, **fields)

    def entering(self, function: str) -> None:
        """Leave the name of a call in shared memory, where the parent finds it even if the call never returns."""
        self._call[:] = function.encode()[:_CALL_BYTES].ljust(_CALL_BYTES, b"\0")


class Stop:
    """Whether the pod was told to stop. The first process of a container gets no SIGTERM at all unless it handles it."""

    def __init__(self) -> None:
        self.requested = False
        self.pipe, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def _request(self, _number: int, _frame: Any) -> None:
        self.requested = True


class Outcome(NamedTuple):
    """What the child told, and `error` of the output if it didn't end by itself in good order."""

    fields: Dict[str, Any]
    error: Optional[Dict[str, Any]]


Work = Callable[[Report], None]


class Child:
    """A child that works from now on, with additions to the environment. Several can work at once."""

    def __init__(self, work: Work, seconds: float, stop: Stop, environment: Mapping[str, str]) -> None:
        self._stop = stop
        self._call = mmap.mmap(-1, _CALL_BYTES)
        self._pipe, write_end = os.pipe()
        sys.stdout.flush()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._pipe)
            os.environ.update(environment)
            _be_child(work, Report(write_end, self._call))
        os.close(write_end)
        self._limit = TimeLimit(self._process, seconds)

    def outcome(self) -> Outcome:
        """Wait for its end."""
        try:
            fields, explanation = _listen(self._pipe, self._limit, self._stop)
        finally:
            os.close(self._pipe)
        explanation = _end(self._process, explanation, self._limit)
        if explanation is None:
            return Outcome(fields, fields.get("error"))
        function = self._call[:].rstrip(b"\0").decode() or None
        timeout = explanation.code == codes.TIMEOUT.code
        return Outcome(fields, error_fields(fields.get("during", "start"), function, explanation, timeout=timeout))


def _be_child(work: Work, report: Report) -> None:
    """Work and end, without what an interpreter does at its end: a broken driver could hang there."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        work(report)
    except CallError as error:
        report.send(error=error.fields(report.during))
    finally:
        unexpected = sys.exc_info()[1]
        if unexpected is not None:
            report.send(error=error_fields(report.during, None, codes.PROCESS_ENDED.more(f"{type(unexpected).__name__}: {unexpected}")))
        sys.stdout.flush()
        os._exit(0)


def _listen(pipe: int, limit: TimeLimit, stop: Stop) -> Tuple[Dict[str, Any], Optional[codes.Meaning]]:
    """What the child sends, and why it has to be ended, if it has to."""
    fields: Dict[str, Any] = {}
    received = b""
    while True:
        ready = select.select([pipe, stop.pipe], [], [], min(LOOK_SECONDS, max(0.0, limit.left)))[0]
        if stop.requested:
            return fields, codes.INTERRUPTED
        if pipe not in ready:
            if limit.left > 0:
                continue
            return fields, codes.TIMEOUT
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            return fields, None
        *lines, received = (received + chunk).split(b"\n")
        for line in lines:
            fields.update(json.loads(line))


def _end(child: int, explanation: Optional[codes.Meaning], limit: TimeLimit) -> Optional[codes.Meaning]:
    """Kill the child if it has to be ended, and wait for its end: the driver may take a while to free a device's memory."""
    if explanation is not None:
        os.kill(child, signal.SIGKILL)
    reaping = TimeLimit(child, _REAP_SECONDS)
    while reaping.left > 0 or (explanation is None and limit.left > 0):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return explanation or _explain(status)
        time.sleep(0.01)
    return codes.UNKILLABLE if explanation is None or explanation == codes.TIMEOUT else explanation


def _explain(status: int) -> Optional[codes.Meaning]:
    if status == 0:
        return None
    return codes.PROCESS_ENDED.more(
        f"Signal {os.WTERMSIG(status)}." if os.WIFSIGNALED(status) else f"Exit status {os.WEXITSTATUS(status)}."
    )
