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
    """What the wait for the device plugin says. nodes is how many it serves; pending is node → what its pod waits for."""
    served = f"{max(0, nodes - len(pending))}/{nodes} nodes ready" if nodes else "no node to serve yet"
    node, state = next(iter(pending.items()), ("", ""))
    more = f" and {len(pending) - 1} more" if len(pending) > 1 else ""
    return Status("device plugin", served, awaited=f"{node}: {reason_of(state)}{more}" if node else "")
