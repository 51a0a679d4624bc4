# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Iterator, Mapping
from urllib.parse import urlsplit

from .._clock import Clock
from .._errors import AzureError
from .clouds import find_cloud
from .credentials import make_credential
from .failures import azure_error, code_and_message, foreign_answer
from .settings import AzureSettings
from .sign_in import fail_sign_in, fail_unreachable

try:
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import ClientAuthenticationError
    from azure.core.pipeline import PipelineResponse
    from azure.core.pipeline.policies import RequestHistory
    from azure.core.rest import HttpRequest, HttpResponse

    from .client import aks_client
except ImportError:  # the door reports what is missing
    pass


@dataclass(frozen=True)
class Answer:
    """What Azure answered: a status below 300, headers by lower-case name, and the decoded body ({} for none)."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Token:
    """An access token, and when it expires in seconds since the epoch."""

    value: str = field(repr=False)
    expires_on: int


class Session:
    """Requests to one subscription's Azure Resource Manager, through the AKS SDK's client: sign-in, retries, throttling.

    One client serves every provider, so that features, sizes and resource groups need no further SDK.
    poll_interval: seconds between two looks at an operation, where the user has said so; 0 leaves the pace to Azure.
    """

    def __init__(self, settings: AzureSettings, clock: Clock, *, poll_interval: float = 0) -> None:
        self.subscription_id = settings.subscription_id
        self.clock = clock
        self.poll_interval = poll_interval
        self._settings = settings
        self._cloud = find_cloud(settings.cloud_environment, ca_bundle=settings.ca_bundle)
        self._sign_in()

    def _sign_in(self) -> None:
        """A credential that has no token yet, and a client that asks it for one with the first request."""
        self._credential = make_credential(self._settings, self._cloud, self.clock)
        self._client = aks_client(self._credential, self.subscription_id, self._cloud, self.clock, ca_bundle=self._settings.ca_bundle)

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
        request = HttpRequest(method, path, params=params, json=body, headers=dict(headers or {}))
        response, lost = self._answer(what, request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and _refusal(what, response).code == "ExpiredToken":
            self.close()
            self._sign_in()
            response, lost = self._answer(what, request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            refusal = _refusal(what, response)
            refusal.perhaps_done = lost
            raise refusal
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:  # a write that is led elsewhere, which the client does not follow
            raise _foreign(what, response)
        # A resource that is read has a body; an operation, at its own address, need not have one.
        found = _body(what, response, needed=method == "GET" and bool(api) and response.status_code == HTTPStatus.OK)
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, found)

    def _answer(self, what: str, request: HttpRequest) -> tuple[HttpResponse, bool]:
        """The answer, and whether that to an earlier sending of the same request was lost. Raises AzureError."""
        seen: list[PipelineResponse[Any, Any]] = []
        try:
            response = self._client.send_request(request, raw_response_hook=seen.append)
        except ClientAuthenticationError as error:
            fail_sign_in(what, self._settings, error)
        except CoreError as error:
            fail_unreachable(what, error)
        return response, any(_is_lost(attempt) for attempt in seen[0].context.get("history", ()))

    def token(self, scope: str, *, what: str) -> Token:
        """A token of the signed-in identity for something beside the Resource Manager. Raises AzureError."""
        try:
            token = self._credential.get_token(scope)
        except ClientAuthenticationError as error:
            fail_sign_in(what, self._settings, error)
        except CoreError as error:
            fail_unreachable(what, error)
        return Token(token.token, token.expires_on)

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
        while path:
            body = self.send("GET", path, what=what, api=api).body
            yield from body["value"]
            path, api = str(body.get("nextLink") or ""), ""  # the link has the version in it

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._credential.close()


def is_missing(error: AzureError) -> bool:
    """Whether the resource doesn't exist; a subscription that doesn't is a mistake in the settings instead."""
    return error.status == HTTPStatus.NOT_FOUND and error.code != "SubscriptionNotFound"


def _is_lost(attempt: RequestHistory[Any, Any]) -> bool:
    """Whether nobody knows what Azure has done with a request that was sent again: it gave no answer, or said that it failed inside."""
    return attempt.http_response is None or attempt.http_response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _refusal(what: str, response: HttpResponse) -> AzureError:
    code, message = code_and_message(_body(what, response, needed=True))
    return azure_error(what, status=response.status_code, code=code, message=message)


def _body(what: str, response: HttpResponse, *, needed: bool) -> Mapping[str, Any]:
    """What an answer says; {} where it says nothing and need not. Raises AzureError for what is no answer of Azure's."""
    content = response.read()
    try:
        body = json.loads(content) if content or needed else None
    except ValueError as error:  # also of bytes that are no text
        raise _foreign(what, response) from error
    if body is None and not needed:
        return {}
    if not isinstance(body, dict):
        raise _foreign(what, response)
    return body


def _foreign(what: str, response: HttpResponse) -> AzureError:
    return foreign_answer(
        what,
        urlsplit(response.request.url).netloc.rpartition("@")[2],  # a URL may have a password in it
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=response.read(),
    )
