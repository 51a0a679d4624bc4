# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the components of a lab are ready, and why one has died."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.lab import certs
from tests.lab.components import Component
from tests.lab.config import LOOPBACK, LabError, Layout
from tests.lab.processes import Process

_READY_TIMEOUT_S = 120.0
_POLL_S = 0.05


def obituary(dead: Sequence[Process]) -> str:
    """Which components have died, with the end of their logs."""
    return "\n".join(f"{process.name} (pid {process.pid}) has died. The end of {process.log}:\n{process.log_end()}" for process in dead)


def wait_for(running: Sequence[Process], ready: Callable[[], bool], check: Callable[[], None] = lambda: None) -> None:
    """Returns once they are ready; raises LabError as soon as one has died, or after two minutes. check may end the wait."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not ready():
        check()
        dead = [process for process in running if not process.alive]
        if dead:
            raise LabError(obituary(dead))
        if time.monotonic() > deadline:
            logs = Path(running[0].log).parent
            raise LabError(f"The lab was not ready after {_READY_TIMEOUT_S:.0f} s. Its logs, for as long as it takes to look: {logs}")
        time.sleep(_POLL_S)


class Probe:
    """Checks whether components are ready; a positive result is remembered."""

    def __init__(self, layout: Layout) -> None:
        self._tls = certs.client_context(layout, "supervisor")
        self._ready: set[str] = set()

    def ready(self, component: Component) -> bool:
        return self._answers(component, component.ready_path)

    def default_account(self, apiserver: Component) -> bool:
        """Whether pods can be created: admission wants their service account, which the controller manager makes."""
        return self._answers(apiserver, "/api/v1/namespaces/default/serviceaccounts/default")

    def _answers(self, component: Component, path: str) -> bool:
        key = f"{component.name}{path}"
        if key not in self._ready and _status(component.port, path, self._tls if component.tls else None) == http.HTTPStatus.OK:
            self._ready.add(key)
        return key in self._ready


def _status(port: int, path: str, tls: ssl.SSLContext | None) -> int | None:
    if tls is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    else:
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=5, context=tls)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
