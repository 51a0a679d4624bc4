# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How long a run of the proof takes at least."""

from __future__ import annotations

from typing import Sequence

from ..._proof.limits import STRESS_SHARE
from .jobs import ProofJob, ProofSettings


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
