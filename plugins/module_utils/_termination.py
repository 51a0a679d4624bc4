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
from typing import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class TerminationError(BaseException):
    """The process has been told to end. Nothing but a finally block may act on it."""


@contextmanager
def clean_termination() -> Iterator[None]:
    """Raise TerminationError in the context at the first signal; when the context has been left, the signal takes its usual effect.

    Further signals are only noted, so that they do not interrupt the cleanup. Python handles signals in the main thread only, where both
    entry points run an operation; in other threads, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            raise TerminationError

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            os.kill(os.getpid(), received[0])
