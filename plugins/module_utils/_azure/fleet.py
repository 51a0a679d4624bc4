# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The subscriptions that the caller sees, and the clusters of one, read page by page."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .ids import AKS_API, SUBSCRIPTIONS_API
from .session import Session


def subscriptions(session: Session) -> Iterator[Mapping[str, Any]]:
    """The subscriptions in which the caller has any role. Raises AzureError."""
    return session.entries("/subscriptions", api=SUBSCRIPTIONS_API, what="Listing the subscriptions")


def clusters(session: Session, subscription: str) -> Iterator[Mapping[str, Any]]:
    """The AKS clusters of a subscription, with their pools. Raises AzureError."""
    path = f"/subscriptions/{subscription}/providers/Microsoft.ContainerService/managedClusters"
    return session.entries(path, api=AKS_API, what=f"Listing the clusters of subscription {subscription}")
