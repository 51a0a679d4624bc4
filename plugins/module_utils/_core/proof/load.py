# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The load of each GPU over the time of a run: moments with its utilization, memory and power, from repeated readings of exporters.

An exporter measures seldom, so the GPUs have to work for long enough that it does while they work.
"""

from __future__ import annotations

import math
from typing import Any, Collection, Iterable, List, Mapping, Optional

from ..metrics.exporters import Exporter

# What each moment has after its seconds.
LOAD_METRICS = ("utilization_percent", "memory_used_mib", "power_watts")
Moment = List[Optional[float]]
_MOST_MOMENTS = 240
_MARGIN_SECONDS = 5  # for the reading itself, and a driver that averages over a second


def needed_seconds(exporters: Iterable[Exporter]) -> int:
    """How long a GPU has to work so that each of the exporters measures meanwhile; 0 if there are none."""
    intervals = [each.interval for each in exporters]
    return math.ceil(max(intervals)) + _MARGIN_SECONDS if intervals else 0


class Load:
    """The moments of each whole GPU, by its UUID, the nodes whose exporter has answered, and the UUIDs of GPUs that are divided by MIG.

    MIG slices have no moments: an exporter shows them with the UUID of their GPU and a number that CUDA does not know, and without
    utilization. Of a long run, every second moment is left out as often as necessary.
    """

    def __init__(self) -> None:
        self._moments: dict[str, list[Moment]] = {}
        self.nodes: set[str] = set()
        self.divided: set[str] = set()

    def add(self, seconds: float, nodes: Collection[str], devices: Iterable[Mapping[str, Any]]) -> None:
        """Add a reading.

        Args:
            seconds: When it was made, since the proof began.
            nodes: The nodes whose exporter has answered.
            devices: The devices that they show, as modules return them.
        """
        self.nodes.update(nodes)
        for device in devices:
            if device["uuid"] and device["mig_id"]:
                self.divided.add(device["uuid"])
            elif device["uuid"]:
                moments = self._moments.setdefault(device["uuid"], [])
                moments.append([round(seconds, 1), *(device["values"][name] for name in LOAD_METRICS)])
                if len(moments) > _MOST_MOMENTS:
                    del moments[1::2]

    def of(self, uuid: str | None) -> list[Moment]:
        """The moments of a GPU, in their order; empty if no exporter has shown it."""
        return list(self._moments.get(uuid or "", ()))
