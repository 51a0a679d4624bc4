# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Kubernetes versions that AKS offers in a location."""

from __future__ import annotations

from typing import Any, Mapping
from urllib.parse import quote

from .ids import AKS_API
from .session import Session


def kubernetes_versions(session: Session, location: str) -> list[Mapping[str, Any]]:
    """The minor versions of Kubernetes that AKS has in a location, with their patches and support plans. Raises AzureError."""
    path = f"/subscriptions/{session.subscription_id}/providers/Microsoft.ContainerService/locations/{quote(location)}/kubernetesVersions"
    return list(session.send("GET", path, api=AKS_API, what=f"Reading the Kubernetes versions of {location}").body.get("values") or ())
