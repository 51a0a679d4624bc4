# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas and LimitRanges of a test's namespace, in force when these functions return; the tests of Jobs and of the proof use them."""

from __future__ import annotations

from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS, RESOURCE_QUOTAS, Kind

from tests.integration.plugins.cluster import Cluster, Json

_LIMIT_RANGES = Kind("api/v1", "limitranges")


def limit(cluster: Cluster, name: str, resource: str, amount: str) -> None:
    """A quota of the test's namespace."""
    quota = {"metadata": {"name": name, "namespace": cluster.name}, "spec": {"hard": {resource: amount}}}
    cluster.client.create(RESOURCE_QUOTAS, quota)
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, name, cluster.name).get("status", {}).get("hard"))


def limit_range(cluster: Cluster, resources: Json, **limits: Any) -> None:
    """A LimitRange of the test's namespace that allows no container with these resources."""
    spec = {"limits": [{"type": "Container", **limits}]}
    cluster.client.create(_LIMIT_RANGES, {"metadata": {"name": "limits", "namespace": cluster.name}, "spec": spec})
    container = {"name": "idle", "image": "example.com/idle:1", "resources": resources}
    probe = {"metadata": {"name": "probe", "namespace": cluster.name}, "spec": {"containers": [container]}}
    cluster.until(lambda: _is_refused(cluster, probe))


def _is_refused(cluster: Cluster, pod: Json) -> bool:
    try:
        cluster.client.create(PODS, pod, dry_run=True)
    except KubernetesError:
        return True
    return False
