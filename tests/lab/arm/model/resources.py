# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.arm.model.operations.timeline import Operation

Json = dict[str, Any]

SUCCEEDED = "Succeeded"
DELETING = "Deleting"
NAMESPACE = "Microsoft.ContainerService"


@dataclass
class ResourceGroup:
    """A resource group; its name keeps the letter case of its creation and is found in any."""

    name: str
    location: str
    tags: Mapping[str, str]
    state: str = SUCCEEDED
    deletion: Operation | None = None


class _Worked:
    """A resource that operations run on and that can be stopped.

    stopped: whether it is to be; ran_before: whether it ran when its operation began, for one that does not succeed.
    """

    operation: Operation | None
    stopped: bool
    ran_before: bool

    @property
    def busy(self) -> bool:
        """Whether an operation runs on it (for a cluster: on it as a whole)."""
        return self.operation is not None and self.operation.ended is None

    def set_power(self, *, stopped: bool) -> None:
        """Begin to stop or start it; this is undone if the operation does not succeed."""
        self.ran_before, self.stopped = not self.stopped, stopped

    def restore_power(self) -> None:
        """Undo the change of the power state."""
        self.stopped = not self.ran_before

    def keep_power(self) -> None:
        """Confirm the change of the power state."""
        self.ran_before = not self.stopped


@dataclass
class Pool(_Worked):
    """One agent pool: the one store behind the child resource and the cluster's agentPoolProfiles.

    `properties` is what Azure echoes, `applied` what the nodes that exist were made from: they differ while an operation runs and after
    one that failed. reimaged: how often the node of which index was made anew from its image. error: why the latest operation failed.
    revision: counts accepted writes and ended operations, for the eTag.
    """

    name: str
    properties: Json
    image_is_dedicated: bool
    state: str
    nodes: int = 0
    reimaged: dict[int, int] = field(default_factory=dict)
    applied: Json | None = None
    operation: Operation | None = None
    error: Mapping[str, Any] | None = None
    stopped: bool = False
    ran_before: bool = True
    revision: int = 1


@dataclass
class Cluster(_Worked):
    """One managed cluster: `document` is the echo without what other fields hold (state, pools)."""

    name: str
    group: ResourceGroup
    location: str
    document: Json
    state: str
    version: str
    operation: Operation | None = None
    ready_once: bool = False
    error: Mapping[str, Any] | None = None
    stopped: bool = False
    ran_before: bool = True
    revision: int = 1
    pools: dict[str, Pool] = field(default_factory=dict)

    @property
    def node_resource_group(self) -> str:
        """The group of the nodes' virtual machines, MC_<group>_<cluster>_<location> unless asked otherwise."""
        return str(self.document["properties"]["nodeResourceGroup"])

    def find_pool(self, name: str) -> Pool | None:
        """The pool of that name in any letter case."""
        return self.pools.get(name.lower())


def prune(value: Any) -> Any:
    """The same JSON without null members: Azure does not echo what is null."""
    if isinstance(value, dict):
        return {key: prune(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [prune(item) for item in value]
    return value
