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
from .sustained import stress
from .train import train

Check = Tuple[str, Callable[[Bench], None]]

_MEASURES: Tuple[Check, ...] = (("challenge", challenge), ("copy", copy), ("memory_bandwidth", memory_bandwidth), ("sgemm", sgemm))
_SMOKE: Tuple[Check, ...] = (*_MEASURES, ("memory", memory.part))
_STRESS: Tuple[Check, ...] = (*_MEASURES, ("memory", memory.most), ("train", train), ("stress", stress))
LEVELS: Dict[str, Tuple[Check, ...]] = {"smoke": _SMOKE, "train": (*_SMOKE, ("train", train)), "stress": _STRESS}
