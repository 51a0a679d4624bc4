# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.lab.arm.aks_errors import (
    AgentPoolNotFoundError,
    K8sVersionNotSupportedError,
    LabRefusalError,
    MustDefineAtLeastOneSystemPoolError,
    NewAgentPoolNotAllowedError,
    OperationNotAllowedError,
)
from tests.lab.arm.errors import InvalidResourceLocationError, LocationRequiredError, ParentResourceNotFoundError, ResourceNotFoundError
from tests.lab.arm.model import clusters as documents
from tests.lab.arm.model import poolrules, timeline
from tests.lab.arm.model.groups import ResourceGroups, normalized_location
from tests.lab.arm.model.pools import CustomHeaders, PoolSurroundings, image_version, wanted_pool, with_image, with_version
from tests.lab.arm.model.registrations import Registrations
from tests.lab.arm.model.resources import DELETING, NAMESPACE, SUCCEEDED, Cluster, Json, Pool, ResourceGroup
from tests.lab.arm.model.timeline import Operation, Operations
from tests.lab.eras import Era

DEDICATED_FEATURE = "GPUDedicatedVHDPreview"
_RETIRED_HEADER = (
    "the dedicated GPU image was retired on 2025-01-10 (Azure/AKS#4472). "
    "What Azure answers to the header UseGPUDedicatedVHD since then is not known: this refusal is the lab's own."
)
_POOL_SECONDS = {"Upgrading": timeline.POOL_UPGRADE, "Scaling": timeline.POOL_SCALE, "Updating": timeline.POOL_UPDATE}


@dataclass(frozen=True)
class WrittenCluster:
    """The outcome of a PUT: the cluster, whether it is new, and the operation that makes it real."""

    cluster: Cluster
    created: bool
    operation: Operation


@dataclass(frozen=True)
class WrittenPool:
    """The outcome of a PUT: the pool in its cluster, whether it is new, and the operation that makes it real."""

    cluster: Cluster
    pool: Pool
    created: bool
    operation: Operation


class ContainerService:
    """Managed clusters and agent pools with the rules of AKS; what takes time is left to the timeline."""

    def __init__(
        self, *, era: Era, subscription: str, groups: ResourceGroups, registrations: Registrations, operations: Operations, backing: bool
    ) -> None:
        self.backed: Cluster | None = None
        self._era = era
        self._subscription = subscription
        self._groups = groups
        self._registrations = registrations
        self._operations = operations
        self._backing = backing
        self._clusters: dict[tuple[str, str], Cluster] = {}

    def clusters(self, group: ResourceGroup | None = None) -> list[Cluster]:
        """The clusters of one resource group, or all."""
        return [cluster for cluster in self._clusters.values() if group is None or cluster.group is group]

    def cluster(self, group: str, name: str) -> Cluster:
        """One cluster, or 404."""
        found = self._clusters.get((group.lower(), name.lower()))
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

    def put_cluster(self, group: str, name: str, *, body: Json, headers: CustomHeaders) -> WrittenCluster:
        """Create or update a cluster."""
        owner = self._groups.writable(group)
        self._check_request(headers)
        if not isinstance(body.get("location"), str):
            raise LocationRequiredError
        location = normalized_location(body["location"])
        current = self._clusters.get((group.lower(), name.lower()))
        if current is None:
            return self._create_cluster(owner, name, location=location, body=body, headers=headers)
        if current.location != location:
            raise InvalidResourceLocationError(name=current.name, group=owner.name, existing=current.location, asked=location)
        return self._update_cluster(current, body)

    def _create_cluster(self, group: ResourceGroup, name: str, *, location: str, body: Json, headers: CustomHeaders) -> WrittenCluster:
        documents.check_cluster_name(name)
        document = documents.wanted_cluster(body, name=name, group=group, location=location, current=None, era=self._era)
        version = self._version(name, document["properties"]["kubernetesVersion"])
        cluster = Cluster(name=name, group=group, location=location, document=document, state="Creating", version=version)
        for profile in documents.requested_pools(body):
            pool = self._new_pool(cluster, profile["name"], profile, headers)
            cluster.pools[pool.name] = pool
        _require_system_pool(cluster, without=None)
        operation = self._operations.start(
            location=location, seconds=timeline.CLUSTER_CREATE, then=partial(_finish_cluster, cluster, version)
        )
        cluster.operation = operation
        for pool in cluster.pools.values():
            pool.operation = operation
        self._clusters[(group.name.lower(), name.lower())] = cluster
        if self._backing and self.backed is None:
            self.backed = cluster
        return WrittenCluster(cluster, created=True, operation=operation)

    def _update_cluster(self, cluster: Cluster, body: Json) -> WrittenCluster:
        _require_idle(cluster)
        document = documents.wanted_cluster(
            body, name=cluster.name, group=cluster.group, location=cluster.location, current=cluster, era=self._era
        )
        documents.check_cluster_unchanged(cluster.document, document)
        version = self._version(cluster.name, document["properties"]["kubernetesVersion"])
        changes: list[tuple[Pool, Json]] = []
        for profile in documents.requested_pools(body):
            pool = cluster.find_pool(profile["name"])
            if pool is None:
                raise NewAgentPoolNotAllowedError
            changes.append((pool, self._changed_pool(cluster, pool, profile)))
        cluster.document = document
        cluster.state = "Updating" if version == cluster.version else "Upgrading"
        operation = self._operations.start(
            location=cluster.location, seconds=timeline.CLUSTER_UPDATE, then=partial(_finish_cluster, cluster, version)
        )
        cluster.operation = operation
        for pool, properties in changes:
            if properties != pool.properties:
                pool.state, pool.properties, pool.operation = _state_between(pool.properties, properties), properties, operation
        return WrittenCluster(cluster, created=False, operation=operation)

    def delete_cluster(self, group: str, name: str) -> Operation | None:
        """Start a deletion, or go on with one that runs; None where there is nothing to delete."""
        cluster = self._clusters.get((group.lower(), name.lower()))
        if cluster is None:
            return None
        if cluster.state == DELETING and cluster.operation is not None:
            return cluster.operation
        _require_idle(cluster)
        return self._start_deletion(cluster)

    def delete_all(self, group: ResourceGroup) -> bool:
        """Start deleting every cluster of a group, whatever runs on them; true if there was one."""
        doomed = self.clusters(group)
        for cluster in doomed:
            if cluster.state != DELETING:
                self._start_deletion(cluster)
        return bool(doomed)

    def _start_deletion(self, cluster: Cluster) -> Operation:
        cluster.state = DELETING
        operation = self._operations.start(location=cluster.location, seconds=timeline.CLUSTER_DELETE, then=partial(self._forget, cluster))
        cluster.operation = operation
        for pool in cluster.pools.values():
            pool.operation = operation
        return operation

    def _forget(self, cluster: Cluster, _operation: Operation) -> None:
        self._clusters.pop((cluster.group.name.lower(), cluster.name.lower()), None)
        if self.backed is cluster:
            self.backed = None

    def put_pool(self, group: str, cluster: str, name: str, *, requested: Json, headers: CustomHeaders) -> WrittenPool:
        """Create or update a pool."""
        self._groups.writable(group)
        owner = self._clusters.get((group.lower(), cluster.lower()))
        if owner is None:
            raise ParentResourceNotFoundError(resource=f"{NAMESPACE}/managedClusters/{cluster}")
        self._check_request(headers)
        pool = owner.find_pool(name)
        if pool is None:
            return self._create_pool(owner, name, requested, headers)
        return self._update_pool(owner, pool, requested)

    def _create_pool(self, cluster: Cluster, name: str, requested: Json, headers: CustomHeaders) -> WrittenPool:
        pool = self._new_pool(cluster, name, requested, headers)
        _require_cluster_idle(cluster)
        size = self._era.size(pool.properties["vmSize"])
        seconds = timeline.GPU_POOL_CREATE if size and size.gpus else timeline.POOL_CREATE
        pool.operation = self._operations.start(location=cluster.location, seconds=seconds, then=partial(_finish_pool, pool))
        cluster.pools[pool.name] = pool
        return WrittenPool(cluster, pool, created=True, operation=pool.operation)

    def _update_pool(self, cluster: Cluster, pool: Pool, requested: Json) -> WrittenPool:
        _require_cluster_idle(cluster)
        _require_pool_idle(pool)
        properties = self._changed_pool(cluster, pool, requested)
        if properties["mode"] != "System":
            _require_system_pool(cluster, without=pool)
        operation = self._start_pool_change(cluster, pool, properties)
        return WrittenPool(cluster, pool, created=False, operation=operation)

    def _start_pool_change(self, cluster: Cluster, pool: Pool, properties: Json) -> Operation:
        pool.state = _state_between(pool.properties, properties)
        pool.properties = properties
        pool.operation = self._operations.start(
            location=cluster.location, seconds=_POOL_SECONDS[pool.state], then=partial(_finish_pool, pool)
        )
        return pool.operation

    def delete_pool(self, group: str, cluster: str, name: str) -> Operation | None:
        """Start a deletion, or go on with one that runs; None where there is nothing to delete."""
        owner = self.cluster(group, cluster)
        pool = owner.find_pool(name)
        if pool is None:
            return None
        if pool.state == DELETING and pool.operation is not None:
            return pool.operation
        _require_cluster_idle(owner)
        _require_pool_idle(pool)
        _require_system_pool(owner, without=pool)
        pool.state = DELETING
        remove = partial(_remove_pool, owner, pool)
        pool.operation = self._operations.start(location=owner.location, seconds=timeline.POOL_DELETE, then=remove)
        return pool.operation

    def autoscale(self, name: str, count: int) -> bool:
        """What the cluster autoscaler does to a pool of the backed cluster, within the pool's limits; true if a change began.

        Nothing happens where the pool is busy, gone, not autoscaled or already that size: the autoscaler asks again.
        """
        pool = self.backed.find_pool(name) if self.backed else None
        if self.backed is None or pool is None or pool.busy or self.backed.busy or not pool.properties["enableAutoScaling"]:
            return False
        count = min(max(count, pool.properties["minCount"]), pool.properties["maxCount"])
        if count == pool.properties["count"]:
            return False
        self._start_pool_change(self.backed, pool, {**pool.properties, "count": count})
        return True

    def _check_request(self, headers: CustomHeaders) -> None:
        self._registrations.require_provider(NAMESPACE)
        if not headers.dedicated_gpu_image:
            return
        if not self._era.dedicated_image_offered:
            raise LabRefusalError(_RETIRED_HEADER)
        self._registrations.require_feature(NAMESPACE, DEDICATED_FEATURE)

    def _version(self, cluster: str, asked: str) -> str:
        version = self._era.resolve_version(asked)
        if version is None:
            raise K8sVersionNotSupportedError(cluster=cluster, version=asked)
        return version

    def _new_pool(self, cluster: Cluster, name: str, requested: Json, headers: CustomHeaders) -> Pool:
        poolrules.check_name(name)
        properties = self._checked_pool(cluster, requested, current=None)
        size = poolrules.offered_size(properties["vmSize"], era=self._era, subscription=self._subscription, location=cluster.location)
        image = image_version(properties, era=self._era, size=size, headers=headers)
        dedicated = headers.dedicated_gpu_image and size.gpus > 0
        return Pool(name=name, properties=with_image(properties, image), image_is_dedicated=dedicated, state="Creating")

    def _changed_pool(self, cluster: Cluster, pool: Pool, requested: Json) -> Json:
        properties = with_image(self._checked_pool(cluster, requested, current=pool), pool.properties["nodeImageVersion"])
        poolrules.check_unchanged(pool.properties, properties, era=self._era)
        return properties

    def _checked_pool(self, cluster: Cluster, requested: Json, *, current: Pool | None) -> Json:
        poolrules.check_types(requested)
        surroundings = PoolSurroundings(era=self._era, cluster_version=cluster.document["properties"]["kubernetesVersion"])
        properties = wanted_pool(requested, current=current, surroundings=surroundings)
        poolrules.check_choices(properties)
        poolrules.check_system(properties, era=self._era)
        poolrules.check_counts(properties)
        poolrules.check_taints(properties)
        poolrules.check_labels(properties)
        return with_version(properties, self._version(cluster.name, properties["orchestratorVersion"]))


def _require_cluster_idle(cluster: Cluster) -> None:
    if cluster.busy:
        raise OperationNotAllowedError.on_cluster(state=cluster.state)


def _require_pool_idle(pool: Pool) -> None:
    if pool.busy:
        raise OperationNotAllowedError.on_pool(pool=pool.name, state=pool.state)


def _require_idle(cluster: Cluster) -> None:
    _require_cluster_idle(cluster)
    for pool in cluster.pools.values():
        _require_pool_idle(pool)


def _require_system_pool(cluster: Cluster, *, without: Pool | None) -> None:
    staying = (pool for pool in cluster.pools.values() if pool is not without and pool.state != DELETING)
    if not any(pool.properties["mode"] == "System" for pool in staying):
        raise MustDefineAtLeastOneSystemPoolError


def _state_between(old: Json, new: Json) -> str:
    if old["currentOrchestratorVersion"] != new["currentOrchestratorVersion"]:
        return "Upgrading"
    return "Scaling" if old["count"] != new["count"] else "Updating"


def _finish_pool(pool: Pool, operation: Operation) -> None:
    if pool.operation is operation:
        pool.state = SUCCEEDED
        pool.applied = dict(pool.properties)
        pool.nodes = pool.properties["count"]


def _finish_cluster(cluster: Cluster, version: str, operation: Operation) -> None:
    if cluster.operation is operation:
        cluster.state = SUCCEEDED
        cluster.version = version
        cluster.ready_once = True
    for pool in cluster.pools.values():
        _finish_pool(pool, operation)


def _remove_pool(cluster: Cluster, pool: Pool, operation: Operation) -> None:
    if pool.operation is operation:
        cluster.pools.pop(pool.name, None)
