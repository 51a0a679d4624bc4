# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status line of a wait for GPUs: how many there are, and the likeliest cause of what is missing."""

from __future__ import annotations

from typing import Sequence

from ..._progress import Status
from ..shared.findings import Finding, joined_names, most_telling


def goal_status(pool: str | None, progress: str, findings: Sequence[Finding]) -> Status:
    """The status of the wait for GPUs.

    Args:
        pool: The node pool that is waited for, None for all nodes.
        progress: How close the cluster is.
        findings: The diagnosis, whose first finding is the likeliest cause.
    """
    first = most_telling(findings)
    awaited = f"{joined_names(first.subjects, 1)}: {first.code}" if first else ""
    return Status(pool or "GPU nodes", progress, awaited=awaited)
