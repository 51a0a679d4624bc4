# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from typing import Any, Mapping

from .._azure.ids import AKS_API, RESOURCES_API
from .._azure.operations import finished, pause, send_when_free, settle, was_late
from .._azure.session import Answer, Session
from .._azure.settings import azure_settings
from .._clock import Deadline
from .._errors import AzureError, InvalidInputError
from .._gpu.change import Change
from .._gpu.cluster_update import ClusterUpdate, plan_update
from .._gpu.clusters import (
    CREATED,
    access_warnings,
    cluster_body,
    cluster_facts,
    is_going,
    refuse_other_first_pool,
    state_warnings,
    validate_cluster,
)
from .._gpu.paths import refuse_retired_path
from .._gpu.sizes import size_advice
from .arguments import AZURE_LIBRARIES
from .cluster_removal import remove_cluster
from .cluster_request import ClusterRequest, cluster_arguments, cluster_request
from .operation import Operation, Outcome, Run


def ensure_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Make the resource group and the cluster unless they exist; of an existing cluster, change what was named and differs.

    Where somebody else was faster, the cluster is read and compared again, so that nobody's change is overwritten.
    """
    deadline = run.deadline(request.wait_timeout)
    asked: Change | None = None
    what = f"Reading the resource group {request.desired.group}"
    group = session.find(request.group_path(session), api=RESOURCES_API, what=what)
    while True:
        live = _current(request, session, run, deadline) if group is not None else None
        if live is None:
            return _create(request, session, run, deadline, group)
        refuse_other_first_pool(request.desired, live)
        plan = plan_update(request.desired.name, live, named=request.desired.named, identity=request.desired.identity)
        if run.check_mode or not plan.change.changed:
            warnings = plan.warnings if plan.change.changed else state_warnings(live)
            return Outcome({"cluster": cluster_facts(live)}, (asked or plan.change,), warnings)
        answer = _update(request, session, deadline, live, plan)
        if isinstance(answer, Answer):
            made = _made(request, session, deadline, answer, "Updating")
            return Outcome({"cluster": cluster_facts(made)}, (plan.change,), plan.warnings)
        asked = plan.change if answer.perhaps_done else asked
        pause(session, deadline)


def _create(request: ClusterRequest, session: Session, run: Run, deadline: Deadline, group: Mapping[str, Any] | None) -> Outcome:
    desired = request.desired
    location = desired.location or (group["location"] if group else "")
    if not location:
        raise InvalidInputError(
            f"The resource group {desired.group} doesn't exist, and no location is given to create it in.",
            code="MissingLocation",
            remedy="Set location, for example eastus.",
        )
    body = cluster_body(desired, location=location)
    group_body = {"location": location, "tags": CREATED}
    changes = [Change(f"resource group {desired.group}", after=group_body)] if group is None else []
    changes.append(Change(f"cluster {desired.name}", after=body))
    warnings = access_warnings(body)
    if run.check_mode:
        return Outcome({"cluster": {"name": desired.name, "location": location}}, tuple(changes), warnings)
    if group is None:
        what = f"Creating the resource group {desired.group}"
        session.send("PUT", request.group_path(session), api=RESOURCES_API, what=what, body=group_body)
    try:
        accepted = send_when_free(session, lambda: _put(request, session, body, "Creating", desired.headers), deadline=deadline)
        made = _made(request, session, deadline, accepted, "Creating")
    except AzureError as error:
        if error.code == "VMSizeNotSupported":
            error.remedy = size_advice(desired.pool["vmSize"], parameter="node_vm_size")
        raise
    return Outcome({"cluster": cluster_facts(made)}, tuple(changes), warnings)


def _update(
    request: ClusterRequest, session: Session, deadline: Deadline, live: Mapping[str, Any], plan: ClusterUpdate
) -> Answer | AzureError:
    """Ask for the cluster; the refusal where somebody else was faster, or our own answer was lost: then it must be read again."""
    unchanged_since = {"If-Match": live["eTag"]} if live.get("eTag") else {}
    try:
        return _put(request, session, plan.body, "Updating", unchanged_since)
    except AzureError as error:
        if was_late(error) and not deadline.passed:
            return error
        raise


def _put(request: ClusterRequest, session: Session, body: Mapping[str, Any], doing: str, headers: Mapping[str, str]) -> Answer:
    what = f"{doing} the cluster {request.desired.name}"
    return session.send("PUT", request.path(session), api=AKS_API, what=what, body=body, headers=headers)


def _made(request: ClusterRequest, session: Session, deadline: Deadline, accepted: Answer, doing: str) -> Mapping[str, Any]:
    """The cluster that a PUT leads to, with waiting at its end, else as Azure answers at once."""
    if not request.wait:
        return accepted.body
    path, name = request.path(session), request.desired.name
    what, subject = f"{doing} the cluster {name}", f"the cluster {name}"
    return finished(session, accepted, path=path, api=AKS_API, what=what, subject=subject, deadline=deadline)


def _current(request: ClusterRequest, session: Session, run: Run, deadline: Deadline) -> Mapping[str, Any] | None:
    """The cluster as it is; outside check mode, once whatever runs on it has ended. One that is being deleted is none."""
    path, subject = request.path(session), f"the cluster {request.desired.name}"
    if request.wait and not run.check_mode:
        return settle(session, path, api=AKS_API, subject=subject, deadline=deadline)
    found = session.find(path, api=AKS_API, what=f"Reading {subject}")
    return None if found is None or is_going(found) else found


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = cluster_request(params)
    if not request.absent:
        validate_cluster(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    with closing(Session(azure_settings(params, run.environ), run.clock)) as session:
        return remove_cluster(request, session, run) if request.absent else ensure_cluster(request, session, run)


OPERATION = Operation(cluster_arguments(), _run, AZURE_LIBRARIES)
