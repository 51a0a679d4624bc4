# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Who sets the number of nodes: the task, the autoscaler, or neither if the pool is stopped."""

from __future__ import annotations

from typing import Any

from ..arm.resource_option import inside
from ..arm.states import STOPPED, named_state
from ..shared.mappings import Json

_BOUNDS = ("minCount", "maxCount")
_SCALING = ("count", "enableAutoScaling", "mode", *_BOUNDS)


def is_stopped(properties: Json) -> bool:
    """Whether a pool's properties, live or named, say that it is stopped."""
    return named_state(inside(properties, "powerState.code")) == STOPPED


def settled_count(named: Json, live: Json) -> dict[str, Any]:
    """The named properties without a count that the task can't set.

    A stopped pool has the count 0 in Azure's answers and gets its old one back when it is started, with the 0 sent along (recorded in
    azure-cli's test_aks_nodepool_stop_and_start). The autoscaler owns the count between its bounds.
    """
    wanted = dict(named)
    autoscaled = wanted.get("enableAutoScaling", bool(live.get("enableAutoScaling")))
    stops = is_stopped(named) or (is_stopped(live) and not inside(named, "powerState.code"))
    if stops or (autoscaled and is_stopped(live)):
        wanted.pop("count", None)
    elif autoscaled:
        low, high = (wanted.get(name, live.get(name)) or 0 for name in _BOUNDS)
        wanted["count"] = min(max(live.get("count") or 0, low), high)
    return wanted


def scaling_of(named: Json, live: Json) -> dict[str, Any]:
    """How many nodes a pool would have: what is named of it, and what stays; nothing where nothing is named.

    The autoscaler owns the count of its pool, whatever else is named.
    """
    wanted = {name: named[name] for name in _SCALING if named.get(name) is not None}
    if live.get("enableAutoScaling") and not wanted.keys() & {"enableAutoScaling", *_BOUNDS}:
        wanted.pop("count", None)
    gone = _BOUNDS if wanted.get("enableAutoScaling") is False else ()
    return {**{name: live.get(name) for name in _SCALING if name not in (*gone, "count")}, **wanted} if wanted else {}
