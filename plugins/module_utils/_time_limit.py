# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Ends a computation after a number of seconds, for work that cannot be interrupted otherwise."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from types import FrameType
from typing import Iterator

_TICK_SECONDS = 0.1


class TimeLimitError(Exception):
    """The time for some work is over."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Ends what computes inside after so many seconds. Raises TimeLimitError.

    Python's own regular expressions look for signals while they match, so a user's pattern that backtracks without end can be ended
    without another library. Signals reach the main thread only, where both entry points run an operation; other threads run without one.
    The signal is SIGVTALRM, which counts the process's computing: SIGALRM is Ansible's, for a task's timeout.
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
