# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A time limit for a computation that cannot be interrupted in any other way, such as matching a user's regular expression."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from types import FrameType
from typing import Iterator

_TICK_SECONDS = 0.1


class TimeLimitError(Exception):
    """The computation exceeded its time limit."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the code in the context after this many seconds of computing. Raises TimeLimitError.

    Python's regular expressions check for signals while they match, so that a pattern that backtracks endlessly can be stopped without
    another library. Python handles signals in the main thread only, where both entry points run an operation; in other threads there is
    no limit. The signal is SIGVTALRM, which counts processor time, because Ansible uses SIGALRM for a task's timeout.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end = time.monotonic() + seconds

    def check(_number: int, _frame: FrameType | None) -> None:
        if time.monotonic() > end:
            raise TimeLimitError

    before = signal.signal(signal.SIGVTALRM, check)
    signal.setitimer(signal.ITIMER_VIRTUAL, _TICK_SECONDS, _TICK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
