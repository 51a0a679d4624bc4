# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that concern a pool as a whole: no nodes, nodes still on their way, or every GPU in use."""

from __future__ import annotations

from typing import Iterator

from ..nodes.gpu_node import GpuNode
from ..scheduling.autoscaler import AT_MAXIMUM, PoolSize
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names

_HOLDERS = 10
_NO_MACHINE = Explanation(
    "ScaleUpFailed",
    cause="Azure cannot provide a machine for the pool.",
    remedy="Check quota and availability with gpuops.aks.gpu_preflight_info, or use another vm_size, zone or region.",
)


# https://learn.microsoft.com/azure/aks/scale-cluster (pools at zero)
def no_nodes(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """No GPU node exists, and no autoscaler knows the pool."""
    if not snapshot.nodes and _named_pool(snapshot) is None:
        where = f"node pool {snapshot.pool}" if snapshot.pool else "the cluster"
        yield finding(
            Explanation(
                "NoGpuNodes", cause=f"There is no GPU node in {where}.", remedy="Run the pool step, or check the pool's count and name."
            ),
            [(where, "no GPU node found")],
        )


def at_zero(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The autoscaler has scaled the pool down to no node."""
    size = _named_pool(snapshot)
    if not snapshot.nodes and size is not None and size.target == 0 and size.failure is None:
        yield finding(
            Explanation(
                "PoolAtZero",
                cause="The pool has no nodes right now, and the autoscaler adds one for a pod that needs it.",
                remedy="Run the workload step, or set min_count: 1 in gpuops.aks.aks_gpu_nodepool.",
                severity="warning",
            ),
            [(f"node pool {snapshot.pool}", str(size))],
        )


def _named_pool(snapshot: ClusterSnapshot) -> PoolSize | None:
    """The pool that the snapshot is of, as the autoscaler knows it."""
    return snapshot.pools.get(snapshot.pool) if snapshot.pool is not None else None


# kubernetes/autoscaler#6375 (the status that tells how many machines a pool should have)
def growing(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The autoscaler has requested machines that have not become nodes yet."""
    pools: set[str | None] = {node.pool for node in snapshot.nodes} or {snapshot.pool}
    for pool, size in snapshot.pools.items():
        failed = not snapshot.nodes and size.failure is not None
        if pool in pools and _present(snapshot, pool) < size.target and not failed:
            yield finding(
                Explanation(
                    "NodesNotJoined",
                    cause="Machines of the pool are starting but have not joined the cluster yet.",
                    remedy=f"Wait. After 15 minutes, check provisioningError in 'az aks nodepool show --name {pool}'.",
                    severity="warning",
                ),
                [(f"node pool {pool}", str(size))],
            )


def _present(snapshot: ClusterSnapshot, pool: str) -> int:
    return sum(node.pool == pool for node in snapshot.nodes)


def all_in_use(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Pods hold every GPU; the evidence names them."""
    full = _full_nodes(snapshot)
    if full:
        holders = (f"{pod} ({units})" for node in full for pod, units in (*node.holders, *node.dra.holders))
        held_by = f"held by {joined_names(holders, _HOLDERS)}"
        yield finding(
            Explanation(
                "AllGpusInUse",
                cause=_in_use(sum(node.offered for node in full)),
                remedy="Wait for these pods to end, delete them, or raise the pool's max_count.",
                severity="warning",
            ),
            [(node.name, held_by) for node in full],
        )


def _in_use(gpus: int) -> str:
    return "The only allocatable GPU is in use." if gpus == 1 else f"All {gpus} allocatable GPUs are in use."


def at_maximum(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Every GPU is in use, and no pool may grow."""
    pools = dict.fromkeys(node.pool for node in _full_nodes(snapshot))
    sizes = {pool: size for pool, size in snapshot.pools.items() if pool in pools and _is_at_maximum(snapshot, pool, size)}
    if sizes and len(sizes) == len(pools):
        yield finding(AT_MAXIMUM, [(f"node pool {pool}", str(sizes[pool])) for pool in pools])


def _is_at_maximum(snapshot: ClusterSnapshot, pool: str, size: PoolSize) -> bool:
    return _present(snapshot, pool) >= size.target >= size.maximum


def scale_up_failed(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A pool should have another node, because it has none or all its GPUs are in use, and Azure did not provide the machine."""
    wanting = dict.fromkeys(node.pool for node in _full_nodes(snapshot)) if snapshot.nodes else {snapshot.pool: None}
    sizes = {pool: snapshot.pools[pool] for pool in wanting if pool is not None and pool in snapshot.pools}
    failed = [(f"node pool {pool}", f"{size}, errorMessage {size.failure}") for pool, size in sizes.items() if size.failure is not None]
    if failed:
        yield finding(_NO_MACHINE, failed)


def _full_nodes(snapshot: ClusterSnapshot) -> list[GpuNode]:
    """The nodes that serve GPUs, if pods hold all of them; no nodes if one GPU is free."""
    serving = [node for node in snapshot.nodes if node.ready and node.offered > 0]
    return [] if any(node.free for node in serving) else serving


POOL_CAUSES = (at_zero, growing, all_in_use, at_maximum, scale_up_failed)
