# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status lines of a wait for Kubernetes: how far the rollout, the GPUs or the Job are, and what is missing."""

from __future__ import annotations

from typing import Sequence

from ..._progress import Status
from ..scheduling.pods import pod_state, reason_of, unschedulable
from ..shared.mappings import Json
from .job import is_suspended

_STEPS = 100
_WORDS = 160


def job_status(name: str, job: Json, pod: Json | None, accuracy: Sequence[tuple[int, float]]) -> Status:
    """The status of the wait for a Job: what its pod waits for, then the training's progress at each 100 steps.

    Args:
        name: The Job's name.
        job: The Job.
        pod: Its newest pod, None before there is one.
        accuracy: The measurements so far, as (step, accuracy).
    """
    if accuracy:
        step, value = milestone(accuracy)
        return Status(name, f"step {step}, accuracy {value:.3f}")
    if pod is None:
        return Status(name, "suspended" if is_suspended(job) else "no pod yet")
    waits, node = unschedulable(pod), pod["spec"].get("nodeName")
    where = f" on {node}" if node else ""
    return Status(name, f"{reason_of(pod_state(pod))}{where}", awaited=(waits or "")[:_WORDS])


def milestone(accuracy: Sequence[tuple[int, float]]) -> tuple[int, float]:
    """The first measurement of the newest hundred of steps."""
    newest = accuracy[-1][0] // _STEPS
    return next(each for each in accuracy if each[0] // _STEPS == newest)
