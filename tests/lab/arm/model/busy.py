# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One operation at a time: on a pool, and on a cluster with all its pools.

from __future__ import annotations

from tests.lab.arm.aks_errors import LabRefusalError, OperationNotAllowedError
from tests.lab.arm.model.resources import DELETING, Cluster, Pool
from tests.lab.arm.pool_errors import MustDefineAtLeastOneSystemPoolError


def require_cluster_idle(cluster: Cluster) -> None:
    """Refuse while an operation runs on the cluster as a whole."""
    if cluster.busy:
        raise OperationNotAllowedError.on_cluster(state=cluster.state)


def require_pool_idle(pool: Pool) -> None:
    """Refuse while an operation runs on the pool."""
    if pool.busy:
        raise OperationNotAllowedError.on_pool(pool=pool.name, state=pool.state)


def require_idle(cluster: Cluster) -> None:
    """Refuse while an operation runs on the cluster or on any of its pools."""
    require_cluster_idle(cluster)
    for pool in cluster.pools.values():
        require_pool_idle(pool)


def require_running(cluster: Cluster) -> None:
    """Refuse what needs machines while the cluster is stopped."""
    if cluster.stopped:
        message = f"the managed cluster {cluster.name} is stopped; start it first. Azure refuses too, its words are not known."
        raise LabRefusalError(message)


def require_system_pool(cluster: Cluster, *, without: Pool | None) -> None:
    """Refuse what would leave the cluster without a system pool."""
    staying = (pool for pool in cluster.pools.values() if pool is not without and pool.state != DELETING)
    if not any(pool.properties["mode"] == "System" for pool in staying):
        raise MustDefineAtLeastOneSystemPoolError
