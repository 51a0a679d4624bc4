# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns an error response of Azure into an AzureError with cause and remedy from the tables."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Mapping

from .._core.azure_failures.known_failure import full_message, in_one_paragraph
from .._core.azure_failures.role_advice import grant_advice
from .._core.azure_failures.tables import recognize
from .._core.azure_failures.unknown import Trace, general_explanation
from .._core.shared.unexpected_response import response_summary
from .._errors import AzureError

NO_TRACE = Trace()
# Statuses that are recognized regardless of the code.
_CODES: Mapping[int, str] = {HTTPStatus.PRECONDITION_FAILED: "PreconditionFailed", HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests"}
_RETRIABLE = (408, 429, 500, 502, 503, 504)


def azure_error(what: str, *, status: int, code: str, message: str, trace: Trace = NO_TRACE) -> AzureError:
    """The error for a message of Azure, with the explanation of the message if it is known, else of its status.

    trace identifies the request for Azure support; the error gives it if Azure's message is not known.
    """
    known = recognize(message) or recognize(code) or recognize(_CODES.get(status, ""))
    explanation = known or replace(general_explanation(status, code), retriable=status in _RETRIABLE)
    advice = grant_advice(message) or explanation.remedy
    text = in_one_paragraph(message) or f"HTTP {status} without a reason"
    return AzureError(
        f"{what}: Azure returned {code}: {text}" if code else f"{what}: {text}",
        **replace(explanation, remedy=advice if known else f"{advice} {trace.sentence()}".strip()).error_fields(),
        status=status,
        recognized=known is not None,
    )


def foreign_answer(what: str, host: str, *, status: int, content_type: str, body: bytes, problem: str | None = None) -> AzureError:
    """The error for a response that isn't Azure's. It has no status: a 404 from a proxy says nothing about the resource.

    Args:
        what: what the request does.
        host: the host that responded.
        status: the response's status.
        content_type: the response's content type.
        body: the response's body.
        problem: what is wrong with a response that looks like Azure's.
    """
    summary = response_summary(status, content_type, body)
    return AzureError(
        f"{what}: unexpected response from {host}: {summary}{f', {problem}' if problem else ''}.",
        code="NoResourceManager",
        cause="A proxy, or its sign-in page, may have responded instead of Azure, or something on the way cut the response short.",
        remedy=f"Check HTTPS_PROXY, NO_PROXY and cloud_environment; 'curl -v https://{host}' on the machine that runs the task shows more.",
        retriable=status in _RETRIABLE,
    )


def nowhere_to_follow(what: str) -> AzureError:
    """The error for an operation that was accepted without a URL to poll."""
    return AzureError(
        f"{what}: the request was accepted, but the answer has neither a Location nor an Azure-AsyncOperation header.",
        code="NoResourceManager",
        cause="The operation can't be followed without them; a proxy on the way may have removed them.",
        remedy="Run the task again: it waits for the running operation. Check HTTPS_PROXY and NO_PROXY.",
        retriable=True,
    )


def code_and_message(body: Mapping[str, Any]) -> tuple[str, str]:
    """The code and message of Azure's two forms of an error, with their details: {"error": {...}} and the same fields at the top."""
    error = body.get("error") or body
    if not isinstance(error, dict):
        return error if isinstance(error, str) else "", str(body.get("error_description", ""))
    code = error.get("code")
    return code if isinstance(code, str) else "", full_message(error)
