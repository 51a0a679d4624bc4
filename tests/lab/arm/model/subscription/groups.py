# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.lab.arm.errors.location import GroupLocationError
from tests.lab.arm.errors.resource import (
    InvalidResourceGroupLocationError,
    InvalidResourceGroupNameError,
    ResourceGroupBeingDeletedError,
    ResourceGroupNotFoundError,
)
from tests.lab.arm.model.resources import DELETING, ResourceGroup
from tests.lab.arm.model.subscription.regions import REGIONS, normalized_location

_NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")


class ResourceGroups:
    """The subscription's resource groups; the node resource groups of clusters are not among them."""

    def __init__(self) -> None:
        self._groups: dict[str, ResourceGroup] = {}

    def all(self) -> list[ResourceGroup]:
        """Every group, oldest first."""
        return list(self._groups.values())

    def find(self, name: str) -> ResourceGroup | None:
        """The group of that name in any letter case."""
        return self._groups.get(name.lower())

    def get(self, name: str) -> ResourceGroup:
        """The group of that name, or 404 ResourceGroupNotFound."""
        group = self.find(name)
        if group is None:
            raise ResourceGroupNotFoundError(name)
        return group

    def writable(self, name: str) -> ResourceGroup:
        """The group of that name, if resources can be created in it."""
        group = self.get(name)
        if group.state == DELETING:
            raise ResourceGroupBeingDeletedError(group.name)
        return group

    def put(self, name: str, *, location: str, tags: Mapping[str, str]) -> tuple[ResourceGroup, bool]:
        """Create or update a group; the second value is true for a new one."""
        if not _NAME.fullmatch(name):
            raise InvalidResourceGroupNameError(name)
        location = normalized_location(location)
        if location not in REGIONS:
            raise GroupLocationError(location, regions=REGIONS)
        if name.lower() not in self._groups:
            group = self._groups[name.lower()] = ResourceGroup(name, location, tags)
            return group, True
        group = self.writable(name)
        if group.location != location:
            raise InvalidResourceGroupLocationError(existing=group.location, asked=location)
        group.tags = tags
        return group, False

    def remove(self, group: ResourceGroup) -> None:
        """Forget the group."""
        self._groups.pop(group.name.lower(), None)
