# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sends requests to Azure Resource Manager and returns checked responses or an explained error.

Everything that talks to Azure in an operation goes through a Session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Iterator, Mapping, NoReturn
from urllib.parse import urlsplit

from .._clock import Clock, Deadline
from .._core.schemas.azure_answers import list_misfit
from .._errors import AzureError
from .._writes import Writes
from .answers import Answer, checked_answer, decoded, trace_of
from .attempts import is_change, is_lost, was_sent
from .failures import azure_error, code_and_message, foreign_answer
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

# The codes of a 404 that is about something other than the resource.
_NOT_THE_RESOURCE = ("SubscriptionNotFound", "ResourceTypeNotFound", "FeatureNotFound")


@dataclass(frozen=True)
class Token:
    """An access token, and when it expires in seconds since the epoch."""

    value: str = field(repr=False)
    expires_on: int


class Session:
    """Requests to one subscription's Azure Resource Manager, through the AKS SDK's client: sign-in, retries, throttling.

    One client serves every provider, so features, sizes and resource groups need no further SDK.
    """

    def __init__(
        self, settings: AzureSettings, clock: Clock, deadline: Deadline, writes: Writes | None = None, *, poll_interval: float = 0
    ) -> None:
        """Nothing is sent yet, unless the cloud is a URL, whose metadata is read. Raises InvalidInputError, AzureError.

        Args:
            settings: how to reach Azure.
            clock: what waits sleep by.
            deadline: the end of the task's time, which limits every request, including those of the sign-in.
            writes: notes each change that Azure accepted.
            poll_interval: the seconds between two polls of an operation; 0 leaves the pace to Azure.
        """
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
        """Create a credential, without a token yet, and a client that gets one from it for the first request."""
        self._credential = make_credential(self._settings, self._cloud, self._wire)
        self._client = aks_client(self._credential, self.subscription_id, self._cloud, self._wire)

    def send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        api: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. A token that Azure no longer accepts is replaced once. Raises AzureError.

        Args:
            method: the HTTP method.
            path: relative to the Resource Manager, or the absolute URL of an operation, which contains the API version and the query.
            what: what the request does, for the error.
            api: the API version of a relative path.
            query: further parameters of a relative path.
            body: what a write sends, as JSON.
            headers: what a write needs beyond the client's own.
        """
        params = {"api-version": api, **(query or {})} if api else None
        if not _is_url(path):
            raise self._unlike_azure(what, "the address that it leads to is not a valid URL")
        request = HttpRequest(method, _without_placeholders(path), params=params, json=body, headers=dict(headers or {}))
        response = self._exchange(what, request)
        answer = checked_answer(what, response, resource=path if api else None)
        if is_change(request):
            self._writes.note()
        return answer

    def _exchange(self, what: str, request: HttpRequest) -> HttpResponse:
        """The response to a request that Azure accepted. Raises AzureError."""
        response, lost = self._answer(what, request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._refusal(what, response).code == "ExpiredToken":
            self.close()
            self._sign_in()
            response, lost = self._answer(what, request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            refusal = self._refusal(what, response)
            refusal.may_have_been_applied = lost
            raise refusal
        return response

    def _answer(self, what: str, request: HttpRequest) -> tuple[HttpResponse, bool]:
        """The response, and whether the response to an earlier attempt of the same request was lost. Raises AzureError."""
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

    @property
    def logs_endpoint(self) -> str:
        """Where the cloud's Log Analytics is queried, which is also the audience of its tokens; "" if that is not known."""
        return self._cloud.logs

    @property
    def wire(self) -> Wire:
        """What requests to other services of the same task share with this session."""
        return self._wire

    def token(self, scope: str, *, what: str) -> Token:
        """A token of the signed-in identity for something other than the Resource Manager. Raises AzureError."""
        try:
            token = self._credential.get_token(scope)
        except (OutOfTimeError, CoreError) as error:
            self._fail(what, error)
        return Token(token.token, token.expires_on)

    def _fail(self, what: str, error: OutOfTimeError | CoreError) -> NoReturn:
        """Report why there is no response. Raises AzureError."""
        late = out_of_time_in(error)
        if late is not None and late.answer is not None:
            raise self._refusal(what, late.answer) from error
        failure = late.failure if late is not None and late.failure is not None else error
        if isinstance(failure, ClientAuthenticationError):
            fail_sign_in(what, self._settings, failure)
        fail_unreachable(what, self._settings, failure)

    def _refusal(self, what: str, response: HttpResponse) -> AzureError:
        """The error of a refusal, which mentions a pause that Azure asks for if the task doesn't have that much time left."""
        code, message = code_and_message(decoded(what, response, needed=True))
        refusal = azure_error(what, status=response.status_code, code=code, message=message, trace=trace_of(response))
        pause = asked_pause({name.lower(): value for name, value in response.headers.items()})
        if pause > self.deadline.remaining:
            refusal.message = (
                f"{refusal.message.rstrip('.')}. Azure asks for a pause of {pause:.0f} s before the next request, "
                f"but the task has only {self.deadline.remaining:.0f} s left."
            )
        return refusal

    def find(self, path: str, *, what: str, api: str) -> Mapping[str, Any] | None:
        """The resource at a path, None if it doesn't exist. Raises AzureError."""
        try:
            return self.send("GET", path, what=what, api=api).body
        except AzureError as error:
            if is_missing(error):
                return None
            raise

    def entries(self, path: str, *, what: str, api: str) -> Iterator[Mapping[str, Any]]:
        """The entries of a list, read page by page. Raises AzureError."""
        seen: set[str] = set()
        link: str | None = path
        version: str | None = api
        while link and link not in seen:
            seen.add(link)
            body = self.send("GET", link, what=what, api=version).body
            problem = list_misfit(link, body)
            if not problem and self.deadline.passed and body.get("nextLink"):
                problem = f"its list has no end after {len(seen)} pages"
            if problem:
                raise self._unlike_azure(what, problem)
            yield from body["value"]
            link = body.get("nextLink")
            version = None  # the link contains it

    def _unlike_azure(self, what: str, problem: str) -> AzureError:
        """The error for a response that was decoded and then turned out not to be Azure's."""
        return foreign_answer(what, host_of(self._cloud.resource_manager), status=HTTPStatus.OK, content_type="", body=b"", problem=problem)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._credential.close()


def is_missing(error: AzureError) -> bool:
    """Whether Azure says that the resource doesn't exist.

    A 404 for something else in the request, such as the API version, doesn't mean that; nor does one from a gateway on the way.
    """
    return error.status == HTTPStatus.NOT_FOUND and error.code.endswith("NotFound") and error.code not in _NOT_THE_RESOURCE


def _is_url(url: str) -> bool:
    """Whether a path, or a URL from a response, can be parsed."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _without_placeholders(url: str) -> str:
    """A path or URL in which azure-core finds nothing to fill in: it would replace names in braces."""
    return url.replace("{", "%7B").replace("}", "%7D")
