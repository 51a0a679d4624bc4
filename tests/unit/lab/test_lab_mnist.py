# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import pytest

from tests.lab.programs import gpus, mnist

ACCURACY = re.compile(r"Accuracy at step (\d+): (\d\.\d+)")


@pytest.fixture(scope="module")
def log() -> list[str]:
    return list(mnist.training_lines(500, np.random.default_rng(7)))


def test_accuracy_is_reported_every_ten_steps(log: list[str]) -> None:
    steps = [int(match[1]) for line in log if (match := ACCURACY.fullmatch(line))]
    assert steps == list(range(0, 500, 10))


def test_metadata_lines_come_with_the_last_step_of_a_hundred(log: list[str]) -> None:
    assert [line for line in log if "metadata" in line] == [f"Adding run metadata for {step}" for step in (99, 199, 299, 399, 499)]
    assert log[-1] == "Adding run metadata for 499"


def test_it_learns(log: list[str]) -> None:
    values = [float(match[2]) for line in log if (match := ACCURACY.fullmatch(line))]
    assert values[0] == pytest.approx(0.1, abs=0.02)
    assert values[-1] > 0.9
    assert values[5] < values[-1]


def test_accuracy_is_that_of_the_test_digits() -> None:
    random = np.random.default_rng(1)
    network, digits = mnist.Network(256, random), mnist.draw(500, random)
    # Before training all scores are equal, and the first class is guessed.
    assert network.accuracy(digits) == (digits.labels == 0).mean()


def test_same_seed_same_log() -> None:
    first, second = (list(mnist.training_lines(30, np.random.default_rng(3))) for _unused in range(2))
    assert first == second


def test_device_lines_are_tensorflows() -> None:
    (gpu,) = gpus.visible({"LAB_GPUS": "uuid=GPU-1,name=Tesla K80,memory=11993695354,capability=3.7,bus=00000001:00:00.0"})
    lines = list(mnist.device_lines(gpu, datetime(2026, 1, 2, 3, 4, 5, 6)))
    assert lines[0].endswith("gpu_device.cc:1030] Found device 0 with properties: ")
    assert lines[1] == "name: Tesla K80 major: 3 minor: 7 memoryClockRate(GHz): 0.8235"
    assert "Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla K80, pci bus id: 0001:00:00.0" in lines[-1]


def test_run_begins_with_its_description(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_GPUS", raising=False)
    assert mnist.main(["--max-steps", "1", "--batch_size", "7"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert "stands in for" in first
    assert "generates" in first
    assert not any("device" in line for line in rest)
