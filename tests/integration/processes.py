# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds processes that no test has started itself: those of modules that Ansible runs, and of pods that the lab runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def processes_with(variable: str) -> list[int]:
    """Every process whose environment has this."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if variable.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found
