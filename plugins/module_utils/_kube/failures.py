# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns an error response of an API server, or a failed connection, into a KubernetesError with cause and remedy."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Mapping

from .._core.shared.explanation import Explanation
from .._core.shared.unexpected_response import response_summary
from .._errors import KubernetesError
from .denials import FETCH_AGAIN, TERMINATING, explain_denial
from .statuses import explained, reason_of

_NO_NAMESPACE = re.compile(r'namespaces "(?P<namespace>[^"]+)" not found')
_SECONDS = re.compile("[0-9]{1,6}")  # a Retry-After that is worth waiting for
# Reasons of Kubernetes that are codes of this collection with another meaning: a bug in it, and a wait that timed out.
_CODES = {"InternalError": "ApiServerError", "Timeout": "ApiServerTimeout", "ServerTimeout": "ApiServerTimeout"}
# Long enough for an API server that restarts, and short enough for one that does not exist.
_REFUSED_SECONDS = 10.0
_UNEXPECTED_SECONDS = 10.0


# A 404 that is not a Status object: a gateway that has no route answers so, and an API server that does not know the path.
_PAGE_NOT_FOUND = "PageNotFound"


def kubernetes_error(what: str, *, status: int, body: str, retry_after: str = "") -> KubernetesError:
    """The error for an API server's error response, explained by its status and message.

    Args:
        what: what the request does.
        status: the HTTP status.
        body: the body, usually a Status object.
        retry_after: the header Retry-After.
    """
    answer = _status_object(body)
    message = str(answer.get("message") or body.strip() or f"HTTP {status}")
    known = explained(status, message)
    reason = _reason(answer) or (_PAGE_NOT_FOUND if status == HTTPStatus.NOT_FOUND else reason_of(status))
    ending = status == HTTPStatus.FORBIDDEN and TERMINATING in message
    explanation = _explain(status, message) or known.explanation
    return KubernetesError(
        f"{what}: the API server returned {reason}: {message}",
        code=explanation.code or _CODES.get(reason, reason),
        status=status,
        cause=explanation.cause,
        remedy=explanation.remedy,
        retriable=ending or known.explanation.retriable,
        patience=known.patience,
        pause=float(retry_after) if _SECONDS.fullmatch(retry_after) else 0.0,
        may_have_been_applied=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


@dataclass(frozen=True)
class _NoConnection:
    """Why there is no connection, or no response.

    sign: is in the problem's text. patience: for how many seconds a retry is worthwhile.
    """

    sign: str
    explanation: Explanation
    patience: float = 0.0
    may_have_been_applied: bool = False


_UNREACHABLE = _NoConnection(
    "",
    Explanation(
        "ApiServerUnreachable",
        cause="The cluster is stopped or deleted, its address cannot be reached from here, or the kubeconfig is for another cluster.",
        remedy="Check the kubeconfig's server, and fetch the credentials again with gpuops.aks.aks_credentials.",
        retriable=True,
    ),
    patience=_REFUSED_SECONDS,
)
_INTERRUPTED = replace(
    _UNREACHABLE,
    explanation=replace(
        _UNREACHABLE.explanation,
        cause="The connection was interrupted by a restart of the API server, or by a proxy or firewall.",
        remedy="Run the task again; check that the kubeconfig's server uses TLS (https) on this port.",
    ),
    patience=math.inf,
    may_have_been_applied=True,
)
_SLOW = _NoConnection(
    "",
    Explanation(
        "ApiServerTimeout",
        cause="The API server, or a proxy or firewall in front of it, accepts the request but sends no response, or sends it too slowly.",
        remedy="Run the task again; try 'kubectl get --raw /readyz' from here, and set a longer wait_timeout if the network is slow.",
        retriable=True,
    ),
    patience=math.inf,
    may_have_been_applied=True,
)
# How urllib3 names the connection in its messages, by the class and the address: "HTTPSConnection(host='127.0.0.1', port=1): ".
_CONNECTION = re.compile(r"\b\w*Connection(?:Pool)?\(host='[^']*', port=\d+\): ")
# The signs are OpenSSL's and urllib3's.
_NO_CONNECTION = (
    replace(_UNREACHABLE, sign="NameResolutionError", patience=0.0),
    _NoConnection(
        "CERTIFICATE_VERIFY_FAILED",
        Explanation(
            "UntrustedCertificate",
            cause="The server's certificate is not signed by the kubeconfig's certificate authority (ca_cert); it may be another "
            "cluster's, or that of a proxy that inspects TLS.",
            remedy=FETCH_AGAIN,
        ),
    ),
    _NoConnection(
        "WRONG_VERSION_NUMBER",
        Explanation(
            "NoApiServer",
            cause="The server at this address does not use TLS, so that it is not an API server.",
            remedy="Check the scheme and port of the kubeconfig's server (or host), and of HTTPS_PROXY.",
        ),
    ),
    _NoConnection(
        "ProxyError",
        Explanation(
            "ProxyUnreachable",
            cause="The proxy cannot be reached, or refuses the connection.",
            remedy="Check proxy, HTTPS_PROXY and the kubeconfig's proxy-url; set NO_PROXY if the API server is reached without a proxy.",
            retriable=True,
        ),
    ),
)


def is_missing(error: KubernetesError) -> bool:
    """Whether the API server reports that the object does not exist."""
    return error.status == HTTPStatus.NOT_FOUND and error.code != _PAGE_NOT_FOUND


def _status_object(body: str) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (RecursionError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _reason(status_object: Mapping[str, Any]) -> str | None:
    """The API server's reason, if it is one word."""
    reason = status_object.get("reason")
    return reason if isinstance(reason, str) and reason.isidentifier() else None


def _explain(status: int, message: str) -> Explanation | None:
    """The explanation of an error whose message names the cause."""
    missing = _NO_NAMESPACE.search(message)
    if missing:
        remedy = f"Create it with 'kubectl create namespace {missing['namespace']}', or set another namespace."
        return Explanation("NamespaceNotFound", cause=f"The namespace {missing['namespace']} does not exist.", remedy=remedy)
    return explain_denial(message) if status == HTTPStatus.FORBIDDEN else None


def unreachable(what: str, server: str, problem: str) -> KubernetesError:
    """The error for an API server that cannot be connected to.

    Args:
        what: what the request does.
        server: the URL of the API server.
        problem: the text of the library's error.
    """
    known = next((each for each in _NO_CONNECTION if each.sign in problem), _UNREACHABLE)
    return _no_response(known, f"{what}: no response from the API server {server}: {_CONNECTION.sub('', problem)}")


def tls_refused(problem: str) -> bool:
    """Whether the TLS handshake failed, so that no request was sent."""
    return any(sign in problem for sign in ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER"))


def interrupted(what: str, server: str, problem: str) -> KubernetesError:
    """The error for a connection that was interrupted before the response was complete; arguments as of unreachable."""
    return _no_response(_INTERRUPTED, f"{what}: no complete response from the API server {server}: {problem}")


def timed_out(what: str, server: str, seconds: float) -> KubernetesError:
    """The error for a response that was not complete within this many seconds."""
    return _no_response(_SLOW, f"{what}: no complete response from the API server {server} within {max(seconds, 1):.0f} s")


def _no_response(known: _NoConnection, message: str) -> KubernetesError:
    return KubernetesError(
        message,
        **known.explanation.error_fields(),
        patience=known.patience,
        may_have_been_applied=known.may_have_been_applied,
    )


def unexpected_response(what: str, server: str, *, status: int, content_type: str, body: bytes, problem: str = "") -> KubernetesError:
    """The error for a response that is not an API server's. It has no status: a proxy's 404 says nothing about the object.

    Args:
        what: what the request does.
        server: the URL of the API server.
        status: the HTTP status.
        content_type: the media type of the body.
        body: the body.
        problem: what is wrong with a response that has the right form.
    """
    summary = response_summary(status, content_type, body)
    retriable = explained(status, "").explanation.retriable and status >= HTTPStatus.TOO_MANY_REQUESTS
    return KubernetesError(
        f"{what}: unexpected response from {server}: {summary}{f', {problem}' if problem else ''}.",
        code="NoApiServer",
        cause="Another server, or a proxy (or its login page), responded instead of the API server.",
        remedy="Check the kubeconfig's server (or host), HTTPS_PROXY and NO_PROXY.",
        retriable=retriable,
        patience=_UNEXPECTED_SECONDS if retriable else 0.0,
        may_have_been_applied=retriable,
    )
