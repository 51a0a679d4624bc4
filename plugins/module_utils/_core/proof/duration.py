# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How long a run of the proof takes at least, and how long the GPUs work for the exporters."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Sequence

from ..._proof.limits import STRESS_SHARE
from ..metrics.exporters import Exporter
from .jobs import ProofJob, ProofSettings
from .load import needed_seconds


def least_seconds(jobs: Sequence[ProofJob], settings: ProofSettings, parallel: int) -> float:
    """The time, in seconds, without which the Jobs cannot end: that of the stress test and of the load. The rest ends when it has measured.

    Args:
        jobs: The Jobs, whose program proves one GPU after the other.
        settings: The run's settings.
        parallel: How many nodes may run Jobs at a time.
    """
    nodes: dict[str, float] = {}
    for job in jobs:
        nodes[job.node] = max(nodes.get(job.node, 0.0), job.asked * stress_seconds(settings) + settings.load_seconds)
    return max((*nodes.values(), sum(nodes.values()) / parallel))


def stress_seconds(settings: ProofSettings) -> float:
    """How long each GPU computes in the stress test; 0 at the other levels."""
    return settings.seconds * STRESS_SHARE if settings.level == "stress" else 0.0


def load_seconds(jobs: Sequence[ProofJob], exporters: Iterable[Exporter], settings: ProofSettings, parallel: int, limit: float) -> int:
    """How long the GPUs work so that the exporters show it, if the user has not said it.

    0 if nothing is gained: of MIG slices, no exporter shows the utilization, and a stress test that is longer is load enough. Also 0 if
    there is too little time, because the proof matters more than its load.

    Args:
        jobs: The Jobs.
        exporters: Those that have answered.
        settings: The run's settings.
        parallel: How many nodes may run Jobs at a time.
        limit: How long all Jobs may take, in seconds.
    """
    whole = {job.node for job in jobs if not job.sliced}
    needed = needed_seconds(each for each in exporters if each.node in whole)
    least = least_seconds(jobs, replace(settings, load_seconds=needed), parallel)
    return needed if needed > stress_seconds(settings) and least < limit else 0
