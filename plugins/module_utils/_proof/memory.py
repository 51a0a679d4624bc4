# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The memory test: a pattern that differs at every address is written to many buffers, read back, inverted, and read back again."""

from __future__ import annotations

from contextlib import ExitStack
from typing import List, Tuple

from .bench import Bench, u32
from .cuda import Pointer
from .matrix import hashed

_GIB = 1 << 30
_MIB = 1 << 20
_SMOKE_BYTES = 4 * _GIB
_INVERTED = 0xFFFFFFFF

# A pointer and its size in bytes.
Buffer = Tuple[Pointer, int]


def part(bench: Bench) -> None:
    """Test a quarter of the free memory, at most 4 GiB."""
    _record(bench, *_test(bench, min(bench.device.free_bytes() // 4, _SMOKE_BYTES)))


def most(bench: Bench) -> None:
    """Test nine tenths of the free memory."""
    _record(bench, *_test(bench, bench.device.free_bytes() // 10 * 9))


def _record(bench: Bench, tested: int, errors: int) -> None:
    bench.figure(memory_tested_bytes=tested, memory_errors=errors)
    text = f"{tested} bytes hold their patterns" if errors == 0 else f"{errors} words of {tested // 4} came back changed"
    bench.check("memory", errors == 0, text)


def _test(bench: Bench, size: int) -> Tuple[int, int]:
    """The bytes that were tested, and how many words were wrong."""
    with ExitStack() as allocations:
        buffers: List[Buffer] = []
        for start in range(0, size, _GIB):
            length = min(_GIB, size - start) // _MIB * _MIB
            if length:
                (pointer,) = allocations.enter_context(bench.device.memory(length))
                buffers.append((pointer, length))
        errors = sum(_pattern(bench, buffers, flip) for flip in (0, _INVERTED))
    return sum(length for _pointer, length in buffers), errors


def _pattern(bench: Bench, buffers: List[Buffer], flip: int) -> int:
    """Write all buffers before the first one is read, so that an address that stands for two is found."""
    seed = bench.seed("memory").value
    launch = bench.device.launch
    for number, (pointer, length) in enumerate(buffers):
        launch("fill_pattern", length // 4, pointer, u32(length // 4), u32(hashed(number, seed)), u32(flip))

    def check(errors: Pointer) -> None:
        for number, (pointer, length) in enumerate(buffers):
            launch("check_pattern", length // 4, pointer, u32(length // 4), u32(hashed(number, seed)), u32(flip), errors)

    return bench.errors_of(check)
