# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The pause that an Azure response asks for before the next request."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Mapping, MutableMapping

# Header → how many of its units make a second, in the order in which azure-core asks.
_PAUSES = {"retry-after": 1.0, "retry-after-ms": 1000.0, "x-ms-retry-after-ms": 1000.0}
# azure-core's pace if Azure doesn't ask for another one; AKS doesn't.
DEFAULT_POLL_SECONDS = 30.0


def poll_seconds(headers: Mapping[str, str], interval: float) -> float:
    """How long to wait before the next poll: the user's interval (0 if not set), but not less than Azure asks for."""
    return max(asked_pause(headers), interval) or DEFAULT_POLL_SECONDS


def asked_pause(headers: Mapping[str, str]) -> float:
    """The pause in seconds that a response asks for, 0 for none; header names in lower case."""
    for name, units in _PAUSES.items():
        number = _number(headers.get(name))
        if number:
            return number / units
    return 0.0


def drop_unreadable_pauses(headers: MutableMapping[str, str]) -> None:
    """Remove a Retry-After that is neither a number nor a date: azure-core would fail on it."""
    for name in _PAUSES:
        if name in headers and _number(headers[name]) is None:
            del headers[name]


def _number(text: str | None) -> float | None:
    """A header's number, or the seconds until the date that HTTP allows instead; None for anything else."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return _seconds_until(text)
    return max(0.0, number) if math.isfinite(number) else None


def _seconds_until(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (aware - datetime.now(timezone.utc)).total_seconds())
