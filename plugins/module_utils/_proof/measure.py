# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The measurements: copies between host and device, memory bandwidth, and single-precision matrix multiplication."""

from __future__ import annotations

import ctypes
import os

from .bench import Bench, f32, ranged, u32
from .cuda import Pointer
from .matrix import Product

_GIGA, _TERA = 1e9, 1e12
_MIB = 1 << 20
# Host memory that the device copies from counts against the container's limit.
_MOST_COPIED = 128 * _MIB
_MOST_IN_AN_ARRAY = 4096 * _MIB
_BLOCK = 64 * 1024
_FACTOR = 3.0


def copy(bench: Bench) -> None:
    """Copy from host to device and back, and compare what comes back."""
    device = bench.device
    largest = min(_MOST_COPIED, device.free_bytes() // 4)
    block = os.urandom(_BLOCK)
    with device.host_memory(largest) as address, device.memory(largest) as (target,):
        size = ranged(_BLOCK, largest, lambda size: device.seconds(lambda: device.upload(target, address, size)))
        for start in range(0, size, _BLOCK):
            ctypes.memmove(address + start, block, _BLOCK)
        to_device = size / bench.best_seconds(lambda: device.upload(target, address, size)) / _GIGA
        ctypes.memset(address, 0, size)
        to_host = size / bench.best_seconds(lambda: device.download(address, target, size)) / _GIGA
        same = all(ctypes.string_at(address + start, _BLOCK) == block for start in range(0, size, _BLOCK))
    bench.figure(host_to_device_gb_s=round(to_device, 2), device_to_host_gb_s=round(to_host, 2))
    figures = f"{to_device:.1f} GB/s to the device, {to_host:.1f} GB/s back"
    bench.check("copy", same, figures if same else f"{size} bytes came back changed")


def memory_bandwidth(bench: Bench) -> None:
    """Run the triad a = b + factor * c over three arrays, and check every element."""
    device = bench.device
    largest = min(_MOST_IN_AN_ARRAY, device.free_bytes() // 4)
    seed_b, seed_c = bench.seed("triad b"), bench.seed("triad c")

    def seconds(size: int) -> float:
        return device.seconds(lambda: triad(size))

    def triad(size: int) -> None:
        device.launch("triad", size // 16, a, b, c, f32(_FACTOR), u32(size // 16))

    def check(errors: Pointer) -> None:
        device.launch("check_triad", size // 4, a, seed_b, seed_c, f32(_FACTOR), u32(size // 4), errors)

    with device.memory(largest, largest, largest) as (a, b, c):
        size = ranged(_BLOCK, largest, seconds)
        for values, seed in ((b, seed_b), (c, seed_c)):
            device.launch("fill_small", size // 4, values, u32(size // 4), seed)
        speed = 3 * size / bench.best_seconds(lambda: triad(size)) / _GIGA
        wrong = bench.errors_of(check)
    bench.figure(memory_gb_s=round(speed, 1))
    bench.check("memory_bandwidth", wrong == 0, f"{speed:.1f} GB/s (triad)" if wrong == 0 else f"{wrong} of {size // 4} sums are wrong")


def sgemm(bench: Bench) -> None:
    """Multiply two matrices, check the whole product on the device and some of its elements on the host."""
    with Product(bench).allocated() as product:
        n = ranged(product.smallest, product.largest, product.seconds)
        product.draw(n)
        speed = 2 * n**3 / bench.best_seconds(lambda: product.multiply(n)) / _TERA
        problem = product.problem(n)
    bench.figure(sgemm_tflops=round(speed, 2))
    bench.check("sgemm", problem is None, problem or f"{speed:.2f} TFLOP/s in single precision")
