# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status line of a proof that runs: how many GPUs are proven, how many nodes are done, and what one of the others waits for."""

from __future__ import annotations

from typing import Sequence

from ..._progress import Status
from ..scheduling.pods import pod_state, reason_of
from ..shared.mappings import Json


def proof_status(subject: str, *, proven: int, total: int, waiting: int, pods: Sequence[Json]) -> Status:
    """How the proof stands.

    Args:
        subject: The selection of nodes.
        proven: The GPUs whose program has passed so far.
        total: The GPUs that the run asks for.
        waiting: The Jobs that are not over.
        pods: The pods that have not ended.
    """
    starting = [pod for pod in pods if (pod.get("status") or {}).get("phase", "Pending") == "Pending"]
    awaited = None
    if starting:
        first = starting[0]
        awaited = f"{first['spec'].get('nodeName') or first['metadata']['name']}: {reason_of(pod_state(first))}"
    return Status(subject, f"{proven} of {total} GPUs proven, {waiting} to go", awaited=awaited)
