# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Capacity reservation groups, read from Microsoft.Compute."""

from __future__ import annotations

from typing import Any, Mapping

from .session import Session

RESERVATIONS_API = "2024-07-01"


def capacity_reservations(session: Session, group_id: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    """A capacity reservation group with its instance view, and its reservations; None if it does not exist. Raises AzureError."""
    what = f"Reading the capacity reservation group {group_id.rpartition('/')[2]}"
    group = session.find(f"{group_id}?$expand=instanceView", api=RESERVATIONS_API, what=what)
    if group is None:
        return None
    return group, list(session.entries(f"{group_id}/capacityReservations", api=RESERVATIONS_API, what=what))
