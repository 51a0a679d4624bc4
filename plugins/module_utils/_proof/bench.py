# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What every check works with: the device under test, the run's nonce, and the record that the check adds to."""

from __future__ import annotations

import ctypes
import hashlib
import time
from typing import Any, Callable, Dict

from .cuda import Device, Pointer
from .output import Run, say

# Long enough that the start of a kernel doesn't count, short enough for a proof of seconds.
LONG_ENOUGH_SECONDS = 0.01
_REPEATS = 3
_NO_ERROR = b"\0\0\0\0\xff\xff\xff\xff"

u32 = ctypes.c_uint32
f32 = ctypes.c_float


class Bench:
    """The device under test with the record of its proof.

    Args:
        device: with the kernels loaded.
        record: what the output says about the device.
        run: the nonce, the time limit and the time of the load.
        state: asks NVML for the state that the device is in.
    """

    def __init__(self, device: Device, record: Dict[str, Any], run: Run, state: Callable[[], Dict[str, Any]]) -> None:
        self.device = device
        self.record = record
        self.seconds, self.load_seconds = run.seconds, run.load_seconds
        self.began = time.monotonic()
        self.state = state
        self.digest = hashlib.sha256(f"{run.nonce}:{record['device']['uuid']}".encode()).digest()

    def seed(self, purpose: str) -> ctypes.c_uint32:
        """A number that is different for each run, device and purpose."""
        return u32(int.from_bytes(hashlib.sha256(self.digest + purpose.encode()).digest()[:4], "big"))

    def check(self, name: str, passed: bool, detail: str) -> None:
        """Record what a check found."""
        self.record["checks"].append({"name": name, "passed": passed, "detail": detail})
        say(f"{name}: {detail}" if passed else f"{name}: FAILED: {detail}")

    def figure(self, **figures: Any) -> None:
        """Record what was measured."""
        self.record["figures"].update(figures)

    def errors_of(self, check: Callable[[Pointer], None]) -> int:
        """How many errors a checking kernel counts."""
        with self.device.memory(len(_NO_ERROR)) as (errors,):
            self.device.write(errors, _NO_ERROR)
            check(errors)
            return int.from_bytes(self.device.read(errors, 4), "little")

    def best_seconds(self, work: Callable[[], None]) -> float:
        """The shortest of a few measurements, which is the least disturbed one."""
        return min(self.device.seconds(work) for _repeat in range(_REPEATS))


def ranged(smallest: int, largest: int, seconds: Callable[[int], float]) -> int:
    """The first size, doubled from the smallest on, that takes long enough, or else the last one that isn't above the largest.

    Twice, because a first time or another process on the device can make the smallest size take long.
    """
    size = smallest
    while min(seconds(size), seconds(size)) < LONG_ENOUGH_SECONDS and size * 2 <= largest:
        size *= 2
    return size
