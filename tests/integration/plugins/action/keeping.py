# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation that leaves something behind each time, to show that this is seen."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Outcome, Run
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.action import InProcessAction

_KEPT: list[object] = []


def _thread() -> threading.Thread:
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    return thread


_MAKES: Mapping[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "connection": socket.socket,
    "file": tempfile.TemporaryFile,
    "thread": _thread,
    "memory": lambda: bytearray(10_000),
    "memory of a C library": ssl.create_default_context,
}


def _run(params: Mapping[str, Any], _run: Run) -> Outcome:
    _KEPT.append(_MAKES[params["what"]]())
    return Outcome({})


class ActionModule(InProcessAction):
    """Keeps what it is told to."""

    operation = Operation({"what": {"type": "str"}}, _run, ())
