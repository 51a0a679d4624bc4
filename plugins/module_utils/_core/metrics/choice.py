# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""In which order the sources of metrics are asked if the task leaves that open, and what was said by those that were passed over."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

# The exporter knows the most, and what is now; a Prometheus knows the past; Container Insights only counts.
_ORDER = ("exporter", "prometheus", "container_insights")


class Attempt(NamedTuple):
    """A source that was asked, or could not be, and why it was passed over."""

    source: str
    code: str
    reason: str
    cause: str
    remedy: str


def order(*, over_time: bool) -> Sequence[str]:
    """The sources from the best to the worst; for values over time a Prometheus is asked first."""
    return sorted(_ORDER, key=lambda source: source != "prometheus") if over_time else _ORDER


def attempts_of(attempts: Sequence[Attempt], used: str) -> list[dict[str, Any]]:
    """What became of each source that was asked, as the module returns it."""
    passed = [{"source": each.source, "used": False, "code": each.code, "reason": each.reason, "remedy": each.remedy} for each in attempts]
    return [*passed, *([{"source": used, "used": True, "code": "", "reason": "", "remedy": ""}] if used else [])]
