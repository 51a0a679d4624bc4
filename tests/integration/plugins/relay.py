# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A piece of network between a client and the API server: it can be cut, and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_LOOPBACK = "127.0.0.1"
_BUFFER = 65536


class Relay:
    """Listens on a loopback port and passes every byte on, both ways, until it is cut."""

    def __init__(self, target: int, *, host: str = _LOOPBACK, port: int = 0) -> None:
        self._target = target
        self._host = host
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()  # whoever cuts must not miss a connection that is just being taken
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._accept_from(self._listener)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.down()
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        """Every connection breaks; new ones are taken."""
        with self._lock:
            while self._connections:
                _close(self._connections.pop())

    def down(self) -> None:
        """Every connection breaks, and new ones are refused."""
        _close(self._listener)
        self.cut()

    def up(self) -> None:
        """Connections are taken again."""
        self._listener = socket.create_server((self._host, self.port))
        self._accept_from(self._listener)

    def _accept_from(self, listener: socket.socket) -> None:
        self._start(self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _unused = listener.accept()
            except OSError:
                return
            with self._lock:
                if listener.fileno() < 0:
                    _close(client)
                    return
                server = socket.create_connection((_LOOPBACK, self._target))
                self._connections += [client, server]
            self._start(_pass_on, client, server)
            self._start(_pass_on, server, client)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def _close(connection: socket.socket) -> None:
    # Closing alone would not wake the thread that waits in accept or recv.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_BUFFER):
            target.sendall(data)
    _close(target)
    _close(source)
