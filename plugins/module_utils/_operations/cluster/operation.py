# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_cluster: creates, updates or deletes a managed cluster and its resource group."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Mapping

from ..._azure.ids import AKS_API, RESOURCES_API
from ..._azure.polling import back_off, is_conflict, wait_for_resource, wait_until_idle
from ..._azure.session import Answer, Session
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._clock import Deadline
from ..._core.arm.resources import CREATED, is_deleting
from ..._core.cluster.creation import creation_warnings, refuse_other_creation
from ..._core.cluster.desired import access_warnings, cluster_body, cluster_facts, state_warnings, validate_cluster
from ..._core.cluster.update import plan_update
from ..._core.pool.dedicated_image import refuse_retired_path
from ..._core.shared.change import Change
from ..._core.sizes.lookup import size_advice
from ..._errors import AzureError, InvalidInputError
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from .removal import remove_cluster, with_clusters_reason
from .request import ClusterRequest, cluster_arguments, cluster_request


@dataclass(frozen=True)
class _Plan:
    """How the cluster gets as it is wanted, from what it is or from nothing. body is the whole PUT body."""

    change: Change
    body: Mapping[str, Any]
    doing: str
    headers: Mapping[str, str]
    warnings: tuple[str, ...]


def ensure_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Make the resource group and the cluster unless they exist; of an existing cluster, change what was named and differs.

    Where somebody else was faster, the cluster is read and compared again, so that nobody's change is overwritten.
    """
    deadline = session.deadline
    name, group_name = request.desired.name, request.desired.group
    asked: Change | None = None
    group = session.find(request.group_path(session), api=RESOURCES_API, what=f"Reading the resource group {group_name}")
    location = request.desired.location or str((group or {}).get("location", ""))
    group_body = {"location": location, "tags": CREATED}
    changes = (Change(f"resource group {group_name}", after=group_body),) if group is None else ()
    while True:
        live = _current(request, session, run, deadline) if group is not None else None
        plan = _update(request, live) if live is not None else _creation(request, location)
        if run.check_mode or not plan.change.changed:
            facts = cluster_facts(live) if live is not None else {"name": name, "location": location}
            return Outcome({"cluster": facts}, (*changes, asked or plan.change), plan.warnings)
        if group is None:
            what = f"Creating the resource group {group_name}"
            group = session.send("PUT", request.group_path(session), api=RESOURCES_API, what=what, body=group_body).body
        answer = _put(request, session, plan, deadline)
        if isinstance(answer, Answer):
            made = _made(request, session, deadline, answer, plan.doing)
            return Outcome({"cluster": cluster_facts(made)}, (*changes, plan.change), plan.warnings)
        asked = plan.change if answer.may_have_been_applied else asked
        back_off(session, answer, path=request.path(session), deadline=deadline)


def _creation(request: ClusterRequest, location: str) -> _Plan:
    desired = request.desired
    if not location:
        raise InvalidInputError(
            f"The resource group {desired.group} doesn't exist, and no location is given to create it in.",
            code="MissingLocation",
            cause="A new resource group is created in a region that the task names.",
            remedy="Set location, for example eastus.",
        )
    body = cluster_body(desired, location=location)
    return _Plan(Change(f"cluster {desired.name}", after=body), body, "Creating", desired.headers, access_warnings(body))


def _update(request: ClusterRequest, live: Mapping[str, Any]) -> _Plan:
    desired = request.desired
    refuse_other_creation(desired, live)
    plan = plan_update(desired.name, live, named=desired.named, identity=desired.identity)
    warnings = plan.warnings if plan.change.changed else state_warnings(live)
    unchanged_since = {"If-Match": live["eTag"]} if live.get("eTag") else {}
    return _Plan(plan.change, plan.body, "Updating", unchanged_since, (*warnings, *creation_warnings(desired, live)))


def _put(request: ClusterRequest, session: Session, plan: _Plan, deadline: Deadline) -> Answer | AzureError:
    """Ask for the cluster; the refusal where somebody else was faster, or our own answer was lost: then it must be read again."""
    what = f"{plan.doing} the cluster {request.desired.name}"
    try:
        return session.send("PUT", request.path(session), api=AKS_API, what=what, body=plan.body, headers=plan.headers)
    except AzureError as error:
        if is_conflict(error) and not deadline.passed:
            return error
        raise _with_size(error, request) from error


def _with_size(error: AzureError, request: ClusterRequest) -> AzureError:
    """The error with advice for a size of the first pool that Azure doesn't offer."""
    if error.code == "VMSizeNotSupported":
        error.remedy = size_advice(request.desired.pool.get("vmSize", ""), parameter="node_vm_size")
    return error


def _made(request: ClusterRequest, session: Session, deadline: Deadline, accepted: Answer, doing: str) -> Mapping[str, Any]:
    """The cluster that a PUT leads to, with waiting at its end, else as Azure answers at once."""
    if not request.wait:
        return accepted.body
    path, name = request.path(session), request.desired.name
    what, subject = f"{doing} the cluster {name}", f"the cluster {name}"
    try:
        return wait_for_resource(session, accepted, path=path, api=AKS_API, what=what, subject=subject, deadline=deadline)
    except AzureError as error:
        raise _with_size(with_clusters_reason(error, request, session), request) from error


def _current(request: ClusterRequest, session: Session, run: Run, deadline: Deadline) -> Mapping[str, Any] | None:
    """The cluster as it is; outside check mode, once whatever runs on it has ended. One that is being deleted is none."""
    path, subject = request.path(session), f"the cluster {request.desired.name}"
    if request.wait and not run.check_mode:
        return wait_until_idle(session, path, api=AKS_API, subject=subject, deadline=deadline)
    found = session.find(path, api=AKS_API, what=f"Reading {subject}")
    return None if found is None or is_deleting(found) else found


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = cluster_request(params)
    if not request.absent:
        validate_cluster(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(request.wait_timeout), run.writes)) as session:
        return remove_cluster(request, session, run) if request.absent else ensure_cluster(request, session, run)


OPERATION = Operation(cluster_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
