# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Turns an API server's error response, or a failed connection, into a KubernetesError with cause and remedy."""

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
_DIGITS = 7  # of a time to wait, in seconds: what has more is no time
# Reasons of Kubernetes that mean something else as a code of ours: a mistake of the collection, and a wait that was in vain.
_CODES = {"InternalError": "ApiServerError", "Timeout": "ApiServerTimeout", "ServerTimeout": "ApiServerTimeout"}
# Nobody listens, as while an API server starts again; where it is never there, nobody wants to wait for it.
_REFUSED_SECONDS = 10.0
_PAGE_SECONDS = 10.0


def kubernetes_error(what: str, *, status: int, body: str, retry_after: str = "") -> KubernetesError:
    """The error for an API server's answer: its own Status object, explained by its status and its words."""
    answer = _status_object(body)
    message = str(answer.get("message") or body.strip() or f"HTTP {status}")
    known = explained(status, message)
    given = answer.get("reason")
    reason = given if isinstance(given, str) and given.isidentifier() else reason_of(status)
    ending = status == HTTPStatus.FORBIDDEN and TERMINATING in message
    explanation = _explain(status, message) or known.explanation
    return KubernetesError(
        f"{what}: the API server answers {reason}: {message}",
        code=known.explanation.code or _CODES.get(reason, reason),
        status=status,
        cause=explanation.cause,
        remedy=explanation.remedy,
        retriable=ending or known.explanation.retriable,
        patience=known.patience,
        pause=float(retry_after) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < _DIGITS else 0.0,
        may_have_been_applied=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


@dataclass(frozen=True)
class _NoConnection:
    """Why there is no connection: how the problem's text shows it, what the user is told, and for how long to try again."""

    sign: str
    explanation: Explanation
    patience: float = 0.0
    may_have_been_applied: bool = False


_NOBODY_THERE = _NoConnection(
    "",
    Explanation(
        "ApiServerUnreachable",
        cause="The cluster is stopped or deleted, its address can't be reached from here, or the kubeconfig is another cluster's.",
        remedy="Check the kubeconfig's server; fetch fresh credentials with gpuops.aks.aks_credentials.",
        retriable=True,
    ),
    patience=_REFUSED_SECONDS,
)
_BROKEN_OFF = replace(
    _NOBODY_THERE,
    explanation=replace(
        _NOBODY_THERE.explanation,
        cause="The connection broke: the API server starts again, or something on the way to it ended the connection.",
        remedy="Run the task again; check that the kubeconfig's server speaks TLS (https) at this port.",
    ),
    patience=math.inf,
    may_have_been_applied=True,
)
_SLOW = _NoConnection(
    "",
    Explanation(
        "ApiServerTimeout",
        cause="It, or something on the way to it, such as a proxy or a firewall, takes the request and sends nothing "
        "back, or too little at a time.",
        remedy="Run the task again; try 'kubectl get --raw /readyz' from here, and set a longer wait_timeout where the network is slow.",
        retriable=True,
    ),
    patience=math.inf,
    may_have_been_applied=True,
)
# The signs are OpenSSL's and urllib3's.
_NO_CONNECTION = (
    replace(_NOBODY_THERE, sign="NameResolutionError", patience=0.0),
    _NoConnection(
        "CERTIFICATE_VERIFY_FAILED",
        Explanation(
            "UntrustedCertificate",
            cause="The kubeconfig's certificate authority (ca_cert) didn't sign the server's: another cluster's, or a "
            "proxy's that reads along.",
            remedy=FETCH_AGAIN,
        ),
    ),
    _NoConnection(
        "WRONG_VERSION_NUMBER",
        Explanation(
            "NoApiServer",
            cause="What listens there doesn't speak TLS, as an API server does.",
            remedy="Check scheme and port of the kubeconfig's server (or host), and those of HTTPS_PROXY.",
        ),
    ),
    _NoConnection(
        "ProxyError",
        Explanation(
            "ProxyUnreachable",
            cause="The proxy can't be reached, or doesn't let the connection through.",
            remedy="Check proxy, HTTPS_PROXY and the kubeconfig's proxy-url; set NO_PROXY where the API server is reached without one.",
            retriable=True,
        ),
    ),
)


def _status_object(body: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (RecursionError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _explain(status: int, message: str) -> Explanation | None:
    """The explanation that the message itself is needed for."""
    missing = _NO_NAMESPACE.search(message)
    if missing:
        remedy = f"Create it with 'kubectl create namespace {missing['namespace']}', or set namespace."
        return Explanation("", cause="The namespace doesn't exist.", remedy=remedy)
    return explain_denial(message) if status == HTTPStatus.FORBIDDEN else None


def unreachable(what: str, server: str, problem: str) -> KubernetesError:
    """The error for an API server that there is no connection to."""
    known = next((each for each in _NO_CONNECTION if each.sign in problem), _NOBODY_THERE)
    return _no_answer(known, f"{what}: no answer from the API server {server}: {problem}")


def tls_refused(problem: str) -> bool:
    """Whether the two sides haven't agreed on a connection, so that no request was sent."""
    return any(sign in problem for sign in ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER"))


def broken_off(what: str, server: str, problem: str) -> KubernetesError:
    """The error for a connection that broke before the answer was complete."""
    return _no_answer(_BROKEN_OFF, f"{what}: no whole answer from the API server {server}: {problem}")


def too_slow(what: str, server: str, seconds: float) -> KubernetesError:
    """The error for an API server whose answer was not complete in time."""
    return _no_answer(_SLOW, f"{what}: no whole answer from the API server {server} within {max(seconds, 1):.0f} s")


def _no_answer(known: _NoConnection, message: str) -> KubernetesError:
    return KubernetesError(
        message,
        **known.explanation.error_fields(),
        patience=known.patience,
        may_have_been_applied=known.may_have_been_applied,
    )


def foreign_answer(what: str, server: str, *, status: int, content_type: str, body: bytes, problem: str = "") -> KubernetesError:
    """The error for an answer that no API server gives. It has no status: that a proxy finds no page says nothing of the object.

    problem: what is wrong with an answer that has the form of one.
    """
    told = response_summary(status, content_type, body)
    retriable = explained(status, "").explanation.retriable and status >= HTTPStatus.TOO_MANY_REQUESTS
    return KubernetesError(
        f"{what}: {server} answers, but not as an API server does: {told}{f', {problem}' if problem else ''}.",
        code="NoApiServer",
        cause="Something else listens at this address, or answers on the way to it, such as a proxy with a page to sign in.",
        remedy="Check the kubeconfig's server (or host), HTTPS_PROXY and NO_PROXY.",
        retriable=retriable,
        patience=_PAGE_SECONDS if retriable else 0.0,
        may_have_been_applied=retriable,
    )
