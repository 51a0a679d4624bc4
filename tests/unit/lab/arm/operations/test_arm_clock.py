# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.lab.clock import LabClock


class RealTime:
    """A monotonic clock in the test's hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_simulated_time_runs_at_the_speed_asked_for() -> None:
    real = RealTime()
    clock = LabClock(60, monotonic=real)
    before = clock.now()
    real.seconds += 2
    assert clock.now() - before == timedelta(seconds=120)


def test_advancing_moves_it_at_once_and_in_simulated_seconds() -> None:
    clock = LabClock(60, monotonic=RealTime())
    before = clock.now()
    clock.advance(273)
    assert clock.now() - before == timedelta(seconds=273)


def test_retry_after_is_in_real_seconds() -> None:
    clock = LabClock(60, monotonic=RealTime())
    assert clock.real_seconds_until(clock.now() + timedelta(seconds=30)) == pytest.approx(0.5)


def test_a_moment_that_has_passed_needs_no_waiting() -> None:
    clock = LabClock(60, monotonic=RealTime())
    assert clock.real_seconds_until(clock.now() - timedelta(seconds=30)) == 0


@pytest.mark.parametrize("speed", [0, -1])
def test_a_clock_that_would_stand_still_or_run_back_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        LabClock(speed)


def test_time_does_not_move_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        LabClock(1).advance(-1)
