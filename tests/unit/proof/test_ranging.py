# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A measurement ranges itself: large enough to be measured, and never misled by one slow time."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._proof.bench import LONG_ENOUGH_SECONDS, ranged

KIB = 1024


class Device:
    """Takes a time that grows with the size, and much longer at given calls."""

    def __init__(self, bytes_a_second: float, slow_calls: tuple[int, ...] = ()) -> None:
        self.sizes: list[int] = []
        self._speed = bytes_a_second
        self._slow = slow_calls

    def seconds(self, size: int) -> float:
        self.sizes.append(size)
        return 1.0 if len(self.sizes) in self._slow else size / self._speed


@pytest.mark.parametrize("speed", [1e6, 1e8, 1e9])
def test_size_grows_until_it_takes_long_enough(speed: float) -> None:
    size = ranged(64, 1 << 30, Device(speed).seconds)
    assert size / speed >= LONG_ENOUGH_SECONDS > size / 2 / speed


def test_size_stays_within_the_largest() -> None:
    assert ranged(64 * KIB, 1000 * KIB, Device(1e12).seconds) == 512 * KIB


def test_smallest_size_is_enough_for_a_slow_device() -> None:
    assert ranged(64 * KIB, 1 << 30, Device(1e3).seconds) == 64 * KIB


@pytest.mark.parametrize("slow_calls", [(1,), (1, 4), (2, 3, 6)])
def test_single_slow_time_does_not_end_the_search(slow_calls: tuple[int, ...]) -> None:
    device = Device(1e9, slow_calls)
    assert ranged(64 * KIB, 1 << 30, device.seconds) == ranged(64 * KIB, 1 << 30, Device(1e9).seconds)
    assert len(device.sizes) > max(slow_calls)
