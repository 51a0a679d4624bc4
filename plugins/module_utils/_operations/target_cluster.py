# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Connects to the API server and makes sure that it is the one of the cluster that the task names."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Mapping

from .._core.nodes.cluster_identity import TargetCluster, require_cluster
from .._core.shared.mappings import Json
from .._core.shared.names import checked_subscription
from .._kube.client import KubeClient
from .._kube.connection.settings import KubeSettings
from .._kube.resources import NODES
from .operation import Run

# Any node shows which cluster it is; one of the first few may not be a machine in Azure.
_FEW = 5
# For the requests of a task that does not wait: a few of them, or the lists of a large cluster.
_ENOUGH_SECONDS = 120.0


def target_cluster(params: Mapping[str, Any], run: Run) -> TargetCluster:
    """The cluster that the task names. Raises InvalidInputError for a subscription's name, because nodes show its ID."""
    subscription = params["subscription_id"] or run.environ.get("AZURE_SUBSCRIPTION_ID", "")
    if subscription and params["cluster"]:
        checked_subscription(subscription)
    return TargetCluster(
        resource_group=params["resource_group"] or None,
        cluster=params["cluster"] or None,
        node_resource_group=params["node_resource_group"] or None,
        subscription=subscription or None,
    )


@contextmanager
def connected(settings: KubeSettings, target: TargetCluster, run: Run, *, wait_timeout: float | None) -> Iterator[KubeClient]:
    """A client of the target cluster's API server. Raises RefusedError for another cluster's, before anything is changed there.

    Args:
        settings: How to connect.
        target: The cluster that the task names.
        run: The task.
        wait_timeout: How many seconds the task may wait, which also limits its requests; None for a task that does not wait.
    """
    client = KubeClient(settings, run.deadline(_ENOUGH_SECONDS if wait_timeout is None else wait_timeout), run.writes)
    try:
        if target.known:
            require_cluster(target, some_nodes(client), server=client.server)
        yield client
    finally:
        client.close()


def some_nodes(client: KubeClient) -> list[Json]:
    """A few nodes of the cluster."""
    found: Json = client.call("GET", NODES.collection(), what="Listing nodes", query={"limit": _FEW})
    return list(found.get("items") or ())


def spoken_to(settings: KubeSettings, client: KubeClient) -> dict[str, Any]:
    """The API server and context that a result is from; an empty context is the kubeconfig's current one."""
    return {"server": client.server, "context": settings.context or ""}
