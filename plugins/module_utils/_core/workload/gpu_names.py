# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.


"""Whether a name that a workload's log prints is a GPU's name and not that of a CPU or of nothing."""

from __future__ import annotations

import re

# What workloads print instead of a GPU's name if they have none.
_NONE = re.compile(
    r"""
      \W*(?:none|null|nil|no|false|0|n/?a|nan|host|mps|meta|err|auto|device)\W*$   # a flag, an empty list, a device's type
    | \W*(?:no|not|none|without|failed|cannot|can't|could|error|disabled|missing)\b  # "No CUDA GPUs are available", "[Not Supported]"
    | \W*un(?:known|defined|available|able|supported|specified)\b
    | \W*0\s+(?:\w+\s+)?(?:gpu|device)s?\b                                         # a count
    | .*(?<![a-z])(?:[a-z]*_)?cpu(?:device)?(?![a-z])      # PyTorch, TensorFlow (/device:CPU:0), JAX (TFRT_CPU_0, CpuDevice)
    | .*\b(?:xeon|epyc|neoverse|ampere\ altra|core\(tm\))  # OpenCL without a GPU names the processor
    | .*\b(?:llvmpipe|lavapipe|softpipe|swrast|swiftshader|pocl|basic\ render)  # Mesa and others, which draw in software
    """,
    re.I | re.S | re.X,
)


def is_gpu_name(name: str) -> bool:
    """Whether what a log has in place of a GPU's name can be one."""
    text = name.strip()
    return any(letter.isalnum() for letter in text) and not _NONE.match(text)
