# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes a cluster, then the resource group if this collection created it and nothing else is in it."""

from __future__ import annotations

from typing import Any, Mapping

from ..._azure.ids import AKS_API, RESOURCES_API
from ..._azure.polling import delete
from ..._azure.session import Session
from ..._core.arm.resources import created_by_us
from ..._core.cluster.desired import cluster_facts
from ..._core.shared.change import Change
from ..._errors import AzureError
from ..failure_reason import with_reason
from ..operation import Outcome, Run
from .request import ClusterRequest


def remove_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Delete the cluster, then its resource group if the collection made it and nothing else is in it; lists what it leaves."""
    deadline = session.deadline
    name, group_name = request.desired.name, request.desired.group
    changes: list[Change] = []
    kept: list[str] = []
    live = session.find(request.path(session), api=AKS_API, what=f"Reading the cluster {name}")
    if live is not None and request.created_only and not created_by_us(live):
        kept.append(f"cluster {name}: not made by this collection")
    elif live is not None:
        changes.append(Change(f"cluster {name}", before=cluster_facts(live)))
        if not run.check_mode:
            path, what = request.path(session), f"Deleting the cluster {name}"
            try:
                delete(session, path, api=AKS_API, what=what, wait=request.wait, deadline=deadline)
            except AzureError as error:
                raise with_clusters_reason(error, request, session) from error
    group = session.find(request.group_path(session), api=RESOURCES_API, what=f"Reading the resource group {group_name}")
    reason = _why_group_stays(request, session, group, cluster_goes=bool(changes)) if group is not None else ""
    if reason:
        kept.append(f"resource group {group_name}: {reason}")
    elif group is not None:
        before = {"location": group.get("location"), "tags": dict(group.get("tags") or {})}
        changes.append(Change(f"resource group {group_name}", before=before))
        if not run.check_mode:
            path, what = request.group_path(session), f"Deleting the resource group {group_name}"
            delete(session, path, api=RESOURCES_API, what=what, wait=request.wait, deadline=deadline)
    return Outcome({"existed": live is not None, "kept": kept}, tuple(changes))


def with_clusters_reason(error: AzureError, request: ClusterRequest, session: Session) -> AzureError:
    """A failure with what the cluster itself says of it."""
    return with_reason(
        error,
        session,
        path=request.path(session),
        api=AKS_API,
        kind="cluster",
        name=request.desired.name,
        facts=lambda failed: {"cluster": cluster_facts(failed)},
    )


def _why_group_stays(request: ClusterRequest, session: Session, group: Mapping[str, Any], *, cluster_goes: bool) -> str:
    """The reason to keep the resource group, "" when there is none."""
    if not created_by_us(group):
        return "not made by this collection"
    path, what = f"{request.group_path(session)}/resources", f"Listing the resource group {request.desired.group}"
    inside = session.entries(path, api=RESOURCES_API, what=what)
    going = {request.desired.name.lower()} if cluster_goes else set()
    others = [name for name in (str(resource.get("name")) for resource in inside) if name.lower() not in going]
    if others:
        return f"holds {', '.join(others)}"
    return f"its cluster {request.desired.name} is still being deleted" if cluster_goes and not request.wait else ""
