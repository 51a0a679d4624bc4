# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What no table knows: refusals and failures in words that are new, and answers that are none. Each task tells cause and remedy.

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.operation import OPERATION as CREDENTIALS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.operation import OPERATION as PREFLIGHT
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.integration.plugins.impostor import Reply, impostor

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE, "count": 1}
AKS: dict[str, Any] = {"resource_group": GROUP, "name": CLUSTER}
KUBECONFIG: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "path": "/nonexistent/aks.config"}
# Task and the request of it that is met; each has a pool, which has a newer node image.
REQUESTS: list[tuple[Operation, dict[str, Any], str]] = [
    (FEATURE, {}, "GET"),
    (FEATURE, {"refresh_provider": True}, "POST"),
    (FEATURE, {"features": ["GPUDedicatedVHDPreview"]}, "POST"),
    (PREFLIGHT, {"resource_group": GROUP, "cluster": CLUSTER, "vm_size": SIZE, "name": "gpunp"}, "GET"),
    (CREDENTIALS, KUBECONFIG, "POST"),
    (CLUSTERS, AKS, "GET"),
    (CLUSTERS, {**AKS, "tags": {"team": "vision"}}, "PUT"),
    (CLUSTERS, {**AKS, "state": "absent"}, "DELETE"),
    (NODEPOOL, POOL, "GET"),
    (NODEPOOL, {**POOL, "name": "other"}, "PUT"),
    (NODEPOOL, {**POOL, "count": 2}, "PUT"),
    (NODEPOOL, {**POOL, "upgrade_node_image": True}, "POST"),
    (NODEPOOL, {**POOL, "state": "absent"}, "DELETE"),
]
EVERY_REQUEST = pytest.mark.parametrize(("operation", "params", "method"), REQUESTS)
LATER = [request for request in REQUESTS if request[0] in (CLUSTERS, NODEPOOL) and request[2] != "GET"]
JSON = "application/json; charset=utf-8"


@pytest.fixture
def with_pool(with_cluster: Azure) -> Azure:
    """Azure with a cluster that has a GPU pool of an older node image."""
    with_cluster.run(NODEPOOL, **POOL)
    with_cluster.site.state.aks.admission.node_image_release = "202612.24.0"
    return with_cluster


@EVERY_REQUEST
def test_every_request_tells_cause_and_remedy_of_a_text_that_is_new(
    with_pool: Azure, operation: Operation, params: dict[str, Any], method: str
) -> None:
    with_pool.site.state.faults.arm("unknown-error", times=None, method=method)
    error = with_pool.refused(operation, **params)
    assert isinstance(error, AzureError)
    assert (error.code, error.retriable) == ("SomethingNew", False)
    assert "Something that nobody has seen before went wrong" in error.message
    assert "https://learn.microsoft.com/" in error.remedy


@pytest.mark.parametrize(("operation", "params", "method"), LATER)
def test_every_operation_that_fails_later_does_too(with_pool: Azure, operation: Operation, params: dict[str, Any], method: str) -> None:
    with_pool.site.state.faults.arm("unknown-failure", times=None, method=method)
    error = with_pool.refused(operation, **params)
    assert (error.code, error.retriable) == ("SomethingNew", False)
    assert "operation that it started failed" in error.cause


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 418, 422, 451])
def test_each_status_has_its_advice(azure: Azure, tmp_path: Path, status: int) -> None:
    reply = Reply(
        status, JSON, '{"error": {"code": "SomethingNew", "message": "gone.\\nlines\\tand\\r\\nmore"}}', (("x-ms-request-id", "r-1"),)
    )
    with impostor(azure, reply, tmp_path) as environ:
        error = azure.refused(CLUSTERS, environ=environ, **AKS, location="eastus")
    if status != 404:  # which is no failure of what is only looked for
        assert error.message.endswith("Azure returned SomethingNew: gone. lines and more")
    assert "request ID r-1" in error.remedy


NESTED = '{"a":' * 50_000 + "1" + "}" * 50_000
NO_ANSWERS = {
    "an empty object": "{}",
    "no properties": '{"name": "aks", "location": "eastus", "properties": {}}',
    "null properties": '{"name": "aks", "location": "eastus", "properties": null}',
    "properties of another kind": '{"name": "aks", "location": "eastus", "properties": [1]}',
    "a state that is a number": '{"name": "aks", "location": "eastus", "properties": {"provisioningState": 7, "state": 7}}',
    "pools that are none": (
        '{"name": "a", "location": "b", "properties": {"provisioningState": "Succeeded", "vmSize": 7, "agentPoolProfiles": [7]}}'
    ),
    "null in a list": '{"value": null}',
    "numbers in a list": '{"value": [7]}',
    "nested without an end": NESTED,
}
TASKS: list[tuple[Operation, dict[str, Any]]] = [
    (FEATURE, {"features": ["GPUDedicatedVHDPreview"]}),
    (CLUSTERS, {**AKS, "location": "eastus"}),
    (CLUSTERS, {**AKS, "state": "absent"}),
    (NODEPOOL, POOL),
    (NODEPOOL, {**POOL, "wait": False}),
    (NODEPOOL, {**POOL, "state": "absent"}),
    (CREDENTIALS, KUBECONFIG),
    (PREFLIGHT, {"location": "eastus", "vm_size": SIZE}),
    (PREFLIGHT, {"resource_group": GROUP, "cluster": CLUSTER, "vm_size": SIZE}),
]


@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "apply"])
def test_response_that_is_not_azures_is_not_an_internal_error(azure: Azure, tmp_path: Path, body: str, check_mode: bool) -> None:
    with impostor(azure, Reply(200, JSON, body), tmp_path) as environ:
        for operation, params in TASKS:
            error = azure.refused(operation, check_mode=check_mode, environ=environ, **params)
            assert error.code in ("NoResourceManager", "NoKubeconfig"), error.message


@pytest.mark.parametrize("details", ["7", '"words"', "[7, null]", '{"a": 1}', '[{"details": 7}]'])
def test_unexpected_error_details_are_not_an_internal_error(azure: Azure, tmp_path: Path, details: str) -> None:
    body = f'{{"error": {{"code": "SomethingNew", "message": 7, "details": {details}}}}}'
    with impostor(azure, Reply(400, JSON, body), tmp_path) as environ:
        assert azure.refused(FEATURE, environ=environ).code == "SomethingNew"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(base64.b64encode(b"\xff\xfe").decode(), id="no UTF-8"),
        pytest.param("not base64!", id="no base64"),
        pytest.param("", id="empty"),
        pytest.param(7, id="a number"),
        pytest.param(None, id="null"),
    ],
)
def test_invalid_kubeconfig_from_azure_is_not_an_internal_error(azure: Azure, tmp_path: Path, value: object) -> None:
    with impostor(azure, Reply(200, JSON, json.dumps({"kubeconfigs": [{"name": "clusterUser", "value": value}]})), tmp_path) as environ:
        error = azure.refused(CREDENTIALS, environ=environ, **{**KUBECONFIG, "path": str(tmp_path / "config")})
    assert error.code != "InternalError"
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("environment", ["https://user:passw0rd@[::1", "ftp://user:passw0rd@host", "https://user:passw0rd@127.0.0.1:1"])
def test_password_in_cloud_environment_is_masked(azure: Azure, environment: str) -> None:
    error = azure.refused(FEATURE, cloud_environment=environment)
    assert "passw0rd" not in f"{error.message} {error.cause} {error.remedy}"
