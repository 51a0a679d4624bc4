# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from .._errors import InvalidInputError

# The grammar of TensorFlow's MNIST sample as in the AKS documentation ("Use GPUs on AKS"), each with one group.
DEVICE_PATTERN = r"Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),"
ACCURACY_PATTERN = r"Accuracy at step (?P<step>\d+): (?P<accuracy>\d+(?:\.\d+)?)"
# What TensorFlow says when it can't use a GPU, and nvidia-smi when it sees none.
FAILURE_PATTERN = r"failed call to cuInit|CUDA_ERROR_(?:NO_DEVICE|NO_BINARY_FOR_GPU)|NVIDIA-SMI has failed"


@dataclass(frozen=True)
class JobLog:
    """What a workload's log proves. gpu_device is "" when no GPU was seen; accuracy is (step, value) in the order of the log.

    failure is the first line that tells of a failure, "" for none: not every workload's exit code tells.
    """

    gpu_device: str
    gpus: int
    accuracy: tuple[tuple[int, float], ...]
    failure: str = ""

    @property
    def final_accuracy(self) -> float | None:
        """The last accuracy, not the best: a model that gets worse has got worse."""
        return self.accuracy[-1][1] if self.accuracy else None

    @property
    def steps(self) -> int:
        """The last step of which the log tells."""
        return self.accuracy[-1][0] if self.accuracy else 0


NO_LOG = JobLog("", 0, ())


def compile_patterns(
    device_pattern: str, accuracy_pattern: str, failure_pattern: str = ""
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]:
    """The patterns, checked; None for no failure_pattern. Raises InvalidInputError."""
    device, accuracy = _compiled("device_pattern", device_pattern), _compiled("accuracy_pattern", accuracy_pattern)
    failure = _compiled("failure_pattern", failure_pattern) if failure_pattern else None
    if not {"step", "accuracy"} <= set(accuracy.groupindex):
        raise InvalidInputError(
            "accuracy_pattern has not both groups (?P<step>...) and (?P<accuracy>...).",
            code="InvalidPattern",
            remedy=f"Follow the default: {ACCURACY_PATTERN}",
        )
    return device, accuracy, failure


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidInputError(f"{name} is no regular expression: {error}.", code="InvalidPattern", remedy=f"Correct {name}.") from error


def parse_job_log(
    lines: Iterable[str],
    *,
    device_pattern: str = DEVICE_PATTERN,
    accuracy_pattern: str = ACCURACY_PATTERN,
    failure_pattern: str = FAILURE_PATTERN,
) -> JobLog:
    """Reads a log line by line.

    The first group of device_pattern is the device's name (without a group, the whole match); accuracy_pattern has the groups step and
    accuracy; an empty failure_pattern finds nothing. Raises InvalidInputError for a pattern that isn't one.
    """
    device, accuracy, failure = compile_patterns(device_pattern, accuracy_pattern, failure_pattern)
    failed = ""
    devices: dict[str, str] = {}  # what was matched → the device's name: a device counts once, however often the log tells of it
    values: list[tuple[int, float]] = []
    for line in lines:
        seen = device.search(line)
        if seen:
            devices[seen[0]] = next((group for group in seen.groups() if group), seen[0]).strip()
        measured = accuracy.search(line)
        if measured:
            values.append(_measurement(measured))
        if failure and not failed and failure.search(line):
            failed = line.strip()
    return JobLog(next(iter(devices.values()), ""), len(devices), tuple(values), failed)


def _measurement(match: re.Match[str]) -> tuple[int, float]:
    try:
        return int(match["step"]), float(match["accuracy"])
    except (TypeError, ValueError) as error:  # TypeError: a group that took no part in the match
        raise InvalidInputError(
            f"accuracy_pattern finds the step {match['step']!r} and the accuracy {match['accuracy']!r}, which are not both numbers.",
            code="InvalidPattern",
            remedy=f"Follow the default: {ACCURACY_PATTERN}",
        ) from error
