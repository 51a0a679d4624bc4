# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a run used: the cluster, its region and versions, the workload's image, and whether the lab stood in for Azure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ..shared.mappings import Json
from .device_proof import devices_of
from .release import VERSION

# Where results of the steps contain a value, the surest first.
_REGION = (("cluster", "cluster", "location"), ("preflight", "location"))
_KUBERNETES = (
    ("cluster", "cluster", "kubernetes_version"),
    ("pool", "pool", "kubernetes_version"),
    ("preflight", "cluster", "kubernetes_version"),
)
_NODE_IMAGE = (("pool", "pool", "node_image_version"),)
_IMAGE = (("workload", "job", "image"), ("workload", "job", "image_id"))


def used(steps: Mapping[str, Json], chain: Json, *, lab: bool | None) -> dict[str, Any]:
    """What the run used; empty if it is not known.

    Args:
        steps: The results of the steps by name.
        chain: What the run was to do.
        lab: Whether the lab stood in for Azure and the GPUs; null if that is not known.
    """
    return {
        "cluster": chain.get("cluster", ""),
        "resource_group": chain.get("resource_group", ""),
        "region": _first(steps, _REGION),
        "kubernetes_version": _first(steps, _KUBERNETES),
        "node_image": _first(steps, _NODE_IMAGE),
        "driver_version": ", ".join(_driver_versions(steps)),
        "image": _first(steps, _IMAGE),
        "path": chain.get("path", ""),
        "date": chain.get("written", ""),
        "collection_version": VERSION,
        "lab": lab,
    }


def _driver_versions(steps: Mapping[str, Json]) -> list[str]:
    return sorted({str(device["driver_version"]) for device in devices_of(steps) if device["driver_version"]})


def _first(steps: Mapping[str, Json], places: tuple[tuple[str, ...], ...]) -> str:
    return next((str(value) for value in _values(steps, places) if value), "")


def _values(steps: Mapping[str, Json], places: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    for place in places:
        value: Any = steps
        for name in place:
            value = value.get(name) if isinstance(value, Mapping) else None
        yield value
