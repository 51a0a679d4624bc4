# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets the control plane after its ARM cluster was deleted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

from tests.lab.kubeapi import ApiError, KubeApi, Object

_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_WORKLOADS = frozenset(
    {"cronjobs", "jobs", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "pods", "events"}
)
# What owns others goes before what it owns, or it would make that again.
_OWNED = ("replicasets", "pods")
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# What operators and charts leave outside of namespaces.
_CLUSTER_SCOPED = (
    "/apis/node.k8s.io/v1/runtimeclasses",
    *(
        f"/apis/rbac.authorization.k8s.io/v1/{kind}?labelSelector=app.kubernetes.io/managed-by=Helm"
        for kind in ("clusterroles", "clusterrolebindings")
    ),
)
_POLL_S = 0.05
_TIMEOUT_S = 60.0

_log = logging.getLogger(__name__)


async def empty(api: KubeApi) -> None:
    """Removes all nodes, all workloads, what operators and charts leave, and all namespaces but those a new cluster has.

    Returns when nodes, workloads and namespaces are gone.
    The namespaces are purged here: Kubernetes' own controller begins 5 s after their deletion, when the next cluster may be there.
    """
    collections = sorted(await _collections(api), key=lambda path: path.endswith(_OWNED))
    others = await _other_namespaces(api)
    await asyncio.gather(*(api.delete(f"/api/v1/namespaces/{name}") for name in others))
    await asyncio.gather(*(api.delete(path) for path in ("/api/v1/nodes", *_CLUSTER_SCOPED)))
    await _delete_definitions(api)
    for path in collections:
        within = others if path.rpartition("/")[2] not in _WORKLOADS else [*others, "default", "kube-system"]
        await asyncio.gather(*(_delete_all(api, path.format(namespace=name)) for name in within))
    deadline = time.monotonic() + _TIMEOUT_S
    while left := await _remove_pods(api) + await _definitions(api):
        if time.monotonic() > deadline:
            _log.error("still there after %.0f s, the next cluster will find them: %s", _TIMEOUT_S, ", ".join(left))
            return
        await asyncio.sleep(_POLL_S)
    await asyncio.gather(*(_finalize(api, name) for name in others))


async def _definitions(api: KubeApi) -> list[str]:
    listed = await api.get(_DEFINITIONS)
    return [f"{_DEFINITIONS}/{item['metadata']['name']}" for item in listed["items"]]


async def _delete_definitions(api: KubeApi) -> None:
    """Deletes each definition with its custom resources, which the API server would forget if all were deleted at once."""
    await asyncio.gather(*(api.delete(path) for path in await _definitions(api)))


async def _collections(api: KubeApi) -> list[str]:
    """The paths of all collections of objects in namespaces that can be deleted at once."""
    found: list[str] = []
    for root in ("/api", "/apis"):
        groups = await api.get(root, accept=_DISCOVERY)
        found += [path for group in groups["items"] for path in _group_collections(root, group)]
    return found


def _group_collections(root: str, group: Object) -> Iterator[str]:
    name = group.get("metadata", {}).get("name", "")
    preferred = group["versions"][0]
    for resource in preferred["resources"]:
        if resource["scope"] == "Namespaced" and "deletecollection" in resource["verbs"]:
            parts = [root, name, preferred["version"], "namespaces/{namespace}", resource["resource"]]
            yield "/".join(part for part in parts if part)


async def _delete_all(api: KubeApi, path: str) -> None:
    await api.delete(path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})


async def _other_namespaces(api: KubeApi) -> list[str]:
    listed = await api.get("/api/v1/namespaces")
    names: list[str] = [item["metadata"]["name"] for item in listed["items"]]
    return [name for name in names if name != "default" and not name.startswith("kube-")]


async def _remove_pods(api: KubeApi) -> list[str]:
    """Removes pods without waiting for their kubelets, which are gone with the nodes; the names of those there were."""
    listed = await api.get("/api/v1/pods")
    metadata: list[Object] = [item["metadata"] for item in listed["items"]]
    paths = [f"/api/v1/namespaces/{item['namespace']}/pods/{item['name']}" for item in metadata]
    await asyncio.gather(*(api.delete(path, {"gracePeriodSeconds": 0}) for path in paths))
    return paths


async def _finalize(api: KubeApi, name: str) -> None:
    """Lets a purged namespace go, as its controller would have after its wait."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}}
    try:
        await api.replace(f"/api/v1/namespaces/{name}/finalize", namespace)
    except ApiError as error:
        if not error.not_found:
            raise
