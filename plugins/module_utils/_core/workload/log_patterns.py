# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.


"""Tries a user's patterns before there is a log: a device_pattern must not find a GPU where none was used, or that is only echoed."""

from __future__ import annotations

import re
from typing import Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from .gpu_names import is_gpu_name
from .log import DEVICE_PATTERN, LogPatterns, parse_job_log
from .named_pattern import named_pattern

# Lines of any workload: a pattern that finds a GPU in them finds one in anything.
_ORDINARY = (
    "", " ", "a", "0", "Starting", "Step 10 of 500", "Accuracy at step 10: 0.7457", "epoch 1 loss 0.25", "INFO:root:done", "device: cpu",
    "2026-08-01 10:00:00.000000: I tensorflow/core/platform/cpu_feature_guard.cc:140] Your CPU supports instructions",
)  # fmt: skip
# Lines of workloads that have looked for a GPU and seen none; what a pattern takes from them may be the name of none.
_IN_VAIN = (
    "No GPU found, falling back to CPU", "Using cpu device", "Running on cpu", "torch.cuda.is_available(): False", "CUDA available: False",
    "GPU available: False, used: False",
    "Found GPU at: ", "Num GPUs Available:  0", "GPU name: None", "No CUDA GPUs are available",
    "WARNING: No NVIDIA GPU detected, training will be slow",
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver",
    "Using TensorFlow backend.", "job name: mnist",
    "Could not find cuda drivers on your machine, GPU will not be used.", "Tesla driver not loaded: no NVIDIA device",
)  # fmt: skip
_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")  # how Kubernetes puts env into command and args


def search_samples(patterns: LogPatterns) -> None:
    """Search lines as workloads print them, which shows a pattern that is too slow before a Job exists. Raises SlowPatternError."""
    for pattern in patterns.given:
        for line in (*_ORDINARY, *_IN_VAIN):
            pattern.search(line)


def refuse_lax(device_pattern: str) -> None:
    """Refuse a pattern that would find a GPU in the log of a workload that has none. Raises InvalidInputError."""
    device = named_pattern("device_pattern", device_pattern)
    found = next((line for line in _ORDINARY if device.search(line)), None)
    if found is None:
        found = next((line for line in _IN_VAIN if is_gpu_name(parse_job_log([line], device_pattern=device_pattern).gpu_device)), None)
    if found is not None:
        raise InvalidInputError(
            f"device_pattern finds a GPU in the line '{found}'.",
            code="InvalidPattern",
            cause="The pattern would accept the log of a workload that ran on the CPU as proof of a GPU.",
            remedy=f"Use a pattern that matches only the line that names the GPU, as the default of mnist_job does: {DEVICE_PATTERN}",
        )


def refuse_echoed(device_pattern: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Refuse a workload whose arguments contain the line that should prove its GPU: it only has to repeat it. Raises InvalidInputError.

    Args:
        device_pattern: The pattern of the line.
        arguments: command and args; a program such as echo joins them with spaces.
        env: The environment, which Kubernetes substitutes in the arguments.
    """
    device = named_pattern("device_pattern", device_pattern)
    for text in _echoable(arguments, env):
        match = next(filter(None, map(device.search, text.splitlines())), None)
        if match:
            raise InvalidInputError(
                f"command, args or env contain '{match[0]}', which device_pattern recognizes as a GPU.",
                code="ProofInArguments",
                cause="A workload that only prints its arguments would count as proof of a GPU.",
                remedy="Have the workload query the driver for the GPU's name, and set device_pattern to match that output.",
            )


def _echoable(arguments: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """What the workload may print without looking for a GPU."""
    yield from arguments
    yield from env.values()
    filled = [_REFERENCE.sub(lambda match: env.get(match[1], match[0]), text) for text in arguments]
    yield " ".join(filled).replace("\\\n", "")
