# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.arm.errors.pool import AgentPoolNotFoundError
from tests.lab.arm.errors.resource import ResourceNotFoundError
from tests.lab.arm.model.compute.limits import Machines
from tests.lab.arm.model.pools.pool import SPOT
from tests.lab.arm.model.pools.scale import node_count, reservation_group, size_name
from tests.lab.arm.model.resources import NAMESPACE, Cluster, Pool, ResourceGroup
from tests.lab.arm.model.subscription.groups import ResourceGroups
from tests.lab.eras import Era


class Clusters:
    """The existing managed clusters, and the one that the lab's control plane belongs to."""

    def __init__(self, *, era: Era, groups: ResourceGroups, backing: bool) -> None:
        self.backed: Cluster | None = None
        self._era = era
        self._groups = groups
        self._backing = backing
        self._clusters: dict[tuple[str, str], Cluster] = {}

    def clusters(self, group: ResourceGroup | None = None) -> list[Cluster]:
        """The clusters of one resource group, or all."""
        return [cluster for cluster in self._clusters.values() if group is None or cluster.group is group]

    def find(self, group: str, name: str) -> Cluster | None:
        """One cluster, names in any letter case."""
        return self._clusters.get((group.lower(), name.lower()))

    def cluster(self, group: str, name: str) -> Cluster:
        """One cluster, or 404."""
        found = self.find(group, name)
        if found is None:
            self._groups.get(group)
            raise ResourceNotFoundError(resource=f"{NAMESPACE}/managedClusters/{name}", group=group)
        return found

    def pool(self, group: str, cluster: str, name: str) -> tuple[Cluster, Pool]:
        """One pool with its cluster, or 404."""
        owner = self.cluster(group, cluster)
        found = owner.find_pool(name)
        if found is None:
            raise AgentPoolNotFoundError(cluster=owner.name, pool=name)
        return owner, found

    def add(self, cluster: Cluster) -> None:
        """Add a cluster; the first one is backed by the control plane, and the next one once that is gone."""
        self._clusters[(cluster.group.name.lower(), cluster.name.lower())] = cluster
        if self._backing and self.backed is None:
            self.backed = cluster

    def forget(self, cluster: Cluster) -> None:
        """Remove a cluster."""
        self._clusters.pop((cluster.group.name.lower(), cluster.name.lower()), None)
        if self.backed is cluster:
            self.backed = None

    def machines(self) -> Iterator[Machines]:
        """The virtual machines of all pools, including those being created."""
        for cluster in self._clusters.values():
            for pool in cluster.pools.values():
                size = self._era.size(size_name(pool.properties))
                count = max(pool.nodes, node_count(pool.properties)) if pool.busy and not pool.stopped else pool.nodes
                if size and count:
                    spot = pool.properties.get("scaleSetPriority") == SPOT
                    yield Machines(size, cluster.location, count, spot=spot, reservation=reservation_group(pool.properties))
