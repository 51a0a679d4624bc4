# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.lab.arm.errors.aks import NothingToAbortError
from tests.lab.arm.errors.location import TypeLocationError
from tests.lab.arm.errors.pool import NewAgentPoolNotAllowedError
from tests.lab.arm.errors.resource import InvalidResourceLocationError, LocationRequiredError
from tests.lab.arm.model.clusters import cluster as documents
from tests.lab.arm.model.clusters import versions
from tests.lab.arm.model.operations import timeline
from tests.lab.arm.model.operations.busy import require_idle, require_running, require_system_pool
from tests.lab.arm.model.operations.outcomes import FAILED, finish_abort, finish_cluster
from tests.lab.arm.model.operations.timeline import SUCCESS, Fate, Operation
from tests.lab.arm.model.pools.echo import STOPPING
from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.lab.arm.model.pools.rules import check_one_scaler
from tests.lab.arm.model.pools.scale import node_count
from tests.lab.arm.model.pools.work import creating, state_between
from tests.lab.arm.model.resources import DELETING, NAMESPACE, Cluster, Json, Pool, ResourceGroup
from tests.lab.arm.model.subscription.regions import REGIONS, normalized_location
from tests.lab.arm.model.work import Work


@dataclass(frozen=True)
class WrittenCluster:
    """The outcome of a write: the cluster, whether it is new, and the operation that carries it out."""

    cluster: Cluster
    created: bool
    operation: Operation


class ClusterWork(Work):
    """The operations on managed clusters; the timeline completes those that take time."""

    def put(self, group: str, name: str, *, body: Json, headers: CustomHeaders) -> WrittenCluster:
        """Create or update a cluster."""
        owner = self._groups.writable(group)
        self._admission.check_request(headers)
        if not isinstance(body.get("location"), str):
            raise LocationRequiredError
        location = normalized_location(body["location"])
        if location not in REGIONS:
            raise TypeLocationError(location, kind=f"{NAMESPACE}/managedClusters", regions=REGIONS)
        current = self._store.find(group, name)
        if current is None:
            return self._create(owner, name, location=location, body=body, headers=headers)
        if current.location != location:
            raise InvalidResourceLocationError(name=current.name, group=owner.name, existing=current.location, asked=location)
        return self._update(current, body)

    def _create(self, group: ResourceGroup, name: str, *, location: str, body: Json, headers: CustomHeaders) -> WrittenCluster:
        documents.check_cluster_name(name)
        document = documents.wanted_cluster(body, name=name, group=group, location=location, current=None, era=self._era)
        version = self._admission.version(name, document["properties"]["kubernetesVersion"])
        cluster = Cluster(name=name, group=group, location=location, document=document, state="Creating", version=version)
        fate = SUCCESS
        for profile in documents.requested_pools(body):
            pool = self._admission.new_pool(cluster, profile["name"], profile, headers)
            cluster.pools[pool.name] = pool
            fate = _worse(fate, self._admission.fate(cluster, None, pool.properties))
        require_system_pool(cluster, without=None)
        check_one_scaler(document, [pool.properties for pool in cluster.pools.values()])
        nodes = sum(node_count(pool.properties) for pool in cluster.pools.values())
        phases = (*creating(nodes, era=self._era), *self._addons())
        operation = self._start(cluster, timeline.CLUSTER_CREATE, version, fate=fate, phases=phases)
        for pool in cluster.pools.values():
            pool.operation = operation
        self._store.add(cluster)
        return WrittenCluster(cluster, created=True, operation=operation)

    def _update(self, cluster: Cluster, body: Json) -> WrittenCluster:
        require_idle(cluster, era=self._era)
        require_running(cluster)
        document = documents.wanted_cluster(
            body, name=cluster.name, group=cluster.group, location=cluster.location, current=cluster, era=self._era
        )
        documents.check_cluster_unchanged(cluster.document, document)
        version = self._admission.version(cluster.name, document["properties"]["kubernetesVersion"])
        versions.check_cluster_upgrade(cluster.version, version, era=self._era)
        changes, fate = self._pool_changes(cluster, document, body)
        cluster.document = document
        cluster.state = "Updating" if version == cluster.version else "Upgrading"
        cluster.revision += 1
        operation = self._start(cluster, timeline.CLUSTER_UPDATE, version, fate=fate, phases=self._addons())
        for pool, properties in changes:
            pool.state, pool.properties, pool.operation = state_between(pool.properties, properties), properties, operation
            pool.revision += 1
        return WrittenCluster(cluster, created=False, operation=operation)

    def _pool_changes(self, cluster: Cluster, document: Json, body: Json) -> tuple[list[tuple[Pool, Json]], Fate]:
        """The pools that the cluster's PUT changes; their version may go up with the cluster's."""
        wanted = {pool.name: pool.properties for pool in cluster.pools.values()}
        fate = SUCCESS
        for profile in documents.requested_pools(body):
            pool = cluster.find_pool(profile["name"])
            if pool is None:
                raise NewAgentPoolNotAllowedError
            control_plane = document["properties"]["kubernetesVersion"]
            wanted[pool.name] = self._admission.changed_pool(cluster, pool, profile, control_plane=control_plane)
            fate = _worse(fate, self._admission.fate(cluster, pool.properties, wanted[pool.name]))
        check_one_scaler(document, wanted.values())
        return [(cluster.pools[name], new) for name, new in wanted.items() if new != cluster.pools[name].properties], fate

    def _addons(self) -> tuple[str, ...]:
        return ("ReconcilingAddons",) if self._era.signs_operations else ()

    def _start(self, cluster: Cluster, seconds: float, version: str, *, fate: Fate = SUCCESS, phases: tuple[str, ...] = ()) -> Operation:
        finish = partial(finish_cluster, cluster, version)
        cluster.error = None
        cluster.operation = self._operations.start(location=cluster.location, seconds=seconds, then=finish, fate=fate, phases=phases)
        return cluster.operation

    def update_tags(self, group: str, name: str, tags: Json) -> WrittenCluster:
        """Replace the cluster's tags."""
        cluster = self._store.cluster(group, name)
        require_idle(cluster, era=self._era)
        cluster.document = {**cluster.document, "tags": tags}
        cluster.state = "Updating"
        cluster.revision += 1
        operation = self._start(cluster, timeline.CLUSTER_UPDATE, cluster.version)
        return WrittenCluster(cluster, created=False, operation=operation)

    def set_power(self, group: str, name: str, *, stopped: bool) -> WrittenCluster:
        """Stop the cluster with all its machines, or start it again."""
        cluster = self._store.cluster(group, name)
        require_idle(cluster, era=self._era)
        cluster.set_power(stopped=stopped)
        cluster.state = STOPPING if stopped else "Starting"
        operation = self._start(cluster, timeline.CLUSTER_STOP if stopped else timeline.CLUSTER_START, cluster.version)
        for pool in cluster.pools.values():
            pool.set_power(stopped=stopped)
            pool.state, pool.operation = cluster.state, operation
        return WrittenCluster(cluster, created=False, operation=operation)

    def abort(self, group: str, name: str) -> WrittenCluster:
        """Abort the operation on the cluster as a whole, at its current progress."""
        cluster = self._store.cluster(group, name)
        if cluster.operation is None or not cluster.busy or cluster.state == DELETING:
            raise NothingToAbortError(cluster.name)
        aborted = cluster.operation
        self._operations.cancel(aborted)
        for pool in cluster.pools.values():
            if pool.operation is aborted:
                finish_abort(pool, aborted)
        cluster.operation = self._operations.start(location=cluster.location, seconds=timeline.ABORT, then=partial(finish_abort, cluster))
        return WrittenCluster(cluster, created=False, operation=cluster.operation)

    def delete(self, group: str, name: str) -> Operation | None:
        """Start a deletion, or join the one that runs; None if there is nothing to delete."""
        cluster = self._store.find(group, name)
        if cluster is None:
            return None
        if cluster.state == DELETING and cluster.operation is not None:
            return cluster.operation
        require_idle(cluster, era=self._era)
        return self._start_deletion(cluster)

    def delete_all(self, group: ResourceGroup) -> bool:
        """Start deleting every cluster of a group, regardless of running operations; true if there was one."""
        doomed = self._store.clusters(group)
        for cluster in doomed:
            if cluster.state != DELETING:
                self._start_deletion(cluster)
        return bool(doomed)

    def _start_deletion(self, cluster: Cluster) -> Operation:
        cluster.state = DELETING
        operation = self._operations.start(
            location=cluster.location, seconds=timeline.CLUSTER_DELETE, then=partial(self._finish_deletion, cluster)
        )
        cluster.operation = operation
        for pool in cluster.pools.values():
            pool.operation = operation
        return operation

    def _finish_deletion(self, cluster: Cluster, operation: Operation) -> None:
        if operation.canceled:
            finish_abort(cluster, operation)
        elif operation.fate.error is None:
            self._store.forget(cluster)
        else:
            cluster.state, cluster.error = FAILED, operation.fate.error


def _worse(one: Fate, other: Fate) -> Fate:
    return other if one.error is None else one
