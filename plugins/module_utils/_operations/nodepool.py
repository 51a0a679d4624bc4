# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from typing import Any, Mapping

from .._azure.ids import pool_id
from .._azure.operations import delete, finish, send_when_free, settle
from .._azure.session import Session
from .._azure.settings import azure_settings
from .._clock import Deadline
from .._errors import AzureError
from .._gpu.change import Change
from .._gpu.clusters import CREATED, created_by_us, is_going
from .._gpu.paths import refuse_other_image, refuse_retired_path
from .._gpu.pools import plan_pool, pool_facts, validate_pool
from .._gpu.sizes import size_advice
from .arguments import AZURE_LIBRARIES
from .operation import Operation, Outcome, Run
from .pool_request import PoolRequest, pool_arguments, pool_request


def ensure_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Create the pool, or change what differs and can be changed; an operation that is running on it is waited for first."""
    desired, deadline = request.desired, run.deadline(request.wait_timeout)
    path = _path(request, session)
    live = _current(request, session, run, deadline)
    if live is not None:
        refuse_other_image(desired.name, desired.headers, str(live["properties"].get("nodeImageVersion") or ""))
    plan = plan_pool(desired, live, created_tags=CREATED)
    if run.check_mode or not plan.change.changed:
        return Outcome({"pool": pool_facts(live or {"name": desired.name, **plan.body})}, (plan.change,))
    what = f"{'Creating' if live is None else 'Updating'} the node pool {desired.name}"

    try:
        accepted = send_when_free(
            session,
            lambda: session.send(
                "PUT", path, api=request.api, what=what, body=plan.body, headers=desired.headers if live is None else None
            ),
            deadline=deadline,
        )
        if request.wait:
            finish(session, accepted, path=path, api=request.api, what=what, deadline=deadline)
    except AzureError as error:
        raise _with_size_advice(error, str(plan.body["properties"]["vmSize"])) from error
    made = session.send("GET", path, api=request.api, what=f"Reading the node pool {desired.name}").body if request.wait else accepted.body
    return Outcome({"pool": pool_facts(made)}, (plan.change,))


def remove_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Delete the pool and wait until it is gone; lists it as left when it is not the collection's and marked_only is on."""
    name, deadline = request.desired.name, run.deadline(request.wait_timeout)
    path = _path(request, session)
    live = session.find(path, api=request.api, what=f"Reading the node pool {name}")
    if live is None:
        return Outcome({"left": []})
    if request.marked_only and not created_by_us(live):
        return Outcome({"left": [f"node pool {name}: not made by this collection"]})
    if not run.check_mode:
        what = f"Deleting the node pool {name}"
        delete(session, path, api=request.api, what=what, wait=request.wait, deadline=deadline)
    return Outcome({"left": []}, (Change(f"agent pool {name}", before=pool_facts(live)),))


def _path(request: PoolRequest, session: Session) -> str:
    return pool_id(session.subscription_id, request.resource_group, request.cluster, request.desired.name)


def _current(request: PoolRequest, session: Session, run: Run, deadline: Deadline) -> Mapping[str, Any] | None:
    """The pool as it is; outside check mode, once whatever runs on it has ended. One that is being deleted is none."""
    path, subject = _path(request, session), f"the node pool {request.desired.name}"
    if request.wait and not run.check_mode:
        return settle(session, path, api=request.api, subject=subject, deadline=deadline)
    found = session.find(path, api=request.api, what=f"Reading {subject}")
    return None if found is None or is_going(found) else found


def _with_size_advice(error: AzureError, vm_size: str) -> AzureError:
    if error.code == "VMSizeNotSupported":
        error.remedy = size_advice(vm_size)
    return error


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = pool_request(params)
    if not request.absent:
        validate_pool(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    with closing(Session(azure_settings(params, run.environ), run.clock, poll_interval=request.poll_interval)) as session:
        return remove_pool(request, session, run) if request.absent else ensure_pool(request, session, run)


OPERATION = Operation(pool_arguments(), _run, AZURE_LIBRARIES)
