# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every way in which Azure is known to fail at a node pool, produced by the simulated Azure: what the user is told, and what is left behind.

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.ids import pool_id
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import failure
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError, WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.lab.arm.faults.table import FAULTS

WHERE: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp"}
POOL: dict[str, Any] = {**WHERE, "vm_size": SIZE, "count": 1}
PUT, DELETE = "PUT agentPools/gpunp", "DELETE agentPools/gpunp"
DAY = 86400.0


class Case(NamedTuple):
    """A fault of the lab, and what is said to it: our code, words of the message, of the cause and of the remedy."""

    fault: str
    code: str
    words: tuple[str, ...]
    retriable: bool = False
    values: dict[str, str] | None = None


AT_ONCE = [
    Case("vm-size-not-supported", "VMSizeNotSupported", ("not supported for subscription", "az vm list-skus")),
    Case("vm-size-not-allowed", "VMSizeNotSupported", ("not allowed in your subscription", "az vm list-skus")),
    Case("insufficient-vcpu-quota", "QuotaExceeded", ("0 of the required 4 vCPUs", "az quota update", "max_surge")),
    Case("node-provisioning-with-autoscaler", "AutoscalerWithNap", ("node auto-provisioning", "enable_auto_scaling: false")),
    Case("property-change-not-allowed", "PropertyChangeNotAllowed", ("fixes this property", "another name")),
    Case("preview-feature-not-registered", "PreviewFeatureNotRegistered", ("ManagedGPUExperiencePreview", "gpuops.aks.aks_feature")),
    Case("feature-not-registered", "PreviewFeatureNotRegistered", ("ManagedGPUExperiencePreview", "aks_feature")),
    Case("unmarshal-error", "InvalidProperty", ("[]string", "extra_properties")),
    Case("zone-not-supported", "ZoneNotSupported", ("zones 2", "1,3", "availability_zones")),
    Case("authorization-failed", "AuthorizationFailed", ("does not have authorization", "role")),
    Case("subscription-not-found", "SubscriptionNotFound", ("AZURE_SUBSCRIPTION_ID",)),
    Case("wrong-tenant", "WrongTenant", ("tenant", "AZURE_TENANT")),
    Case("insufficient-subnet-size", "SubnetTooSmall", ("341", "max_pods", "overlay")),
    Case("version-is-lts", "VersionNeedsLongTermSupport", ("tier Premium", "AKSLongTermSupport")),
    Case("encryption-at-host-not-enabled", "PreviewFeatureNotRegistered", ("EncryptionAtHost", "Microsoft.Compute", "aks_feature")),
    Case("agent-pool-apis-not-supported", "PoolsNotSupported", ("availability sets", "aks_cluster")),
    Case("managed-cluster-not-found", "ClusterNotFound", ("AKS cluster", "aks_cluster")),
    Case("resource-group-locked", "ScopeLocked", ("lock", "az lock list")),
    Case("scope-locked", "ScopeLocked", ("lock", "az lock list")),
    Case("unknown-error", "SomethingNew", ("request", "learn.microsoft.com/troubleshoot")),
]
AFTER_A_WHILE = [
    Case("quota-exceeded", "QuotaExceeded", ("no quota", "at least 4")),
    Case("quota-exceeded", "QuotaExceeded", ("Surge nodes", "another family"), values={"limit": "8"}),
    Case("quota-exceeded-regional", "QuotaExceeded", ("Total Regional vCPUs", "another region")),
    Case("quota-exceeded-spot", "QuotaExceeded", ("Total Regional Spot vCPUs", "scale_set_priority: Regular")),
    Case("sku-not-available", "CapacityRestricted", ("size", "another zone, region or size"), retriable=True),
    Case("allocation-failed", "CapacityRestricted", ("size", "another zone, region or size"), retriable=True),
    Case("zonal-allocation-failed", "CapacityRestricted", ("in the zone", "availability_zones"), retriable=True),
    Case("overconstrained-allocation", "AllocationOverconstrained", ("requirements", "proximity_placement_group_id"), retriable=True),
    Case("overconstrained-zonal-allocation", "AllocationOverconstrained", ("requirements", "availability_zones"), retriable=True),
    Case("operation-preempted", "OperationPreempted", ("canceled", "Run the same task again"), retriable=True),
    Case("operation-preempted-by-delete", "OperationPreempted", ("canceled", "Run the same task again"), retriable=True),
    Case("operation-overridden", "OperationPreempted", ("canceled", "Run the same task again"), retriable=True),
    Case("node-bootstrap-failed", "DriverFailed", ("did not start", "upgrade_node_image: true"), retriable=True),
    *(
        Case("node-bootstrap-failed", code, words, retriable=True, values={"exit_status": status})
        for status, code, words in (
            ("85", "DriverInstallTimeout", ("NVIDIA driver", "egress")),
            ("83", "DriverInstallTimeout", ("NVIDIA driver", "egress")),
            ("86", "DevicePluginFailed", ("did not start", "manual_plugin")),
            ("87", "BrokenGpu", ("infoROM", "Azure support")),
            ("123", "ManagedGpuFailed", ("DCGM", "gpu_management_mode: Unmanaged")),
            ("224", "ManagedGpuFailed", ("DCGM", "gpu_management_mode: Unmanaged")),
            ("235", "ManagedGpuFailed", ("DCGM", "gpu_management_mode: Unmanaged")),
            ("50", "NodeSetupFailed", ("outbound connections", "egress")),
        )
    ),
    Case("reconcile-internal-error", "ServiceUnavailable", ("correlation ID 00000000-0000-0000-0000-000000000002",), retriable=True),
    Case("drain-blocked", "PodDrainFailure", ("train-0", "PodDisruptionBudget train", "drain_timeout_in_minutes")),
    Case("unknown-failure", "SomethingNew", ("operation", "learn.microsoft.com/troubleshoot")),
    Case("half-made", "CapacityRestricted", ("in the zone", "availability_zones"), retriable=True),
]
# Those that the collection gets over by itself: below.
PASSING = {
    *("cut-before", "cut-after", "throttled", "subscription-throttled", "too-many-requests", "server-error"),
    *("token-expired", "token-invalid", "identity-operation-throttled", "interim-error"),
}
BUSY = (
    "pool-operation-in-progress",
    "cluster-operation-in-progress",
    "pool-operation-in-progress-2026",
    "cluster-operation-in-progress-2026",
)
GOT_OVER = {*PASSING, *BUSY, "never-ends", "delete-failed", "delete-drain-blocked", "operation-canceled"}
# Of sizes, which have tests of their own; the others are in test_azure_limits.py.
ELSEWHERE = {
    "reason-in-the-resource",
    "hypervisor-generation-1",
    "hypervisor-generation-2",
    "slow",
    "trickle",
    "no-answer",
    "no-operation-url",
}


def told(error: AzureError, case: Case) -> None:
    """The user hears what failed, why, and what to do, in one paragraph and in fields."""
    result = failure(error)
    fields = result["error"]
    assert (fields["code"], fields["retriable"]) == (case.code, case.retriable), result["msg"]
    assert fields["message"].startswith("Creating the node pool gpunp: Azure returned ")
    assert fields["cause"]
    assert fields["remedy"]
    assert "\n" not in fields["remedy"]
    missing = [word for word in case.words if word not in result["msg"]]
    assert not missing, f"{missing} not in: {result['msg']}"


@pytest.mark.parametrize("case", AT_ONCE, ids=lambda case: case.fault)
def test_immediate_refusal_is_explained_and_leaves_nothing(with_cluster: Azure, case: Case) -> None:
    with_cluster.site.state.faults.arm(case.fault, times=None, method="PUT", values=case.values)
    error = with_cluster.refused(NODEPOOL, **POOL)
    assert isinstance(error, AzureError)
    told(error, case)
    with_cluster.site.state.faults.clear()
    assert with_cluster.run(NODEPOOL, check_mode=True, **POOL).changed


@pytest.mark.parametrize("case", AFTER_A_WHILE, ids=lambda case: " ".join([case.fault, *(case.values or {}).values()]))
def test_later_failure_is_explained_in_error_and_pool_and_repaired(with_cluster: Azure, case: Case) -> None:
    azure = with_cluster
    azure.site.state.faults.arm(case.fault, values=case.values)
    error = azure.refused(NODEPOOL, **POOL)
    assert isinstance(error, AzureError)
    told(error, case)
    assert error.facts["pool"]["provisioning_state"] == "Failed"
    assert error.facts["pool"]["provisioning_error"]["code"] == case.code

    with azure.requests() as sent:
        predicted = azure.run(NODEPOOL, check_mode=True, **POOL)
    assert sent.writes == []
    assert predicted.result["pool"]["provisioning_error"]["code"] == case.code
    with azure.requests() as sent:
        repaired = azure.run(NODEPOOL, **POOL)
    assert sent.writes == [PUT]
    assert predicted.changes == repaired.changes
    assert predicted.warnings == repaired.warnings
    assert repaired.changes[0].diff()["after"] == {"provisioningState": "Succeeded"}
    (warning,) = repaired.warnings
    assert "is Failed (" in warning
    assert "It is submitted to Azure again" in warning
    assert repaired.result["pool"]["provisioning_state"] == "Succeeded"
    assert repaired.result["pool"]["provisioning_error"] is None
    again = azure.run(NODEPOOL, **POOL)
    assert (again.changed, again.warnings) == (False, ())


def test_every_pool_fault_of_the_lab_is_tested() -> None:
    path = pool_id(PRINCIPAL.subscription_id, GROUP, CLUSTER, "gpunp")
    meeting = {name for name, fault in FAULTS.items() if any(fault.where.matches(method, path) for method in ("PUT", "DELETE"))}
    assert {case.fault for case in (*AT_ONCE, *AFTER_A_WHILE)} | GOT_OVER | ELSEWHERE == meeting


class TestGotOver:
    """What passes is waited for, and nobody has to run the task again."""

    @pytest.mark.parametrize("fault", BUSY)
    def test_operation_of_a_whole_day_is_waited_for(self, with_cluster: Azure, fault: str) -> None:
        azure = with_cluster
        azure.site.state.faults.arm(fault, times=int(DAY / 600))
        began = azure.clock.now()
        made = azure.run(NODEPOOL, **POOL, wait_timeout=2 * DAY, poll_interval=600)
        assert made.changed
        assert DAY <= azure.clock.now() - began < DAY + 1800

    @pytest.mark.parametrize("fault", sorted(PASSING))
    def test_pool_is_created_once_whatever_happens_to_the_request(self, with_cluster: Azure, fault: str) -> None:
        azure = with_cluster
        azure.site.state.faults.arm(fault, method="PUT")
        with azure.requests() as sent:
            made = azure.run(NODEPOOL, **POOL)
        assert made.changed
        assert made.result["pool"]["provisioning_state"] == "Succeeded"
        made_by = [str(request) for request in sent if request.is_write and request.status == 201]
        assert made_by == ([] if fault == "cut-after" else [PUT])  # whose answer nobody saw
        assert not azure.run(NODEPOOL, **POOL).changed

    def test_change_with_a_lost_response_is_reported_as_changed(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("cut-after", method="PUT")
        changed = azure.run(NODEPOOL, **POOL, node_labels={"team": "vision"})
        assert changed.changes[0].after == {"nodeLabels": {"team": "vision"}}
        assert changed.result["pool"]["node_labels"] == {"team": "vision"}

    def test_endless_server_errors_are_retriable(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("server-error", times=None)
        error = with_cluster.refused(NODEPOOL, **POOL)
        assert (error.code, error.retriable) == ("ServiceUnavailable", True)

    def test_endless_throttling_has_a_remedy(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("throttled", times=None)
        error = with_cluster.refused(NODEPOOL, **POOL)
        assert (error.code, error.retriable) == ("Throttled", True)

    def test_endless_operation_times_out_after_wait_timeout(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.site.state.faults.arm("never-ends")
        began = azure.clock.now()
        error = azure.refused(NODEPOOL, **POOL, wait_timeout=DAY, poll_interval=3600)
        assert isinstance(error, WaitTimeoutError)
        assert (error.code, error.retriable) == ("Timeout", True)
        assert DAY <= azure.clock.now() - began < DAY + 60

    @pytest.mark.parametrize("fault", BUSY)
    @pytest.mark.parametrize(
        ("method", "change"),
        [
            ("POST", {"upgrade_node_image": True}),
            ("PUT", {"count": 2}),
            ("PUT", {"power_state": {"code": "Stopped"}}),
            ("DELETE", {"state": "absent"}),
        ],
    )
    def test_every_change_waits_for_an_operation_of_another_client(
        self, with_cluster: Azure, fault: str, method: str, change: dict[str, Any]
    ) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.aks.admission.node_image_release = "202612.24.0"
        azure.site.state.faults.arm(fault, times=2, method=method, path="**/agentPools/**")
        with azure.requests() as sent:
            assert azure.run(NODEPOOL, **{**POOL, **change}).changed
        assert [request.status for request in sent if request.method == method and request.status == 409] == [409, 409]

    def test_operation_that_times_out_is_named(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("cluster-operation-in-progress-2026", times=None)
        error = with_cluster.refused(NODEPOOL, **POOL, wait_timeout=600)
        assert (error.code, error.retriable) == ("OperationInProgress", True)
        assert "managed cluster operation" in error.cause
        assert "since 20" in error.cause
        assert "operation-abort" in error.remedy

    def test_aborted_operation_is_repeated_by_the_next_run(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.site.state.faults.arm("operation-canceled")
        error = azure.refused(NODEPOOL, **POOL)
        assert (error.code, error.retriable) == ("OperationCanceled", True)
        assert azure.run(NODEPOOL, **POOL).changed
        assert not azure.run(NODEPOOL, **POOL).changed

    def test_deletion_blocked_by_a_disruption_budget_names_the_option(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("delete-drain-blocked")
        error = azure.refused(NODEPOOL, **WHERE, state="absent")
        assert error.code == "PodDrainFailure"
        assert "train-0" in error.cause
        assert "ignore_pod_disruption_budget: true" in error.remedy

    def test_failed_deletion_is_reported_and_can_be_repeated(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("delete-failed")
        error = azure.refused(NODEPOOL, **WHERE, state="absent")
        assert (error.code, error.retriable) == ("ServiceUnavailable", True)
        assert error.message.startswith("Deleting the node pool gpunp: ")
        assert "InternalOperationError" in error.message
        assert azure.run(NODEPOOL, **WHERE, state="absent").changed
        assert not azure.run(NODEPOOL, **WHERE, state="absent").changed

    @pytest.mark.parametrize("change", [{"count": 2}, {"upgrade_node_image": True}], ids=str)
    def test_pool_is_polled_if_azure_does_not_know_the_operation(self, with_cluster: Azure, change: dict[str, Any]) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.aks.admission.node_image_release = "202612.24.0"
        azure.site.state.faults.arm("operation-not-found", times=None)
        done = azure.run(NODEPOOL, **{**POOL, **change})
        assert done.result["pool"]["provisioning_state"] == "Succeeded"
        assert not azure.run(NODEPOOL, **{**POOL, **change}).changed

    def test_deletion_without_an_operation_is_waited_for_at_the_pool(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("operation-not-found", times=None)
        azure.run(NODEPOOL, **WHERE, state="absent")
        assert "gpunp" not in azure.site.state.aks.cluster(GROUP, CLUSTER).pools

    def test_unknown_api_version_is_not_taken_for_a_deleted_pool(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("resource-type-not-found", times=None)
        error = azure.refused(NODEPOOL, **WHERE, state="absent", api_version="2019-02-01-preview")
        assert (error.code, error.retriable) == ("ApiVersionNotSupported", False)
        assert "api_version" in error.remedy
