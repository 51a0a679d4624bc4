# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Something on the way answers in Azure's stead: no answer of it is taken for one of Azure's.

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.session import Session
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.operation import OPERATION as PREFLIGHT

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.integration.plugins.impostor import Reply, impostor
from tests.integration.plugins.test_sign_in import TASKS

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp"}
EVERY_TASK = [*TASKS, (PREFLIGHT, {"location": "eastus", "vm_size": SIZE})]
JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(("operation", "params"), EVERY_TASK, ids=["feature", "cluster", "nodepool", "credentials", "preflight"])
def test_web_page_is_reported_as_unexpected_response_by_every_task(
    azure: Azure, tmp_path: Path, operation: Operation, params: dict[str, Any]
) -> None:
    with impostor(azure, Reply(), tmp_path) as environ:
        error = azure.refused(operation, environ=environ, **params)
    assert (error.code, error.retriable) == ("NoResourceManager", False)
    assert "HTTP 200 with text/html 'Sign in'." in error.message
    assert "HTTPS_PROXY" in error.remedy


@pytest.mark.parametrize(
    ("reply", "told", "retriable"),
    [
        pytest.param(Reply(302), "HTTP 302 with text/html 'Sign in'", False, id="leads nowhere"),
        pytest.param(Reply(403), "HTTP 403 with text/html 'Sign in'", False, id="forbids"),
        pytest.param(Reply(502), "HTTP 502 with text/html 'Sign in'", True, id="reaches nobody"),
        pytest.param(Reply(503, "text/plain", "no healthy upstream"), "HTTP 503 with text/plain", True, id="in words"),
        pytest.param(Reply(400, "", ""), "HTTP 400", False, id="a refusal without words"),
        pytest.param(Reply(200, JSON, '{"id": "/subscr'), "HTTP 200 with application/json", False, id="half an answer"),
        pytest.param(Reply(200, JSON, ""), "HTTP 200 with application/json", False, id="nothing of an answer"),
        pytest.param(Reply(200, JSON, "[]"), "HTTP 200 with application/json", False, id="JSON of another form"),
        pytest.param(Reply(200, JSON, "null"), "HTTP 200 with application/json", False, id="JSON of nothing"),
        pytest.param(Reply(200, "text/html", "<TITLE>\n Caf&eacute;  Wi-Fi </TITLE>"), "text/html 'Café Wi-Fi'", False, id="a French page"),
    ],
)
def test_responding_host_is_named(azure: Azure, tmp_path: Path, reply: Reply, told: str, retriable: bool) -> None:
    with impostor(azure, reply, tmp_path) as environ:
        error = azure.refused(NODEPOOL, environ=environ, **POOL)
    assert (error.code, error.retriable) == ("NoResourceManager", retriable)
    assert error.message.endswith(f"{told}.")


def test_web_page_with_404_is_not_taken_for_a_deleted_pool(azure: Azure, tmp_path: Path) -> None:
    with impostor(azure, Reply(404), tmp_path) as environ:
        assert azure.refused(NODEPOOL, environ=environ, **POOL, state="absent").code == "NoResourceManager"


@pytest.mark.parametrize(
    "body",
    [
        {"message": "no Route matched with those values"},
        {"statusCode": 404, "message": "Resource not found"},
        {"error": "Not Found", "path": "/subscriptions"},
        {"error": {"code": "InvalidResourceNamespace", "message": "The resource namespace 'Microsoft.ContainerService' is invalid."}},
    ],
    ids=["a gateway", "API Management", "a web framework", "a cloud without the provider"],
)
def test_what_is_not_found_on_the_way_is_no_pool_that_is_gone(azure: Azure, tmp_path: Path, body: dict[str, Any]) -> None:
    with impostor(azure, Reply(404, "application/json", json.dumps(body)), tmp_path) as environ:
        azure.refused(NODEPOOL, environ=environ, **POOL, state="absent")


def test_password_in_the_host_address_is_masked(azure: Azure, tmp_path: Path) -> None:
    with impostor(azure, Reply(), tmp_path, user="somebody:not-to-be-seen@") as environ:
        error = azure.refused(NODEPOOL, environ=environ, **POOL)
    assert "127.0.0.1:" in error.message
    assert "not-to-be-seen" not in f"{error.message} {error.cause} {error.remedy}"


def test_redirected_put_has_not_been_accepted(azure: Azure, tmp_path: Path) -> None:
    with impostor(azure, Reply(302, JSON, "{}"), tmp_path) as environ:
        session = Session(azure_settings({}, environ), azure.clock, Deadline(azure.clock, 60))
        with pytest.raises(AzureError) as refused:
            session.send("PUT", "/subscriptions/x/resourceGroups/rg", api="2021-04-01", what="Creating the resource group rg", body={})
        session.close()
    assert refused.value.code == "NoResourceManager"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        pytest.param(Reply(), "UnknownTenant", id="a page"),
        pytest.param(Reply(302), "NoSignInService", id="leads elsewhere"),
        pytest.param(Reply(502), "NoSignInService", id="reaches nobody"),
        pytest.param(Reply(200, JSON, '{"token_endp'), "NoSignInService", id="half an answer"),
    ],
)
def test_the_same_at_the_sign_in_leads_to_the_proxy(azure: Azure, tmp_path: Path, reply: Reply, code: str) -> None:
    with impostor(azure, reply, tmp_path, signs_in=False) as environ:
        error = azure.refused(NODEPOOL, environ=environ, **POOL)
    assert error.code == code
    assert "proxy" in error.cause
    assert "HTTPS_PROXY" in error.remedy
