# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A limit on the total time of an exchange with a server, however slowly its bytes arrive."""

from __future__ import annotations

import contextvars
import socket
import threading
from functools import lru_cache
from types import TracebackType
from typing import Any, Callable, Type

try:
    from urllib3 import HTTPConnectionPool, PoolManager
except ImportError:  # the entry point reports what is missing
    pass

_CURRENT: contextvars.ContextVar[Limit | None] = contextvars.ContextVar("gpuops_aks_limit", default=None)


class Limit:
    """The total time of an exchange with a server, after which the connection is cut.

    A socket's own timeout starts again with each byte, so that a server that trickles bytes could keep a task waiting forever.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._deciding = threading.Lock()
        self._cut: Callable[[], None] | None = None
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Limit:
        self._token = _CURRENT.set(self)
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._deciding:
            self._cut = None
        _CURRENT.reset(self._token)

    def hold(self, cut: Callable[[], None]) -> None:
        """Set how to end what the exchange waits for now; this is called at once if the time is over."""
        with self._deciding:
            self._cut = cut
            if self.passed:
                cut()

    def _pass(self) -> None:
        with self._deciding:
            self.passed = True
            if self._cut is not None:
                self._cut()


class _Limited:
    """A mixin for urllib3's connections that tells the limit of the current exchange which socket to cut."""

    sock: Any

    def connect(self) -> None:
        self._hold(lambda: _shut_down(self.sock))
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections

    def putrequest(self, *arguments: Any, **options: Any) -> Any:
        self._hold(lambda: _shut_down(self.sock))
        return super().putrequest(*arguments, **options)  # type: ignore[misc]

    def getresponse(self) -> Any:
        connected = self.sock  # the connection drops it if this is its last response
        self._hold(lambda: _shut_down(connected))
        return super().getresponse()  # type: ignore[misc]

    def _hold(self, cut: Callable[[], None]) -> None:
        limit = _CURRENT.get()
        if limit is not None:
            limit.hold(cut)


def _shut_down(connected: Any) -> None:
    """Wake the reader of a socket. This bypasses TLS, whose own shutdown would let the reader take encrypted data for plain text."""
    plain = getattr(connected, "socket", connected)  # TLS within TLS
    if isinstance(plain, socket.socket):
        try:
            socket.socket.shutdown(plain, socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already


def limitable(pools: PoolManager) -> PoolManager:
    """The same manager, with connections that a limit can cut."""
    pools.pool_classes_by_scheme = {scheme: _limited(each) for scheme, each in pools.pool_classes_by_scheme.items()}
    return pools


@lru_cache(maxsize=16)
def _limited(pool: Type[HTTPConnectionPool]) -> Type[HTTPConnectionPool]:
    connection = type("LimitedConnection", (_Limited, pool.ConnectionCls), {})
    return type("LimitedPool", (pool,), {"ConnectionCls": connection})
