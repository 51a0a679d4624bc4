# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Lets an operation clean up when a signal ends its process: from Ctrl-C, or from the program that started ansible-playbook."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from types import FrameType
from typing import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Python ignores an exception in a finalizer, such as that of a connection's buffer. One that a signal raises there is lost.
_AGAIN_SECONDS = 2.0


class TerminationError(BaseException):
    """The process has been told to end. Nothing but a finally block may act on it."""


@contextmanager
def clean_termination(clean_up: Callable[[], None]) -> Iterator[None]:
    """Call clean_up when the context is left, however that happens; a signal raises TerminationError in the context.

    It is raised again until the context has been left. Signals that come later do not interrupt clean_up; after it, the first signal takes
    its usual effect. Python handles signals in the main thread only, where both entry points run an operation; in other threads, signals
    are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        try:
            yield
        finally:
            clean_up()
        return
    signals = _Signals()
    signals.catch()
    try:
        try:
            yield
        finally:
            signals.defer()
    finally:
        signals.defer()  # again: a signal may have come right before
        try:
            clean_up()
        finally:
            signals.release()


class _Signals:
    """The signals that the process is sent while an operation runs and cleans up."""

    def __init__(self) -> None:
        self._received: list[int] = []
        self._deferred = False
        self._first, self._left = threading.Event(), threading.Event()
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        self._repeater = threading.Thread(target=self._repeat, name="termination", daemon=True)

    def catch(self) -> None:
        """Raise TerminationError at each signal."""
        self._repeater.start()
        for number in _SIGNALS:
            signal.signal(number, self._note)

    def defer(self) -> None:
        """Only note signals from now on."""
        self._deferred = True
        self._left.set()

    def release(self) -> None:
        """Handle signals as before, beginning with the first that came."""
        self._first.set()
        self._repeater.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._received:
            os.kill(os.getpid(), self._received[0])

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(number)
        if self._deferred:
            return
        if len(self._received) == 1:
            self._first.set()
        raise TerminationError

    def _repeat(self) -> None:
        """Send the first signal again to the main thread, and interrupt what it waits for, until it has left the context."""
        self._first.wait()
        main = threading.main_thread().ident
        while main is not None and not self._left.wait(_AGAIN_SECONDS):
            signal.pthread_kill(main, self._received[0])
