# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that concern a pool as a whole: no nodes, nodes still on their way, or every GPU in use."""

from __future__ import annotations

from typing import Iterator

from ..scheduling.autoscaler import AT_MAXIMUM, PoolSize
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names

_HOLDERS = 10
_NO_MACHINE = Explanation(
    "ScaleUpFailed",
    cause="Azure gives the pool no machine.",
    remedy="Run gpuops.aks.gpu_preflight_info for quota and offer; use another vm_size, zone or region.",
)


# https://learn.microsoft.com/azure/aks/scale-cluster (pools at zero)
def no_nodes(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """There is no node to look at: the pool is empty, or there is none."""
    if snapshot.nodes:
        return
    size = snapshot.pools.get(snapshot.pool)
    where = f"node pool {snapshot.pool}" if snapshot.pool else "the cluster"
    if size is None:
        yield finding(
            Explanation(
                "NoGpuNodes", cause=f"There is no GPU node in {where}.", remedy="Run the pool step, or check the pool's count and name."
            ),
            [(where, "no GPU node found")],
        )
    elif size.failure:
        yield finding(_NO_MACHINE, [(where, _failed(size))])
    elif size.target == 0:
        yield finding(
            Explanation(
                "PoolAtZero",
                cause="The pool has no node now; the autoscaler adds one for a pod that needs it.",
                remedy="Run the workload step, or set min_count: 1 in gpuops.aks.aks_gpu_nodepool.",
                severity="warning",
            ),
            [(where, str(size))],
        )
    else:
        yield _not_joined(snapshot.pool, size)


def _failed(size: PoolSize) -> str:
    return f"{size}, errorMessage {size.failure}"


def _not_joined(pool: str, size: PoolSize) -> Finding:
    return finding(
        Explanation(
            "NodesNotJoined",
            cause="Machines of the pool are starting, and are no nodes yet.",
            remedy=f"Wait; after 15 minutes look at 'az aks nodepool show --name {pool}' for provisioningError.",
            severity="warning",
        ),
        [(f"node pool {pool}", str(size))],
    )


# kubernetes/autoscaler#6375 (the status that tells how many machines a pool should have)
def growing(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The autoscaler has asked for machines that are no nodes yet."""
    for pool, size in snapshot.pools.items():
        if 0 < _present(snapshot, pool) < size.target:
            yield _not_joined(pool, size)


def _present(snapshot: ClusterSnapshot, pool: str) -> int:
    return sum(node.pool == pool for node in snapshot.nodes)


def all_in_use(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Every GPU has a pod; the evidence says which, and whether there will be more."""
    serving = [node for node in snapshot.nodes if node.ready and node.offered > 0]
    if not serving or any(node.free for node in serving):
        return
    holders = (f"{pod} ({units})" for node in serving for pod, units in (*node.holders, *node.dra.holders))
    held_by = f"held by {joined_names(holders, _HOLDERS)}"
    yield finding(
        Explanation(
            "AllGpusInUse",
            cause=f"All {sum(node.offered for node in serving)} allocatable GPUs are taken.",
            remedy="Wait for these pods, delete them, or raise the pool's max_count.",
            severity="warning",
        ),
        [(node.name, held_by) for node in serving],
    )
    sizes = {pool: snapshot.pools.get(pool) for pool in dict.fromkeys(node.pool for node in serving)}
    full = [pool for pool, size in sizes.items() if size is not None and _present(snapshot, pool) >= size.target >= size.maximum]
    shown = [(f"node pool {pool}", str(sizes[pool])) for pool in full]
    if len(shown) == len(sizes):
        yield finding(AT_MAXIMUM, shown)
    failed = [(f"node pool {pool}", _failed(size)) for pool, size in sizes.items() if size is not None and size.failure]
    if failed:
        yield finding(_NO_MACHINE, failed)


POOL_CAUSES = (growing, all_in_use)
