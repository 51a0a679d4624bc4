# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a task of the collection many times in one worker, through the in-process entry point, and tells what is there before and after."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

_PROCESS = Path("/proc/self")
_STILL_SECONDS, _PATIENCE_SECONDS = 0.2, 5.0
_NAMED = 5  # lines that have asked for most of what is new


class _Allocated(ctypes.Structure):
    """What glibc's mallinfo2 returns."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


_ALLOCATOR = ctypes.CDLL(None)
_ALLOCATOR.mallinfo2.restype = _Allocated


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is untyped
    """Wants module, arguments, warm_up and runs; returns before and after, and which lines have asked for most of what is new."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        wanted = self._task.args
        tracemalloc.start()
        failed = self._times(wanted["warm_up"], task_vars)
        _left()  # what counting itself has to have once
        at_first = tracemalloc.take_snapshot()
        failed = failed or self._times(wanted["warm_up"], task_vars)  # a snapshot costs memory of its own
        before = _left()
        failed = failed or self._times(wanted["runs"], task_vars)
        after = _left()
        grown = tracemalloc.take_snapshot().compare_to(at_first, "lineno")[:_NAMED]
        return {**result, **failed, "before": before, "after": after, "grown": [str(each) for each in grown]}

    def _times(self, count: int, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Does the task so many times; what it returns where it fails, else nothing."""
        for _unused in range(count):
            done = self._once(self._task.args["module"], self._task.args["arguments"], task_vars)
            if done.get("failed"):
                return done
        return {}

    def _once(self, module: str, arguments: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """What the task returns."""
        task = self._task.copy()
        task.action, task.args = module, dict(arguments)
        entry_point = self._shared_loader_obj.action_loader.get(
            module,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        done: dict[str, Any] = entry_point.run(task_vars=task_vars)
        return done


def _left() -> dict[str, int]:
    """What the process has, once it has come to rest: threads that are to end have ended."""
    gc.collect()
    sys._clear_type_cache()  # it holds thousands of names that were looked up, and fills slowly
    until = time.monotonic() + _PATIENCE_SECONDS
    before, now = {}, _counted()
    while now != before and time.monotonic() < until:
        time.sleep(_STILL_SECONDS)
        before, now = now, _counted()
    allocated = _ALLOCATOR.mallinfo2()
    return {**now, "bytes": allocated.uordblks + allocated.hblkhd}


def _counted() -> dict[str, int]:
    files = [_target(file) for file in (_PROCESS / "fd").iterdir()]
    return {
        "connections": sum(file.startswith("socket:") for file in files),
        "files": len(files),
        "threads": len(list((_PROCESS / "task").iterdir())),
    }


def _target(file: Path) -> str:
    """What a descriptor leads to, "" where it has been closed since: the listing's own."""
    try:
        return str(file.readlink())
    except FileNotFoundError:
        return ""
