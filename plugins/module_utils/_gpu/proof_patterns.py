# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from typing import Iterable

from .._errors import InvalidInputError
from .joblog import DEVICE_PATTERN

# Lines of workloads that have seen no GPU: a pattern that finds one in them finds one in anything.
_ORDINARY = (
    "", " ", "a", "0", "Starting", "Step 10 of 500", "Accuracy at step 10: 0.7457", "epoch 1 loss 0.25", "INFO:root:done", "device: cpu",
    "2026-08-01 10:00:00.000000: I tensorflow/core/platform/cpu_feature_guard.cc:140] Your CPU supports instructions",
)  # fmt: skip


def refuse_lax(device_pattern: str) -> None:
    """Refuse a pattern that would find a GPU in the log of any workload. Raises InvalidInputError."""
    device = re.compile(device_pattern)
    found = next((line for line in _ORDINARY if device.search(line)), None)
    if found is not None:
        raise InvalidInputError(
            f"device_pattern finds a GPU in the line '{found}'.",
            code="InvalidPattern",
            cause="It would take the log of a workload that ran on the CPU for a proof.",
            remedy=f"Let it match only the line that names the GPU, as the default does: {DEVICE_PATTERN}",
        )


def refuse_told(device_pattern: str, texts: Iterable[str]) -> None:
    """Refuse a workload that is told the line which is to prove its GPU, and only has to repeat it. Raises InvalidInputError."""
    device = re.compile(device_pattern)
    for text in texts:
        match = next((found for line in text.splitlines() for found in [device.search(line)] if found), None)
        if match:
            raise InvalidInputError(
                f"command, args or env hold '{match[0]}', which device_pattern takes for a GPU.",
                code="ProofInArguments",
                cause="A workload that prints its arguments would prove a GPU that it has not seen.",
                remedy="Let the workload ask the driver for the name, and make device_pattern match what it prints.",
            )
