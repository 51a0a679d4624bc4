# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lab knows the pods that it plays itself: KWOK leaves them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# On a pod: which part it stands for. The chart and what the operator makes set it.
LABEL = "gpuops-aks-lab/stand-in"
CONTROLLER, NFD_MASTER, NFD_PRUNE, NFD_WORKER = "gpu-operator", "nfd-master", "nfd-prune", "nfd-worker"
# Of the chart's Jobs, which Helm waits for: one that runs the real program, and those that do nothing here.
CHART_HOOK = "chart-hook"
CUDA_VALIDATOR = "nvidia-cuda-validator"


def part_of(pod: Mapping[str, Any]) -> str:
    """What a pod stands for; "" if the lab does not play it."""
    part: str = (pod["metadata"].get("labels") or {}).get(LABEL, "")
    return part
