# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the image samples-tf-mnist-demo: trains a small neural network for real, on digits that it draws itself.

The log has the lines of TensorFlow's mnist_with_summaries example, which that image runs. Training takes well under a second;
a short pause after each report stretches it to a few, so that a reader sees the log grow; a faster lab makes it shorter.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.lab.config import DEFAULT_SPEED
from tests.lab.programs import gpus

Floats: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int64]

INTRODUCTION = (
    "gpuops.aks lab: this stands in for samples-tf-mnist-demo. It really trains, with NumPy on the CPU, on digits that it generates; "
    "a GPU named below is simulated."
)
# 5x7 bitmaps, a row a number of five bits.
_GLYPHS = (
    (14, 17, 19, 21, 25, 17, 14),
    (4, 12, 4, 4, 4, 4, 14),
    (14, 17, 1, 2, 4, 8, 31),
    (31, 2, 4, 2, 1, 17, 14),
    (2, 6, 10, 18, 31, 2, 2),
    (31, 16, 30, 1, 1, 17, 14),
    (6, 8, 16, 30, 17, 17, 14),
    (31, 1, 2, 4, 8, 8, 8),
    (14, 17, 17, 14, 17, 17, 14),
    (14, 17, 17, 15, 1, 2, 12),
)
_SIDE = 16
_HEIGHT, _WIDTH, _SCALE = 7, 5, 2
_NOISE = 0.6
_TRAIN, _TEST = 12_000, 2_000
_HIDDEN, _BATCH, _RATE = 48, 100, 0.25
_REPORT_EVERY, _METADATA_EVERY = 10, 100
_PAUSE_S = 0.06  # at the lab's usual speed


@dataclass(frozen=True)
class Digits:
    """Images, one per row, and their labels."""

    images: Floats
    labels: Labels


def draw(count: int, random: np.random.Generator) -> Digits:
    """Digits at random places with random strength under noise."""
    labels = random.integers(10, size=count)
    bits = (np.array(_GLYPHS)[:, :, None] >> np.arange(_WIDTH - 1, -1, -1)) & 1
    large = bits.repeat(_SCALE, axis=1).repeat(_SCALE, axis=2)
    images = _NOISE * random.standard_normal((count, _SIDE, _SIDE), dtype=np.float32)
    height, width = _HEIGHT * _SCALE, _WIDTH * _SCALE
    rows = random.integers(_SIDE - height + 1, size=count)
    columns = random.integers((_SIDE - width) // 2 - 1, (_SIDE - width) // 2 + 2, size=count)
    strength = random.uniform(0.7, 1.3, size=count).astype(np.float32)
    each, down, across = np.ogrid[:count, :height, :width]
    places = (each, rows[:, None, None] + down, columns[:, None, None] + across)
    images[places] += strength[:, None, None] * large.astype(np.float32)[labels]
    return Digits(images.reshape(count, -1), labels)


class Network:
    """One hidden layer of rectified units, softmax, plain stochastic gradient descent."""

    def __init__(self, inputs: int, random: np.random.Generator) -> None:
        self._hidden = random.normal(0, inputs**-0.5, size=(inputs, _HIDDEN)).astype(np.float32)
        self._hidden_bias = np.zeros(_HIDDEN, dtype=np.float32)
        self._output = np.zeros((_HIDDEN, 10), dtype=np.float32)
        self._output_bias = np.zeros(10, dtype=np.float32)

    def accuracy(self, digits: Digits) -> float:
        """The share of these digits that it classifies correctly."""
        guesses = (self._activate(digits.images) @ self._output + self._output_bias).argmax(axis=1)
        return float((guesses == digits.labels).mean())

    def train(self, digits: Digits) -> None:
        """One step down the gradient of the cross entropy over this batch."""
        active = self._activate(digits.images)
        scores = active @ self._output + self._output_bias
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(shares)), digits.labels] -= 1
        gradient = shares / len(shares)
        back = (gradient @ self._output.T) * (active > 0)
        self._output -= _RATE * active.T @ gradient
        self._output_bias -= _RATE * gradient.sum(axis=0)
        self._hidden -= _RATE * digits.images.T @ back
        self._hidden_bias -= _RATE * back.sum(axis=0)

    def _activate(self, images: Floats) -> Floats:
        active: Floats = np.maximum(images @ self._hidden + self._hidden_bias, 0)
        return active


def device_lines(gpu: gpus.Gpu, now: datetime) -> Iterator[str]:
    """The lines of TensorFlow 1.4 about a GPU that it has found."""
    major, minor = gpu.capability
    source = "I tensorflow/core/common_runtime/gpu/gpu_device.cc"
    yield f"{now}: {source}:1030] Found device {gpu.index} with properties: "
    yield f"name: {gpu.model} major: {major} minor: {minor} memoryClockRate(GHz): {gpu.clock_ghz}"
    yield f"pciBusID: {gpu.pci_bus_id}"
    yield f"totalMemory: {gpu.memory_gib:.2f}GiB freeMemory: {gpu.memory_gib * 0.99:.2f}GiB"
    yield (
        f"{now}: {source}:1120] Creating TensorFlow device (/device:GPU:{gpu.index}) -> (device: {gpu.index}, name: {gpu.model}, "
        f"pci bus id: {gpu.pci_bus_id}, compute capability: {major}.{minor})"
    )


def training_lines(steps: int, random: np.random.Generator) -> Iterator[str]:
    """Trains for that many steps and reports the accuracy on digits never trained on, as the example does."""
    train, test = draw(_TRAIN, random), draw(_TEST, random)
    yield f"Generated {_TRAIN} digits to train on and {_TEST} to test with."
    network = Network(_SIDE * _SIDE, random)
    for step in range(steps):
        if step % _REPORT_EVERY == 0:
            yield f"Accuracy at step {step}: {round(network.accuracy(test), 4)}"
            continue
        if step % _METADATA_EVERY == _METADATA_EVERY - 1:
            yield f"Adding run metadata for {step}"
        batch = random.integers(_TRAIN, size=_BATCH)
        network.train(Digits(train.images[batch], train.labels[batch]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo; options of the image that the stand-in does not know are ignored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--max_steps", "--max-steps", type=int, default=1000, help="training steps (default: %(default)s, as in the example)"
    )
    parser.add_argument("--seed", type=int, help="makes the run repeatable")
    options, _unused = parser.parse_known_args(arguments)
    faster = max(1.0, float(os.environ.get("LAB_SPEED", DEFAULT_SPEED)) / DEFAULT_SPEED)
    print(INTRODUCTION, flush=True)
    for gpu in gpus.cuda(os.environ):
        print(*device_lines(gpu, datetime.now()), sep="\n", flush=True)
    for line in training_lines(options.max_steps, np.random.default_rng(options.seed)):
        print(line, flush=True)
        time.sleep(_PAUSE_S / faster)
    return 0


if __name__ == "__main__":
    sys.exit(main())
