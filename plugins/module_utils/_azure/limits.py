# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How long one attempt of a request may take within the task's time, and what happens when it takes longer."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError as CoreError

Result = TypeVar("Result")

# How long tasks that wait for nothing may take for all of their requests, with what is read again.
QUICK_TASK_SECONDS = 180.0
# One answer: Azure's own gateway gives up after a minute, and a list of sizes has some megabytes.
CONNECT_SECONDS = 15.0
SILENT_SECONDS = 60.0
ANSWER_SECONDS = 120.0
# What a wait that has just ended may still take to read what has become of it.
LAST_SECONDS = 5.0


class OutOfTimeError(Exception):
    """A request isn't sent again, because the task's time would be over before.

    answer: the one that asks for a pause, None where there was none. failure: why there was none.
    """

    def __init__(self, answer: Any, failure: CoreError | None) -> None:
        self.message = "the task's time is over"
        super().__init__(self.message)
        self.answer = answer
        self.failure = failure


def attempt_seconds(remaining: float) -> float:
    """How long one attempt of a request may take, of a task that has so many seconds left."""
    return min(ANSWER_SECONDS, remaining if remaining >= 1 else LAST_SECONDS)


class OverdueError(Exception):
    """Work has not ended in its time."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What work returns or raises; OverdueError once that takes too long.

    A socket's own time limit is one between two bytes: what sends one byte a second, or resolves no name, would never reach it. The thread
    that is left behind ends with the process.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001  # not handled here: the caller gets it
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except FutureTimeoutError as error:
        if future.done():
            raise
        raise OverdueError from error
