# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sustained work: multiplication without a pause for a time, with regular checks by the device itself."""

from __future__ import annotations

import time

from .bench import Bench
from .limits import STRESS_SHARE
from .matrix import Product

_TERA = 1e12
_PRODUCTS_A_CHECK = 20


def stress(bench: Bench) -> None:
    """Work for a part of the time limit; the figure is then that of sustained work."""
    bench.figure(sgemm_tflops=_sustained(bench, "stress", bench.began + bench.seconds * STRESS_SHARE))


def load(bench: Bench) -> None:
    """Work for as long as the run asks, so that exporters, which measure seldom, show it."""
    _sustained(bench, "load", bench.began + bench.load_seconds)


def _sustained(bench: Bench, name: str, end: float) -> float:
    """Multiply until the end or a product is wrong; the speed in TFLOP/s."""
    products, seconds, wrong = 0, 0.0, 0
    with Product(bench).allocated() as product:
        n = product.largest
        product.draw(n)
        while not wrong and (products == 0 or time.monotonic() < end):
            seconds += bench.device.seconds(lambda: _work(bench, product, n))
            products += _PRODUCTS_A_CHECK
            wrong = product.wrong_rows(n)
        problem = product.problem(n)
    speed = products * 2 * n**3 / seconds / _TERA
    bench.check(name, problem is None, problem or f"{products} products of {n} x {n} are right, {speed:.2f} TFLOP/s sustained")
    return round(speed, 2)


def _work(bench: Bench, product: Product, n: int) -> None:
    """Give the device work for a while, and look at it meanwhile."""
    product.multiply(n, _PRODUCTS_A_CHECK)
    bench.record["state"]["under_load"] = bench.state()
