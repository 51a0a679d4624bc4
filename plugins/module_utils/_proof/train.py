# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Trains a small network on digits that the device draws for this run, and reads its accuracy on digits that it did not train on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, List, NamedTuple

from .bench import Bench, f32, u32
from .cuda import Device, Pointer

_PIXELS, _HIDDEN, _DIGITS = 256, 48, 10
_TRAIN, _TEST, _BATCH = 2048, 512, 64
_STEPS, _STEPS_A_POINT = 320, 40
_RATE = 0.08
_ENOUGH = 0.9


class _Digits(NamedTuple):
    """Images and their labels."""

    images: Pointer
    labels: Pointer
    many: int


class _Layer(NamedTuple):
    """A layer's weights, their speeds (momentum), and what it has computed."""

    inputs: int
    outputs: int
    weights: Pointer
    speeds: Pointer
    out: Pointer
    error: Pointer


class _Network:
    """A hidden layer and an output for each digit."""

    def __init__(self, device: Device, hidden: _Layer, output: _Layer) -> None:
        self._device = device
        self._hidden = hidden
        self._output = output

    def forward(self, images: Pointer, samples: int) -> None:
        """Compute the outputs for images."""
        hidden, output, launch = self._hidden, self._output, self._device.launch
        sizes = u32(samples), u32(hidden.inputs), u32(hidden.outputs)
        launch("forward", samples * hidden.outputs, images, hidden.weights, hidden.out, *sizes, u32(1))
        sizes = u32(samples), u32(output.inputs), u32(output.outputs)
        launch("forward", samples * output.outputs, hidden.out, output.weights, output.out, *sizes, u32(0))

    def step(self, digits: _Digits, number: int) -> None:
        """Learn from the next batch."""
        hidden, output, launch = self._hidden, self._output, self._device.launch
        first = number * _BATCH % digits.many
        images = Pointer(digits.images.value + first * _PIXELS * 4)
        labels = Pointer(digits.labels.value + first * 4)
        self.forward(images, _BATCH)
        launch("output_error", _BATCH, output.out, labels, output.error, u32(_BATCH))
        sizes = u32(_BATCH), u32(output.inputs), u32(output.outputs)
        launch("backward", _BATCH * output.inputs, output.error, output.weights, hidden.out, hidden.error, *sizes)
        self._update(output, hidden.out)
        self._update(hidden, images)

    def _update(self, layer: _Layer, images: Pointer) -> None:
        sizes = u32(_BATCH), u32(layer.inputs), u32(layer.outputs)
        items = (layer.inputs + 1) * layer.outputs
        self._device.launch("update", items, layer.weights, layer.speeds, images, layer.error, *sizes, f32(_RATE))

    def accuracy(self, digits: _Digits) -> float:
        """The share of digits that the network reads right."""
        with self._device.memory(4) as (right,):
            self._device.write(right, bytes(4))
            self.forward(digits.images, digits.many)
            self._device.launch("count_right", digits.many, self._output.out, digits.labels, u32(digits.many), right)
            return int.from_bytes(self._device.read(right, 4), "little") / digits.many


def train(bench: Bench) -> None:
    """Train, and record the accuracy as it grows."""
    curve: List[List[float]] = []
    with _digits(bench, "train", _TRAIN) as learned, _digits(bench, "test", _TEST) as unseen, _network(bench) as network:
        for step in range(_STEPS):
            network.step(learned, step)
            if (step + 1) % _STEPS_A_POINT == 0:
                curve.append([step + 1, round(network.accuracy(unseen), 4)])
    accuracy = curve[-1][1]
    bench.figure(train_accuracy=accuracy, train_steps=_STEPS, train_curve=curve)
    bench.check("train", accuracy >= _ENOUGH, f"reads {accuracy:.1%} of {_TEST} digits it did not train on, after {_STEPS} steps")


@contextmanager
def _digits(bench: Bench, purpose: str, count: int) -> Iterator[_Digits]:
    with bench.device.memory(count * _PIXELS * 4, count * 4) as (images, labels):
        bench.device.launch("draw_digits", count * _PIXELS, images, labels, u32(count), bench.seed(purpose))
        yield _Digits(images, labels, count)


@contextmanager
def _network(bench: Bench) -> Iterator[_Network]:
    with _layer(bench, "hidden", _PIXELS, _HIDDEN) as hidden, _layer(bench, "output", _HIDDEN, _DIGITS) as output:
        yield _Network(bench.device, hidden, output)


@contextmanager
def _layer(bench: Bench, purpose: str, inputs: int, outputs: int) -> Iterator[_Layer]:
    weights = (inputs + 1) * outputs
    with bench.device.memory(weights * 4, weights * 4, _TEST * outputs * 4, _TEST * outputs * 4) as pointers:
        bench.device.launch("draw_weights", weights, pointers[0], pointers[1], u32(inputs), u32(outputs), bench.seed(purpose))
        yield _Layer(inputs, outputs, *pointers)
