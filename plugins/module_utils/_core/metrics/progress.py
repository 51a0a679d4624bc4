# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status lines of a wait for metrics: how many of the exporter's pods are available, and how many nodes are measured."""

from __future__ import annotations

from typing import Sequence

from ..._progress import Status
from ..shared.findings import joined_names
from ..shared.mappings import Json


def rollout_status(daemonsets: Sequence[Json]) -> Status:
    """The status of the wait for the exporter's pods. daemonsets: the exporter's own, none if it is not there yet."""
    status = daemonsets[0].get("status", {}) if daemonsets else {}
    return Status("DCGM exporter", f"{status.get('numberAvailable', 0)}/{status.get('desiredNumberScheduled', 0)} pods available")


def measured_status(nodes: int, missing: Sequence[str]) -> Status:
    """The status of the wait for metrics.

    Args:
        nodes: How many nodes should be measured.
        missing: The names of the nodes that are not yet.
    """
    return Status("GPU metrics", f"{nodes - len(missing)}/{nodes} nodes measured", awaited=joined_names(missing, most=1))
