# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Mapping

from .._azure.ids import AKS_API, RESOURCES_API, cluster_id, group_id
from .._azure.operations import delete, finish, has_ended, send_when_free, settle
from .._azure.session import Session
from .._azure.settings import azure_settings
from .._clock import Deadline
from .._errors import AzureError, InvalidInputError
from .._gpu.change import Change
from .._gpu.clusters import (
    CREATED,
    DesiredCluster,
    cluster_body,
    cluster_facts,
    created_by_us,
    is_going,
    refuse_other_first_pool,
    validate_cluster,
)
from .._gpu.paths import refuse_retired_path
from .._gpu.sizes import size_advice
from .arguments import AZURE_LIBRARIES, as_texts, azure_arguments, state_arguments, wait_arguments
from .operation import Operation, Outcome, Run


@dataclass(frozen=True)
class ClusterRequest:
    """The cluster that is to be there, or not. wait_timeout is in seconds."""

    desired: DesiredCluster
    absent: bool
    marked_only: bool
    wait: bool
    wait_timeout: float


def ensure_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Make the resource group and the cluster unless they exist; an existing cluster's properties stay as they are."""
    desired = request.desired
    deadline = run.deadline(request.wait_timeout)
    group = session.find(_group_path(request, session), api=RESOURCES_API, what=f"Reading the resource group {desired.group}")
    live = _current(request, session, run, deadline) if group is not None else None
    if live is not None:
        refuse_other_first_pool(desired, live)
        return Outcome({"cluster": cluster_facts(live)}, warnings=_warnings(live))
    location = desired.location or (group["location"] if group else "")
    if not location:
        raise InvalidInputError(
            f"The resource group {desired.group} doesn't exist, and no location is given to create it in.",
            code="MissingLocation",
            remedy="Set location, for example eastus.",
        )
    body = cluster_body(desired, location=location)
    changes = [Change(f"resource group {desired.group}", after={"location": location, "tags": CREATED})] if group is None else []
    changes.append(Change(f"cluster {desired.name}", after=body))
    if not run.check_mode:
        live = _create(request, session, deadline, body=body, with_group=group is None)
    return Outcome({"cluster": cluster_facts(live) if live else {"name": desired.name, "location": location}}, tuple(changes))


def _create(
    request: ClusterRequest, session: Session, deadline: Deadline, *, body: Mapping[str, Any], with_group: bool
) -> Mapping[str, Any] | None:
    desired = request.desired
    if with_group:
        group = {"location": body["location"], "tags": CREATED}
        path = _group_path(request, session)
        session.send("PUT", path, api=RESOURCES_API, what=f"Creating the resource group {desired.group}", body=group)
    path, what = _cluster_path(request, session), f"Creating the cluster {desired.name}"
    try:
        accepted = send_when_free(
            session,
            lambda: session.send("PUT", path, api=AKS_API, what=what, body=body, headers=desired.headers),
            deadline=deadline,
        )
        if not request.wait:
            return accepted.body
        finish(session, accepted, path=path, api=AKS_API, what=what, deadline=deadline)
    except AzureError as error:
        if error.code == "VMSizeNotSupported":
            error.remedy = size_advice(desired.vm_size, parameter="node_vm_size")
        raise
    return session.send("GET", path, api=AKS_API, what=f"Reading the cluster {desired.name}").body


def _current(request: ClusterRequest, session: Session, run: Run, deadline: Deadline) -> Mapping[str, Any] | None:
    """The cluster as it is; outside check mode, once whatever runs on it has ended. One that is being deleted is none."""
    path, subject = _cluster_path(request, session), f"the cluster {request.desired.name}"
    if request.wait and not run.check_mode:
        return settle(session, path, api=AKS_API, subject=subject, deadline=deadline)
    found = session.find(path, api=AKS_API, what=f"Reading {subject}")
    return None if found is None or is_going(found) else found


def _warnings(live: Mapping[str, Any]) -> tuple[str, ...]:
    state = live["properties"].get("provisioningState")
    if state == "Succeeded" or not has_ended(live):
        return ()
    return (
        f"The cluster {live['name']} exists with provisioning state {state}; 'az aks update' without options repairs many a Failed one.",
    )


def remove_cluster(request: ClusterRequest, session: Session, run: Run) -> Outcome:
    """Delete the cluster, then its resource group if the collection made it and nothing else is in it; lists what it leaves."""
    deadline = run.deadline(request.wait_timeout)
    name, group_name = request.desired.name, request.desired.group
    changes: list[Change] = []
    left: list[str] = []
    live = session.find(_cluster_path(request, session), api=AKS_API, what=f"Reading the cluster {name}")
    if live is not None and request.marked_only and not created_by_us(live):
        left.append(f"cluster {name}: not made by this collection")
    elif live is not None:
        changes.append(Change(f"cluster {name}", before=cluster_facts(live)))
        if not run.check_mode:
            path, what = _cluster_path(request, session), f"Deleting the cluster {name}"
            delete(session, path, api=AKS_API, what=what, wait=request.wait, deadline=deadline)
    group = session.find(_group_path(request, session), api=RESOURCES_API, what=f"Reading the resource group {group_name}")
    reason = _why_group_stays(request, session, group, cluster_goes=bool(changes)) if group is not None else ""
    if reason:
        left.append(f"resource group {group_name}: {reason}")
    elif group is not None:
        before = {"location": group["location"], "tags": dict(group.get("tags") or {})}
        changes.append(Change(f"resource group {group_name}", before=before))
        if not run.check_mode:
            path, what = _group_path(request, session), f"Deleting the resource group {group_name}"
            delete(session, path, api=RESOURCES_API, what=what, wait=request.wait, deadline=deadline)
    return Outcome({"existed": live is not None, "left": left}, tuple(changes))


def _why_group_stays(request: ClusterRequest, session: Session, group: Mapping[str, Any], *, cluster_goes: bool) -> str:
    """The reason to keep the resource group, "" when there is none."""
    if not created_by_us(group):
        return "not made by this collection"
    path, what = f"{_group_path(request, session)}/resources", f"Listing the resource group {request.desired.group}"
    inside = session.send("GET", path, api=RESOURCES_API, what=what).body["value"]
    going = {request.desired.name.lower()} if cluster_goes else set()
    others = [resource["name"] for resource in inside if resource["name"].lower() not in going]
    if others:
        return f"holds {', '.join(others)}"
    return f"its cluster {request.desired.name} is still being deleted" if cluster_goes and not request.wait else ""


def _group_path(request: ClusterRequest, session: Session) -> str:
    return group_id(session.subscription_id, request.desired.group)


def _cluster_path(request: ClusterRequest, session: Session) -> str:
    return cluster_id(session.subscription_id, request.desired.group, request.desired.name)


def _arguments() -> dict[str, Any]:
    return {
        **azure_arguments(),
        **state_arguments(),
        **wait_arguments(timeout=1800),
        "resource_group": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "location": {"type": "str"},
        "kubernetes_version": {"type": "str"},
        "dns_prefix": {"type": "str"},
        "node_pool_name": {"type": "str", "default": "nodepool1"},
        "node_vm_size": {"type": "str", "default": "Standard_DS2_v2"},
        "node_count": {"type": "int", "default": 1},
        "tags": {"type": "dict", "default": {}},
        "custom_headers": {"type": "dict", "default": {}},
        "allow_retired": {"type": "bool", "default": False},
    }


def _request(params: Mapping[str, Any]) -> ClusterRequest:
    desired = DesiredCluster(
        name=params["name"],
        group=params["resource_group"],
        location=params["location"] or "",
        kubernetes_version=params["kubernetes_version"] or "",
        dns_prefix=params["dns_prefix"] or "",
        pool_name=params["node_pool_name"],
        vm_size=params["node_vm_size"],
        node_count=params["node_count"],
        tags=as_texts(params["tags"]),
        headers=as_texts(params["custom_headers"]),
    )
    return ClusterRequest(
        desired,
        absent=params["state"] == "absent",
        marked_only=params["marked_only"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = _request(params)
    if not request.absent:
        validate_cluster(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    with closing(Session(azure_settings(params, run.environ), run.clock)) as session:
        return remove_cluster(request, session, run) if request.absent else ensure_cluster(request, session, run)


OPERATION = Operation(_arguments(), _run, AZURE_LIBRARIES)
