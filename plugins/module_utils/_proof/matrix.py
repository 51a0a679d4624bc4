# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A product of two matrices on the device, and its check: all of it by integer arithmetic there, some elements by the host."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import Iterator, Optional

from .bench import Bench, u32
from .cuda import Pointer

_MASK = 0xFFFFFFFF
_TILE = 8
_MOST_ROWS = 8192
_CHECKED_BY_HOST = 8


def hashed(index: int, seed: int) -> int:
    """The kernels' hash of a number."""
    x = (index * 0x9E3779B1 + seed) & _MASK
    x = ((x ^ x >> 16) * 0x7FEB352D) & _MASK
    x = ((x ^ x >> 15) * 0x846CA68B) & _MASK
    return x ^ x >> 16


def small(index: int, seed: int) -> int:
    """The kernels' function of the same name: an integer from -8 to 7."""
    return (hashed(index, seed) >> 28) - 8


class Product:
    """Two square matrices of small integers and their product, which single precision holds exactly."""

    smallest = 64

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._seed_a, self._seed_b, self._seed_weights = bench.seed("sgemm a"), bench.seed("sgemm b"), bench.seed("sgemm weights")
        self.largest = self.smallest
        fits = bench.device.free_bytes() // 8
        while self.largest < _MOST_ROWS and 3 * 4 * (2 * self.largest) ** 2 <= fits:
            self.largest *= 2

    @contextmanager
    def allocated(self) -> Iterator[Product]:
        """The product with memory for its largest size."""
        size = self.largest**2 * 4
        with self._bench.device.memory(size, size, size, self.largest * 4) as (self._a, self._b, self._c, self._sums):
            yield self

    def draw(self, n: int) -> None:
        """Fill both matrices with n rows."""
        for values, seed in ((self._a, self._seed_a), (self._b, self._seed_b)):
            self._bench.device.launch("fill_small", n * n, values, u32(n * n), seed)

    def multiply(self, n: int, times: int = 1) -> None:
        """Compute the product, possibly several times without a pause."""
        for _time in range(times):
            self._bench.device.launch("sgemm", (n // _TILE) ** 2, self._a, self._b, self._c, u32(n))

    def seconds(self, n: int) -> float:
        """How long a multiplication takes."""
        return self._bench.device.seconds(lambda: self.multiply(n))

    def wrong_rows(self, n: int) -> int:
        """How many rows of the product are wrong, as the device finds."""
        return self._bench.errors_of(lambda errors: self._check(n, errors))

    def problem(self, n: int) -> Optional[str]:
        """What is wrong with the product, None if nothing is."""
        wrong = self.wrong_rows(n)
        if wrong:
            return f"{wrong} of {n} rows of the product are wrong"
        for number in range(_CHECKED_BY_HOST):
            row, column = divmod(hashed(number, self._seed_weights.value) % (n * n), n)
            expected, found = self._expected(n, row, column), self._found(n, row, column)
            if found != expected:
                return f"element {row}, {column} of the product is {found:g} instead of {expected}"
        return None

    def _check(self, n: int, errors: Pointer) -> None:
        launch = self._bench.device.launch
        launch("weigh_rows", n, self._b, u32(n), self._seed_weights, self._sums)
        launch("check_product", n, self._a, self._c, self._sums, u32(n), self._seed_weights, errors)

    def _expected(self, n: int, row: int, column: int) -> int:
        seed_a, seed_b = self._seed_a.value, self._seed_b.value
        return sum(small(k * n + row, seed_a) * small(k * n + column, seed_b) for k in range(n))

    def _found(self, n: int, row: int, column: int) -> float:
        element = Pointer(self._c.value + 4 * (row * n + column))
        return float(struct.unpack("<f", self._bench.device.read(element, 4))[0])
