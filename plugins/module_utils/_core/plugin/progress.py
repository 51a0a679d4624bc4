# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status line of a wait for the device plugin: how many nodes it serves, and what its pods wait for."""

from __future__ import annotations

from typing import Mapping

from ..._progress import Status
from ..scheduling.pods import reason_of


def rollout_status(nodes: int, pending: Mapping[str, str]) -> Status:
    """The status of the wait for the device plugin.

    Args:
        nodes: How many nodes it should serve.
        pending: Node → what its pod waits for.
    """
    served = f"{max(0, nodes - len(pending))}/{nodes} nodes ready" if nodes else "no node to serve yet"
    awaited = [f"{node}: {reason_of(state)}" for node, state in pending.items()]
    more = f" and {len(awaited) - 1} more" if len(awaited) > 1 else ""
    return Status("device plugin", served, awaited=f"{awaited[0]}{more}" if awaited else "")
