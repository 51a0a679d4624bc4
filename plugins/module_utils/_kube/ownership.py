# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Who owns the fields of a live object, and how kubectl's fields are taken over by server-side apply."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from .._core.shared.mappings import Json

_KUBECTL = "kubectl"
_RESTART = "kubectl-rollout"  # of `kubectl rollout restart`, which owns one annotation and means no change of the manifest


def other_managers(live: Json, manager: str) -> set[str]:
    """Who else owns fields of the object; controllers that only write its status don't count."""
    entries = live["metadata"].get("managedFields") or ()
    return {entry["manager"] for entry in entries if not entry.get("subresource") and entry["manager"] != manager}


def adoptable(live: Json, manager: str) -> bool:
    """Whether the other owners are all kubectl: then a person made or changed the object by hand, and the task's word is newer."""
    others = other_managers(live, manager) - {_RESTART}
    return bool(others) and all(other == _KUBECTL or other.startswith(f"{_KUBECTL}-") for other in others)


def adoption_patch(live: Json, manager: str) -> list[dict[str, Any]]:
    """JSON patch that hands kubectl's fields to the manager, so that its next apply also removes what the manifest no longer has.

    The way that client-go's csaupgrade moves an object from client-side to server-side apply; refused when its spec has changed since.
    Not by resourceVersion: while a rollout goes on, the status changes it all the time.
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
