# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that a wait for metrics shows."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.progress import measured_status, rollout_status

STATUS = {"numberAvailable": 1, "desiredNumberScheduled": 3}


@pytest.mark.parametrize(
    ("daemonsets", "line"),
    [
        ([], "DCGM exporter: 0/0 pods available, 5s"),
        ([{"metadata": {}}], "DCGM exporter: 0/0 pods available, 5s"),
        ([{"metadata": {}, "status": STATUS}], "DCGM exporter: 1/3 pods available, 5s"),
    ],
)
def test_rollout_shows_how_many_pods_are_available(daemonsets: list[dict[str, object]], line: str) -> None:
    assert rollout_status(daemonsets).line(5.0) == line


def test_wait_shows_the_nodes_that_are_not_measured_yet() -> None:
    assert measured_status(3, ["a", "b"]).line(5.0) == "GPU metrics: 1/3 nodes measured, 5s; waiting for a, 1 more"
