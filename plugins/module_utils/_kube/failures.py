# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping

from .._errors import KubernetesError
from .._gpu.foreign_answer import told_of

_RETRIABLE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_FORBIDDEN = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"')
_TERMINATING = "because it is being terminated"
_ANONYMOUS = "system:anonymous"
_NO_NAMESPACE = re.compile(r'namespaces "(?P<namespace>[^"]+)" not found')
_NAMESPACE = re.compile(r'in the namespace "(?P<namespace>[^"]+)"')
_FETCH_AGAIN = "Fetch the credentials again with gpuops.aks.aks_credentials."


def kubernetes_error(what: str, *, status: int, body: str) -> KubernetesError:
    """The error for an API server's answer: its own Status object, explained where the reason is known."""
    answer = _status_object(body)
    message = str(answer.get("message") or body.strip() or f"HTTP {status}")
    reason = str(answer.get("reason") or f"HTTP{status}")
    ending = status == HTTPStatus.FORBIDDEN and _TERMINATING in message
    cause, remedy = _explain(status, message)
    return KubernetesError(
        f"{what}: the API server answers {reason}: {message}",
        code=reason,
        status=status,
        cause=cause,
        remedy=remedy,
        retriable=ending or status in _RETRIABLE,
    )


@dataclass(frozen=True)
class _NoConnection:
    """Why there is no connection: how the problem's text shows it, and what the user is told."""

    sign: str
    code: str
    cause: str
    remedy: str
    retriable: bool = False


_SILENT = _NoConnection(
    "",
    "ApiServerUnreachable",
    "The cluster is stopped or deleted, its address can't be reached from here, or the kubeconfig is another cluster's.",
    "Check the kubeconfig's server; fetch fresh credentials with gpuops.aks.aks_credentials.",
    retriable=True,
)
# The signs are OpenSSL's and urllib3's.
_NO_CONNECTION = (
    _NoConnection(
        "CERTIFICATE_VERIFY_FAILED",
        "UntrustedCertificate",
        "The kubeconfig's certificate authority (ca_cert) didn't sign the server's: another cluster's, or a proxy's that reads along.",
        _FETCH_AGAIN,
    ),
    _NoConnection(
        "[SSL] PEM lib",
        "InvalidCertificate",
        "The kubeconfig's client certificate or key (client_cert, client_key) is damaged, or is none.",
        _FETCH_AGAIN,
    ),
    _NoConnection(
        "ProxyError",
        "ProxyUnreachable",
        "The proxy can't be reached, or doesn't let the connection through.",
        "Check proxy, HTTPS_PROXY and the kubeconfig's proxy-url; set NO_PROXY where the API server is reached without one.",
        retriable=True,
    ),
)


def _explain_forbidden(message: str) -> tuple[str, str]:
    if _TERMINATING in message:
        return "The namespace is being deleted.", "Run the task again when it is gone, or set namespace."
    if "aks-managed-protect-system-namespaces" in message:
        return "AKS Automatic protects its system namespaces.", "Use a namespace of your own, such as gpu-resources."
    denied = _FORBIDDEN.search(message)
    if denied is None:
        return "A policy of the cluster forbids it.", "Ask whoever administers the cluster."
    if denied["user"] == _ANONYMOUS:
        return "The request carried no credentials: the kubeconfig's user has none, or its login command failed.", _FETCH_AGAIN
    where = _NAMESPACE.search(message)
    scope = f"a Role in namespace {where['namespace']}" if where else "a ClusterRole"
    rule = f'apiGroups: ["{denied["group"]}"], resources: ["{denied["resource"]}"], verbs: ["{denied["verb"]}"]'
    return f"{denied['user']} lacks the right to {denied['verb']} {denied['resource']}.", f"Give it {scope} with the rule {rule}."


def _status_object(body: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _explain(status: int, message: str) -> tuple[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return "The credentials have expired or belong to another cluster.", _FETCH_AGAIN
    missing = _NO_NAMESPACE.search(message)
    if missing:
        return "The namespace doesn't exist.", f"Create it with 'kubectl create namespace {missing['namespace']}', or set namespace."
    if status == HTTPStatus.FORBIDDEN:
        return _explain_forbidden(message)
    return "", ""


def unreachable(what: str, server: str, problem: str) -> KubernetesError:
    """The error for an API server that gives no answer."""
    known = next((each for each in _NO_CONNECTION if each.sign in problem), _SILENT)
    return KubernetesError(
        f"{what}: no answer from the API server {server}: {problem}",
        code=known.code,
        cause=known.cause,
        remedy=known.remedy,
        retriable=known.retriable,
    )


def foreign_answer(what: str, server: str, *, status: int, content_type: str, body: bytes) -> KubernetesError:
    """The error for an answer that no API server gives. It has no status: that a proxy finds no page says nothing of the object."""
    return KubernetesError(
        f"{what}: {server} answers, but not as an API server does: {told_of(status, content_type, body)}.",
        code="NoApiServer",
        cause="Something else listens at this address, or answers on the way to it, such as a proxy with a page to sign in.",
        remedy="Check the kubeconfig's server (or host), HTTPS_PROXY and NO_PROXY.",
        retriable=status in _RETRIABLE,
    )
