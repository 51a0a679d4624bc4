# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sends requests to Azure Resource Manager and returns checked responses or an explained error.

Everything that talks to Azure in an operation goes through a Session.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Iterator, Mapping, NoReturn
from urllib.parse import urlsplit

from .._clock import Clock, Deadline
from .._core.azure_failures.unknown import Trace
from .._core.schemas.azure_answers import list_misfit, misfit
from .._errors import AzureError
from .._writes import Writes
from .attempts import is_change, is_lost, was_sent
from .failures import NO_TRACE, azure_error, code_and_message, foreign_answer
from .limits import OutOfTimeError
from .pace import asked_pause
from .sign_in.clouds import find_cloud
from .sign_in.credentials import make_credential
from .sign_in.failures import fail_sign_in, fail_unreachable, out_of_time_in
from .sign_in.settings import AzureSettings
from .transport import Wire, host_of

try:
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import ClientAuthenticationError
    from azure.core.pipeline import PipelineResponse
    from azure.core.rest import HttpRequest, HttpResponse

    from .client import aks_client
except ImportError:  # the entry point reports what is missing
    pass

# What else Azure does not find: something that the request names beside the resource.
_NOT_THE_RESOURCE = ("SubscriptionNotFound", "ResourceTypeNotFound", "FeatureNotFound")


@dataclass(frozen=True)
class Answer:
    """What Azure answered: a status below 300, headers by lower-case name, and the decoded body ({} for none).

    trace finds the request again, for Azure support.
    """

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    trace: Trace = NO_TRACE


@dataclass(frozen=True)
class Token:
    """An access token, and when it expires in seconds since the epoch."""

    value: str = field(repr=False)
    expires_on: int


class Session:
    """Requests to one subscription's Azure Resource Manager, through the AKS SDK's client: sign-in, retries, throttling.

    One client serves every provider, so that features, sizes and resource groups need no further SDK.
    deadline: the end of the task's time, which limits every request, the sign-in's included. writes is told of what is changed.
    poll_interval: seconds between two looks at an operation, where the user has said so; 0 leaves the pace to Azure.
    """

    def __init__(
        self, settings: AzureSettings, clock: Clock, deadline: Deadline, writes: Writes | None = None, *, poll_interval: float = 0
    ) -> None:
        self.subscription_id = settings.subscription_id
        self.clock = clock
        self.deadline = deadline
        self.poll_interval = poll_interval
        self._writes = writes or Writes()
        self._settings = settings
        self._wire = Wire(clock, deadline, settings.ca_bundle)
        self._cloud = find_cloud(settings.cloud_environment, self._wire)
        self._sign_in()

    def _sign_in(self) -> None:
        """A credential that has no token yet, and a client that asks it for one with the first request."""
        self._credential = make_credential(self._settings, self._cloud, self._wire)
        self._client = aks_client(self._credential, self.subscription_id, self._cloud, self._wire)

    def send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        api: str = "",
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. path is relative to the Resource Manager, or the absolute URL of an operation (then without api and query).

        what says what is done, for the error. A token that Azure takes no more is replaced once. Raises AzureError.
        """
        params = {"api-version": api, **(query or {})} if api else None
        if not _is_address(path):
            raise self._unlike_azure(what, "the address that it leads to is not a valid URL")
        request = HttpRequest(method, _as_it_is(path), params=params, json=body, headers=dict(headers or {}))
        response, lost = self._answer(what, request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._refusal(what, response).code == "ExpiredToken":
            self.close()
            self._sign_in()
            response, lost = self._answer(what, request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            refusal = self._refusal(what, response)
            refusal.may_have_been_applied = lost
            raise refusal
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:  # a write that is led elsewhere, which the client does not follow
            raise _foreign(what, response)
        # A resource that is read has a body; an operation, at its own address, need not have one.
        reads = method == "GET" and bool(api)
        if reads and response.status_code != HTTPStatus.OK:
            raise _foreign(what, response, "a resource is read with HTTP 200")
        found = _body(what, response, needed=reads)
        problem = misfit(path, found) if _tells_of_its_path(method, api, response.status_code) else ""
        if problem:
            raise _foreign(what, response, problem)
        if is_change(request):
            self._writes.note()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, found, _trace(response))

    def _answer(self, what: str, request: HttpRequest) -> tuple[HttpResponse, bool]:
        """The answer, and whether that to an earlier sending of the same request was lost. Raises AzureError."""
        seen: list[PipelineResponse[Any, Any]] = []
        try:
            response = self._client.send_request(request, raw_response_hook=seen.append)
        except (OutOfTimeError, CoreError) as error:
            if is_change(request) and was_sent(error):
                self._writes.note()
            self._fail(what, error)
        attempts = seen[0].context.get("history", ())
        if is_change(request) and any(was_sent(attempt.error) for attempt in attempts):
            self._writes.note()
        return response, any(is_lost(attempt) for attempt in attempts)

    def token(self, scope: str, *, what: str) -> Token:
        """A token of the signed-in identity for something beside the Resource Manager. Raises AzureError."""
        try:
            token = self._credential.get_token(scope)
        except (OutOfTimeError, CoreError) as error:
            self._fail(what, error)
        return Token(token.token, token.expires_on)

    def _fail(self, what: str, error: OutOfTimeError | CoreError) -> NoReturn:
        """Say why there is no answer. Raises AzureError."""
        late = out_of_time_in(error)
        if late is not None and late.answer is not None:
            raise self._refusal(what, late.answer) from error
        failure = late.failure if late is not None and late.failure is not None else error
        if isinstance(failure, ClientAuthenticationError):
            fail_sign_in(what, self._settings, failure)
        fail_unreachable(what, self._settings, failure)

    def _refusal(self, what: str, response: HttpResponse) -> AzureError:
        """The error of an answer that refuses; it says so where the pause that Azure asks for is longer than the task has time."""
        code, message = code_and_message(_body(what, response, needed=True))
        refusal = azure_error(what, status=response.status_code, code=code, message=message, trace=_trace(response))
        pause = asked_pause({name.lower(): value for name, value in response.headers.items()})
        if pause > self.deadline.remaining:
            refusal.message = (
                f"{refusal.message.rstrip('.')}. Azure asks to wait {pause:.0f} s before the next request, "
                f"and {self.deadline.remaining:.0f} s of the task's time are left."
            )
        return refusal

    def find(self, path: str, *, what: str, api: str) -> Mapping[str, Any] | None:
        """The resource at a path, None where there is none."""
        try:
            return self.send("GET", path, what=what, api=api).body
        except AzureError as error:
            if is_missing(error):
                return None
            raise

    def entries(self, path: str, *, what: str, api: str) -> Iterator[Mapping[str, Any]]:
        """What is in a list, page by page as it is read. Raises AzureError."""
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            body = self.send("GET", path, what=what, api=api).body
            problem = list_misfit(path, body)
            if not problem and self.deadline.passed and body.get("nextLink"):
                problem = f"its list has no end after {len(seen)} pages"
            if problem:
                raise self._unlike_azure(what, problem)
            yield from body["value"]
            path, api = str(body.get("nextLink") or ""), ""  # the link has the version in it

    def _unlike_azure(self, what: str, problem: str) -> AzureError:
        """The error for an answer that was taken in already, and is found to be none of Azure's."""
        return foreign_answer(what, host_of(self._cloud.resource_manager), status=HTTPStatus.OK, content_type="", body=b"", problem=problem)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._credential.close()


def is_missing(error: AzureError) -> bool:
    """Whether Azure says that the resource doesn't exist.

    What the request asks in vain for it, such as an API version, says nothing of that; nor does a gateway on the way that finds no page.
    """
    return error.status == HTTPStatus.NOT_FOUND and error.code.endswith("NotFound") and error.code not in _NOT_THE_RESOURCE


def _is_address(url: str) -> bool:
    """Whether a path, or an address that an answer gives, can be taken apart."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _as_it_is(url: str) -> str:
    """A path or an address that azure-core finds no names in to fill in: it takes what stands in braces for one."""
    return url.replace("{", "%7B").replace("}", "%7D")


def _tells_of_its_path(method: str, api: str, status: int) -> bool:
    """Whether an answer is the resource at its path, or what an action there returns: not that of an operation, nor of a deletion."""
    return bool(api) and method in ("GET", "PUT", "POST") and status in (HTTPStatus.OK, HTTPStatus.CREATED)


def _trace(response: HttpResponse) -> Trace:
    """How Azure support finds the request: by the IDs that it was answered with."""
    parts = urlsplit(response.request.url)
    headers = response.headers
    return Trace(
        f"{response.request.method} {parts.path}",
        headers.get("x-ms-correlation-request-id", ""),
        headers.get("x-ms-request-id", ""),
    )


def _body(what: str, response: HttpResponse, *, needed: bool) -> Mapping[str, Any]:
    """What an answer says; {} where it says nothing and need not. Raises AzureError for what is no answer of Azure's."""
    content = response.read()
    try:
        body = json.loads(content) if content or needed else None
    except (ValueError, RecursionError) as error:  # also of bytes that are no text, and of nesting without an end
        raise _foreign(what, response) from error
    if body is None and not needed:
        return {}
    if not isinstance(body, dict):
        raise _foreign(what, response)
    return body


def _foreign(what: str, response: HttpResponse, problem: str = "") -> AzureError:
    return foreign_answer(
        what,
        host_of(response.request.url),
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=response.read(),
        problem=problem,
    )
