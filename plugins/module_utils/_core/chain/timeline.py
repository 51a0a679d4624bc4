# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""When each step of a run started, and how long it took."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping

from ..shared.mappings import Json
from .numbers import number


def timeline(ran: Mapping[str, Json]) -> list[dict[str, Any]]:
    """The steps that ran, in the order in which they started; what an older or foreign result does not contain is null.

    Args:
        ran: The results of the steps that were part of the run, by name.
    """
    starts = {name: moment(result.get("started_at")) for name, result in ran.items()}
    known = [start for start in starts.values() if start]
    first = min(known) if known else None
    rows = [_row(name, ran[name], start, first) for name, start in starts.items()]
    return sorted(rows, key=lambda row: row["after"]) if len(known) == len(rows) else rows


def since_start(result: Json, first: Json) -> Json:
    """The result of a step's last task, with the time of the whole step.

    Args:
        result: The result of the last task.
        first: The result of the step's first task, empty if it is the same.
    """
    start, last, seconds = moment(first.get("started_at")), moment(result.get("started_at")), number(result.get("seconds"))
    if start is None or last is None or seconds is None or start > last:
        return result
    return {**result, "started_at": first["started_at"], "seconds": round((last - start).total_seconds() + seconds, 1)}


def moment(text: Any) -> datetime | None:
    """A time as the modules and Kubernetes return it, null if it is not one."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def date_of(text: Any) -> str:
    """The date of a time in UTC, empty if it is not known."""
    return str(text)[:10] if moment(text) else ""


def _row(name: str, result: Json, start: datetime | None, first: datetime | None) -> dict[str, Any]:
    return {
        "step": name,
        "started": str(result["started_at"]) if start else None,
        "after": round((start - first).total_seconds(), 1) if start and first else None,
        "seconds": number(result.get("seconds")),
    }
