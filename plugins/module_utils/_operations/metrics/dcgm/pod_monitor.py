# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Plans, applies and deletes the PodMonitor by which managed Prometheus scrapes the exporter."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ...._core.metrics.exporter_daemonset import pod_monitor_manifest
from ...._core.shared.change import Change, narrowed
from ...._core.shared.mappings import Json
from ...._core.shared.ownership import FIELD_MANAGER, is_marked
from ...._errors import InvalidInputError, KubernetesError
from ...._kube.client import KubeClient
from ...._kube.resources import POD_MONITORS
from ...daemonset.removal import Removal
from .request import ALWAYS, NEVER, ExporterRequest


@dataclass(frozen=True)
class PodMonitorPlan:
    """The PodMonitor as it should be, manifest None for none. change is None if there is nothing to report."""

    manifest: Json | None = None
    live: Json | None = None
    change: Change | None = None


def plan_pod_monitor(request: ExporterRequest, client: KubeClient, *, in_namespace: bool) -> PodMonitorPlan:
    """What to do with the PodMonitor. Raises InvalidInputError if it is asked for and the API server does not know the kind.

    Args:
        request: What is requested.
        client: The API server.
        in_namespace: Whether the namespace exists.
    """
    if not knows_pod_monitors(client):
        if request.pod_monitor == ALWAYS:
            raise _unknown_kind()
        return PodMonitorPlan()
    settings = request.settings
    live = client.find(POD_MONITORS, settings.name, settings.namespace) if in_namespace else None
    if request.pod_monitor == NEVER:
        return PodMonitorPlan(live=live, change=_removal(live)) if live is not None and is_marked(live) else PodMonitorPlan()
    manifest = pod_monitor_manifest(settings, request.pool, marked=live is None or is_marked(live))
    if live is None:
        return PodMonitorPlan(manifest, change=Change(_subject(manifest), after=manifest))
    after = _applied(manifest, request, client, dry_run=True)
    return PodMonitorPlan(manifest, live, narrowed(_subject(manifest), _comparable(live), _comparable(after)))


def knows_pod_monitors(client: KubeClient) -> bool:
    """Whether the API server has Azure's kind, which managed Prometheus brings."""
    try:
        client.send("GET", f"/{POD_MONITORS.api}", what="Discovering the API of managed Prometheus")
    except KubernetesError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def write_pod_monitor(plan: PodMonitorPlan, request: ExporterRequest, client: KubeClient) -> None:
    """Write or delete the PodMonitor."""
    if plan.change is None or not plan.change.changed:
        return
    if plan.manifest is not None:
        _applied(plan.manifest, request, client)
    elif plan.live is not None:
        _delete(plan.live, client)


def remove_pod_monitor(removal: Removal, namespace: str, name: str) -> None:
    """Delete the PodMonitor, if the collection created it."""
    live = removal.client.find(POD_MONITORS, name, namespace) if knows_pod_monitors(removal.client) else None
    if live is None:
        return
    if not is_marked(live):
        removal.keep(_subject(live))
        return
    removal.delete(POD_MONITORS, name, _removal(live))
    if removal.write:
        _delete(live, removal.client)


def _applied(manifest: Json, request: ExporterRequest, client: KubeClient, *, dry_run: bool = False) -> Json:
    return client.apply(POD_MONITORS, manifest, manager=FIELD_MANAGER, force=request.force_conflicts, dry_run=dry_run)


def _delete(live: Json, client: KubeClient) -> None:
    metadata = live["metadata"]
    client.delete(POD_MONITORS, metadata["name"], metadata["namespace"], uid=metadata["uid"])


def _removal(live: Json) -> Change:
    return Change(_subject(live), before=_comparable(live))


def _subject(pod_monitor: Json) -> str:
    metadata = pod_monitor["metadata"]
    return f"PodMonitor {metadata['namespace']}/{metadata['name']}"


def _comparable(pod_monitor: Json) -> dict[str, Any]:
    return {"labels": pod_monitor["metadata"].get("labels") or {}, "spec": pod_monitor.get("spec") or {}}


def _unknown_kind() -> InvalidInputError:
    return InvalidInputError(
        f"The API server does not know the kind PodMonitor of {POD_MONITORS.group}.",
        code="ManagedPrometheusOff",
        cause="Managed Prometheus brings it to the cluster, and is not enabled.",
        remedy="Enable it with 'az aks update --resource-group GROUP --name CLUSTER --enable-azure-monitor-metrics', or set "
        "pod_monitor: auto.",
    )
