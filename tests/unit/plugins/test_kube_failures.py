# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.failures import kubernetes_error, unreachable

from .builders import assert_explained


def status(code: int, reason: str, message: str) -> str:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code})


@pytest.mark.parametrize(
    ("code", "reason", "message", "words"),
    [
        pytest.param(401, "Unauthorized", "Unauthorized", ["expired", "gpuops.aks.aks_credentials"], id="who are you"),
        pytest.param(403, "Forbidden",
                     'x is forbidden: User "me" cannot patch resource "daemonsets" in API group "apps" in the namespace "team"',
                     ["me lacks the right to patch daemonsets", "a Role in namespace team",
                      'apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["patch"]'], id="no right in a namespace"),
        pytest.param(403, "Forbidden",
                     'nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope',
                     ["me lacks the right to list nodes", "a ClusterRole", 'apiGroups: [""], resources: ["nodes"], verbs: ["list"]'],
                     id="no right in the cluster"),
        pytest.param(403, "Forbidden", "ValidatingAdmissionPolicy 'aks-managed-protect-system-namespaces' denied request",
                     ["AKS Automatic", "gpu-resources"], id="a system namespace"),
        pytest.param(404, "NotFound", 'namespaces "team" not found', ["kubectl create namespace team"], id="no such namespace"),
    ],
)  # fmt: skip
def test_a_known_refusal_is_explained(code: int, reason: str, message: str, words: list[str]) -> None:
    error = kubernetes_error("Applying the DaemonSet", status=code, body=status(code, reason, message))
    assert_explained(error, reason, f"Applying the DaemonSet: the API server answers {reason}: {message}", *words)
    assert (error.status, error.retriable) == (code, False)


def test_a_policys_refusal_is_told_from_a_missing_right() -> None:
    error = kubernetes_error("Creating", status=403, body=status(403, "Forbidden", "admission webhook denied the request"))
    assert error.cause == "A policy of the cluster forbids it."
    assert "lacks the right" not in error.message + error.cause + error.remedy


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        pytest.param(status(409, "Conflict", "it changed"), "Conflict", "Conflict: it changed", id="a Status"),
        pytest.param("404 page not found\n", "HTTP409", "HTTP409: 404 page not found", id="text"),
        pytest.param("", "HTTP409", "HTTP409: HTTP 409", id="nothing"),
        pytest.param("[1]", "HTTP409", "HTTP409: [1]", id="JSON of another form"),
        pytest.param("{}", "HTTP409", "HTTP409: {}", id="an empty object"),
    ],
)
def test_an_answer_of_any_form_becomes_an_error(body: str, code: str, message: str) -> None:
    error = kubernetes_error("Reading", status=409, body=body)
    assert (error.code, error.message) == (code, f"Reading: the API server answers {message}")
    assert (error.cause, error.remedy) == ("", "")


@pytest.mark.parametrize(
    ("code", "retriable"), [(400, False), (404, False), (409, False), (429, True), (500, False), (503, True), (504, True)]
)
def test_an_overloaded_api_server_may_be_asked_again(code: int, retriable: bool) -> None:
    assert kubernetes_error("Reading", status=code, body="").retriable is retriable


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        pytest.param("Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')",
                     "UntrustedCertificate", ["ca_cert", "gpuops.aks.aks_credentials"], id="the server's certificate"),
        pytest.param("Caused by SSLError(SSLError(524297, '[SSL] PEM lib (_ssl.c:3905)'))",
                     "InvalidCertificate", ["client_cert", "gpuops.aks.aks_credentials"], id="our certificate"),
        pytest.param("Caused by ProxyError('Unable to connect to proxy', NewConnectionError('refused'))",
                     "ProxyUnreachable", ["HTTPS_PROXY", "NO_PROXY"], id="the proxy"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_of_a_connection_is_told_apart(problem: str, code: str, words: list[str]) -> None:
    error = unreachable("Reading the nodes", "https://aks:443", problem)
    assert_explained(error, code, "Reading the nodes", "https://aks:443", *words)
    assert "stopped or deleted" not in error.cause


def test_no_answer_names_the_server_and_may_be_tried_again() -> None:
    error = unreachable("Reading the nodes", "https://127.0.0.1:1", "connection refused")
    assert_explained(
        error, "ApiServerUnreachable", "Reading the nodes", "https://127.0.0.1:1", "connection refused", "gpuops.aks.aks_credentials"
    )
    assert (error.status, error.retriable) == (0, True)
