# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The challenge: 1,024 numbers that follow from nonce and UUID, computed by a kernel only; the other side computes them itself."""

from __future__ import annotations

import ctypes
import hashlib

from .bench import Bench

_WORDS = 1024


class _Seed(ctypes.Structure):
    """The kernel's struct seed."""

    _fields_ = [("word", ctypes.c_uint32 * 8)]


def challenge(bench: Bench) -> None:
    """Compute the challenge on the device; whether it is right is for the reader of the output to decide."""
    words = (int.from_bytes(bench.digest[start : start + 4], "big") for start in range(0, len(bench.digest), 4))
    seed = _Seed((ctypes.c_uint32 * 8)(*words))
    with bench.device.memory(_WORDS * 4) as (result,):
        bench.device.launch("challenge", _WORDS, result, seed)
        bench.record["challenge"] = hashlib.sha256(bench.device.read(result, _WORDS * 4)).hexdigest()
    bench.check("challenge", passed=True, detail=f"answered {bench.record['challenge'][:16]}...")
