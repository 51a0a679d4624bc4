# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_gpu_nodepool: creates, updates or deletes a GPU node pool."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, Mapping

from ..._azure.answers import Answer
from ..._azure.polling import back_off, delete, wait_for_resource, wait_until_idle
from ..._azure.session import Session
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._core.arm.resource_option import inside
from ..._core.arm.resources import CREATED, created_by_us, is_deleting
from ..._core.pool.dedicated_image import refuse_other_image, refuse_retired_path
from ..._core.pool.plan import PoolPlan, builtin_plugin, plan_pool, pool_facts, size_warnings, validate_pool
from ..._core.pool.states import state_warnings
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._errors import AzureError, InvalidInputError
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from ..optimistic_concurrency import converge
from .errors import explaining, with_pools_reason
from .image import plan_image, upgrade_image
from .request import PoolRequest, pool_arguments, pool_request


@dataclass(frozen=True)
class _Plan:
    """What a task does with the pool, and with the node image of one that exists."""

    pool: PoolPlan
    image: tuple[Change, ...]
    warnings: tuple[str, ...]

    @property
    def change(self) -> Change:
        """What the PUT changes."""
        return self.pool.change


def ensure_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Create the pool, or change what differs and can be changed; an operation that is running on it is waited for first."""
    end = converge(
        read=partial(_find_idle if request.wait and not run.check_mode else _find, request, session),
        plan=partial(_plan, request, session),
        write=partial(_put, request, session),
        back_off=partial(back_off, session, path=request.path(session), deadline=session.deadline),
        deadline=session.deadline,
        check_mode=run.check_mode,
    )
    plan, made = end.plan, end.live or {"name": request.desired.name, **end.plan.pool.body}
    warnings = plan.warnings
    with explaining(request, session, plan.pool):
        if end.accepted is not None:
            made = _finished(request, session, plan.pool, end.accepted)
            warnings = (*warnings, *_not_as_requested(request, made))
        if not run.check_mode and any(change.changed for change in plan.image):
            made = upgrade_image(request, session, session.deadline)
    return Outcome({"pool": pool_facts(made)}, (end.change, *plan.image), warnings)


def _find(request: PoolRequest, session: Session) -> Json | None:
    """The pool as it is now. One that is being deleted counts as gone."""
    found = session.find(request.path(session), api=request.api, what=f"Reading {request.subject}")
    return None if found is None or is_deleting(found) else found


def _find_idle(request: PoolRequest, session: Session) -> Json | None:
    """The pool once no operation runs on it."""
    return wait_until_idle(session, request.path(session), api=request.api, subject=request.subject, deadline=session.deadline)


def _plan(request: PoolRequest, session: Session, live: Json | None) -> _Plan:
    desired = request.desired
    if live is None:
        plan = plan_pool(desired, None, created_tags=CREATED)
        return _Plan(plan, (), (*size_warnings(desired), *_check_plugins(request, plan)))
    refuse_other_image(desired.name, desired.headers, str(inside(live, "properties.nodeImageVersion") or ""))
    plan = plan_pool(desired, live, created_tags=CREATED)
    warnings = (*state_warnings(live, desired.properties), *_plugins_on_live_pool(request, plan))
    return _Plan(plan, plan_image(request, session, plan), warnings)


def _not_as_requested(request: PoolRequest, made: Json) -> tuple[str, ...]:
    """A warning where Azure reports success and the pool is not as requested."""
    left = plan_pool(request.desired, made, created_tags=CREATED).change if request.wait else None
    if left is None or not left.changed:
        return ()
    fields = ", ".join(f"{name} is {left.before.get(name)}, not {wanted}" for name, wanted in left.after.items())
    return (f"Azure reports that {request.subject} is done, but {fields}. Run the task again.",)


def _plugins_on_live_pool(request: PoolRequest, plan: PoolPlan) -> tuple[str, ...]:
    """What would be refused before the pool is created is a warning for a pool that exists."""
    try:
        return _check_plugins(request, plan)
    except InvalidInputError as error:
        return (f"{error.message} {error.remedy}",)


def _check_plugins(request: PoolRequest, plan: PoolPlan) -> tuple[str, ...]:
    """Look for a second owner of the device plugin where the user has said in which cluster. Raises InvalidInputError.

    The labels of the nodes are those of the plan: the pool's own, and those that only a new pool gets.
    """
    if not request.kubeconfig or not builtin_plugin(request.desired):
        return ()
    if find_spec("urllib3") is None:
        return ("Whether a DaemonSet of a device plugin reaches the node pool was not checked: the Python package urllib3 is missing.",)
    from .plugin_check import refuse_pool_with_plugin  # noqa: PLC0415  # it takes 0.1 s to import, and few pools need it

    properties = {**request.desired.properties, "nodeLabels": plan.body["properties"].get("nodeLabels")}
    pool = replace(request.desired, properties=properties)
    return refuse_pool_with_plugin(pool, {"kubeconfig": request.kubeconfig, "context": request.context})


def _put(request: PoolRequest, session: Session, plan: _Plan) -> Answer:
    """Send the pool, with the version that the plan was made from.

    A new pool has no etag to name. Azure refuses If-Match for it, and If-None-Match is not known to be taken.
    """
    live = plan.pool.live
    etag = inside(live, "properties.eTag") if live is not None else None
    headers = request.desired.headers if live is None else {"If-Match": etag} if etag else None
    what = _what(request, plan.pool)
    with explaining(request, session, plan.pool):
        return session.send("PUT", request.path(session), api=request.api, what=what, body=plan.pool.body, headers=headers)


def _what(request: PoolRequest, plan: PoolPlan) -> str:
    return f"{'Creating' if plan.live is None else 'Updating'} {request.subject}"


def _finished(request: PoolRequest, session: Session, plan: PoolPlan, accepted: Answer) -> Json:
    """The pool once Azure has done what it accepted, or as Azure answers at once if the user doesn't wait."""
    if not request.wait:
        return accepted.body
    path, what, subject = request.path(session), _what(request, plan), request.subject
    return wait_for_resource(session, accepted, path=path, api=request.api, what=what, subject=subject, deadline=session.deadline)


def remove_pool(request: PoolRequest, session: Session, run: Run) -> Outcome:
    """Delete the pool and wait until it is gone; lists it as kept when it is not the collection's and created_only is on."""
    name, deadline = request.desired.name, session.deadline
    path = request.path(session)
    live = session.find(path, api=request.api, what=f"Reading {request.subject}")
    if live is None:
        return Outcome({"kept": []})
    if request.created_only and not created_by_us(live):
        return Outcome({"kept": [f"node pool {name}: not made by this collection"]})
    if not run.check_mode:
        what = f"Deleting {request.subject}"
        query = {"ignore-pod-disruption-budget": "true"} if request.ignore_budgets else None  # in the API since 2024-08-01
        try:
            delete(session, path, api=request.api, what=what, wait=request.wait, deadline=deadline, query=query)
        except AzureError as error:
            raise with_pools_reason(error, request, session) from error
    return Outcome({"kept": []}, (Change(f"agent pool {name}", before=pool_facts(live)),))


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = pool_request(params)
    if not request.absent:
        validate_pool(request.desired)
        refuse_retired_path(request.desired.headers, allow_retired=params["allow_retired"])
    settings, deadline = azure_settings(params, run.environ), run.deadline(request.wait_timeout)
    with closing(Session(settings, run.clock, deadline, run.writes, poll_interval=request.poll_interval)) as session:
        return remove_pool(request, session, run) if request.absent else ensure_pool(request, session, run)


OPERATION = Operation(pool_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
