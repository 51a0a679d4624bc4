# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The challenge that a GPU has to answer, computed here in pure Python: a hash of 1,024 numbers made from the run's nonce and its UUID."""

from __future__ import annotations

import hashlib
import struct
from typing import Sequence

_WORDS = 1024
_MASK = 0xFFFFFFFF
_STEP = 0x9E3779B1


def expected_answer(nonce: str, uuid: str) -> str:
    """The answer that only a device that knows the nonce can give, in hexadecimal.

    Args:
        nonce: The number that this run has drawn.
        uuid: The device's UUID.
    """
    seed = struct.unpack(">8I", hashlib.sha256(f"{nonce}:{uuid}".encode()).digest())
    words = [_word(place, seed) for place in range(_WORDS)]
    return hashlib.sha256(struct.pack(f"<{_WORDS}I", *words)).hexdigest()


def _word(place: int, seed: Sequence[int]) -> int:
    value = (place * _STEP + seed[0]) & _MASK
    for part in seed:
        value = _mixed(value ^ part)
    return value


def _mixed(value: int) -> int:
    """A 32-bit finalizer, which changes half of the bits for each bit that changes."""
    value ^= value >> 16
    value = value * 0x7FEB352D & _MASK
    value ^= value >> 15
    value = value * 0x846CA68B & _MASK
    return value ^ (value >> 16)
