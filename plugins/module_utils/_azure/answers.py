# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Decodes Azure's responses and checks that they have the form of Azure's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Mapping
from urllib.parse import urlsplit

from .._core.azure_failures.unknown import Trace
from .._core.schemas.azure_answers import misfit
from .._errors import AzureError
from .failures import NO_TRACE, foreign_answer
from .transport import host_of

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse


@dataclass(frozen=True)
class Answer:
    """What Azure answered: a status below 300, headers by lower-case name, and the decoded body ({} if empty).

    trace identifies the request for Azure support.
    """

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    trace: Trace = NO_TRACE


def checked_answer(what: str, response: HttpResponse, *, resource: str | None) -> Answer:
    """The answer to a request that was not refused. Raises AzureError for a response that Azure doesn't give.

    Args:
        what: what the request does, for the error.
        response: the response, with a status below 400.
        resource: the path of the resource or list that was asked for, None for an operation at its own URL.
    """
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:  # a redirected write, which the client does not follow
        raise _foreign(what, response)
    # A resource that is read has a body. An operation, at its own URL, need not have one.
    reads = response.request.method == "GET" and resource is not None
    if reads and response.status_code != HTTPStatus.OK:
        raise _foreign(what, response, "a resource is read with HTTP 200")
    body = decoded(what, response, needed=reads)
    problem = misfit(resource, body) if resource is not None and _describes_resource(response) else None
    if problem:
        raise _foreign(what, response, problem)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body, trace_of(response))


def _describes_resource(response: HttpResponse) -> bool:
    """Whether the body is the resource at the path, or the result of an action there; that of a deletion is neither."""
    return response.request.method in ("GET", "PUT", "POST") and response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED)


def decoded(what: str, response: HttpResponse, *, needed: bool) -> Mapping[str, Any]:
    """The body of a response; {} if it is empty and not needed. Raises AzureError for what isn't Azure's."""
    content = response.read()
    try:
        body = json.loads(content) if content or needed else None
    except (ValueError, RecursionError) as error:  # also for bytes that aren't text, and for endless nesting
        raise _foreign(what, response) from error
    if body is None and not needed:
        return {}
    if not isinstance(body, dict):
        raise _foreign(what, response)
    return body


def trace_of(response: HttpResponse) -> Trace:
    """How Azure support finds the request: by the IDs in its response."""
    headers = response.headers
    return Trace(
        f"{response.request.method} {urlsplit(response.request.url).path}",
        headers.get("x-ms-correlation-request-id"),
        headers.get("x-ms-request-id"),
    )


def _foreign(what: str, response: HttpResponse, problem: str | None = None) -> AzureError:
    return foreign_answer(
        what,
        host_of(response.request.url),
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=response.read(),
        problem=problem,
    )
