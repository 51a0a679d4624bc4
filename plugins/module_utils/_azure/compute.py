# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sizes and quotas of a location, read from Microsoft.Compute."""

from __future__ import annotations

from typing import Any, Iterator, Mapping
from urllib.parse import quote

from .session import Session

# Microsoft.Compute/skus has no newer version, and its filter supports only a location.
SKUS_API = "2021-07-01"
USAGES_API = "2024-07-01"


def skus(session: Session, location: str) -> Iterator[Mapping[str, Any]]:
    """What Microsoft.Compute offers in a location, read page by page: thousands of entries, some MB. Raises AzureError."""
    only = quote(f"location eq '{location}'")
    return session.entries(f"{_compute(session)}/skus?$filter={only}", api=SKUS_API, what=f"Reading the sizes of {location}")


def usages(session: Session, location: str) -> Iterator[Mapping[str, Any]]:
    """The subscription's quotas in a location and how much of them is used. Raises AzureError."""
    path = f"{_compute(session)}/locations/{quote(location)}/usages"
    return session.entries(path, api=USAGES_API, what=f"Reading the quotas of {location}")


def _compute(session: Session) -> str:
    return f"/subscriptions/{session.subscription_id}/providers/Microsoft.Compute"
