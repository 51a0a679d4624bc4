# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the pods of given nodes, in whichever way is cheaper: node by node, or all pods of the cluster in pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Iterator, Sequence

from .._core.schemas.kubernetes_objects import ObjectList
from .._core.shared.mappings import Json
from .client import KubeClient
from .decode import Decoder
from .resources import PODS

_LIVING = "status.phase!=Succeeded,status.phase!=Failed"
_THREADS = 8
# A request for one node's pods, which the API server finds by an index, costs as much as listing this many pods (see docs/benchmarks.md).
_PODS_PER_REQUEST = 20


def pods_on(nodes: Sequence[str], client: KubeClient, decoder: Decoder) -> Iterator[Sequence[Json]]:
    """The running and pending pods on these nodes, and the pods without a node, in batches; pods of other nodes may be among them.

    Args:
        nodes: the names of the nodes.
        client: the client of the cluster.
        decoder: which fields of a pod to keep.
    """
    if len(nodes) * _PODS_PER_REQUEST < _count(client):
        yield from _by_node(nodes, client, decoder)
    else:
        for page in client.pages(PODS, decoder=decoder, fieldSelector=_LIVING):
            yield page.items


def _count(client: KubeClient) -> int:
    """The number of pods in the cluster."""
    page: Json = client.call("GET", PODS.collection(), what="Listing pods", query={"limit": 1}, shape=ObjectList)
    return len(page.get("items") or ()) + int((page.get("metadata") or {}).get("remainingItemCount") or 0)


def _by_node(nodes: Sequence[str], client: KubeClient, decoder: Decoder) -> Iterator[Sequence[Json]]:
    def read(node: str) -> Sequence[Json]:
        return client.list(PODS, decoder=decoder, fieldSelector=f"spec.nodeName={node},{_LIVING}")

    threads = ThreadPoolExecutor(_THREADS)
    try:
        yield from threads.map(read, ("", *nodes))
    finally:
        threads.shutdown(cancel_futures=True)
