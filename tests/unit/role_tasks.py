# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a role register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_NESTED = ("block", "rescue", "always")


def registered(role: Path) -> list[str]:
    """The names of the results, in the order of files and tasks."""
    return [name for file in sorted((role / "tasks").glob("*.yml")) for name in _names(yaml.safe_load(file.read_text()))]


def _names(tasks: list[dict[str, Any]]) -> Iterator[str]:
    for task in tasks:
        if "register" in task:
            yield task["register"]
        for part in _NESTED:
            yield from _names(task.get(part, []))
