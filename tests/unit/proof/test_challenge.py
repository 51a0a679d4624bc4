# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The challenge: the device computes what the other side expects, which is computed here in Python alone."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from .proof_runs import NONCE, gpu, prove, uuid


def answer(nonce: str, device: str) -> str:
    """The challenge's answer as the contract between program and module describes it."""
    seed = struct.unpack(">8I", hashlib.sha256(f"{nonce}:{device}".encode()).digest())
    return hashlib.sha256(b"".join(struct.pack("<I", _word(i, seed)) for i in range(1024))).hexdigest()


def _word(i: int, seed: tuple[int, ...]) -> int:
    x = (i * 0x9E3779B1 + seed[0]) % 2**32
    for word in seed:
        x = _mix(x ^ word)
    return x


def _mix(x: int) -> int:
    x ^= x >> 16
    x = x * 0x7FEB352D % 2**32
    x ^= x >> 15
    x = x * 0x846CA68B % 2**32
    return x ^ (x >> 16)


def test_devices_answer_the_challenge_each_its_own(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2))
    assert [device["challenge"] for device in result.devices] == [answer(NONCE, uuid(1)), answer(NONCE, uuid(2))]


def test_answer_depends_on_the_nonce(tmp_path: Path) -> None:
    nonce = "f" * 32
    (device,) = prove(tmp_path, gpu(1), nonce=nonce).devices
    assert device["nonce"] == nonce
    assert device["challenge"] == answer(nonce, uuid(1)) != answer(NONCE, uuid(1))
