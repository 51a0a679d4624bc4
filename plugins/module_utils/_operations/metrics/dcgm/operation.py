# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind dcgm_exporter: makes sure that the GPUs of a pool are measured, and that their metrics can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterable, Mapping

from ...._core.metrics.exporter_daemonset import (
    COLLECTION,
    exporter_manifest,
    exporter_selector,
    measured_by,
    refuse_kept_off,
    runtime_class_of,
)
from ...._core.metrics.exporters import measurable
from ...._core.nodes.taints import parse_taints
from ...._core.scheduling.requests import GPU_RESOURCE
from ...._core.scheduling.selection import Selection
from ...._core.scheduling.snapshot import ClusterSnapshot
from ...._core.shared.change import Change
from ...._core.shared.ownership import is_marked
from ...._kube.client import KubeClient
from ...._kube.connection.settings import kube_settings
from ...._kube.resources import DAEMONSETS
from ...arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ...cluster_reader import ClusterReader
from ...daemonset.plan import DaemonSetPlan, create_namespace, own_daemonset, plan_daemonset, write_daemonset
from ...daemonset.removal import Removal, remove_daemonset, remove_namespace
from ...operation import Operation, Outcome, Run
from ...target_cluster import connected, spoken_to, target_cluster
from ..reading import Reading
from .pod_monitor import plan_pod_monitor, remove_pod_monitor, write_pod_monitor
from .request import ExporterRequest, exporter_arguments, exporter_request
from .waiting import await_metrics, await_rollout, facts_of, has_available_pods, read_once


def ensure_measured(request: ExporterRequest, client: KubeClient, run: Run) -> Outcome:
    """Run the exporter unless another one measures the pool, and wait until the metrics of every GPU node can be read."""
    settings = request.settings
    daemonsets = client.list(DAEMONSETS)
    snapshot = ClusterReader(Selection(request.pool, GPU_RESOURCE), client).snapshot(daemonsets=daemonsets)
    nodes = measurable(snapshot.nodes)
    own = own_daemonset(settings.namespace, settings.name, daemonsets)
    owner, shown = measured_by(nodes, [each for each in daemonsets if each is not own])
    changes: tuple[Change, ...] = ()
    adopted, settled = False, True
    if nodes and not owner:
        owner, shown = COLLECTION, f"DaemonSet {settings.namespace}/{settings.name}"
        runtime_class = runtime_class_of(nodes, daemonsets)
        manifest = exporter_manifest(settings, request.pool, runtime_class=runtime_class, marked=own is None or is_marked(own))
        refuse_kept_off(manifest, nodes)
        plan = plan_daemonset(manifest, own, client, force=request.force_conflicts)
        changes, adopted = _run_exporter(request, plan, client, run), plan.adopted
        settled = _is_settled(plan, changes)
    result = {"name": settings.name, "namespace": settings.namespace, "adopted": adopted, "measured_by": owner, "exporter": shown}
    pending = run.check_mode and any(change.changed for change in changes)
    reading = Reading(()) if pending else _reading(request, client, run, snapshot if settled else None)
    return Outcome({**result, "gpu_metrics": facts_of(reading)}, changes)


def _reading(request: ExporterRequest, client: KubeClient, run: Run, known: ClusterSnapshot | None) -> Reading:
    """What can be read now. known: the nodes, if nothing has been waited for since they were read."""
    read = await_metrics if request.wait and not run.check_mode else read_once
    return read(request, client, run, known)


def _is_settled(plan: DaemonSetPlan, changes: Iterable[Change]) -> bool:
    """Whether there is nothing to wait for."""
    return plan.live is not None and has_available_pods(plan.live) and not any(change.changed for change in changes)


def _run_exporter(request: ExporterRequest, plan: DaemonSetPlan, client: KubeClient, run: Run) -> tuple[Change, ...]:
    """Write the exporter's objects and wait for its pods; return the changes."""
    monitor = plan_pod_monitor(request, client, in_namespace=not plan.create_namespace)
    changes = (*plan.changes, *([monitor.change] if monitor.change else []))
    if run.check_mode:
        return changes
    generation = 0
    if any(change.changed for change in changes):
        create_namespace(plan, client)
        generation = write_daemonset(plan, client)
        write_pod_monitor(monitor, request, client)
    if request.wait and not _is_settled(plan, changes):
        await_rollout(request, generation, client)
    return changes


def _remove(request: ExporterRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete what the collection has created for the pool: PodMonitor, DaemonSet, and the namespace if it is empty then."""
    name, namespace = request.settings.name, request.settings.namespace
    removal = Removal(client, write=not run.check_mode, wait=request.wait)
    remove_pod_monitor(removal, namespace, name)
    remove_daemonset(removal, namespace, name, exporter_selector(request.pool), adopted=request.remove_adopted)
    remove_namespace(removal, namespace)
    return Outcome({"name": name, "namespace": namespace, "kept": removal.kept}, tuple(removal.changes))


def _unknown(request: ExporterRequest) -> Outcome:
    """Check mode before the cluster exists: whether its nodes will have an exporter of their own is not known."""
    result = {"name": request.settings.name, "namespace": request.settings.namespace}
    if request.absent:
        return Outcome({**result, "kept": []})
    told = {"adopted": False, "measured_by": "", "exporter": "", "gpu_metrics": facts_of(Reading(()))}
    return Outcome({**result, **told}, warnings=("The kubeconfig does not exist yet, so it is not known who will measure the GPUs.",))


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = exporter_request(params)
    parse_taints(request.settings.node_taints)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _unknown(request)
    wait_timeout = request.wait_timeout if request.wait and not run.check_mode else None
    with connected(settings, target_cluster(params, run), run, wait_timeout=wait_timeout) as client:
        outcome = _remove(request, client, run) if request.absent else ensure_measured(request, client, run)
        return replace(outcome, result={**outcome.result, **spoken_to(settings, client)})


OPERATION = Operation(exporter_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
