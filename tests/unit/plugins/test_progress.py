# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._progress import NO_PROGRESS, Status, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.9, "0s"), (45, "45s"), (60, "1m"), (100, "1m40s"), (240, "4m"), (3600, "1h00m"), (3725, "1h02m")],
)
def test_duration_is_short_and_readable(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status("gpunp", "Creating", usual=240), "gpunp: Creating, 1m40s (usually about 4m)"),
        (
            Status("device plugin", "2/3 nodes ready", awaited="aks-gpunp-vmss000002: ContainerCreating"),
            "device plugin: 2/3 nodes ready, 1m40s; waiting for aks-gpunp-vmss000002: ContainerCreating",
        ),
        (Status("mnist", "step 300, accuracy 0.946"), "mnist: step 300, accuracy 0.946, 1m40s"),
    ],
)
def test_line_names_object_state_elapsed_time_and_what_is_awaited(status: Status, line: str) -> None:
    assert status.line(100) == line


def test_null_progress_never_builds_a_status_or_interrupts_a_wait() -> None:
    asked: list[str] = []

    def status() -> Status:
        asked.append("status")
        return Status("gpunp", "Creating")

    NO_PROGRESS.report(status, 10)
    assert asked == []
    assert math.isinf(NO_PROGRESS.every)
