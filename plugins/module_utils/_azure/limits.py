# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How long one attempt of a request may take within the task's time, and what happens if it takes longer."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError as CoreError

Result = TypeVar("Result")

# The time of a task that waits for nothing, for all of its requests and their retries.
QUICK_TASK_SECONDS = 180.0
# One response: Azure's own gateway gives up after a minute, and a list of sizes has some megabytes.
CONNECT_SECONDS = 15.0
SILENT_SECONDS = 60.0
ANSWER_SECONDS = 120.0
# What a wait whose time is over may still take to read the result.
LAST_SECONDS = 5.0


class OutOfTimeError(Exception):
    """A request isn't retried, because the task's time would be over before that.

    answer: the response that asks for a pause, None if there was no response. failure: why there was none.
    """

    def __init__(self, answer: Any, failure: CoreError | None) -> None:
        self.message = "the task's time is over"
        super().__init__(self.message)
        self.answer = answer
        self.failure = failure


def attempt_seconds(remaining: float) -> float:
    """How long one attempt of a request may take, in a task with this many seconds left."""
    return min(ANSWER_SECONDS, remaining if remaining >= 1 else LAST_SECONDS)


class OverdueError(Exception):
    """Work did not finish in its time."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What work returns or raises; raises OverdueError if that takes too long.

    A socket's own time limit applies between two bytes: a server that sends one byte a second, or a name server that doesn't answer, would
    never reach it. The thread that is left behind ends with the process.
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
