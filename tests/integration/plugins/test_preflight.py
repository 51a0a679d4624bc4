# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_preflight_info against the simulated Azure: what it finds, asks and can't find out; and that Azure then does as was said."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import failure
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.lab.arm.model.compute.limits import Reservation, Restriction

FAMILY = "Standard NCASv3_T4 Family"
WHERE = {"resource_group": GROUP, "cluster": CLUSTER}
POOL = {"name": "gpunp", "vm_size": SIZE}
GEN2 = {"usegen2vm": True}
SCALING = {"enable_auto_scaling": True, "min_count": 1, "max_count": 3}
COMPUTE = "/providers/Microsoft.Compute"


def found(azure: Azure, **params: Any) -> dict[str, Any]:
    """What the module returns, whatever it thinks of it."""
    return dict(azure.run(OPERATION, fail_on="never", **params).result)


def codes(result: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in result["findings"]]


def limit(azure: Azure, quota: str, vcpus: int) -> None:
    azure.site.state.compute.set_limit("eastus", quota, vcpus)


def restrict(azure: Azure, *zones: str, reason: str = "NotAvailableForSubscription") -> None:
    azure.site.state.compute.restrict(SIZE, [Restriction("eastus", zones, reason)])


def forbid(azure: Azure, what: str) -> None:
    azure.site.state.faults.arm("authorization-failed", times=None, path=f"**{COMPUTE}/{what}")


def test_available_pool_passes_with_all_facts(with_cluster: Azure) -> None:
    outcome = with_cluster.run(OPERATION, **WHERE, **POOL, **SCALING, path="manual_plugin")
    result = outcome.result
    assert (outcome.changed, outcome.warnings, result["passed"], result["findings"]) == (False, (), True, [])
    assert (result["location"], result["size"]["name"], result["size"]["offered"]) == ("eastus", SIZE, True)
    assert {key: result["size"][key] for key in ("gpus", "vcpus", "family")} == {"gpus": 1, "vcpus": 4, "family": FAMILY}
    assert result["demand"] == {
        "nodes": 1, "max_nodes": 3, "surge_nodes": 1, "existing_nodes": 0, "vcpus": 4, "max_vcpus": 16, "gpus": 1, "max_gpus": 3,
    }  # fmt: skip
    assert [quota["name"] for quota in result["quotas"]] == [FAMILY, "cores"]
    assert result["cluster"]["exists"]
    assert result["cluster"]["provisioning_state"] == "Succeeded"


def test_each_thing_is_asked_once_and_nothing_is_written(with_cluster: Azure) -> None:
    with with_cluster.requests() as sent:
        with_cluster.run(OPERATION, **WHERE, **POOL, **SCALING)
    asked = [str(request) for request in sent if "/subscriptions/" in request.path]
    assert asked == ["GET managedClusters/aks", "GET Microsoft.Compute/skus", "GET eastus/usages", "GET eastus/vmSkus"]
    assert sent.writes == []


def test_pages_are_read_until_the_size_is_found(azure: Azure) -> None:
    azure.site.state.page_size = 2
    names = [size.name for size in azure.site.state.compute.sizes()]
    pages = names.index(SIZE) // 2 + 1
    with azure.requests() as sent:
        assert found(azure, location="eastus", vm_size=SIZE)["size"]["offered"]
    assert sum(request.path.endswith("/skus") for request in sent) == pages
    with azure.requests() as sent:
        assert codes(found(azure, location="eastus", vm_size="Standard_NC5")) == ["VMSizeUnknown"]
    assert sum(request.path.endswith("/skus") for request in sent) > len(names) // 2


def test_before_there_is_a_cluster_size_and_quota_are_judged_also_in_check_mode(azure: Azure) -> None:
    limit(azure, FAMILY, 0)
    for check_mode in (True, False):
        outcome = azure.run(OPERATION, check_mode=check_mode, **WHERE, **POOL, location="East US", fail_on="never")
        assert (outcome.result["location"], outcome.result["cluster"]["exists"]) == ("eastus", False)
        assert codes(dict(outcome.result)) == ["QuotaExceeded"]
    assert azure.writes() == []


def test_region_is_required(azure: Azure) -> None:
    assert azure.refused(OPERATION, **WHERE, **POOL).code == "MissingLocation"
    azure.make_group()
    assert found(azure, **WHERE, **POOL)["location"] == "eastus"


def test_unknown_region_is_reported_and_refused_by_azure(azure: Azure) -> None:
    error = azure.refused(OPERATION, **POOL, location="Moon")
    assert (error.code, [finding["code"] for finding in error.facts["findings"]]) == ("LocationNotAvailable", ["LocationNotAvailable"])
    assert error.message.endswith("moon: Azure lists no sizes at all for moon")
    assert "az account list-locations" in error.remedy
    forbid(azure, "skus")
    assert azure.refused(OPERATION, **POOL, location="moon").code == "LocationNotAvailable"
    refused = azure.refused(CLUSTERS, resource_group=GROUP, name=CLUSTER, location="moon")
    assert (refused.code, "region 'moon'" in refused.cause) == ("LocationNotAvailable", True)


@pytest.mark.parametrize(
    ("params", "code"), [({**WHERE, "name": "gpunp"}, "MissingVmSize"), ({**WHERE, **POOL, "max_surge": "lots"}, "InvalidMaxSurge")]
)
def test_invalid_request_is_rejected(with_cluster: Azure, params: dict[str, Any], code: str) -> None:
    assert with_cluster.refused(OPERATION, **params).code == code


REFUSALS = [
    pytest.param({"vm_size": "Standard_NC6"}, "VMSizeRetired", "Standard_NC4as_T4_v3", id="retired size"),
    pytest.param({"vm_size": "Standard_NC5"}, "VMSizeUnknown", "az vm list-skus", id="unknown size"),
    pytest.param({"vm_size": "Standard_D4s_v5"}, "NoGpu", "Standard_NC4as_T4_v3", id="no GPU"),
    pytest.param({"vm_size": "Standard_D2_v2", "custom_headers": GEN2}, "HypervisorGeneration", "generation", id="generation"),
    pytest.param({"path": "dedicated_vhd"}, "RetiredPath", "manual_plugin", id="retired path"),
    pytest.param({"path": "managed", **SCALING}, "ManagedAutoscaler", "enable_auto_scaling: false", id="managed with autoscaler"),
]


@pytest.mark.parametrize(("params", "code", "remedy"), REFUSALS)
def test_refusal_is_an_error_with_all_findings(with_cluster: Azure, params: dict[str, Any], code: str, remedy: str) -> None:
    with pytest.raises(GpuopsError) as refusal:
        with_cluster.run(OPERATION, **{**WHERE, **POOL, **params})
    result = failure(refusal.value)
    assert code in codes(result)
    assert result["error"]["code"] == result["findings"][0]["code"]
    told = next(finding for finding in result["findings"] if finding["code"] == code)
    assert remedy in told["remedy"]
    assert result["passed"] is False
    assert all(result["error"][name] for name in ("message", "cause", "remedy"))
    json.dumps(result)


def test_fail_on_decides_what_fails(with_cluster: Azure) -> None:
    limit(with_cluster, FAMILY, 4)
    with_cluster.run(OPERATION, **WHERE, **POOL, **SCALING, max_surge="0", fail_on="never")
    outcome = with_cluster.run(OPERATION, **WHERE, **POOL, **SCALING)
    assert codes(dict(outcome.result)) == ["QuotaBelowMaximum"]
    assert "0 of 4 used" in outcome.warnings[0]
    error = with_cluster.refused(OPERATION, **WHERE, **POOL, **SCALING, fail_on="warning")
    assert error.code == "QuotaBelowMaximum"
    assert f"--scope /subscriptions/{PRINCIPAL.subscription_id}/providers/Microsoft.Compute/locations/eastus" in error.remedy


QUOTAS = [
    pytest.param(FAMILY, 4, {"count": 1}, True, id="one node fits"),
    pytest.param(FAMILY, 7, {"count": 2}, False, id="the second doesn't"),
    pytest.param("cores", 5, {"count": 1}, False, id="the region's total, of which the system pool has two"),
    pytest.param("lowPriorityCores", 3, {"count": 1, "scale_set_priority": "Spot"}, False, id="spot"),
    pytest.param("lowPriorityCores", 4, {"count": 1, "scale_set_priority": "Spot"}, True, id="spot fits"),
    pytest.param(FAMILY, 0, {"count": 1, "scale_set_priority": "Spot"}, True, id="spot doesn't count against the family"),
]


@pytest.mark.parametrize(("quota", "vcpus", "params", "fits"), QUOTAS)
def test_quota_verdict_agrees_with_azure(with_cluster: Azure, quota: str, vcpus: int, params: dict[str, Any], *, fits: bool) -> None:
    limit(with_cluster, quota, vcpus)
    assert found(with_cluster, **WHERE, **POOL, **params)["passed"] is fits
    if fits:
        with_cluster.run(NODEPOOL, **WHERE, **POOL, **params)
    else:
        assert with_cluster.refused(NODEPOOL, **WHERE, **POOL, **params).code == "QuotaExceeded"


def test_existing_nodes_are_not_counted_twice(with_cluster: Azure) -> None:
    with_cluster.run(NODEPOOL, **WHERE, **POOL, count=2)
    limit(with_cluster, FAMILY, 8)
    result = found(with_cluster, **WHERE, **POOL, count=2)
    assert (result["demand"]["existing_nodes"], result["demand"]["vcpus"]) == (2, 0)
    assert codes(result) == ["QuotaBelowMaximum"], "nothing is left for a surge node"
    assert codes(found(with_cluster, **WHERE, **POOL, count=3)) == ["QuotaExceeded"]


def test_existing_pool_supplies_missing_options(with_cluster: Azure) -> None:
    with_cluster.run(NODEPOOL, **WHERE, **POOL, **SCALING, upgrade_settings={"max_surge": "50%"})
    result = found(with_cluster, **WHERE, name="gpunp")
    assert result["size"]["name"] == SIZE
    assert {key: result["demand"][key] for key in ("nodes", "max_nodes", "surge_nodes")} == {"nodes": 1, "max_nodes": 3, "surge_nodes": 2}


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ({"gpu_driver": "Install"}, "manual_plugin"),
        ({"gpu_driver": "None"}, "gpu_operator"),
        ({"gpu_management_mode": "Managed"}, "managed"),
    ],
)
def test_pool_that_others_have_made_is_adopted_by_its_own_path_only(with_cluster: Azure, made: dict[str, str], path: str) -> None:
    with_cluster.run(NODEPOOL, **WHERE, **POOL, count=1, **made)
    assert codes(found(with_cluster, **WHERE, **POOL, path=path)) == []
    for other in {"manual_plugin", "gpu_operator", "managed"} - {path}:
        error = with_cluster.refused(OPERATION, **WHERE, **POOL, path=other)
        assert error.code == "PathDoesNotFit"
        assert f"path {path}" in error.remedy


def test_stopped_pool_is_an_error_unless_it_is_started(with_cluster: Azure) -> None:
    with_cluster.run(NODEPOOL, **WHERE, **POOL)
    with_cluster.run(NODEPOOL, **WHERE, **POOL, power_state={"code": "Stopped"})
    error = with_cluster.refused(OPERATION, **WHERE, **POOL)
    assert error.code == "PoolStopped"
    assert f"az aks nodepool start --resource-group {GROUP} --cluster-name {CLUSTER} --name gpunp" in error.remedy
    started = {"power_state": {"code": "Running"}}
    assert codes(found(with_cluster, **WHERE, **POOL, **started)) == []
    with_cluster.run(NODEPOOL, **WHERE, **POOL, **started)
    assert codes(found(with_cluster, **WHERE, **POOL)) == []


def test_existing_pool_is_not_refused_for_what_azure_no_longer_offers(with_cluster: Azure) -> None:
    with_cluster.run(NODEPOOL, **WHERE, **POOL)
    restrict(with_cluster)
    outcome = with_cluster.run(OPERATION, **WHERE, **POOL)
    assert [(each["code"], each["severity"]) for each in outcome.result["findings"]] == [("VMSizeRestricted", "warning")]
    assert with_cluster.refused(OPERATION, **WHERE, name="other", vm_size=SIZE).code == "VMSizeRestricted"


@pytest.mark.parametrize(
    ("zones", "reason", "asked", "code"),
    [
        ((), "NotAvailableForSubscription", ["1"], "VMSizeRestricted"),
        ((), "QuotaId", [], "VMSizeRestricted"),
        (("1", "2"), "NotAvailableForSubscription", ["1"], "ZoneNotOffered"),
        (("1", "2"), "NotAvailableForSubscription", ["3"], ""),
    ],
)
def test_restrictions_of_the_subscription(with_cluster: Azure, zones: tuple[str, ...], reason: str, asked: list[str], code: str) -> None:
    restrict(with_cluster, *zones, reason=reason)
    result = found(with_cluster, **WHERE, **POOL, availability_zones=asked)
    assert codes(result) == ([code] if code else [])
    assert result["size"]["restrictions"] == [{"type": "Zone" if zones else "Location", "reason": reason, "zones": list(zones)}]


@pytest.mark.parametrize(
    ("what", "code", "action"),
    [
        ("skus", "SizesNotReadable", "Microsoft.Compute/skus/read"),
        ("locations/*/usages", "QuotaNotReadable", "Microsoft.Compute/locations/usages/read"),
    ],
)
def test_missing_permission_is_a_warning_with_the_permission_to_add(with_cluster: Azure, what: str, code: str, action: str) -> None:
    forbid(with_cluster, what)
    outcome = with_cluster.run(OPERATION, **WHERE, **POOL)
    assert codes(dict(outcome.result)) == [code]
    assert action in outcome.warnings[0]
    assert outcome.result["passed"]
    assert (outcome.result["size"]["offered"] is None) is (what == "skus")


CRG = f"/subscriptions/{PRINCIPAL.subscription_id}/resourceGroups/rg{COMPUTE}/capacityReservationGroups/crg"


def reserve(azure: Azure, *reservations: Reservation) -> None:
    azure.site.state.compute.reservations[CRG.lower()] = list(reservations)


def test_capacity_reservation_turns_used_up_quota_into_a_warning(with_cluster: Azure) -> None:
    limit(with_cluster, FAMILY, 0)
    assert with_cluster.refused(OPERATION, **WHERE, **POOL).code == "QuotaExceeded"
    reserve(with_cluster, Reservation("t4", SIZE, 1))
    result = with_cluster.run(OPERATION, **WHERE, **POOL, capacity_reservation_group_id=CRG).result
    assert [(finding["code"], finding["severity"]) for finding in result["findings"]] == [("QuotaBelowReservation", "warning")]


def test_capacity_reservation_is_checked_for_size_zone_and_free_machines(with_cluster: Azure) -> None:
    wanted = {**WHERE, **POOL, "count": 2, "capacity_reservation_group_id": CRG}
    assert with_cluster.refused(OPERATION, **wanted).code == "ReservationNotFound"
    reserve(with_cluster)
    assert with_cluster.refused(OPERATION, **wanted).code == "ReservationEmpty"
    reserve(with_cluster, Reservation("t4", SIZE, 2), Reservation("other", "Standard_NC24ads_A100_v4", 8))
    assert found(with_cluster, **wanted)["findings"] == []
    assert with_cluster.refused(OPERATION, **wanted, availability_zones=["1"]).code == "ReservationUnfit"
    with_cluster.run(NODEPOOL, **WHERE, name="other", vm_size=SIZE, count=1, capacity_reservation_group_id=CRG)
    (small,) = found(with_cluster, **wanted)["findings"]
    assert (small["code"], small["severity"], small["subjects"]) == ("ReservationTooSmall", "warning", [CRG])
    assert "1 of 2 free" in small["evidence"]
    forbid(with_cluster, "capacityReservationGroups/**")
    assert codes(found(with_cluster, **wanted)) == ["ReservationNotReadable"]


def test_list_of_aks_is_a_second_source_and_silent_where_it_is_refused(with_cluster: Azure) -> None:
    with_cluster.site.state.compute.unknown_to_aks.add(SIZE.lower())
    (warned,) = found(with_cluster, **WHERE, **POOL)["findings"]
    assert (warned["code"], warned["severity"]) == ("VMSizeNotListedByAks", "warning")
    with_cluster.site.state.faults.arm("authorization-failed", times=None, path="**/locations/eastus/vmSkus")
    assert found(with_cluster, **WHERE, **POOL)["findings"] == []
    with_cluster.site.state.faults.clear()
    with_cluster.run(NODEPOOL, **WHERE, **POOL, count=1)
    with with_cluster.requests() as sent:
        assert found(with_cluster, **WHERE, **POOL)["findings"] == []
    assert not any(request.path.endswith("/vmSkus") for request in sent), "a pool that has the size shows that AKS takes it"


def test_ephemeral_disk_verdict_agrees_with_azure(with_cluster: Azure) -> None:
    fits, large = ({**POOL, "os_disk_type": "Ephemeral", "os_disk_size_gb": gib} for gib in (144, 180))
    assert with_cluster.refused(OPERATION, **WHERE, **large).code == "EphemeralDiskTooLarge"
    with_cluster.refused(NODEPOOL, **WHERE, **large)
    assert with_cluster.run(OPERATION, **WHERE, **fits).result["findings"] == []
    with_cluster.run(NODEPOOL, **WHERE, **fits)


class TestNewCluster:
    """What the cluster needs, before it is made."""

    NEW: ClassVar = {**WHERE, **POOL, "location": "eastus"}

    def test_missing_cluster_is_an_error_without_create_cluster(self, azure: Azure) -> None:
        error = azure.refused(OPERATION, **self.NEW, create_cluster=False)
        assert (error.code, "gpu_create_cluster: true" in error.remedy) == ("ClusterNotFound", True)
        assert found(azure, **self.NEW)["findings"] == []

    def test_existing_cluster_is_not_checked_as_a_new_one(self, with_cluster: Azure) -> None:
        result = found(with_cluster, **self.NEW, create_cluster=False, kubernetes_version="1.12", node_vm_size="Standard_NC6")
        assert result["findings"] == []

    def test_its_kubernetes_version_is_one_that_azure_has(self, azure: Azure) -> None:
        assert found(azure, **self.NEW, kubernetes_version="1.34")["findings"] == []
        error = azure.refused(OPERATION, **self.NEW, kubernetes_version="1.12")
        assert (error.code, "1.34" in error.remedy) == ("VersionNotSupported", True)
        assert azure.refused(OPERATION, **self.NEW, kubernetes_version="latest").code == "InvalidVersion"

    def test_size_of_the_first_pool_is_checked_if_set(self, azure: Azure) -> None:
        assert found(azure, **self.NEW, node_vm_size="Standard_D4s_v5")["findings"] == []
        error = azure.refused(OPERATION, **self.NEW, node_vm_size="Standard_NC6")
        assert (error.code, "Set node_vm_size" in error.remedy) == ("VMSizeRetired", True)
        limit(azure, "standardDSv5Family", 2)
        assert codes(found(azure, **self.NEW, node_vm_size="Standard_D4s_v5")) == ["QuotaExceeded"]

    @pytest.mark.parametrize(
        "params",
        [
            {"cluster": "", "resource_group": GROUP},
            {"cluster": CLUSTER, "resource_group": ""},
            {"cluster": CLUSTER, "resource_group": None},
            {"cluster": CLUSTER},
        ],
    )
    def test_empty_name_is_rejected(self, azure: Azure, params: dict[str, Any]) -> None:
        error = azure.refused(OPERATION, **POOL, location="eastus", **params)
        assert (error.code, "is empty" in error.message) == ("InvalidName", True)


def test_retired_size_is_known_without_microsoft_compute(with_cluster: Azure) -> None:
    forbid(with_cluster, "skus")
    assert with_cluster.refused(OPERATION, **WHERE, name="gpunp", vm_size="Standard_NC6").code == "VMSizeRetired"


def test_response_after_throttling_is_used(with_cluster: Azure) -> None:
    with_cluster.site.state.faults.arm("throttled", path=f"**{COMPUTE}/skus")
    assert found(with_cluster, **WHERE, **POOL)["size"]["offered"]


def test_wrong_credentials_are_an_error_not_a_warning(with_cluster: Azure) -> None:
    environ = {**with_cluster.environ, "AZURE_SECRET": "wrong"}
    assert with_cluster.refused(OPERATION, **WHERE, **POOL, environ=environ).code == "InvalidClientSecret"


def test_year_2021_offers_what_the_article_needs(azure2021: Azure) -> None:
    """Standard_NC6 with the dedicated image of generation 2: the size is offered, so its retirement of 2023 is none yet."""
    headers = {"UseGPUDedicatedVHD": "true", "usegen2vm": "true"}
    params = {"location": "eastus", "vm_size": "Standard_NC6", "path": "dedicated_vhd", "custom_headers": headers, "allow_retired": True}
    outcome = azure2021.run(OPERATION, **params)
    assert [(each["code"], each["severity"]) for each in outcome.result["findings"]] == [("HypervisorGeneration", "warning")]
    assert "cannot boot Hypervisor Generation '2'" in outcome.warnings[0]
    assert outcome.result["size"]["retired"] == ""


def test_pools_beside_this_one_are_judged_by_their_owners(with_cluster: Azure) -> None:
    with_cluster.run(NODEPOOL, **WHERE, name="managed", vm_size=SIZE, gpu_management_mode="Managed", count=1)
    with_cluster.run(NODEPOOL, **WHERE, name="other", vm_size=SIZE, gpu_driver="Install", count=1)
    manual = {**WHERE, **POOL, "path": "manual_plugin"}
    (warned,) = found(with_cluster, **manual)["findings"]
    assert (warned["code"], warned["severity"], warned["subjects"]) == ("PluginNotNeeded", "warning", ["node pool managed"])
    assert codes(found(with_cluster, **manual, plugin_pools=["gpunp"])) == []
    served = {**WHERE, **POOL, "path": "gpu_operator", "operator_pools": ["other", "not-there-yet"]}
    (refused,) = found(with_cluster, **served, gpu_driver="None")["findings"]
    assert (refused["code"], refused["subjects"]) == ("PathDoesNotFit", ["node pool other"])
    assert codes(found(with_cluster, **served, gpu_operator_driver="aks")) == []


def test_size_with_infiniband_needs_its_feature_for_several_nodes(with_cluster: Azure) -> None:
    wanted = {**WHERE, "name": "gpunp", "vm_size": "Standard_ND96isr_H100_v5"}
    assert codes(found(with_cluster, **wanted, count=1)) == []
    (warned,) = found(with_cluster, **wanted, count=2)["findings"]
    assert (warned["code"], warned["severity"]) == ("InfinibandNotRegistered", "warning")
    with_cluster.run(FEATURE, features=["AKSInfinibandSupport"])
    assert codes(found(with_cluster, **wanted, count=2)) == []
    with_cluster.site.state.faults.arm("authorization-failed", times=None, path="**/features/*")
    assert codes(found(with_cluster, **wanted, count=2)) == ["FeatureNotReadable"]
