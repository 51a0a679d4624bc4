# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Ends an exchange with a server after a total time, however slowly its bytes arrive."""

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
    """The time that an exchange with a server may take in all: when it is over, the connection is cut.

    The timeouts of sockets begin anew with each byte, so that a server that sends one now and then is waited for without end.
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
        """This is how to end what the exchange is waiting for now; at once, where the time is over."""
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
    """What a connection of urllib3's tells the limit of the exchange that it serves: which socket to cut."""

    sock: Any

    def connect(self) -> None:
        self._tell(lambda: _shut(self.sock))
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections

    def putrequest(self, *arguments: Any, **options: Any) -> Any:
        self._tell(lambda: _shut(self.sock))
        return super().putrequest(*arguments, **options)  # type: ignore[misc]

    def getresponse(self) -> Any:
        connected = self.sock  # the connection forgets it when the response is the last one
        self._tell(lambda: _shut(connected))
        return super().getresponse()  # type: ignore[misc]

    def _tell(self, cut: Callable[[], None]) -> None:
        limit = _CURRENT.get()
        if limit is not None:
            limit.hold(cut)


def _shut(connected: Any) -> None:
    """Wake whoever reads from a socket, without a word to TLS: that would let the reader take what is encrypted for plain text."""
    plain = getattr(connected, "socket", connected)  # of TLS within TLS
    if isinstance(plain, socket.socket):
        try:
            socket.socket.shutdown(plain, socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already


def limitable(pools: PoolManager) -> PoolManager:
    """The same manager, whose connections can be cut by a limit."""
    pools.pool_classes_by_scheme = {scheme: _limited(each) for scheme, each in pools.pool_classes_by_scheme.items()}
    return pools


@lru_cache(maxsize=16)
def _limited(pool: Type[HTTPConnectionPool]) -> Type[HTTPConnectionPool]:
    connection = type("LimitedConnection", (_Limited, pool.ConnectionCls), {})
    return type("LimitedPool", (pool,), {"ConnectionCls": connection})
