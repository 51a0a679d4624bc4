# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure accepts and does not complete: the task says that it has changed something, and why the rest did not come.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.ids import AKS_API, cluster_id
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.lab.arm.faults.armed import Armed
from tests.lab.arm.faults.effects import Answer, Values
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import Where
from tests.lab.arm.routing import Call, Reply

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE, "count": 1}
MORE = {"properties": {"count": 1, "vmSize": SIZE, "mode": "User"}}
AKS: dict[str, Any] = {"resource_group": GROUP, "name": CLUSTER}
# Every change that Azure works on for a while, and the method that asks for it; each has a pool, which has a newer node image.
CHANGES: list[tuple[Operation, dict[str, Any], str]] = [
    (NODEPOOL, {**POOL, "name": "other"}, "PUT"),
    (NODEPOOL, {**POOL, "count": 2}, "PUT"),
    (NODEPOOL, {**POOL, "upgrade_node_image": True}, "POST"),
    (NODEPOOL, {**POOL, "state": "absent"}, "DELETE"),
    (CLUSTERS, {**AKS, "name": "second", "location": "eastus"}, "PUT"),
    (CLUSTERS, {**AKS, "tags": {"team": "vision"}}, "PUT"),
    (CLUSTERS, {**AKS, "state": "absent"}, "DELETE"),
]
PHASE = "CreatingAgentPool: 0/1 nodes completed"
EVERY_CHANGE = pytest.mark.parametrize(("operation", "params", "method"), CHANGES)


@pytest.fixture
def with_pool(with_cluster: Azure) -> Azure:
    """Azure with a cluster that has a GPU pool of an older node image."""
    with_cluster.run(NODEPOOL, **POOL)
    with_cluster.site.state.aks.admission.node_image_release = "202612.24.0"
    return with_cluster


class TestChanged:
    """Whether a task that has failed says that something is changed."""

    @EVERY_CHANGE
    def test_accepted_operation_that_fails_is_reported_as_changed(
        self, with_pool: Azure, operation: Operation, params: dict[str, Any], method: str
    ) -> None:
        with_pool.site.state.faults.arm("unknown-failure", method=method)
        result = with_pool.result(operation, **params)
        assert (result["error"]["code"], result["changed"]) == ("SomethingNew", True), result["msg"]

    @pytest.mark.parametrize(("fault", "code"), [("operation-canceled", "OperationCanceled"), ("never-ends", "Timeout")])
    def test_aborted_or_timed_out_operation_is_reported_as_changed(self, with_cluster: Azure, fault: str, code: str) -> None:
        with_cluster.site.state.faults.arm(fault)
        result = with_cluster.result(NODEPOOL, **POOL)
        assert (result["error"]["code"], result["changed"]) == (code, True)

    @EVERY_CHANGE
    def test_refused_request_is_not_reported_as_changed(
        self, with_pool: Azure, operation: Operation, params: dict[str, Any], method: str
    ) -> None:
        with_pool.site.state.faults.arm("unknown-error", times=None, method=method)
        result = with_pool.result(operation, **params)
        assert (result["failed"], result["changed"]) == (True, False), result["msg"]

    def test_new_resource_group_before_a_refusal_is_reported_as_changed(self, azure: Azure) -> None:
        azure.site.state.faults.arm("unknown-error", times=None, method="PUT", path="**/managedClusters/*")
        result = azure.result(CLUSTERS, **AKS, location="eastus")
        assert (result["failed"], result["changed"], azure.has_group()) == (True, True, True)

    def test_request_without_any_response_may_have_been_applied(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("cut-before", times=None, method="PUT")
        result = with_cluster.result(NODEPOOL, **POOL)
        assert (result["error"]["code"], result["changed"]) == ("AzureUnreachable", True)

    def test_requested_registration_is_reported_as_changed(self, azure: Azure) -> None:
        result = azure.result(FEATURE, features=["GPUDedicatedVHDPreview"], wait_timeout=1)
        assert (result["failed"], result["changed"]) == (True, True)

    def test_check_mode_changes_nothing_when_it_fails(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("unknown-error", times=None, method="GET")
        result = with_cluster.result(NODEPOOL, check_mode=True, **POOL)
        assert (result["failed"], result["changed"]) == (True, False)


class TestReason:
    """An operation that says nothing of its failure: the resource does."""

    @EVERY_CHANGE
    def test_the_resource_is_asked_why(self, with_pool: Azure, operation: Operation, params: dict[str, Any], method: str) -> None:
        with_pool.site.state.faults.arm("reason-in-the-resource", method=method)
        error = with_pool.refused(operation, **params)
        assert error.code == "DriverFailed"
        assert "Azure returned OperationFailure: The operation did not succeed" in error.message
        assert "Azure returned VMExtensionProvisioningError" in error.message
        (shown,) = error.facts.values()
        assert shown["provisioning_state"] == "Failed"


class TestWords:
    """Azure's services write a state in any case and in two spellings."""

    @EVERY_CHANGE
    def test_an_aborted_operation_has_ended(self, with_pool: Azure, operation: Operation, params: dict[str, Any], method: str) -> None:
        with_pool.site.state.faults.arm("operation-canceled", method=method)
        with_pool.site.state.faults.arm("state-word", times=None, values={"word": "Cancelled"})
        error = with_pool.refused(operation, **params)
        assert (error.code, error.retriable) == ("OperationCanceled", True)

    @pytest.mark.parametrize("word", ["cancelled", "CANCELLED", "CANCELED", "canceled"])
    def test_in_any_case(self, with_cluster: Azure, word: str) -> None:
        with_cluster.site.state.faults.arm("operation-canceled")
        with_cluster.site.state.faults.arm("state-word", times=None, values={"word": word})
        assert with_cluster.refused(NODEPOOL, **POOL).code == "OperationCanceled"

    def test_a_failed_one_too(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("unknown-failure")
        with_cluster.site.state.faults.arm("state-word", times=None, values={"state": "Failed", "word": "FAILED"})
        assert with_cluster.refused(NODEPOOL, **POOL).code == "SomethingNew"

    @pytest.mark.parametrize(("state", "word"), [("Failed", "failed"), ("Canceled", "Cancelled"), ("Canceled", "CANCELED")])
    def test_pool_in_a_failed_state_is_repaired(self, with_cluster: Azure, state: str, word: str) -> None:
        azure = with_cluster
        azure.site.state.faults.arm("unknown-failure" if state == "Failed" else "operation-canceled")
        azure.refused(NODEPOOL, **POOL)
        azure.site.state.faults.arm("state-word", times=1, path="**/agentPools/*", values={"state": state, "word": word})
        repaired = azure.run(NODEPOOL, **POOL)
        assert f"The node pool gpunp is {state}" in repaired.warnings[0]
        assert repaired.result["pool"]["provisioning_state"] == "Succeeded"

    @pytest.mark.parametrize("word", ["SUCCEEDED", "succeeded"])
    def test_success_in_any_case_is_success(self, with_cluster: Azure, word: str) -> None:
        with_cluster.site.state.faults.arm("state-word", times=None, values={"state": "Succeeded", "word": word})
        assert with_cluster.run(NODEPOOL, **POOL).changed

    @pytest.mark.parametrize("word", ["Aborted", "TimedOut"])
    def test_unknown_state_is_waited_for_and_named(self, with_cluster: Azure, word: str) -> None:
        with_cluster.site.state.faults.arm("never-ends")
        with_cluster.site.state.faults.arm("state-word", times=None, values={"state": PHASE, "word": word})
        error = with_cluster.refused(NODEPOOL, **POOL, wait_timeout=600)
        assert error.code == "Timeout"
        assert f"Azure returned the state {word}, which this collection does not know" in error.cause


@dataclass(frozen=True)
class Lost:
    """Azure accepts the request, its operation succeeds, and nothing has happened: the operation is another one's that has ended."""

    operation: str
    resource: dict[str, Any]

    async def apply(self, call: Call, _answer: Answer, _values: Values) -> Reply:
        headers = {"Azure-AsyncOperation": self.operation}
        return Reply(202, headers=headers) if call.method == "DELETE" else Reply(200, self.resource, headers)


def lose(azure: Azure, method: str) -> None:
    """The next request of this method is lost in Azure."""
    with azure.session() as session:
        path = f"{cluster_id(session.subscription_id, GROUP, CLUSTER)}/agentPools"
        put = session.send("PUT", f"{path}/more", api=AKS_API, what="Creating a pool", body=MORE)
        azure.clock.sleep(3600)
        resource = dict(session.send("GET", f"{path}/gpunp", api=AKS_API, what="Reading a pool").body)
    lost = Fault("lost", Where((method,), ("**",)), Lost(put.headers["azure-asyncoperation"], resource), "")
    azure.site.state.faults._armed.append(Armed(lost, 1, {}))


@pytest.mark.parametrize(("operation", "params"), [(NODEPOOL, POOL), (CLUSTERS, AKS)], ids=["a pool", "a cluster"])
def test_a_deletion_that_azure_calls_done_is_believed_when_the_resource_is_gone(
    with_pool: Azure, operation: Operation, params: dict[str, Any]
) -> None:
    lose(with_pool, "DELETE")
    result = with_pool.result(operation, **params, state="absent")
    assert (result["error"]["code"], result["error"]["retriable"]) == ("OperationFailed", True), result["msg"]
    assert with_pool.result(operation, **params, state="absent")["changed"]


def test_a_change_that_azure_calls_done_and_has_not_made_is_told(with_pool: Azure) -> None:
    lose(with_pool, "PUT")
    done = with_pool.run(NODEPOOL, **{**POOL, "count": 2})
    (warning,) = done.warnings
    assert done.result["pool"]["count"] == 1
    assert "count is 1, not 2" in warning
    assert with_pool.run(NODEPOOL, **{**POOL, "count": 2}).warnings == ()


def test_a_pool_that_is_broken_when_its_operation_has_succeeded_is_a_failure(with_pool: Azure) -> None:
    with_pool.site.state.aks.cluster(GROUP, CLUSTER).pools["gpunp"].state = "Failed"
    lose(with_pool, "PUT")
    result = with_pool.result(NODEPOOL, **POOL)
    assert (result["failed"], result["changed"]) == (True, True), result
