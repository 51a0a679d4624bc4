# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Clock, Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._progress import Status
from hypothesis import given
from hypothesis import strategies as st


class HandClock:
    """A clock that advances only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@given(st.integers(0, 100), st.lists(st.integers(0, 50)))
def test_remaining_time_counts_down_to_zero(timeout: int, sleeps: list[int]) -> None:
    clock: Clock = HandClock()
    deadline = Deadline(clock, timeout)
    assert (deadline.timeout, deadline.remaining) == (timeout, timeout)
    slept = 0
    for seconds in sleeps:
        clock.sleep(seconds)
        slept += seconds
        assert deadline.remaining == max(0, timeout - slept)
        assert deadline.passed is (slept >= timeout)


class Listener:
    """Records each status line; due every 2 seconds."""

    every = 2.0

    def __init__(self) -> None:
        self.lines: list[str] = []

    def report(self, status: Callable[[], Status], elapsed: float) -> None:
        self.lines.append(status().line(elapsed))


def test_part_of_a_wait_reports_the_time_of_the_whole_wait() -> None:
    clock, listener = HandClock(), Listener()
    whole = Deadline(clock, 100, listener)
    clock.sleep(30)
    part = whole.within(10)
    clock.sleep(5)
    part.report(lambda: Status("gpunp", "Creating"))
    assert (part.elapsed, part.remaining, listener.lines) == (5, 5, ["gpunp: Creating, 35s"])


def test_deadline_reports_elapsed_time_and_pauses_until_progress_is_due() -> None:
    clock, listener = HandClock(), Listener()
    deadline = Deadline(clock, 5, listener)
    assert deadline.pause == 2
    clock.sleep(4)
    deadline.report(lambda: Status("gpunp", "Creating"))
    assert (deadline.elapsed, deadline.pause, listener.lines) == (4, 1, ["gpunp: Creating, 4s"])
    assert Deadline(clock, 5).pause == 5


@pytest.mark.parametrize(("timeout", "passed", "left"), [(math.inf, 50, 30), (60, 10, 30), (60, 50, 10), (60, 65, 0)])
def test_part_of_a_wait_ends_with_its_own_limit_or_with_the_whole_wait(timeout: float, passed: float, left: float) -> None:
    clock = HandClock()
    whole = Deadline(clock, timeout)
    clock.sleep(passed)
    part = whole.within(30)
    assert (part.remaining, part.elapsed) == (left, 0)
    assert part.timeout <= whole.timeout - passed


def test_system_clock_advances_by_at_least_the_time_slept() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(-1)
    between = clock.now()
    clock.sleep(0.01)
    assert before <= between
    assert clock.now() - between >= 0.009
