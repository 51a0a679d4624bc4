# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The VM sizes that AKS itself takes in a location: a preview, which not every cloud has."""

from __future__ import annotations

from typing import Iterator
from urllib.parse import quote

from .session import Session

VM_SKUS_API = "2026-07-02-preview"  # https://learn.microsoft.com/azure/aks/aks-list-skus (2026-05); a stable version does not have it


def aks_sizes(session: Session, location: str) -> Iterator[str]:
    """The names of the sizes, read page by page. Raises AzureError."""
    path = f"/subscriptions/{session.subscription_id}/providers/Microsoft.ContainerService/locations/{quote(location)}/vmSkus"
    entries = session.entries(path, api=VM_SKUS_API, what=f"Reading the sizes that AKS has in {location}")
    return (str(entry.get("name") or "") for entry in entries)
