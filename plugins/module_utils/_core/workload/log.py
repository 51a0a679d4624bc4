# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads from a workload's log the GPU that it saw and the accuracy that it reached."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Iterable

from ..._errors import InvalidInputError
from ..shared.log_lines import overwritten, uncolored
from ..shared.printable import shortened
from .log_devices import QUOTED, LogDevices
from .named_pattern import NamedPattern, named_pattern

# The grammar of TensorFlow's MNIST sample as in the AKS documentation ("Use GPUs on AKS"), each with one group.
DEVICE_PATTERN = r"Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),"
# The accuracy is the whole word: nan, -inf and 1e-07 are values that a training prints, too, and 1,5 or 1/100 are not 1.
ACCURACY_PATTERN = r"Accuracy at step (?P<step>\d+): (?P<accuracy>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|NaN|inf))(?![\w#]|[.,/:][\d#])"
# What TensorFlow says when it can't use a GPU or has lost it for good (CUDA is dead after these), and nvidia-smi when it sees none.
FAILURE_PATTERN = (
    r"failed call to cuInit|CUDA_ERROR_(?:NO_DEVICE|NO_BINARY_FOR_GPU|ECC_\w+|ILLEGAL_\w+|LAUNCH_FAILED)|NVIDIA-SMI has failed"
)
# What stands in the place of a number in the line of a training that has diverged.
_NO_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:nan|inf(?:inity)?)(?![\w.])", re.IGNORECASE)


@dataclass(frozen=True)
class JobLog:
    """What a workload's log proves. gpu_device is "" when no GPU was seen; accuracy is (step, value) in the order of the log.

    gpus is how many devices the log names; numbered: whether it tells one from another, without which they may be more. failure is the
    first line that reports a failure, None without one: an exit code may hide it. An accuracy that is not a finite number is such a failure
    and is not a measurement: the training has diverged. success is the first line that reports a success, None without one.
    unnamed is the first line that device_pattern matches with nothing in its groups, "" without one.
    """

    gpu_device: str
    gpus: int
    accuracy: tuple[tuple[int, float], ...]
    failure: str | None = None
    numbered: bool = False
    success: str | None = None
    unnamed: str = ""

    @property
    def final_accuracy(self) -> float | None:
        """The last accuracy, not the best: a model that gets worse has got worse."""
        return self.accuracy[-1][1] if self.accuracy else None

    @property
    def steps(self) -> int:
        """The last step of which the log tells."""
        return self.accuracy[-1][0] if self.accuracy else 0


NO_LOG = JobLog("", 0, ())


@dataclass(frozen=True)
class LogPatterns:
    """What to look for in a log; None for what is not looked for."""

    device: NamedPattern | None
    accuracy: NamedPattern | None
    failure: NamedPattern | None
    success: NamedPattern | None

    @property
    def given(self) -> list[NamedPattern]:
        """Those that are looked for."""
        return [each for each in (self.device, self.accuracy, self.failure, self.success) if each is not None]


def compile_patterns(
    device_pattern: str | None, accuracy_pattern: str | None, failure_pattern: str | None = None, success_pattern: str | None = None
) -> LogPatterns:
    """The patterns, checked. Raises InvalidInputError, also for an empty device_pattern or accuracy_pattern."""
    patterns = LogPatterns(
        device=_compiled("device_pattern", device_pattern),
        accuracy=_compiled("accuracy_pattern", accuracy_pattern),
        failure=_compiled("failure_pattern", failure_pattern or None),
        success=_compiled("success_pattern", success_pattern or None),
    )
    if patterns.accuracy and not {"step", "accuracy"} <= set(patterns.accuracy.pattern.groupindex):
        raise InvalidInputError(
            "accuracy_pattern must have both groups (?P<step>...) and (?P<accuracy>...).",
            code="InvalidPattern",
            cause="Without these groups, step and accuracy cannot be read from the log.",
            remedy=f"Follow the default of mnist_job: {ACCURACY_PATTERN}",
        )
    return patterns


def _compiled(option: str, pattern: str | None) -> NamedPattern | None:
    return None if pattern is None else named_pattern(option, pattern)


def parse_job_log(
    lines: Iterable[str],
    *,
    device_pattern: str | None = DEVICE_PATTERN,
    accuracy_pattern: str | None = ACCURACY_PATTERN,
    failure_pattern: str | None = FAILURE_PATTERN,
    success_pattern: str | None = None,
) -> JobLog:
    """Reads a log line by line.

    The first group of device_pattern is the device's name (without a group, the whole match); accuracy_pattern has the groups step and
    accuracy; None, and an empty failure_pattern or success_pattern, find nothing. Raises InvalidInputError for a pattern that isn't one.
    """
    reader = _Reader(compile_patterns(device_pattern, accuracy_pattern, failure_pattern, success_pattern))
    for line in lines:
        reader.read(line)
    devices = reader.devices
    return JobLog(devices.name, devices.count, tuple(reader.accuracy), reader.failure, devices.numbered, reader.success, devices.unnamed)


class _Reader:
    """What the lines that were read so far prove. A progress bar's line is several texts; the last accuracy among them counts."""

    def __init__(self, patterns: LogPatterns) -> None:
        self._patterns = patterns
        self._number = ""  # the newest accuracy, as the log writes it
        self.devices = LogDevices(patterns.device)
        self.accuracy: list[tuple[int, float]] = []
        self.failure: str | None = None
        self.success: str | None = None

    def read(self, line: str) -> None:
        """The log's next line."""
        measured: re.Match[str] | None = None
        diverged: str | None = None
        for text in overwritten(line):
            plain = uncolored(text)
            self.devices.read(plain)
            self.failure = self.failure or _quoted(self._patterns.failure, plain, text)
            self.success = self.success or _quoted(self._patterns.success, plain, text)
            match = _found(self._patterns.accuracy, plain)
            if match or self._diverged(plain):
                measured, diverged = match, None if match else text
        if measured:
            self._measure(measured)
        if diverged is not None:
            self.failure = self.failure or shortened(diverged.strip(), QUOTED)

    def _diverged(self, text: str) -> bool:
        """Whether the text would tell an accuracy if a number stood in the place of its nan or inf, which not every pattern matches."""
        if not self._number:
            return False
        for found in _NO_NUMBER.finditer(text):
            match = _found(self._patterns.accuracy, f"{text[: found.start()]}{self._number}{text[found.end() :]}")
            if match and match.start("accuracy") <= found.start() < match.end("accuracy"):
                return True
        return False

    def _measure(self, match: re.Match[str]) -> None:
        step, value = _measurement(match)
        self._number = match["accuracy"]
        if math.isfinite(value):
            self.accuracy.append((step, value))
        else:
            self.failure = self.failure or shortened(match.string.strip(), QUOTED)


def _found(pattern: NamedPattern | None, text: str) -> re.Match[str] | None:
    return pattern.search(text) if pattern else None


def _quoted(pattern: NamedPattern | None, plain: str, text: str) -> str | None:
    """The text as a result quotes it if the pattern matches it without its colors, None otherwise."""
    return shortened(text.strip(), QUOTED) if _found(pattern, plain) else None


def _measurement(match: re.Match[str]) -> tuple[int, float]:
    try:
        value = float(match["accuracy"].rstrip("% "))
        return int(match["step"]), value / 100 if _is_percentage(match) else value
    except (AttributeError, TypeError, ValueError) as error:  # not ValueError: a group that took no part in the match
        step, accuracy = (shortened(repr(match[name]), QUOTED) for name in ("step", "accuracy"))
        raise InvalidInputError(
            f"accuracy_pattern finds the step {step} and the accuracy {accuracy}, which are not both numbers.",
            code="InvalidPattern",
            cause="The groups step and accuracy of accuracy_pattern must match numbers only.",
            remedy=f"Follow the default of mnist_job: {ACCURACY_PATTERN}",
        ) from error


def _is_percentage(match: re.Match[str]) -> bool:
    """Whether the accuracy has a percent sign, within the group or behind it."""
    begin, end = match.span("accuracy")
    return match.string[begin : end + 2].rstrip().endswith("%") or match.string[end : end + 2].strip().startswith("%")
