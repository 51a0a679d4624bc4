# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads logs, events and the autoscaler's status, but only where a snapshot shows that something is wrong.

Verify, plugin and workload add it to a snapshot before they explain a failure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping, Sequence

from .._core.nodes.gpu_operator import OperatorPart
from .._core.scheduling.autoscaler import PoolSize, pool_sizes
from .._core.scheduling.pods import container_statuses, container_to_read, has_run, pod_name, pod_state
from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.shared.findings import Finding, joined_names, most_telling
from .._core.shared.mappings import Json
from .._core.signatures.signature import last_line
from .._core.verify.causes_operator import namespace_of_operator, parts_wanted
from .._core.verify.diagnosis import diagnose, events_wanted, logs_wanted
from .._errors import KubernetesError, WaitTimeoutError
from .._kube.client import KubeClient
from .._kube.logs.pod_log import last_lines
from .._kube.resources import CONFIG_MAPS, EVENTS, PODS

# kubernetes/autoscaler cluster-autoscaler/FAQ.md; AKS has it too: https://learn.microsoft.com/azure/aks/cluster-autoscaler
_WORD = re.compile(r"[A-Za-z0-9._/-]+")
_STATUS = ("cluster-autoscaler-status", "kube-system")
# Reading evidence does not wait for as long as the task may take, which can be hours.
EVIDENCE_SECONDS = 30.0


def with_evidence(snapshot: ClusterSnapshot, client: KubeClient, *, whole_pools: bool) -> ClusterSnapshot:
    """The snapshot with what is worth reading only if something is wrong: logs of plugins, events, the autoscaler's status.

    What the user may not read, or the API server does not return, is left out: without it a diagnosis says less, but nothing wrong.

    Args:
        snapshot: The cluster.
        client: The API server.
        whole_pools: Whether the snapshot has all nodes of its pools, without which the autoscaler's numbers mean nothing.
    """
    client = client.within(EVIDENCE_SECONDS)
    logs = {f"{namespace}/{pod}": _log(client, pod, namespace, container) or "" for namespace, pod, container in logs_wanted(snapshot)}
    events = [event for namespace, name in events_wanted(snapshot) for event in events_about(client, namespace, name)]
    parts = {part: _part(client, part, namespace_of_operator(snapshot)) or "" for part in parts_wanted(snapshot)}
    names, unread = _configured(snapshot, client)
    pools = _pools(snapshot, client) if whole_pools else {}
    repairs = _repairs(client)
    return replace(
        snapshot,
        repairs=repairs,
        plugin_logs=logs,
        events=events,
        pools=pools,
        operator_parts=parts,
        configured_names=names,
        unread_configs=unread,
    )


def _repairs(client: KubeClient) -> list[Json]:
    """The events of AKS' node auto-repair, none if they cannot be listed."""
    try:
        return client.list(EVENTS, fieldSelector="involvedObject.kind=Node,source=aks-auto-repair")
    except KubernetesError:
        return []


def _log(client: KubeClient, pod: str, namespace: str, container: str) -> str | None:
    """The end of a container's log, None if it cannot be read."""
    try:
        return last_lines(client, pod, namespace, container)
    except KubernetesError:
        return None


def _part(client: KubeClient, part: OperatorPart, namespace: str) -> str | None:
    """The state of one of the GPU Operator's pods on a node and the end of its log, None if the pods cannot be listed."""
    try:
        pods = client.list(PODS, namespace=namespace, labelSelector=f"app={part.app}", fieldSelector=f"spec.nodeName={part.node}")
    except KubernetesError:
        return None
    if not pods:
        return f"no pod with app={part.app} on the node"
    pod = min(pods, key=lambda each: "deletionTimestamp" in each["metadata"])
    containers = [str(each["name"]) for each in pod["spec"]["containers"]]
    name = container_to_read(pod, containers[0], [str(status.get("name", "")) for status in container_statuses(pod)])
    said = last_line(_log(client, pod["metadata"]["name"], namespace, name) or "") if has_run(pod) else None
    return f"pod {pod_name(pod)}: {pod_state(pod)}" + (f", its log ends with: {said}" if said else "")


def _configured(snapshot: ClusterSnapshot, client: KubeClient) -> tuple[frozenset[str], dict[str, str]]:
    """Resources of the nodes that a plugin's configuration names, and ConfigMaps that cannot be read, with the reason.

    The ConfigMaps are read only if a node offers an unknown resource.
    """
    unlisted = {name for node in snapshot.without_gpu() for name in node.unlisted}
    words: set[str] = set()
    unread: dict[str, str] = {}
    for namespace, name in _config_maps(snapshot) if unlisted else ():
        try:
            words |= _words_of(client.find(CONFIG_MAPS, name, namespace) or {})
        except KubernetesError as error:
            unread[f"{namespace}/{name}"] = error.message
    return frozenset(name for name in unlisted if {name, name.partition("/")[2]} & words), unread


def _config_maps(snapshot: ClusterSnapshot) -> list[tuple[str, str]]:
    """(namespace, name) of the ConfigMaps that device plugins mount."""
    return sorted({(plugin.namespace, name) for plugin in snapshot.plugins for name in plugin.config_maps})


def _words_of(config_map: Json) -> set[str]:
    return {word for text in (config_map.get("data") or {}).values() for word in _WORD.findall(str(text))}


def _pools(snapshot: ClusterSnapshot, client: KubeClient) -> Mapping[str, PoolSize]:
    """The sizes of the pools that the snapshot covers."""
    try:
        status = client.find(CONFIG_MAPS, *_STATUS)
    except KubernetesError:
        return {}
    meant = {snapshot.pool, *(node.pool for node in snapshot.nodes)}
    sizes = pool_sizes(str(((status or {}).get("data") or {}).get("status") or ""))
    return {pool: size for pool, size in sizes.items() if pool in meant}


def events_about(client: KubeClient, namespace: str, name: str) -> list[Json]:
    """The events about an object, none if they cannot be listed."""
    try:
        return client.list(EVENTS, namespace=namespace, fieldSelector=f"involvedObject.name={name}")
    except KubernetesError:
        return []


def explained(
    snapshot: ClusterSnapshot, client: KubeClient, *, whole_pools: bool = True, by_name: bool = False
) -> tuple[ClusterSnapshot, list[Finding]]:
    """The snapshot and its findings; if there are any, with all evidence that can be read. by_name: as in diagnose."""
    if not diagnose(snapshot, by_name=by_name):
        return snapshot, []
    snapshot = with_evidence(snapshot, client, whole_pools=whole_pools)
    return snapshot, diagnose(snapshot, by_name=by_name)


def timeout_of(
    message: str, findings: Sequence[Finding], *, otherwise: str, trouble: KubernetesError | None, facts: Json | None = None
) -> WaitTimeoutError:
    """The failure of a wait that has timed out, with the diagnosis as its cause.

    Args:
        message: What was not reached in time.
        findings: The diagnosis.
        otherwise: The remedy if the diagnosis has no finding.
        trouble: Why the snapshot is older than the end of the wait, which then is the cause; None if it is not.
        facts: What the module returns in addition to the error.
    """
    if trouble is not None:
        cause = f"{trouble.message.rstrip('.')}. {trouble.cause}"
        return WaitTimeoutError(message, code=trouble.code, cause=cause, remedy=trouble.remedy, facts=facts)
    first = most_telling(findings)
    if first is None:
        return WaitTimeoutError(message, remedy=otherwise, facts=facts)
    more = [finding.explanation.cause for finding in findings if finding is not first]
    also = f" Also: {' '.join(more)}" if more else ""
    cause = f"{first.explanation.cause} ({joined_names(first.subjects)}: {first.evidence.rstrip('. ')}.){also}"
    return WaitTimeoutError(message, code=first.code, cause=cause, remedy=first.explanation.remedy, facts=facts)
