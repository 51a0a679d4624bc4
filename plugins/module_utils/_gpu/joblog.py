# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

# The grammar of TensorFlow's MNIST sample as in the AKS documentation ("Use GPUs on AKS"), each with one group.
DEVICE_PATTERN = r"Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),"
ACCURACY_PATTERN = r"Accuracy at step (?P<step>\d+): (?P<accuracy>\d+(?:\.\d+)?)"


@dataclass(frozen=True)
class JobLog:
    """What a workload's log proves. gpu_device is "" when no GPU was seen; accuracy is (step, value) in the order of the log."""

    gpu_device: str
    gpus: int
    accuracy: tuple[tuple[int, float], ...]

    @property
    def final_accuracy(self) -> float | None:
        """The last accuracy, not the best: a model that gets worse has got worse."""
        return self.accuracy[-1][1] if self.accuracy else None

    @property
    def steps(self) -> int:
        """The last step of which the log tells."""
        return self.accuracy[-1][0] if self.accuracy else 0


def parse_job_log(lines: Iterable[str], *, device_pattern: str = DEVICE_PATTERN, accuracy_pattern: str = ACCURACY_PATTERN) -> JobLog:
    """Reads a log line by line. device_pattern has one group, the device's name; accuracy_pattern has the groups step and accuracy."""
    device, accuracy = re.compile(device_pattern), re.compile(accuracy_pattern)
    devices: list[str] = []
    values: list[tuple[int, float]] = []
    for line in lines:
        seen = device.search(line)
        if seen:
            devices.append(seen[1].strip() if device.groups else seen[0])
        measured = accuracy.search(line)
        if measured:
            values.append((int(measured["step"]), float(measured["accuracy"])))
    return JobLog(devices[0] if devices else "", len(devices), tuple(values))
