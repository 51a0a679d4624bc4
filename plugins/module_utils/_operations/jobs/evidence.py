# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads what the cluster says about a Job that has not done its work: its events, quotas, and the GPU nodes that its pod waits for."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Iterable

from ..._core.nodes.taints import taints_of_node
from ..._core.scheduling.selection import Selection
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding
from ..._core.shared.log_lines import overwritten
from ..._core.shared.mappings import Json
from ..._core.shared.printable import shortened
from ..._core.workload.causes import diagnose_workload, refused_for_good
from ..._core.workload.causes_disruption import evicted_by_taint
from ..._core.workload.deletion import deleted_with_namespace
from ..._core.workload.evidence import Workload
from ..._core.workload.job import is_suspended
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import KUEUE_WORKLOADS, NAMESPACES, NODES, RESOURCE_QUOTAS
from ..cluster_reader import ClusterReader
from ..evidence import EVIDENCE_SECONDS, events_about, with_evidence

_SEARCHED = 1024 * 1024  # characters


def with_cluster(workload: Workload, client: KubeClient) -> Workload:
    """The workload with what the cluster says about it, as far as it can be read."""
    client, workload = client.within(EVIDENCE_SECONDS), with_taints(workload, client)
    waits = workload.pod is not None and not workload.pod["spec"].get("nodeName")
    return replace(
        workload,
        snapshot=_snapshot(workload.asked.resource, client) if waits or workload.running else None,
        events=_events(workload, client),
        quotas=_quotas(workload, client) if workload.pod is None else (),
        queued=_queued(workload, client) if is_suspended({"spec": {}, **workload.job}) else None,
    )


def with_taints(workload: Workload, client: KubeClient) -> Workload:
    """The workload with the taints of its node, if one of them evicted its pod and the node can be read."""
    if not evicted_by_taint(workload.pod):
        return workload
    try:
        nodes = client.within(EVIDENCE_SECONDS).list(NODES, fieldSelector=f"metadata.name={workload.node}")
    except KubernetesError:
        return workload
    return replace(workload, taints=[taint for node in nodes for taint in taints_of_node(node)])


def explain_deletion(namespace: str, itself: Explanation, unknown: Explanation, client: KubeClient) -> Explanation:
    """Why a Job or its pod was deleted.

    Args:
        namespace: Their namespace.
        itself: The explanation if their namespace has stayed.
        unknown: The explanation if the user may not read the namespace.
        client: The API server.
    """
    try:
        live = client.within(EVIDENCE_SECONDS).find(NAMESPACES, namespace)
    except KubernetesError:
        return unknown
    return deleted_with_namespace(itself.code, namespace, live) or itself


def is_refused(workload: Workload, client: KubeClient) -> bool:
    """Whether Kubernetes refuses to create the Job's pod, and waiting does not help. Only events show it."""
    return workload.pod is None and refused_for_good(diagnose_workload(with_cluster(workload, client)))


def searched(lines: Iterable[str]) -> str:
    """The part of a log that is searched for known causes: of a large log, its beginning and its end."""
    return shortened("\n".join(text for line in lines for text in overwritten(line)), _SEARCHED)


def cause_with_evidence(found: Finding, said: str) -> str:
    """The cause with its evidence, unless the cause or the message before it already contains that."""
    if found.evidence.strip("…. ") in f"{said} {found.explanation.cause}":
        return found.explanation.cause
    return f"{found.explanation.cause.rstrip('.')} ({found.evidence.rstrip('. ')})."


def _snapshot(resource: str, client: KubeClient) -> ClusterSnapshot | None:
    """The GPU nodes, if the user may list them and the API server answers: without them a diagnosis says less, but nothing wrong."""
    try:
        snapshot = ClusterReader(Selection(None, resource), client, dynamic=True).snapshot(whole=True)
        return with_evidence(snapshot, client, whole_pools=True)
    except KubernetesError:
        return None


def _events(workload: Workload, client: KubeClient) -> list[Json]:
    namespace, _slash, name = workload.name.partition("/")
    names = [name, *([workload.pod["metadata"]["name"]] if workload.pod is not None else [])]
    return [event for each in names for event in events_about(client, namespace, each)]


def _quotas(workload: Workload, client: KubeClient) -> list[Json]:
    """The namespace's quotas, if the user may list them."""
    try:
        return client.list(RESOURCE_QUOTAS, namespace=workload.namespace)
    except KubernetesError:
        return []


def _queued(workload: Workload, client: KubeClient) -> Json | None:
    """Kueue's Workload for the Job, if the cluster has Kueue and the user may list them."""
    uid = workload.job["metadata"].get("uid", "")
    for kind in KUEUE_WORKLOADS:
        try:
            return next(iter(client.list(kind, namespace=workload.namespace, labelSelector=f"kueue.x-k8s.io/job-uid={uid}")), None)
        except KubernetesError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # the cluster has this version, and does not give it
                return None
    return None
