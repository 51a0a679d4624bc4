# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Kubernetes' timestamps, which are in UTC and have whole seconds."""

from __future__ import annotations

from datetime import datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def seconds_between(start: str | None, end: str | None) -> float | None:
    """The time between two timestamps, 0 if the second is the earlier one; None if one of them is unknown."""
    if not start or not end:
        return None
    try:
        begun, ended = (datetime.strptime(text, FORMAT) for text in (start, end))
    except ValueError:  # not a timestamp, so the time is unknown
        return None
    return max(0.0, (ended - begun).total_seconds())


def in_words(seconds: float) -> str:
    """A time as people say it, in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
