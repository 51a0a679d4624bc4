# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The stress test: multiplication without a pause for a part of the time limit, with regular checks by the device itself."""

from __future__ import annotations

import time

from .bench import Bench
from .limits import STRESS_SHARE
from .matrix import Product

_TERA = 1e12
_PRODUCTS_A_CHECK = 20


def stress(bench: Bench) -> None:
    """Multiply until the time is over or a product is wrong; the figure is then that of sustained work."""
    end = bench.began + bench.seconds * STRESS_SHARE
    products, seconds, wrong = 0, 0.0, 0
    with Product(bench).allocated() as product:
        n = product.largest
        product.draw(n)
        while not wrong and (products == 0 or time.monotonic() < end):
            seconds += bench.device.seconds(lambda: _load(bench, product, n))
            products += _PRODUCTS_A_CHECK
            wrong = product.wrong_rows(n)
        problem = product.problem(n)
    speed = products * 2 * n**3 / seconds / _TERA
    bench.figure(sgemm_tflops=round(speed, 2))
    bench.check("stress", problem is None, problem or f"{products} products of {n} x {n} are right, {speed:.2f} TFLOP/s sustained")


def _load(bench: Bench, product: Product, n: int) -> None:
    """Give the device work for a while, and look at it meanwhile."""
    product.multiply(n, _PRODUCTS_A_CHECK)
    bench.record["state"]["under_load"] = bench.state()
