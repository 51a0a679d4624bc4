# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_gpu_nodepool: creates, updates or deletes a GPU node pool."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from typing import Any, Mapping

from ..._azure.polling import back_off, delete, is_conflict, wait_for_resource, wait_until_idle
from ..._azure.session import Answer, Session
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._clock import Deadline
from ..._core.arm.resource_option import inside
from ..._core.arm.resources import CREATED, created_by_us, is_deleting
from ..._core.pool.dedicated_image import refuse_other_image, refuse_retired_path
from ..._core.pool.plan import PoolPlan, builtin_plugin, plan_pool, pool_facts, size_warnings, validate_pool
from ..._core.pool.states import state_warnings
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._errors import AzureError
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from .errors import explained, with_pools_reason
from .image import plan_image, upgrade_image
from .request import PoolRequest, pool_arguments, pool_request


def ensure_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Create the pool, or change what differs and can be changed; an operation that is running on it is waited for first.

    Where somebody else was faster, the pool is read and compared again, so that nobody's change is overwritten.
    """
    deadline = session.deadline
    asked: Change | None = None
    while True:
        live = _current(request, session, run, deadline)
        plan = _plan(request, live)
        image = plan_image(request, session, plan)
        warnings = state_warnings(live, request.desired.properties) if live is not None else _creation_warnings(request)
        if run.check_mode:
            return Outcome({"pool": pool_facts(live or {"name": request.desired.name, **plan.body})}, (plan.change, *image), warnings)
        if live is not None and not plan.change.changed:
            made = live
            break
        answer = _put(request, session, plan, deadline)
        if isinstance(answer, Answer):
            asked, made = plan.change, _finished(request, session, plan, answer, deadline)
            break
        asked = plan.change if answer.may_have_been_applied else asked
    if any(change.changed for change in image):
        try:
            made = upgrade_image(request, session, deadline)
        except AzureError as error:
            raise explained(error, request, session, plan) from error
    return Outcome({"pool": pool_facts(made)}, (asked or plan.change, *image), warnings)


def _creation_warnings(request: PoolRequest) -> tuple[str, ...]:
    return (*size_warnings(request.desired), *_check_plugins(request))


def _check_plugins(request: PoolRequest) -> tuple[str, ...]:
    """Look for a second owner of the device plugin before the pool is made, where the user has said in which cluster."""
    if not request.kubeconfig or not builtin_plugin(request.desired):
        return ()
    if find_spec("urllib3") is None:
        return ("Whether a DaemonSet of a device plugin reaches the node pool was not checked: the Python package urllib3 is missing.",)
    from .plugin_check import refuse_pool_with_plugin  # noqa: PLC0415  # it takes 0.1 s to import, and few pools need it

    return refuse_pool_with_plugin(request.desired, {"kubeconfig": request.kubeconfig, "context": request.context})


def _plan(request: PoolRequest, live: Json | None) -> PoolPlan:
    desired = request.desired
    if live is not None:
        refuse_other_image(desired.name, desired.headers, str(inside(live, "properties.nodeImageVersion") or ""))
    return plan_pool(desired, live, created_tags=CREATED)


def _what(request: PoolRequest, plan: PoolPlan) -> str:
    return f"{'Creating' if plan.live is None else 'Updating'} the node pool {request.desired.name}"


def _put(request: PoolRequest, session: Session, plan: PoolPlan, deadline: Deadline) -> Answer | AzureError:
    """Ask for the pool; the refusal where somebody else was faster, or the answer to our own request was lost: then it must be read again.

    A new pool has no etag to name. Azure refuses If-Match for it, and If-None-Match is not known to be taken.
    """
    etag = inside(plan.live, "properties.eTag") if plan.live is not None else None
    headers = request.desired.headers if plan.live is None else {"If-Match": etag} if etag else None
    try:
        return session.send("PUT", request.path(session), api=request.api, what=_what(request, plan), body=plan.body, headers=headers)
    except AzureError as error:
        if not is_conflict(error) or deadline.passed:
            raise explained(error, request, session, plan) from error
        back_off(session, error, path=request.path(session), deadline=deadline)
        return error


def _finished(request: PoolRequest, session: Session, plan: PoolPlan, accepted: Answer, deadline: Deadline) -> Json:
    """The pool once Azure has done what it accepted, or as it is at once where the user doesn't wait."""
    if not request.wait:
        return accepted.body
    path, what = request.path(session), _what(request, plan)
    try:
        subject = f"the node pool {request.desired.name}"
        return wait_for_resource(session, accepted, path=path, api=request.api, what=what, subject=subject, deadline=deadline)
    except AzureError as error:
        raise explained(error, request, session, plan) from error


def remove_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Delete the pool and wait until it is gone; lists it as kept when it is not the collection's and created_only is on."""
    name, deadline = request.desired.name, session.deadline
    path = request.path(session)
    live = session.find(path, api=request.api, what=f"Reading the node pool {name}")
    if live is None:
        return Outcome({"kept": []})
    if request.created_only and not created_by_us(live):
        return Outcome({"kept": [f"node pool {name}: not made by this collection"]})
    if not run.check_mode:
        what = f"Deleting the node pool {name}"
        query = {"ignore-pod-disruption-budget": "true"} if request.ignore_budgets else None  # in the API since 2024-08-01
        try:
            delete(session, path, api=request.api, what=what, wait=request.wait, deadline=deadline, query=query)
        except AzureError as error:
            raise with_pools_reason(error, request, session) from error
    return Outcome({"kept": []}, (Change(f"agent pool {name}", before=pool_facts(live)),))


def _current(request: PoolRequest, session: Session, run: Run, deadline: Deadline) -> Json | None:
    """The pool as it is; outside check mode, once whatever runs on it has ended. One that is being deleted is none."""
    path, subject = request.path(session), f"the node pool {request.desired.name}"
    if request.wait and not run.check_mode:
        return wait_until_idle(session, path, api=request.api, subject=subject, deadline=deadline)
    found = session.find(path, api=request.api, what=f"Reading {subject}")
    return None if found is None or is_deleting(found) else found


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = pool_request(params)
    if not request.absent:
        validate_pool(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    settings, deadline = azure_settings(params, run.environ), run.deadline(request.wait_timeout)
    with closing(Session(settings, run.clock, deadline, run.writes, poll_interval=request.poll_interval)) as session:
        return remove_pool(request, session, run) if request.absent else ensure_pool(request, session, run)


OPERATION = Operation(pool_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
