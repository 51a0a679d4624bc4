# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where benchmarks write, and what they say of the machine that they ran on."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
OUTPUT = REPOSITORY / "build" / "bench"


class BenchError(Exception):
    """A run went wrong, so there is no figure; the text says which and why."""


def say(text: str) -> None:
    """Progress for whoever waits; the figures go to standard output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was."""
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpus": os.cpu_count(),
        "cpu": model,
        "memory_gib": round(memory),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        "date": time.strftime("%Y-%m-%d"),
    }


def result_file(name: str) -> Path:
    """Where a benchmark's figures are."""
    return OUTPUT / f"{name}.json"


def write(name: str, result: Mapping[str, Any]) -> None:
    """Write a benchmark's figures in one step: a reader never sees half of them."""
    text = json.dumps(result, indent=2) + "\n"
    partial = result_file(name).with_suffix(".partial")
    partial.write_text(text)
    partial.rename(result_file(name))
    print(text, end="", flush=True)
