# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes a cluster, then the resource group if this collection created it and nothing else is in it."""

from __future__ import annotations

from dataclasses import dataclass

from ..._azure.ids import AKS_API, RESOURCES_API
from ..._azure.polling import delete
from ..._azure.session import Session
from ..._core.arm.resources import created_by_us
from ..._core.cluster.desired import cluster_facts
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._errors import AzureError
from ..failure_reason import with_reason
from ..operation import Outcome, Run
from .request import ClusterRequest


def remove_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Delete the cluster, then its resource group if the collection created it and nothing else is in it; lists what it keeps."""
    live = session.find(request.path(session), api=AKS_API, what=f"Reading {request.subject}")
    removals = [_remove_cluster(request, session, run, live)] if live is not None else []
    what = f"Reading the resource group {request.desired.group}"
    group = session.find(request.group_path(session), api=RESOURCES_API, what=what)
    if group is not None:
        removals.append(_remove_group(request, session, run, group, cluster_goes=any(each.change for each in removals)))
    changes = tuple(each.change for each in removals if each.change is not None)
    return Outcome({"existed": live is not None, "kept": [each.kept for each in removals if each.kept is not None]}, changes)


@dataclass(frozen=True)
class _Removal:
    """What becomes of a resource: the change that removes it, or why it is kept."""

    change: Change | None = None
    kept: str | None = None


def _remove_cluster(request: ClusterRequest, session: Session, run: Run, live: Json) -> _Removal:
    name = request.desired.name
    if request.created_only and not created_by_us(live):
        return _Removal(kept=f"cluster {name}: not made by this collection")
    if not run.check_mode:
        what = f"Deleting {request.subject}"
        try:
            delete(session, request.path(session), api=AKS_API, what=what, wait=request.wait, deadline=session.deadline)
        except AzureError as error:
            raise with_clusters_reason(error, request, session) from error
    return _Removal(Change(f"cluster {name}", before=cluster_facts(live)))


def _remove_group(request: ClusterRequest, session: Session, run: Run, group: Json, *, cluster_goes: bool) -> _Removal:
    name = request.desired.group
    reason = _why_group_stays(request, session, group, cluster_goes=cluster_goes)
    if reason is not None:
        return _Removal(kept=f"resource group {name}: {reason}")
    if not run.check_mode:
        what = f"Deleting the resource group {name}"
        delete(session, request.group_path(session), api=RESOURCES_API, what=what, wait=request.wait, deadline=session.deadline)
    before = {"location": group.get("location"), "tags": dict(group.get("tags") or {})}
    return _Removal(Change(f"resource group {name}", before=before))


def with_clusters_reason(error: AzureError, request: ClusterRequest, session: Session) -> AzureError:
    """A failure with what the cluster itself reports about it."""
    return with_reason(
        error,
        session,
        path=request.path(session),
        api=AKS_API,
        kind="cluster",
        name=request.desired.name,
        facts=lambda failed: {"cluster": cluster_facts(failed)},
    )


def _why_group_stays(request: ClusterRequest, session: Session, group: Json, *, cluster_goes: bool) -> str | None:
    """The reason to keep the resource group, None to delete it."""
    if not created_by_us(group):
        return "not made by this collection"
    what = f"Listing the resource group {request.desired.group}"
    inside = session.entries(f"{request.group_path(session)}/resources", api=RESOURCES_API, what=what)
    going = {request.desired.name.lower()} if cluster_goes else set()
    others = [name for name in (str(resource.get("name")) for resource in inside) if name.lower() not in going]
    if others:
        return f"holds {', '.join(others)}"
    return f"its cluster {request.desired.name} is still being deleted" if cluster_goes and not request.wait else None
