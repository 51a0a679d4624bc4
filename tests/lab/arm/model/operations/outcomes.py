# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What an operation leaves behind when it ends, well or not.

from __future__ import annotations

from tests.lab.arm.model.operations.timeline import Operation
from tests.lab.arm.model.pools.scale import node_count
from tests.lab.arm.model.resources import SUCCEEDED, Cluster, Pool

FAILED = "Failed"
CANCELED = "Canceled"


def finish_pool(pool: Pool, operation: Operation) -> None:
    """Complete an operation on a pool; after a failure it may have some of the new nodes, and has the error."""
    if pool.operation is not operation:
        return
    if operation.canceled:
        finish_abort(pool, operation)
        return
    pool.error = operation.fate.error
    wanted = 0 if pool.stopped else node_count(pool.properties)
    pool.revision += 1
    if pool.error is None:
        pool.keep_power()
        pool.state, pool.applied, pool.nodes = SUCCEEDED, dict(pool.properties), wanted
        return
    pool.state = FAILED
    pool.restore_power()
    made = pool.nodes + int((wanted - pool.nodes) * operation.fate.part)
    if made != pool.nodes:
        pool.applied, pool.nodes = dict(pool.properties), made


def finish_cluster(cluster: Cluster, version: str, operation: Operation) -> None:
    """Complete an operation on a cluster and the pools that it concerned."""
    if operation.canceled:
        finish_abort(cluster, operation)
    elif cluster.operation is operation:
        cluster.error = operation.fate.error
        cluster.revision += 1
        if cluster.error is None:
            cluster.state, cluster.version, cluster.ready_once = SUCCEEDED, version, True
            cluster.keep_power()
        else:
            cluster.state = FAILED
            cluster.restore_power()
    for pool in cluster.pools.values():
        finish_pool(pool, operation)


def finish_pool_deletion(cluster: Cluster, pool: Pool, operation: Operation) -> None:
    """Remove the pool, or leave it in state Failed."""
    if pool.operation is not operation:
        return
    if operation.canceled:
        finish_abort(pool, operation)
    elif operation.fate.error is None:
        cluster.pools.pop(pool.name, None)
    else:
        pool.state, pool.error = FAILED, operation.fate.error


def finish_abort(resource: Cluster | Pool, _operation: Operation) -> None:
    """Set the state after an abort; the power state is restored."""
    resource.state = CANCELED
    resource.revision += 1
    resource.restore_power()
