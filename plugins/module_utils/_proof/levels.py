# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The levels: which checks each one makes, in which order."""

from __future__ import annotations

from typing import Callable, Dict, Tuple

from . import memory
from .bench import Bench
from .challenge import challenge
from .measure import copy, memory_bandwidth, sgemm
from .stress import stress
from .train import train

Check = Callable[[Bench], None]

_SMOKE: Tuple[Tuple[str, Check], ...] = (
    ("challenge", challenge),
    ("copy", copy),
    ("memory_bandwidth", memory_bandwidth),
    ("sgemm", sgemm),
    ("memory", memory.part),
)
_TRAIN = (*_SMOKE, ("train", train))
LEVELS: Dict[str, Tuple[Tuple[str, Check], ...]] = {
    "smoke": _SMOKE,
    "train": _TRAIN,
    "stress": (*_TRAIN[:4], ("memory", memory.most), *_TRAIN[5:], ("stress", stress)),
}
