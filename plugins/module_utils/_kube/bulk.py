# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the pods of given nodes from a large cluster, a page at a time."""

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
# What a request for one node's pods costs, in pods of a list of all: measured, see docs/benchmarks.md. The API server has an index by node.
_PODS_A_REQUEST = 20


def pods_on(nodes: Sequence[str], client: KubeClient, decoder: Decoder) -> Iterator[Sequence[Json]]:
    """The pods on these nodes that have not ended, and those on no node yet, a few at a time; others may be among them.

    Either each node's, several requests at a time, or all of the cluster: whichever is less work for the API server.
    """
    if len(nodes) * _PODS_A_REQUEST < _pods(client):
        yield from _by_node(nodes, client, decoder)
    else:
        for page in client.pages(PODS, decoder=decoder, fieldSelector=_LIVING):
            yield page.items


def _pods(client: KubeClient) -> int:
    """How many pods the cluster has."""
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
