# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The resource group of a cluster: where it is, and its creation right before the first cluster in it."""

from __future__ import annotations

from ..._azure.ids import RESOURCES_API
from ..._azure.session import Session
from ..._core.arm.resources import CREATED
from ..._core.shared.change import Change
from .request import ClusterRequest


class ResourceGroup:
    """The group as it was found, and what the task does to it.

    exists: whether it is there by now. location: where a new cluster would be, None if that is unknown. changes: its creation, or nothing.
    """

    def __init__(self, request: ClusterRequest, session: Session) -> None:
        self._session = session
        self._path = request.group_path(session)
        self._name = request.desired.group
        found = session.find(self._path, api=RESOURCES_API, what=f"Reading the resource group {self._name}")
        self.exists = found is not None
        self.location: str | None = request.desired.location or (found or {}).get("location")
        self._body = {"location": self.location, "tags": CREATED}
        self.changes = () if self.exists else (Change(f"resource group {self._name}", after=self._body),)

    def ensure(self) -> None:
        """Create the group unless it exists."""
        if not self.exists:
            self._session.send("PUT", self._path, api=RESOURCES_API, what=f"Creating the resource group {self._name}", body=self._body)
            self.exists = True
