# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

from .._errors import KubernetesError, WaitTimeoutError
from .._gpu.autoscaler import PoolSize, pool_sizes
from .._gpu.diagnosis import Scene, diagnose, events_wanted, logs_wanted
from .._gpu.dra import GPU_DRIVER, devices_of
from .._gpu.findings import Finding, in_brackets, most_telling, named
from .._kube.client import KubeClient
from .._kube.podlog import last_lines
from .._kube.resources import CONFIG_MAPS, EVENTS, RESOURCE_SLICES

Json = Mapping[str, Any]
# kubernetes/autoscaler cluster-autoscaler/FAQ.md; AKS has it too: https://learn.microsoft.com/azure/aks/cluster-autoscaler
_STATUS = ("cluster-autoscaler-status", "kube-system")


def with_evidence(scene: Scene, client: KubeClient, *, whole_pools: bool) -> Scene:
    """The scene with what is worth reading only where something is wrong: logs of plugins, events, the autoscaler's status.

    whole_pools: whether all nodes of the pools are in the scene, without which the autoscaler's numbers say nothing. What the user
    may not read, or the API server doesn't give, is left out: a diagnosis says less without it, and nothing wrong.
    """
    logs = {f"{namespace}/{pod}": _log(client, pod, namespace, container) for namespace, pod, container in logs_wanted(scene)}
    events = [event for namespace, name in events_wanted(scene) for event in events_about(client, namespace, name)]
    shown = replace(scene, plugin_logs=logs, events=events, pools=_pools(scene, client) if whole_pools else {})
    return shown if scene.dra_resources or not scene.without_gpu() else replace(shown, dra_devices=_claimable(client))


def _log(client: KubeClient, pod: str, namespace: str, container: str) -> str:
    try:
        return last_lines(client, pod, namespace, container)
    except KubernetesError:
        return ""


def _claimable(client: KubeClient) -> Mapping[str, int]:
    """Node → GPUs that only a claim gets, because no device class names the resource: the caller has seen that."""
    try:
        return devices_of(GPU_DRIVER, client.list(RESOURCE_SLICES))
    except KubernetesError:
        return {}


def _pools(scene: Scene, client: KubeClient) -> Mapping[str, PoolSize]:
    """The sizes of the pools that the scene is about."""
    try:
        status = client.find(CONFIG_MAPS, *_STATUS)
    except KubernetesError:
        return {}
    meant = {scene.pool, *(node.pool for node in scene.nodes)}
    sizes = pool_sizes(str(((status or {}).get("data") or {}).get("status") or ""))
    return {pool: size for pool, size in sizes.items() if pool in meant}


def events_about(client: KubeClient, namespace: str, name: str) -> list[Json]:
    """The events about an object, as far as they can be read."""
    try:
        return client.list(EVENTS, namespace=namespace, fieldSelector=f"involvedObject.name={name}")
    except KubernetesError:
        return []


def explained(scene: Scene, client: KubeClient, *, whole_pools: bool = True) -> tuple[Scene, list[Finding]]:
    """The scene and its findings; where there are any, with all evidence that can be had."""
    if not diagnose(scene):
        return scene, []
    scene = with_evidence(scene, client, whole_pools=whole_pools)
    return scene, diagnose(scene)


def timeout_of(message: str, findings: Sequence[Finding], *, otherwise: str, facts: Json | None = None) -> WaitTimeoutError:
    """The failure of a wait that was in vain, whose cause is the diagnosis; otherwise is the remedy where there is none."""
    first = most_telling(findings)
    if first is None:
        return WaitTimeoutError(message, remedy=otherwise, facts=facts)
    more = [finding.cause for finding in findings if finding is not first]
    also = f" Also: {' '.join(more)}" if more else ""
    cause = in_brackets(first.cause, f"{named(first.subjects)}: {first.evidence}") + also
    return WaitTimeoutError(message, code=first.code, cause=cause, remedy=first.remedy, facts=facts)
