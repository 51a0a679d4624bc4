# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError, WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE
from azure.mgmt.containerservice.models import AgentPool

from tests.integration.lab.arm_site import send
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, cluster_body, four_times
from tests.lab.arm.faults.armed import Armed
from tests.lab.arm.faults.effects import Answer, Effect, Values
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import Where
from tests.lab.arm.routing import Call, Reply

HERE: dict[str, Any] = {"resource_group": GROUP, "name": CLUSTER}
WANTED: dict[str, Any] = {**HERE, "location": "eastus"}
MARK = {"gpuops-aks-created": "true"}
PUT_GROUP, DELETE_GROUP = "PUT resourceGroups/rg", "DELETE resourceGroups/rg"
PUT_CLUSTER, DELETE_CLUSTER = "PUT managedClusters/aks", "DELETE managedClusters/aks"
AZURES_CHOICE = "Standard_D4s_v5"  # the lab's, where a cluster is made without a size
NOT_OURS = "not made by this collection"


def live(azure: Azure) -> Any:
    """The cluster as another client sees it."""
    return azure.somebody().managed_clusters.get(GROUP, CLUSTER)


def group_tags(azure: Azure) -> Any:
    """The resource group's tags."""
    return send(azure.somebody(), "GET", f"/resourcegroups/{GROUP}").json()["tags"]


def deleted_by_somebody(azure: Azure, path: str) -> None:
    """Another client starts a deletion and leaves."""
    assert send(azure.somebody(), "DELETE", path, api_version="2026-08-01").status_code == 202


CLUSTER_PATH = f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}"


def test_lifecycle_of_a_cluster_with_check_mode_and_idempotence(azure: Azure) -> None:
    made = four_times(azure, CLUSTERS, evidence=azure.writes, **WANTED).result["cluster"]
    assert (made["name"], made["location"], made["provisioning_state"]) == (CLUSTER, "eastus", "Succeeded")
    assert made["pools"] == [{"name": "nodepool1", "vm_size": AZURES_CHOICE, "count": 1}]
    assert made["tags"] == live(azure).tags == group_tags(azure) == MARK

    gone = four_times(azure, CLUSTERS, evidence=azure.writes, **HERE, state="absent", created_only=True)
    assert (gone.result["existed"], gone.result["kept"]) == (True, [])
    assert [change.subject for change in gone.changes] == ["cluster aks", "resource group rg"]
    assert not azure.has_group()
    assert azure.writes() == [PUT_GROUP, PUT_CLUSTER, DELETE_CLUSTER, DELETE_GROUP]


def test_diff_of_a_creation_shows_the_request(azure: Azure) -> None:
    group, cluster = azure.run(CLUSTERS, check_mode=True, **WANTED, kubernetes_version="1.35", tags={"team": "vision"}).changes
    assert (group.subject, group.before, group.after) == ("resource group rg", {}, {"location": "eastus", "tags": MARK})
    assert cluster.before == {}
    assert cluster.after == {
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Base", "tier": "Free"},
        "tags": {"team": "vision", **MARK},
        "properties": {
            "dnsPrefix": "aks-rg",
            "enableRBAC": True,
            "kubernetesVersion": "1.35",
            "agentPoolProfiles": [
                {
                    "name": "nodepool1",
                    "mode": "System",
                    "type": "VirtualMachineScaleSets",
                    "osType": "Linux",
                    "vmSize": "",
                    "count": 1,
                }
            ],
        },
    }


def test_existing_cluster_is_unchanged_without_options(with_cluster: Azure) -> None:
    with with_cluster.requests() as sent:
        seen = with_cluster.run(CLUSTERS, **WANTED, node_count=3, kubernetes_version="", dns_prefix="")
    assert (seen.changed, seen.warnings, sent.writes) == (False, (), [])
    assert live(with_cluster).tags is None


def test_unset_size_is_not_compared_with_an_existing_cluster(azure: Azure) -> None:
    azure.make_group()
    azure.make_cluster()  # its pool nodepool1 has another size than Azure would choose
    four_times(azure, CLUSTERS, evidence=azure.writes, **WANTED, tags={"team": "vision"})
    for empty in ({"node_vm_size": ""}, {"node_pool_name": ""}, {"node_pool_name": "", "node_vm_size": ""}):
        assert not azure.run(CLUSTERS, **WANTED, **empty).changed


class TestUpdate:
    """Of an existing cluster, whoever made it, what is named and differs is changed; the rest goes back as it came."""

    def test_each_step_predicted_done_and_repeated(self, with_cluster: Azure) -> None:
        before = live(with_cluster).as_dict()
        wanted: dict[str, Any] = {
            "tags": {"team": "vision"},
            "sku_tier": "Standard",
            "auto_upgrade_profile": {"upgrade_channel": "patch", "node_os_upgrade_channel": "NodeImage"},
            "aad_profile": {"managed": True, "admin_group_object_ids": ["77777777-7777-7777-7777-777777777777"]},
            "disable_local_accounts": True,
        }
        done = four_times(with_cluster, CLUSTERS, evidence=with_cluster.writes, **HERE, **wanted)
        assert with_cluster.writes()[-1:] == [PUT_CLUSTER]
        after = live(with_cluster).as_dict()
        assert after["tags"] == {"team": "vision"}  # and no mark: the collection didn't make it
        assert after["properties"]["disableLocalAccounts"] is True
        for name in ("agentPoolProfiles", "networkProfile", "dnsPrefix", "nodeResourceGroup", "servicePrincipalProfile"):
            assert after["properties"][name] == before["properties"][name]
        assert done.result["cluster"]["aad_profile"]["managed"] is True
        assert done.result["cluster"]["sku_tier"] == "Standard"

    def test_pool_added_later_is_kept(self, with_cluster: Azure) -> None:
        pool = AgentPool(vm_size=SIZE, count=1, mode="User", node_taints=["sku=gpu:NoSchedule"])
        with_cluster.somebody().agent_pools.begin_create_or_update(GROUP, CLUSTER, "gpunp", pool).result()
        before = with_cluster.somebody().agent_pools.get(GROUP, CLUSTER, "gpunp").as_dict()
        assert with_cluster.run(CLUSTERS, **HERE, tags={"team": "vision"}).changed
        after = with_cluster.somebody().agent_pools.get(GROUP, CLUSTER, "gpunp").as_dict()
        assert {**after, "properties": {**after["properties"], "eTag": None}} == {
            **before,
            "properties": {**before["properties"], "eTag": None},
        }

    def test_a_newer_version_upgrades_the_control_plane(self, with_cluster: Azure) -> None:
        upgraded = four_times(with_cluster, CLUSTERS, evidence=with_cluster.writes, **HERE, kubernetes_version="1.35")
        assert upgraded.result["cluster"]["kubernetes_version"].startswith("1.35")
        assert "aks_gpu_nodepool" in upgraded.warnings[0]

    def test_unreachable_version_is_refused_with_the_reachable_ones(self, with_cluster: Azure) -> None:
        error = with_cluster.refused(CLUSTERS, **HERE, kubernetes_version="1.36")
        assert error.code == "UpgradeNotAllowed"
        assert "1.35." in error.remedy

    def test_concurrent_changes_are_both_kept(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("cluster-operation-in-progress")
        with with_cluster.requests() as sent:
            assert with_cluster.run(CLUSTERS, **HERE, tags={"team": "vision"}).changed
        assert [(request.status, "If-Match" in request.headers) for request in sent if request.is_write] == [(409, True), (200, True)]

    def test_change_with_a_lost_response_is_reported_as_changed(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("cut-after", method="PUT")
        changed = with_cluster.run(CLUSTERS, resource_group=GROUP, name=CLUSTER, tags={"team": "vision"})
        assert changed.changed
        assert changed.result["cluster"]["tags"]["team"] == "vision"

    def test_stopped_cluster_stays_stopped_with_a_warning(self, with_cluster: Azure) -> None:
        with_cluster.somebody().managed_clusters.begin_stop(GROUP, CLUSTER).result()
        seen = with_cluster.run(CLUSTERS, **HERE)
        assert (seen.changed, seen.result["cluster"]["power_state"]) == (False, "Stopped")
        assert "az aks start" in seen.warnings[0]
        with with_cluster.requests() as sent:
            error = with_cluster.refused(CLUSTERS, **HERE, sku_tier="Standard")
        assert (error.code, sent.writes) == ("ClusterStopped", [])

    def test_failed_cluster_reports_the_reason_and_a_change_repairs_it(self, azure: Azure) -> None:
        azure.site.state.faults.arm("quota-exceeded")
        assert azure.refused(CLUSTERS, **WANTED).code == "QuotaExceeded"
        seen = azure.run(CLUSTERS, **WANTED)
        assert (seen.changed, seen.result["cluster"]["provisioning_state"]) == (False, "Failed")
        (warning,) = seen.warnings
        assert "QuotaExceeded" in warning
        assert azure.run(CLUSTERS, **HERE, tags={"team": "vision"}).result["cluster"]["provisioning_state"] == "Succeeded"

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_immutable_option_is_refused_before_any_change(self, with_cluster: Azure, check_mode: bool) -> None:
        with with_cluster.requests() as sent:
            error = with_cluster.refused(CLUSTERS, check_mode=check_mode, **HERE, dns_prefix="other")
        assert (error.code, sent.writes) == ("ImmutableField", [])
        assert "dns_prefix of the cluster aks is aks " in error.message

    def test_update_is_requested_without_waiting(self, with_cluster: Azure) -> None:
        began = with_cluster.clock.now()
        asked = with_cluster.run(CLUSTERS, **HERE, tags={"team": "vision"}, wait=False)
        assert (asked.changed, asked.result["cluster"]["provisioning_state"]) == (True, "Updating")
        assert with_cluster.clock.now() - began < 30


class TestOptions:
    """What a team sets when it makes a cluster."""

    IDENTITY = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine"

    def test_each_option_reaches_azure_and_comes_back_as_no_change(self, azure: Azure) -> None:
        wanted: dict[str, Any] = {
            "kubernetes_version": "1.35",
            "dns_prefix": "team-vision",
            "node_resource_group": "team-nodes",
            "sku_tier": "Premium",
            "support_plan": "AKSLongTermSupport",
            "assign_identity": self.IDENTITY,
            "tags": {"team": "vision", "gpu": True},
            "network_profile": {
                "network_plugin": "azure",
                "network_plugin_mode": "overlay",
                "network_policy": "cilium",
                "network_dataplane": "cilium",
                "pod_cidr": "10.200.0.0/16",
                "service_cidr": "10.100.0.0/16",
                "dns_service_ip": "10.100.0.10",
            },
            "aad_profile": {"managed": True, "enable_azure_rbac": True},
            "disable_local_accounts": True,
            "api_server_access_profile": {"authorized_ip_ranges": ["198.51.100.7", "192.0.2.0/24"]},
            "auto_upgrade_profile": {"upgrade_channel": "stable"},
            "enable_oidc_issuer": True,
            "enable_workload_identity": True,
            "node_availability_zones": ["1", "2"],
        }
        made = four_times(azure, CLUSTERS, evidence=azure.writes, **WANTED, **wanted).result["cluster"]
        assert (made["dns_prefix"], made["node_resource_group"], made["identity_type"]) == ("team-vision", "team-nodes", "UserAssigned")
        assert made["network_profile"]["network_policy"] == "cilium"
        assert made["tags"] == {"team": "vision", "gpu": "true", **MARK}
        assert live(azure).agent_pool_profiles[0].availability_zones == ["1", "2"]

    def test_private_cluster_gives_a_warning_about_access(self, azure: Azure) -> None:
        private: dict[str, Any] = {"api_server_access_profile": {"enable_private_cluster": True}}
        predicted = azure.run(CLUSTERS, check_mode=True, **WANTED, **private)
        assert "virtual network" in predicted.warnings[0]
        assert azure.run(CLUSTERS, **WANTED, **private).warnings == predicted.warnings
        assert not azure.run(CLUSTERS, **WANTED, **private).changed

    def test_options_that_contradict_each_other_are_refused_before_anything_is_written(self, azure: Azure) -> None:
        with azure.requests() as sent:
            error = azure.refused(CLUSTERS, **WANTED, disable_local_accounts=True)
        assert (error.code, sent.writes) == ("InvalidSignIn", [])


def test_existing_group_sets_the_region_and_is_not_marked(azure: Azure) -> None:
    azure.make_group(tags={"cost": "42"})
    made = azure.run(CLUSTERS, **HERE)
    assert [change.subject for change in made.changes] == ["cluster aks"]
    assert made.result["cluster"]["location"] == "eastus"
    assert group_tags(azure) == {"cost": "42"}


class AtOnce:
    """Azure deletes the group while the request is on its way, which its answer then says (200 in the Resource Manager's specification)."""

    async def apply(self, call: Call, answer: Answer, _values: Values) -> Reply:
        answer()
        call.state.clock.advance(3600)
        return Reply(200)


class Overtaken:
    """Somebody else has deleted the group in the moment before."""

    async def apply(self, call: Call, answer: Answer, _values: Values) -> Reply:
        answer()
        call.state.clock.advance(3600)
        return answer()


class TestRemoved:
    """Only what the collection made goes, and what stays is listed."""

    def test_group_of_others_is_kept(self, azure: Azure) -> None:
        azure.make_group()
        azure.run(CLUSTERS, **HERE)
        gone = azure.run(CLUSTERS, **HERE, state="absent")
        assert (gone.changed, gone.result["kept"]) == (True, [f"resource group rg: {NOT_OURS}"])
        assert (azure.has_cluster(), azure.has_group()) == (False, True)

    def test_cluster_of_others_is_kept_with_its_group(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent:
            spared = with_cluster.run(CLUSTERS, **HERE, state="absent", created_only=True)
        assert (spared.changed, spared.result["existed"], sent.writes) == (False, True, [])
        assert spared.result["kept"] == [f"cluster aks: {NOT_OURS}", f"resource group rg: {NOT_OURS}"]

    def test_cluster_of_others_is_removed_without_created_only(self, with_cluster: Azure) -> None:
        assert with_cluster.run(CLUSTERS, **HERE, state="absent").result["kept"] == [f"resource group rg: {NOT_OURS}"]
        assert not with_cluster.has_cluster()

    def test_our_group_stays_while_anything_else_is_in_it(self, azure: Azure) -> None:
        azure.run(CLUSTERS, **WANTED)
        azure.make_cluster("other")
        for check_mode in (True, False):
            gone = azure.run(CLUSTERS, check_mode=check_mode, **HERE, state="absent", created_only=True)
            assert (gone.changed, gone.result["kept"]) == (True, ["resource group rg: holds other"])
        assert (azure.has_cluster(), azure.has_cluster("other"), azure.has_group()) == (False, True, True)

    def test_our_group_stays_for_what_only_another_page_of_its_list_tells(self, azure: Azure) -> None:
        azure.run(CLUSTERS, **WANTED)
        azure.make_cluster("other")
        azure.site.state.page_size = 1
        for check_mode in (True, False):
            gone = azure.run(CLUSTERS, check_mode=check_mode, **HERE, state="absent")
            assert gone.result["kept"] == ["resource group rg: holds other"]

    def test_our_group_goes_later_when_it_has_become_empty(self, azure: Azure) -> None:
        azure.run(CLUSTERS, **WANTED)
        azure.somebody().managed_clusters.begin_delete(GROUP, CLUSTER).result()
        gone = azure.run(CLUSTERS, **HERE, state="absent", created_only=True)
        assert (gone.changed, gone.result["existed"], gone.result["kept"]) == (True, False, [])
        assert not azure.has_group()

    def test_absent_without_a_cluster_does_nothing(self, azure: Azure) -> None:
        with azure.requests() as sent:
            nothing = azure.run(CLUSTERS, **HERE, state="absent")
        assert (nothing.changed, nothing.result, sent.writes) == (False, {"existed": False, "kept": []}, [])

    def test_group_is_kept_without_waiting_until_its_cluster_is_gone(self, azure: Azure) -> None:
        azure.run(CLUSTERS, **WANTED)
        asked = azure.run(CLUSTERS, **HERE, state="absent", wait=False)
        assert [change.subject for change in asked.changes] == ["cluster aks"]
        assert asked.result["kept"] == ["resource group rg: its cluster aks is still being deleted"]
        assert azure.has_group()
        azure.clock.sleep(300)
        last = azure.run(CLUSTERS, **HERE, state="absent", wait=False)
        assert [change.subject for change in last.changes] == ["resource group rg"]
        azure.clock.sleep(60)
        assert not azure.has_group()

    @pytest.mark.parametrize("effect", [AtOnce(), Overtaken()], ids=["at once", "by somebody else"])
    def test_group_that_is_already_gone_is_gone(self, azure: Azure, effect: Effect) -> None:
        azure.run(CLUSTERS, **WANTED)
        azure.site.state.faults._armed.append(Armed(Fault("gone", Where(("DELETE",), ("**/resourceGroups/rg",)), effect, ""), 1, {}))
        gone = azure.run(CLUSTERS, **HERE, state="absent")
        assert [change.subject for change in gone.changes] == ["cluster aks", "resource group rg"]
        assert not azure.has_group()

    def test_interrupted_removal_is_completed(self, azure: Azure) -> None:
        azure.run(CLUSTERS, **WANTED)
        error = azure.refused(CLUSTERS, **HERE, state="absent", wait_timeout=60)
        assert isinstance(error, WaitTimeoutError)
        assert azure.run(CLUSTERS, **HERE, state="absent").changed
        assert not azure.has_group()


class TestRefused:
    """Refused with the reason."""

    def test_a_first_pool_of_another_size(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent:
            error = with_cluster.refused(CLUSTERS, **WANTED, node_vm_size=SIZE)
        assert (error.code, sent.writes) == ("ImmutableField", [])
        assert "node_vm_size" in error.remedy

    def test_a_new_group_needs_a_location(self, azure: Azure) -> None:
        with azure.requests() as sent, pytest.raises(InvalidInputError) as refusal:
            azure.run(CLUSTERS, **HERE)
        assert (refusal.value.code, sent.writes) == ("MissingLocation", [])

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"node_pool_name": "nodePool1"}, "InvalidPoolName"),
            ({"node_count": 0}, "OutOfRange"),
            ({"custom_headers": {"UseGPUDedicatedVHD": "true"}}, "RetiredPath"),
        ],
    )
    def test_values_that_cannot_work_are_refused_before_anything_is_sent(self, azure: Azure, change: dict[str, Any], code: str) -> None:
        with azure.requests() as sent:
            error = azure.refused(CLUSTERS, **WANTED, **change)
        assert (error.code, sent) == (code, [])

    def test_retired_size_is_refused_with_its_successor_and_the_next_run_continues(self, azure: Azure) -> None:
        error = azure.refused(CLUSTERS, **WANTED, node_vm_size="Standard_NC6")
        assert error.code == "VMSizeNotSupported"
        assert error.remedy == "Standard_NC6 (Tesla K80) was retired on 2023-09-06; set node_vm_size to Standard_NC4as_T4_v3."
        assert azure.has_group()  # Azure judges the size when the group is there; it has our mark, so teardown takes it
        assert azure.run(CLUSTERS, **WANTED, node_vm_size=SIZE).result["cluster"]["provisioning_state"] == "Succeeded"

    def test_provider_that_is_not_registered(self, azure: Azure) -> None:
        azure.make_group()
        azure.site.state.registrations.set_provider("Microsoft.ContainerService", "NotRegistered")
        with azure.requests() as sent:
            error = azure.refused(CLUSTERS, **WANTED)
        assert (error.code, sent.accepted_writes) == ("MissingSubscriptionRegistration", [])
        azure.run(FEATURE)
        assert azure.run(CLUSTERS, **WANTED).changed

    def test_group_that_is_being_deleted(self, azure: Azure) -> None:
        azure.make_group()
        deleted_by_somebody(azure, f"/resourcegroups/{GROUP}")
        with azure.requests() as sent:
            error = azure.refused(CLUSTERS, **WANTED)
        assert (error.code, error.retriable, sent.accepted_writes) == ("ResourceGroupBeingDeleted", True, [])


class TestDedicatedImage:
    """The form of 2020: the GPU is in the first pool, so the cluster's PUT carries the header."""

    WANTED: ClassVar = WANTED | {"node_vm_size": "Standard_NC6", "custom_headers": {"UseGPUDedicatedVHD": True}, "allow_retired": True}

    def test_before_the_feature_is_registered_azure_refuses_and_after_it_the_first_pool_has_the_image(self, azure2021: Azure) -> None:
        azure = azure2021
        azure.make_group()
        with azure.requests() as sent:
            error = azure.refused(CLUSTERS, **self.WANTED)
        assert (error.code, sent.accepted_writes) == ("PreviewFeatureNotRegistered", [])
        azure.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        azure.run(CLUSTERS, **self.WANTED)
        assert live(azure).agent_pool_profiles[0].node_image_version.startswith("AKSUbuntu-1804gpucontainerd-")

    def test_custom_header_is_sent_with_cluster_creation_only(self, azure2021: Azure) -> None:
        azure2021.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        with azure2021.requests() as sent:
            azure2021.run(CLUSTERS, **self.WANTED)
        with_header = [request for request in sent if "UseGPUDedicatedVHD" in request.headers]
        assert [(str(request), request.headers["UseGPUDedicatedVHD"]) for request in with_header] == [(PUT_CLUSTER, "true")]

    def test_first_pool_with_another_image_is_not_accepted(self, azure2021: Azure) -> None:
        azure2021.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        azure2021.run(CLUSTERS, **{**self.WANTED, "custom_headers": {}})
        with azure2021.requests() as sent:
            error = azure2021.refused(CLUSTERS, **self.WANTED)
        assert (error.code, sent.writes) == ("ImmutableField", [])
        assert "AKSUbuntu-1804containerd-" in error.message


class TestWaiting:
    """What is under way is waited for, whoever started it."""

    def test_interrupted_creation_is_waited_for_and_not_repeated(self, azure: Azure) -> None:
        azure.make_group()
        azure.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster_body(), polling=False)
        with azure.requests() as sent:
            taken_up = azure.run(CLUSTERS, **WANTED)
        assert (taken_up.changed, sent.writes) == (False, [])
        assert taken_up.result["cluster"]["provisioning_state"] == "Succeeded"

    def test_check_mode_does_not_wait(self, azure: Azure) -> None:
        azure.make_group()
        azure.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster_body(), polling=False)
        began = azure.clock.now()
        seen = azure.run(CLUSTERS, check_mode=True, **WANTED)
        assert (seen.changed, seen.result["cluster"]["provisioning_state"]) == (False, "Creating")
        assert azure.clock.now() - began < 30

    def test_timeout_is_reported_and_the_next_run_continues(self, azure: Azure) -> None:
        error = azure.refused(CLUSTERS, **WANTED, wait_timeout=100)
        assert isinstance(error, WaitTimeoutError)
        assert "aks" in error.message
        assert "100 s" in error.message
        again = azure.refused(CLUSTERS, **WANTED, wait_timeout=100)
        assert again.message == "An operation on the cluster aks was still running after 100 s."
        with azure.requests() as sent:
            resumed = azure.run(CLUSTERS, **WANTED)
        assert (resumed.changed, sent.writes) == (False, [])
        assert resumed.result["cluster"]["tags"] == MARK

    def test_cluster_is_requested_without_waiting(self, azure: Azure) -> None:
        began = azure.clock.now()
        asked = azure.run(CLUSTERS, **WANTED, wait=False)
        again = azure.run(CLUSTERS, **WANTED, wait=False)
        assert (asked.changed, again.changed, azure.writes()) == (True, False, [PUT_GROUP, PUT_CLUSTER])
        assert asked.result["cluster"]["provisioning_state"] == again.result["cluster"]["provisioning_state"] == "Creating"
        assert again.warnings == ()
        assert azure.clock.now() - began < 30

    def test_cluster_being_deleted_is_created_again_afterwards(self, with_cluster: Azure) -> None:
        deleted_by_somebody(with_cluster, CLUSTER_PATH)
        assert with_cluster.run(CLUSTERS, check_mode=True, **WANTED).changed
        assert with_cluster.run(CLUSTERS, **WANTED).result["cluster"]["tags"] == MARK

    def test_cluster_being_deleted_is_not_present_without_wait(self, with_cluster: Azure) -> None:
        deleted_by_somebody(with_cluster, CLUSTER_PATH)
        with with_cluster.requests() as sent:
            made = with_cluster.run(CLUSTERS, **WANTED, wait=False)
        assert (made.changed, made.result["cluster"]["provisioning_state"], sent.accepted_writes) == (True, "Creating", [PUT_CLUSTER])

    def test_busy_cluster_is_deleted_after_its_operation(self, with_cluster: Azure) -> None:
        cluster = live(with_cluster)
        cluster.tags = {"team": "vision"}
        with_cluster.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster, polling=False)
        with with_cluster.requests() as sent:
            assert with_cluster.run(CLUSTERS, **HERE, state="absent").changed
        assert [request.status for request in sent if request.is_write] == [409, 409, 409, 409, 202]  # 111 s, a try every 30
        assert not with_cluster.has_cluster()
