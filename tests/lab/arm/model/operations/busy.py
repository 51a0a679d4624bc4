# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One operation at a time: on a pool, and on a cluster with all its pools.

from __future__ import annotations

from tests.lab.arm.errors.aks import LabRefusalError, OperationInProgressError, OperationNotAllowedError, ServiceError
from tests.lab.arm.errors.pool import LastPoolError, MustDefineAtLeastOneSystemPoolError
from tests.lab.arm.model.resources import DELETING, Cluster, Pool
from tests.lab.eras import Era

_VERBS = {"Creating": "create", DELETING: "delete"}


def require_cluster_idle(cluster: Cluster, *, era: Era) -> None:
    """Refuse while an operation runs on the cluster as a whole."""
    if cluster.busy:
        raise cluster_busy(cluster, era=era)


def cluster_busy(cluster: Cluster, *, era: Era) -> ServiceError:
    """The refusal while an operation runs on the cluster."""
    if not era.names_running_operations or cluster.operation is None:
        return OperationNotAllowedError.on_cluster(state=cluster.state)
    return OperationInProgressError.on_cluster(
        verb=_VERBS.get(cluster.state, "update"), operation=cluster.operation.identifier, started=cluster.operation.started
    )


def require_pool_idle(pool: Pool, *, era: Era) -> None:
    """Refuse while an operation runs on the pool."""
    if not pool.busy:
        return
    if not era.names_running_operations or pool.operation is None:
        raise OperationNotAllowedError.on_pool(pool=pool.name, state=pool.state)
    raise OperationInProgressError.on_pool(
        pool=pool.name, verb=_VERBS.get(pool.state, "update"), operation=pool.operation.identifier, started=pool.operation.started
    )


def require_idle(cluster: Cluster, *, era: Era) -> None:
    """Refuse while an operation runs on the cluster or on any of its pools."""
    require_cluster_idle(cluster, era=era)
    for pool in cluster.pools.values():
        require_pool_idle(pool, era=era)


def require_running(cluster: Cluster) -> None:
    """Refuse an operation that needs machines while the cluster is stopped."""
    if cluster.stopped:
        message = f"the managed cluster {cluster.name} is stopped; start it first. Azure refuses too, its words are not known."
        raise LabRefusalError(message)


def require_another_pool(cluster: Cluster, pool: Pool) -> None:
    """Refuse to delete the last pool, and the last one for AKS' own pods."""
    staying = [other for other in cluster.pools.values() if other is not pool and other.state != DELETING]
    if not staying:
        raise LastPoolError.of_all()
    if not any(other.properties["mode"] == "System" for other in staying):
        raise LastPoolError.of_system()


def require_system_pool(cluster: Cluster, *, without: Pool | None) -> None:
    """Refuse a change that would leave the cluster without a system pool."""
    staying = (pool for pool in cluster.pools.values() if pool is not without and pool.state != DELETING)
    if not any(pool.properties["mode"] == "System" for pool in staying):
        raise MustDefineAtLeastOneSystemPoolError
