# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Waits for Azure's asynchronous operations, the task's own and those that someone else started, at the pace that Azure asks for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Callable, Mapping

from .._clock import Deadline
from .._core.arm.progress import operation_status, resource_status, standing
from .._core.arm.states import SUCCEEDED, has_ended, is_broken, named_state
from .._core.azure_failures.operation import running_operation
from .._errors import AzureError, WaitTimeoutError
from .._progress import Status
from .answers import Answer
from .failures import azure_error, code_and_message, nowhere_to_follow
from .pace import poll_seconds
from .session import Session, is_missing

_USUALLY = "Node pools usually take about 4 minutes, clusters about 6."


def wait_for_operation(
    session: Session, accepted: Answer, *, path: str, api: str, what: str, deadline: Deadline
) -> Mapping[str, Any] | None:
    """Wait for the operation that a PUT, POST or DELETE has started on the resource at path.

    Returns the resource if that was polled, None if Azure reported on the operation only. Raises AzureError if it fails,
    WaitTimeoutError.
    """
    if accepted.status == HTTPStatus.ACCEPTED or "azure-asyncoperation" in accepted.headers:
        try:
            _follow(session, accepted, path=path, what=what, deadline=deadline)
        except AzureError as error:
            if not is_missing(error):
                raise
        else:
            return None
    elif accepted.status == HTTPStatus.NO_CONTENT:
        return None
    # AKS answers some PUTs without an operation, and may forget one or not know it yet: then the resource's state tells when it is done.
    made = _poll_resource(session, path, api=api, what=what, deadline=deadline)
    _fail_unless_succeeded(replace(made, body={"status": _state(made.body)}), what)
    return made.body


def _follow(session: Session, accepted: Answer, *, path: str, what: str, deadline: Deadline) -> None:
    """Poll an accepted request's operation until it has ended. Raises AzureError, also if it doesn't exist at its URL."""
    url = accepted.headers.get("azure-asyncoperation")
    doing = what.split(maxsplit=1)[0]  # for operations that report only that they are in progress

    def status(answer: Answer) -> Status:
        return operation_status(path, doing, answer.body)

    if url:
        answer = poll_until(session, url, lambda answer: has_ended(answer.body.get("status")), what=what, deadline=deadline, status=status)
        _fail_unless_succeeded(answer, what)
        return
    url = accepted.headers.get("location")
    if not url:
        raise nowhere_to_follow(what)
    answer = poll_until(session, url, lambda answer: answer.status != HTTPStatus.ACCEPTED, what=what, deadline=deadline, status=status)
    if is_broken(answer.body.get("status")):
        _fail_unless_succeeded(answer, what)


def wait_for_resource(
    session: Session, accepted: Answer, *, path: str, api: str, what: str, subject: str, deadline: Deadline
) -> Mapping[str, Any]:
    """Wait for the operation; the resource after it, read unless the last poll returned it. Raises AzureError, WaitTimeoutError."""
    made = wait_for_operation(session, accepted, path=path, api=api, what=what, deadline=deadline)
    if made is not None:
        return made
    found = session.send("GET", path, api=api, what=f"Reading {subject}")
    if is_broken(_state(found.body)):  # whatever its operation says
        _fail_unless_succeeded(replace(found, body={"status": _state(found.body)}), what)
    return found.body


def wait_until_idle(session: Session, path: str, *, api: str, subject: str, deadline: Deadline) -> Mapping[str, Any] | None:
    """The resource once no operation runs on it, whoever started it; None if the resource doesn't exist (anymore)."""
    try:
        return _poll_resource(session, path, api=api, what=f"Reading {subject}", deadline=deadline, resumed=True).body
    except AzureError as error:
        if is_missing(error):
            return None
        raise
    except WaitTimeoutError as error:
        message = f"An operation on {subject} was still running after {deadline.timeout:.0f} s."
        raise WaitTimeoutError(message, cause=error.cause, remedy=error.remedy) from error


def _poll_resource(session: Session, path: str, *, api: str, what: str, deadline: Deadline, resumed: bool = False) -> Answer:
    def status(answer: Answer) -> Status:
        return resource_status(path, _state(answer.body), resumed=resumed)

    return poll_until(session, path, lambda answer: has_ended(_state(answer.body)), api=api, what=what, deadline=deadline, status=status)


def _state(resource: Mapping[str, Any]) -> str:
    """A resource's provisioning state; without one, no operation runs on it."""
    return str((resource.get("properties") or {}).get("provisioningState") or SUCCEEDED)


def send_when_free(session: Session, send: Callable[[], Answer], *, path: str, deadline: Deadline) -> Answer:
    """Send a request about the resource at path; wait and retry while another operation is in progress. Raises AzureError."""
    while True:
        try:
            return send()
        except AzureError as error:
            if error.code != "OperationInProgress" or deadline.passed:
                raise
            back_off(session, error, path=path, deadline=deadline)


def back_off(session: Session, refusal: AzureError, *, path: str, deadline: Deadline) -> None:
    """Pause after a refusal, in which Azure says what another client has started."""
    deadline.report(lambda: replace(resource_status(path, "waiting"), awaited=running_operation(refusal.message)))
    session.clock.sleep(min(poll_seconds({}, session.poll_interval), deadline.remaining))


def delete(
    session: Session, path: str, *, api: str, what: str, wait: bool, deadline: Deadline, query: Mapping[str, str] | None = None
) -> None:
    """Delete a resource, after whatever runs on it; with wait, until it is gone. It need not exist.

    Raises AzureError, WaitTimeoutError.
    """
    try:
        accepted = send_when_free(
            session, lambda: session.send("DELETE", path, api=api, what=what, query=query), path=path, deadline=deadline
        )
        if not wait:
            return
        left = wait_for_operation(session, accepted, path=path, api=api, what=what, deadline=deadline)
        if left is None:  # an operation that succeeds is Azure's word, the resource is the fact
            left = _poll_resource(session, path, api=api, what=what, deadline=deadline).body
    except AzureError as error:
        if not is_missing(error):
            raise
    else:
        if left is not None:
            raise _still_there(what)


def _still_there(what: str) -> AzureError:
    return AzureError(
        f"{what}: Azure accepted the request, but has no operation for it, and the resource still exists.",
        code="OperationFailed",
        cause="Azure lost the deletion, or has not begun it yet.",
        remedy="Run the same task again.",
        retriable=True,
    )


def poll_until(
    session: Session,
    url: str,
    ended: Callable[[Answer], bool],
    *,
    what: str,
    deadline: Deadline,
    status: Callable[[Answer], Status],
    api: str | None = None,
) -> Answer:
    """GET a path or absolute URL, at Azure's pace, until ended(answer) is true. Raises AzureError, WaitTimeoutError.

    Args:
        session: sends the requests.
        url: a path with an API version, or the absolute URL of an operation.
        ended: whether an answer is the last one.
        what: what is waited for, for the error.
        deadline: when to give up.
        status: what to show about an answer that isn't the last one.
        api: the API version of a path.
    """
    while True:
        answer = session.send("GET", url, what=what, api=api)
        if ended(answer):
            return answer
        if deadline.passed:
            raise WaitTimeoutError(
                f"{what}: not finished after {deadline.timeout:.0f} s.",
                cause=f"{standing(answer.body)} {_USUALLY}",
                remedy="Run the task again: it waits for the running operation. Or raise wait_timeout.",
            )
        deadline.report(partial(status, answer))
        session.clock.sleep(min(poll_seconds(answer.headers, session.poll_interval), deadline.remaining))


def _fail_unless_succeeded(answer: Answer, what: str) -> None:
    state = named_state(answer.body.get("status"))
    if state != SUCCEEDED:
        code, message = code_and_message(answer.body)
        reason = message or "the operation ended in this state, without a reason"
        raise azure_error(what, status=0, code=code or str(state), message=reason, trace=answer.trace)
