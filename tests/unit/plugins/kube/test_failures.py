# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.failures import (
    interrupted,
    is_missing,
    kubernetes_error,
    timed_out,
    unreachable,
)

from ..builders import assert_explained


def status(code: int, reason: str, message: str) -> str:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code})


@pytest.mark.parametrize(
    ("code", "reason", "message", "words"),
    [
        pytest.param(401, "Unauthorized", "Unauthorized", ["expired", "gpuops.aks.aks_credentials"], id="unauthenticated"),
        pytest.param(403, "Forbidden",
                     'x is forbidden: User "me" cannot patch resource "daemonsets" in API group "apps" in the namespace "team"',
                     ["me ", " patch daemonsets", "namespace team",
                      'apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["patch"]'], id="no right in a namespace"),
        pytest.param(403, "Forbidden",
                     'nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope',
                     ["me ", " list nodes", "ClusterRole", 'apiGroups: [""], resources: ["nodes"], verbs: ["list"]'],
                     id="no right in the cluster"),
        pytest.param(403, "Forbidden", "ValidatingAdmissionPolicy 'aks-managed-protect-system-namespaces' denied request",
                     ["AKS Automatic", "gpu-resources"], id="a system namespace"),
        pytest.param(403, "Forbidden",
                     'jobs.batch "mnist" is forbidden: exceeded quota: team-quota, requested: pods=1, limited: pods=3',
                     ["ResourceQuota", "kubectl describe resourcequota"], id="a quota"),
        pytest.param(403, "Forbidden", 'pods "mnist-x" is forbidden: violates PodSecurity "restricted:latest": privileged',
                     ["Pod Security Standard", "pod-security.kubernetes.io/enforce"], id="a Pod Security Standard"),
        pytest.param(403, "Forbidden",
                     'nodes is forbidden: User does not have access to the resource in Azure.',
                     ["role assignment", "Azure Kubernetes Service RBAC"], id="Azure RBAC"),
        pytest.param(403, "Forbidden", "Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[proxy])",
                     ["kubelet", "ClusterRoleBinding"], id="a kubelet that refuses the API server"),
    ],
)  # fmt: skip
def test_known_refusal_is_explained(code: int, reason: str, message: str, words: list[str]) -> None:
    error = kubernetes_error("Applying the DaemonSet", status=code, body=status(code, reason, message))
    assert_explained(error, reason, f"Applying the DaemonSet: the API server returned {reason}: {message}", *words)
    assert (error.status, error.retriable) == (code, False)


def test_namespace_that_does_not_exist_has_a_code_of_its_own() -> None:
    error = kubernetes_error("Creating jobs/x", status=404, body=status(404, "NotFound", 'namespaces "team" not found'))
    said = 'Creating jobs/x: the API server returned NotFound: namespaces "team" not found'
    assert_explained(error, "NamespaceNotFound", said, "The namespace team does not exist", "kubectl create namespace team")
    assert is_missing(error)


def test_refusal_by_a_policy_is_not_reported_as_a_missing_permission() -> None:
    error = kubernetes_error("Creating", status=403, body=status(403, "Forbidden", "admission webhook denied the request"))
    assert "policy" in error.cause
    assert "rule" not in error.remedy


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        pytest.param(status(409, "AlreadyExists", "it is there"), "AlreadyExists", "AlreadyExists: it is there", id="a Status"),
        pytest.param("404 page not found\n", "Conflict", "Conflict: 404 page not found", id="text"),
        pytest.param("", "Conflict", "Conflict: HTTP 409", id="nothing"),
        pytest.param("[1]", "Conflict", "Conflict: [1]", id="JSON of another form"),
        pytest.param("{}", "Conflict", "Conflict: {}", id="an empty object"),
        pytest.param('{"reason": ["x"], "message": 7}', "Conflict", "Conflict: 7", id="fields of other types"),
        pytest.param("[" * 100_000, "Conflict", "Conflict: [[[", id="nested without end"),
    ],
)
def test_error_body_may_have_any_form(body: str, code: str, message: str) -> None:
    error = kubernetes_error("Reading", status=409, body=body)
    assert error.code == code
    assert error.message.startswith("Reading: ")
    assert_explained(error, code, message)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 418, 422, 429, 499, 500, 501, 502, 503, 504, 507, 599])
def test_every_status_has_cause_and_remedy_and_no_code_of_the_collection(code: int) -> None:
    for reason in ("", "InternalError", "Timeout"):
        error = kubernetes_error("Reading", status=code, body=status(code, reason, "no") if reason else "")
        assert error.cause
        assert error.remedy
        assert error.code not in ("InternalError", "Timeout")


KUBELET = 'Get "https://10.224.0.4:10250/containerLogs/a/b/c": dial tcp 10.224.0.4:10250: connect: connection refused'
RUNTIME = 'rpc error: desc = "transport: Error while dialing dial unix /run/containerd/containerd.sock: connect: connection refused"'
WEBHOOK = 'Internal error occurred: failed calling webhook "x.y": dial tcp 10.0.0.1:443: connect: connection refused'


@pytest.mark.parametrize(
    ("status_code", "message", "code", "patience"),
    [
        pytest.param(400, "no", "BadRequest", 0.0, id="a bug of the collection"),
        pytest.param(404, "no", "PageNotFound", 0.0, id="no API server's word"),
        pytest.param(429, "slow down", "TooManyRequests", math.inf, id="too many requests"),
        pytest.param(500, "etcdserver: leader changed", "ApiServerError", math.inf, id="etcd's leader"),
        pytest.param(500, "etcdserver: request timed out", "ApiServerError", math.inf, id="etcd is slow"),
        pytest.param(500, "context deadline exceeded", "ApiServerError", math.inf, id="a deadline inside"),
        pytest.param(500, "something else", "ApiServerError", 10.0, id="anything else inside"),
        pytest.param(500, KUBELET, "KubeletUnreachable", 10.0, id="a kubelet"),
        pytest.param(500, 'proxy error: No agent available', "KubeletUnreachable", 10.0, id="konnectivity"),
        pytest.param(504, KUBELET, "KubeletUnreachable", 10.0, id="a kubelet, through a gateway"),
        pytest.param(500, "Authorization error (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)",
                     "KubeletUnreachable", 10.0, id="a kubelet without a connection"),
        pytest.param(500, "error dialing backend: EOF", "KubeletUnreachable", 10.0, id="a tunnel that broke"),
        pytest.param(500, RUNTIME, "ContainerRuntimeUnreachable", 10.0, id="a container runtime"),
        pytest.param(500, WEBHOOK, "WebhookFailed", 10.0, id="a webhook"),
        pytest.param(502, "", "BadGateway", math.inf, id="a gateway"),
        pytest.param(503, "", "ServiceUnavailable", math.inf, id="it starts"),
        pytest.param(504, "", "GatewayTimeout", math.inf, id="a gateway waits"),
    ],
)  # fmt: skip
def test_temporary_failures_are_retried_with_a_suitable_patience(status_code: int, message: str, code: str, patience: float) -> None:
    error = kubernetes_error("Reading", status=status_code, body=message)
    assert (error.code, error.patience, error.retriable) == (code, patience, patience > 0)


@pytest.mark.parametrize(
    ("header", "pause"), [("", 0.0), ("5", 5.0), ("3600", 3600.0), ("soon", 0.0), ("-1", 0.0), ("9" * 400, 0.0), ("\u0661", 0.0)]
)
def test_retry_after_sets_the_pause(header: str, pause: float) -> None:
    assert kubernetes_error("Reading", status=429, body="", retry_after=header).pause == pause


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        pytest.param("Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')",
                     "UntrustedCertificate", ["ca_cert", "gpuops.aks.aks_credentials"], id="the server's certificate"),
        pytest.param("SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
                     "NoApiServer", ["TLS", "port"], id="no TLS"),
        pytest.param("Caused by ProxyError('Unable to connect to proxy', NewConnectionError('refused'))",
                     "ProxyUnreachable", ["HTTPS_PROXY", "NO_PROXY"], id="the proxy"),
    ],
)  # fmt: skip
def test_causes_of_a_failed_connection_are_distinguished(problem: str, code: str, words: list[str]) -> None:
    error = unreachable("Reading the nodes", "https://aks:443", problem)
    assert_explained(error, code, "Reading the nodes", "https://aks:443", *words)
    assert "stopped" not in error.cause


def test_unreachable_server_is_named_and_retriable() -> None:
    error = unreachable("Reading the nodes", "https://127.0.0.1:1", "connection refused")
    assert_explained(
        error, "ApiServerUnreachable", "Reading the nodes", "https://127.0.0.1:1", "connection refused", "gpuops.aks.aks_credentials"
    )
    assert (error.status, error.retriable) == (0, True)


def test_connection_is_not_named_by_the_class_of_the_library() -> None:
    problem = "NewConnectionError: LimitedConnection(host='127.0.0.1', port=1): Failed to establish a new connection: [Errno 111] refused"
    assert unreachable("Reading", "https://127.0.0.1:1", problem).message == (
        "Reading: no response from the API server https://127.0.0.1:1: NewConnectionError: Failed to establish a new connection: "
        "[Errno 111] refused"
    )


def test_unresolvable_name_is_not_retried() -> None:
    error = unreachable(
        "Reading", "https://gone:443", "NameResolutionError: Failed to resolve 'gone' ([Errno -2] Name or service not known)"
    )
    assert_explained(error, "ApiServerUnreachable", "stopped")
    assert (error.patience, unreachable("Reading", "https://here", "refused").patience) == (0.0, 10.0)


def test_interrupted_or_slow_response_may_have_been_applied() -> None:
    broken, slow = interrupted("Reading", "https://aks:443", "reset"), timed_out("Reading", "https://aks:443", 12.4)
    assert_explained(broken, "ApiServerUnreachable", "https://aks:443", "reset")
    assert_explained(slow, "ApiServerTimeout", "https://aks:443", "12 s", "proxy")
    assert broken.may_have_been_applied
    assert slow.may_have_been_applied


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ('{"kind": "Status", "reason": "NotFound", "message": "jobs.batch \\"x\\" not found", "code": 404}', True),
        ('{"message": "no Route matched with those values"}', False),
        ("404 page not found", False),
    ],
    ids=["an API server", "a gateway", "a gateway in plain text"],
)
def test_what_a_gateway_does_not_find_is_no_object_that_is_gone(body: str, missing: bool) -> None:
    error = kubernetes_error("Reading jobs/x", status=404, body=body)
    assert is_missing(error) == missing
    assert error.remedy
