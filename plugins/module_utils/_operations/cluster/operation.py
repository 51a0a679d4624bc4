# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_cluster: creates, updates or deletes a managed cluster and its resource group."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Mapping

from ..._azure.answers import Answer
from ..._azure.ids import AKS_API
from ..._azure.polling import back_off, wait_for_resource, wait_until_idle
from ..._azure.session import Session
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._core.arm.resources import is_deleting
from ..._core.cluster.creation import creation_warnings, refuse_other_creation
from ..._core.cluster.desired import access_warnings, cluster_body, cluster_facts, state_warnings, validate_cluster
from ..._core.cluster.update import plan_update
from ..._core.pool.dedicated_image import refuse_retired_path
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.sizes.lookup import size_advice
from ..._errors import AzureError, InvalidInputError
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from ..optimistic_concurrency import converge
from .removal import remove_cluster, with_clusters_reason
from .request import ClusterRequest, cluster_arguments, cluster_request
from .resource_group import ResourceGroup


@dataclass(frozen=True)
class _Plan:
    """How the cluster gets as it is wanted, from what it is or from nothing. body is the whole PUT body."""

    change: Change
    body: Json
    doing: str
    headers: Mapping[str, str]
    warnings: tuple[str, ...]


def ensure_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Create the resource group and the cluster unless they exist; of an existing cluster, change what was named and differs."""
    group = ResourceGroup(request, session)
    find = _find_idle if request.wait and not run.check_mode else _find

    def read() -> Json | None:
        return find(request, session) if group.exists else None

    def plan(live: Json | None) -> _Plan:
        return _creation(request, group.location) if live is None else _update(request, live)

    def write(plan: _Plan) -> Answer:
        group.ensure()
        return _put(request, session, plan)

    pause = partial(back_off, session, path=request.path(session), deadline=session.deadline)
    end = converge(read, plan, write, pause, session.deadline, check_mode=run.check_mode)
    if end.accepted is not None:
        made = _finished(request, session, end.plan, end.accepted)
    else:
        made = end.live or {"name": request.desired.name, "location": group.location}
    return Outcome({"cluster": cluster_facts(made)}, (*group.changes, end.change), end.plan.warnings)


def _find(request: ClusterRequest, session: Session) -> Json | None:
    """The cluster as it is now. One that is being deleted counts as gone."""
    found = session.find(request.path(session), api=AKS_API, what=f"Reading {request.subject}")
    return None if found is None or is_deleting(found) else found


def _find_idle(request: ClusterRequest, session: Session) -> Json | None:
    """The cluster once no operation runs on it."""
    return wait_until_idle(session, request.path(session), api=AKS_API, subject=request.subject, deadline=session.deadline)


def _creation(request: ClusterRequest, location: str | None) -> _Plan:
    desired = request.desired
    if not location:
        raise InvalidInputError(
            f"The resource group {desired.group} doesn't exist, and location is not set.",
            code="MissingLocation",
            cause="The task creates the resource group, and Azure requires a region for it.",
            remedy="Set location, for example eastus.",
        )
    body = cluster_body(desired, location=location)
    return _Plan(Change(f"cluster {desired.name}", after=body), body, "Creating", desired.headers, access_warnings(body))


def _update(request: ClusterRequest, live: Json) -> _Plan:
    desired = request.desired
    refuse_other_creation(desired, live)
    plan = plan_update(desired.name, live, named=desired.named, identity=desired.identity)
    warnings = plan.warnings if plan.change.changed else state_warnings(live)
    unchanged_since = {"If-Match": live["eTag"]} if live.get("eTag") else {}
    return _Plan(plan.change, plan.body, "Updating", unchanged_since, (*warnings, *creation_warnings(desired, live)))


def _put(request: ClusterRequest, session: Session, plan: _Plan) -> Answer:
    what = f"{plan.doing} {request.subject}"
    try:
        return session.send("PUT", request.path(session), api=AKS_API, what=what, body=plan.body, headers=plan.headers)
    except AzureError as error:
        raise _with_size(error, request) from error


def _with_size(error: AzureError, request: ClusterRequest) -> AzureError:
    """The error with advice for a size of the first pool that Azure doesn't offer."""
    if error.code == "VMSizeNotSupported":
        error.remedy = size_advice(request.desired.pool.get("vmSize", ""), parameter="node_vm_size")
    return error


def _finished(request: ClusterRequest, session: Session, plan: _Plan, accepted: Answer) -> Json:
    """The cluster once Azure has done what it accepted, or as Azure answers at once if the user doesn't wait."""
    if not request.wait:
        return accepted.body
    path, what, subject = request.path(session), f"{plan.doing} {request.subject}", request.subject
    try:
        return wait_for_resource(session, accepted, path=path, api=AKS_API, what=what, subject=subject, deadline=session.deadline)
    except AzureError as error:
        raise _with_size(with_clusters_reason(error, request, session), request) from error


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = cluster_request(params)
    if not request.absent:
        validate_cluster(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(request.wait_timeout), run.writes)) as session:
        return remove_cluster(request, session, run) if request.absent else ensure_cluster(request, session, run)


OPERATION = Operation(cluster_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
