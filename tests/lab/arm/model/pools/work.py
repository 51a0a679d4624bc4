# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.lab.arm.errors.aks import NothingToAbortError
from tests.lab.arm.errors.resource import ParentResourceNotFoundError
from tests.lab.arm.model.operations import timeline
from tests.lab.arm.model.operations.busy import (
    require_another_pool,
    require_cluster_idle,
    require_pool_idle,
    require_running,
    require_system_pool,
)
from tests.lab.arm.model.operations.outcomes import finish_abort, finish_pool, finish_pool_deletion
from tests.lab.arm.model.operations.timeline import Operation
from tests.lab.arm.model.pools.echo import STOPPING
from tests.lab.arm.model.pools.pool import CustomHeaders, wants_stop, with_image
from tests.lab.arm.model.pools.rules import check_one_scaler
from tests.lab.arm.model.pools.scale import node_count, of_machines, size_name
from tests.lab.arm.model.resources import DELETING, NAMESPACE, Cluster, Json, Pool
from tests.lab.arm.model.work import Work
from tests.lab.eras import Era

_STEPS = 4
UPGRADING_IMAGE = "UpgradingNodeImageVersion"
_SECONDS = {
    "Upgrading": timeline.POOL_UPGRADE,
    UPGRADING_IMAGE: timeline.POOL_UPGRADE,
    "Scaling": timeline.POOL_SCALE,
    "Updating": timeline.POOL_UPDATE,
    STOPPING: timeline.POOL_STOP,
    "Starting": timeline.POOL_CREATE,
}


@dataclass(frozen=True)
class WrittenPool:
    """The outcome of a write: the pool in its cluster, whether it is new, and the operation that carries it out."""

    cluster: Cluster
    pool: Pool
    created: bool
    operation: Operation


class PoolWork(Work):
    """The operations on agent pools; the timeline completes those that take time."""

    def put(self, group: str, cluster: str, name: str, *, requested: Json, headers: CustomHeaders) -> WrittenPool:
        """Create or update a pool."""
        self._groups.writable(group)
        owner = self._store.find(group, cluster)
        if owner is None:
            raise ParentResourceNotFoundError(resource=f"{NAMESPACE}/managedClusters/{cluster}")
        self._admission.check_request(headers)
        pool = owner.find_pool(name)
        if pool is None:
            return self._create(owner, name, requested, headers)
        return self._update(owner, pool, requested)

    def _create(self, cluster: Cluster, name: str, requested: Json, headers: CustomHeaders) -> WrittenPool:
        pool = self._admission.new_pool(cluster, name, requested, headers)
        require_cluster_idle(cluster, era=self._era)
        require_running(cluster)
        check_one_scaler(cluster.document, [pool.properties])
        size = self._era.size(size_name(pool.properties))
        seconds = timeline.GPU_POOL_CREATE if size and size.gpus else timeline.POOL_CREATE
        fate = self._admission.fate(cluster, None, pool.properties)
        pool.operation = self._operations.start(
            location=cluster.location,
            seconds=seconds,
            then=partial(finish_pool, pool),
            fate=fate,
            phases=creating(node_count(pool.properties), era=self._era),
        )
        cluster.pools[pool.name] = pool
        return WrittenPool(cluster, pool, created=True, operation=pool.operation)

    def _update(self, cluster: Cluster, pool: Pool, requested: Json) -> WrittenPool:
        require_cluster_idle(cluster, era=self._era)
        require_pool_idle(pool, era=self._era)
        require_running(cluster)
        properties = self._admission.changed_pool(cluster, pool, requested)
        check_one_scaler(cluster.document, [properties])
        if properties["mode"] != "System":
            require_system_pool(cluster, without=pool)
        stopped = wants_stop(requested, now=pool.stopped)
        state = state_between(pool.properties, properties)
        if stopped != pool.stopped:
            state = STOPPING if stopped else "Starting"
            pool.set_power(stopped=stopped)
        operation = self._start(cluster, pool, properties, state=state)
        return WrittenPool(cluster, pool, created=False, operation=operation)

    def _start(self, cluster: Cluster, pool: Pool, properties: Json, *, state: str) -> Operation:
        fate = self._admission.fate(cluster, pool.properties, properties)
        pool.state, pool.properties, pool.error = state, properties, None
        pool.revision += 1
        pool.operation = self._operations.start(
            location=cluster.location, seconds=_SECONDS[state], then=partial(finish_pool, pool), fate=fate
        )
        return pool.operation

    def upgrade_image(self, group: str, cluster: str, name: str) -> WrittenPool:
        """Replace the pool's nodes by ones of the newest node image."""
        owner, pool = self._store.pool(group, cluster, name)
        require_cluster_idle(owner, era=self._era)
        require_pool_idle(pool, era=self._era)
        require_running(owner)
        properties = with_image(pool.properties, self._admission.latest_image(pool))
        operation = self._start(owner, pool, properties, state=UPGRADING_IMAGE)
        return WrittenPool(owner, pool, created=False, operation=operation)

    def abort(self, group: str, cluster: str, name: str) -> WrittenPool:
        """Abort the operation on the pool at its current progress; until that has ended, the pool keeps its state (recorded)."""
        owner, pool = self._store.pool(group, cluster, name)
        if pool.operation is None or not pool.busy or pool.operation is owner.operation:
            raise NothingToAbortError(pool.name)
        self._operations.cancel(pool.operation)
        pool.operation = self._operations.start(location=owner.location, seconds=timeline.ABORT, then=partial(finish_abort, pool))
        return WrittenPool(owner, pool, created=False, operation=pool.operation)

    def delete(self, group: str, cluster: str, name: str) -> Operation | None:
        """Start a deletion, or join the one that runs; None if there is nothing to delete."""
        owner = self._store.cluster(group, cluster)
        pool = owner.find_pool(name)
        if pool is None:
            return None
        if pool.state == DELETING and pool.operation is not None:
            return pool.operation
        require_cluster_idle(owner, era=self._era)
        require_pool_idle(pool, era=self._era)
        require_another_pool(owner, pool)
        pool.state = DELETING
        remove = partial(finish_pool_deletion, owner, pool)
        pool.operation = self._operations.start(location=owner.location, seconds=timeline.POOL_DELETE, then=remove)
        return pool.operation

    def autoscale(self, name: str, count: int) -> bool:
        """What the cluster autoscaler does to a pool of the backed cluster, within the pool's limits and quotas; true if a change began.

        Nothing happens where the pool is busy, gone, stopped, not autoscaled or already that size: the autoscaler asks again.
        """
        cluster = self._store.backed
        pool = cluster.find_pool(name) if cluster else None
        if cluster is None or cluster.busy or pool is None or not _is_scalable(pool):
            return False
        count = min(max(count, pool.properties["minCount"]), pool.properties["maxCount"])
        wanted = {**pool.properties, "count": count}
        if count == pool.properties["count"] or not self._admission.admits_growth(cluster, pool.properties, wanted):
            return False
        self._start(cluster, pool, wanted, state="Scaling")
        return True


def _is_scalable(pool: Pool) -> bool:
    """Whether the cluster autoscaler may change the pool now."""
    if pool.busy or pool.stopped or of_machines(pool.properties):
        return False
    return bool(pool.properties["enableAutoScaling"])


def creating(nodes: int, *, era: Era) -> tuple[str, ...]:
    """The phases of a pool's creation since 2025."""
    done = sorted({nodes * step // _STEPS for step in range(_STEPS)})
    return tuple(f"CreatingAgentPool: {number}/{nodes} nodes completed" for number in done) if era.signs_operations else ()


def state_between(old: Json, new: Json) -> str:
    """The provisioning state of a pool while it changes from one state to another."""
    if old["currentOrchestratorVersion"] != new["currentOrchestratorVersion"]:
        return "Upgrading"
    if old["osSKU"] != new["osSKU"]:
        return "Upgrading"
    return "Scaling" if node_count(old) != node_count(new) else "Updating"
