# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Finds who owns the fields of a live object, and takes over the fields that kubectl owns for server-side apply."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from .._core.shared.mappings import Json

_KUBECTL = "kubectl"
_RESTART = "kubectl-rollout"  # kubectl rollout restart: owns one annotation, which is not a change of the manifest


def other_managers(live: Json, manager: str) -> set[str]:
    """The other field managers of an object, without those that only write its status."""
    entries = live["metadata"].get("managedFields") or ()
    return {entry["manager"] for entry in entries if not entry.get("subresource") and entry["manager"] != manager}


def adoptable(live: Json, manager: str) -> bool:
    """Whether kubectl is the only other owner: then the object was created or edited by hand, and the task may take it over."""
    others = other_managers(live, manager) - {_RESTART}
    return bool(others) and all(other == _KUBECTL or other.startswith(f"{_KUBECTL}-") for other in others)


def adoption_patch(live: Json, manager: str) -> list[dict[str, Any]]:
    """A JSON patch that gives kubectl's fields to the manager, whose next apply can then remove fields that are not in the manifest.

    This is how client-go's csaupgrade migrates an object to server-side apply. The patch fails if the spec has changed in the meantime;
    it tests the generation, because the resourceVersion changes with each status update of a rollout.
    """
    entries = live["metadata"]["managedFields"]
    kept = [entry for entry in entries if entry.get("subresource")]
    owned = [entry for entry in entries if not entry.get("subresource")]
    fields: dict[str, Any] = {}
    for entry in owned:
        _merge(fields, entry["fieldsV1"])
    ours = {**copy.deepcopy(owned[0]), "manager": manager, "operation": "Apply", "fieldsV1": fields}
    return [
        {"op": "test", "path": "/metadata/generation", "value": live["metadata"]["generation"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": [ours, *kept]},
    ]


def _merge(into: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for name, below in fields.items():
        _merge(into.setdefault(name, {}), below)
