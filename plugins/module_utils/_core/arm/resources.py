# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What all Azure resources have in common: the collection's tag on those it created, and a deletion that is under way."""

from __future__ import annotations

from typing import Any, Mapping

from ..shared.ownership import CREATED_TAG
from .states import DELETING, named_state

CREATED = {CREATED_TAG: "true"}


def created_by_us(resource: Mapping[str, Any]) -> bool:
    """Whether an Azure resource carries the collection's tag; an agent pool has its tags among its properties."""
    tags = resource.get("tags") or (resource.get("properties") or {}).get("tags") or {}
    return CREATED_TAG in tags


def is_deleting(resource: Mapping[str, Any]) -> bool:
    """Whether Azure is deleting the resource, so that it must be created again."""
    return named_state((resource.get("properties") or {}).get("provisioningState")) == DELETING
