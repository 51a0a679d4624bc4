# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Any

from .._errors import GpuopsError
from .._operations.operation import Outcome


def success(outcome: Outcome, *, seconds: float, diff: bool) -> dict[str, Any]:
    """What a task returns; both doors return exactly this. seconds is the operation's wall time."""
    result = {"changed": outcome.changed, "seconds": round(seconds, 1), **outcome.result}
    if diff:
        result["diff"] = [change.diff() for change in outcome.changes if change.changed]
    return result


def failure(error: GpuopsError) -> dict[str, Any]:
    """What a failed task returns: one paragraph for people, fields for programs, and what was found out."""
    paragraph = " ".join(_sentence(part) for part in (error.message, error.cause, error.remedy) if part.strip())
    fields = {
        "code": error.code,
        "message": error.message,
        "cause": error.cause,
        "remedy": error.remedy,
        "retriable": error.retriable,
    }
    return {**error.facts, "msg": paragraph, "error": fields}


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1] in ".!?:'" else f"{text}."
