# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: on digits that are different in every run, to an accuracy well above the one that is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .proof_runs import check, environment, failed, gpu, place, prove, uuid

NONCES = ["0" * 32, "0123456789abcdef" * 2, "f" * 32]
# Of 60 nonces on the stand-in, the lowest accuracy was 0.953 and the mean 0.974.
ASKED_FOR, WELL_ABOVE = 0.9, 0.94
DRAW = """
import hashlib, sys
from proof import bench, cuda, output, train, worker
run = output.Run("train", sys.argv[1], 60.0, None, None)
record = output.device_record(run, {"uuid": sys.argv[2]}, simulated=True)
device = worker.open_device(cuda.Cuda(lambda function: None), 0, sys.argv[2])
drawn = bench.Bench(device, record, run, dict)
for purpose in ("train", "test"):
    with train._digits(drawn, purpose, 64) as digits:
        print(hashlib.sha256(device.read(digits.images, 64 * 256 * 4)).hexdigest(), sorted(set(device.read(digits.labels, 64 * 4)[::4])))
"""


def draw(directory: Path, nonce: str) -> list[str]:
    """A line about the digits to learn from and one about those to read."""
    arguments = [sys.executable, "-B", "-c", DRAW, nonce, uuid(1)]
    done = subprocess.run(arguments, cwd=place(directory), env=environment(gpu()), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("nonce", NONCES)
def test_network_reads_digits_that_it_did_not_train_on(tmp_path: Path, nonce: str) -> None:
    (device,) = prove(tmp_path, gpu(), level="train", nonce=nonce).devices
    figures = device["figures"]
    assert failed(device) == []
    assert check(device, "train")["passed"]
    assert figures["train_accuracy"] >= WELL_ABOVE > ASKED_FOR
    assert figures["train_curve"][-1] == [figures["train_steps"], figures["train_accuracy"]]
    assert figures["train_curve"][0][1] < figures["train_accuracy"]


def test_digits_follow_from_the_nonce(tmp_path: Path) -> None:
    first, again, other = draw(tmp_path, NONCES[0]), draw(tmp_path, NONCES[0]), draw(tmp_path, NONCES[1])
    assert first == again
    assert len({*first, *other}) == 4  # neither run draws what the other draws, and none what it trains on


def test_every_digit_is_drawn(tmp_path: Path) -> None:
    assert all(line.endswith(str(list(range(10)))) for line in draw(tmp_path, NONCES[2]))
