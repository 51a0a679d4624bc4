# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The load of each GPU over the time of a run: moments with its utilization, memory and power, from repeated readings of exporters."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

# What each moment has after its seconds.
LOAD_METRICS = ("utilization_percent", "memory_used_mib", "power_watts")
Moment = List[Optional[float]]
_MOST_MOMENTS = 240


class Load:
    """The moments of each whole GPU, by its UUID.

    MIG slices have none: an exporter shows them with the UUID of their GPU and a number that CUDA does not know. Of a long run, every
    second moment is left out as often as necessary.
    """

    def __init__(self) -> None:
        self._moments: dict[str, list[Moment]] = {}

    def add(self, seconds: float, devices: Iterable[Mapping[str, Any]]) -> None:
        """Add a reading.

        Args:
            seconds: When it was made, since the beginning of the run.
            devices: The devices that it shows, as modules return them.
        """
        for device in devices:
            if device["uuid"] and not device["mig_id"]:
                moments = self._moments.setdefault(device["uuid"], [])
                moments.append([round(seconds, 1), *(device["values"][name] for name in LOAD_METRICS)])
                if len(moments) > _MOST_MOMENTS:
                    del moments[1::2]

    def of(self, uuid: str | None) -> list[Moment]:
        """The moments of a GPU, in their order; empty if no exporter has shown it."""
        return list(self._moments.get(uuid or "", ()))
