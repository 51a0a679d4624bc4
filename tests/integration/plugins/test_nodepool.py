# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.ids import AKS_API, pool_id
from ansible_collections.gpuops.aks.plugins.module_utils._azure.polling import wait_for_operation
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError, InvalidInputError, WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE
from azure.core.exceptions import ResourceNotFoundError

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, four_times

WHERE: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp"}
SCALING: dict[str, Any] = {"enable_auto_scaling": True, "min_count": 1, "max_count": 3}
POOL: dict[str, Any] = {**WHERE, **SCALING, "vm_size": SIZE, "node_taints": ["sku=gpu:NoSchedule"]}
DEDICATED = {"UseGPUDedicatedVHD": True, "usegen2vm": True}
REST_BODY: Any = {
    "properties": {"vmSize": SIZE, "count": 1, "mode": "User", "enableAutoScaling": True, "minCount": 1, "maxCount": 3}
    | {"nodeTaints": ["sku=gpu:NoSchedule"]}
}
PUT, DELETE = "PUT agentPools/gpunp", "DELETE agentPools/gpunp"


def live(azure: Azure) -> Any:
    """The pool as another client sees it."""
    return azure.somebody().agent_pools.get(GROUP, CLUSTER, "gpunp")


def changed_by_somebody(azure: Azure, **fields: Any) -> None:
    """Another client changes fields of the pool, as `az aks nodepool update` does: the whole pool is sent back."""
    pool = live(azure)
    for name, value in fields.items():
        setattr(pool, name, value)
    azure.somebody().agent_pools.begin_create_or_update(GROUP, CLUSTER, "gpunp", pool).result()


def test_gpu_operator_is_kept_off_the_nodes_of_a_new_pool_only(with_cluster: Azure) -> None:
    label = {"nvidia.com/gpu.deploy.operands": "false"}
    with_cluster.run(NODEPOOL, **POOL)
    assert not with_cluster.run(NODEPOOL, **POOL, gpu_operator=False).changed, "it exists, and may be the operator's"
    with_cluster.run(NODEPOOL, **WHERE, state="absent")
    four_times(with_cluster, NODEPOOL, evidence=with_cluster.writes, **POOL, gpu_operator=False, node_labels={"team": "vision"})
    assert live(with_cluster).node_labels == {**label, "team": "vision"}


def test_lifecycle_of_a_pool_with_check_mode_and_idempotence(with_cluster: Azure) -> None:
    azure = with_cluster
    made = four_times(azure, NODEPOOL, evidence=azure.writes, **POOL).result["pool"]
    assert (made["vm_size"], made["count"], made["min_count"], made["max_count"]) == (SIZE, 1, 1, 3)
    assert (made["node_taints"], made["provisioning_state"]) == (["sku=gpu:NoSchedule"], "Succeeded")
    assert made["tags"] == {"gpuops-aks-created": "true"}

    (change,) = four_times(azure, NODEPOOL, evidence=azure.writes, **{**POOL, "max_count": 5}).changes
    assert (change.before, change.after) == ({"maxCount": 3}, {"maxCount": 5})
    assert (live(azure).min_count, live(azure).max_count) == (1, 5)

    gone = four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, state="absent")
    assert gone.changes[0].before["max_count"] == 5
    assert gone.changes[0].after == {}
    with pytest.raises(ResourceNotFoundError):
        live(azure)
    assert azure.writes()[2:] == [PUT, PUT, DELETE]


def test_diff_of_a_creation_shows_the_request(with_cluster: Azure) -> None:
    (change,) = with_cluster.run(NODEPOOL, check_mode=True, **POOL, node_labels={"team": "vision"}, gpu_driver="Install").changes
    assert change.diff() == {
        "before": {},
        "after": {
            "mode": "User",
            "osType": "Linux",
            "type": "VirtualMachineScaleSets",
            "count": 1,
            "vmSize": SIZE,
            "enableAutoScaling": True,
            "minCount": 1,
            "maxCount": 3,
            "nodeTaints": ["sku=gpu:NoSchedule"],
            "nodeLabels": {"team": "vision"},
            "gpuProfile": {"driver": "Install"},
            "tags": {"gpuops-aks-created": "true"},
        },
        "before_header": "agent pool gpunp",
        "after_header": "agent pool gpunp",
    }


class TestOfOthers:
    """What other clients, and Azure itself, have written into a pool stays."""

    def test_labels_and_tags_that_are_not_named_survive_a_change(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL, node_labels={"team": "vision"})
        changed_by_somebody(azure, node_labels={"team": "vision", "rack": "7"}, tags={"gpuops-aks-created": "true", "cost": "42"})
        azure.run(NODEPOOL, **{**POOL, "max_count": 4}, node_labels={"team": "speech"}, tags={"owner": "me"})
        pool = live(azure)
        assert pool.node_labels == {"team": "speech", "rack": "7"}
        assert pool.tags == {"gpuops-aks-created": "true", "cost": "42", "owner": "me"}
        assert (pool.max_count, pool.node_taints, pool.vm_size) == (4, ["sku=gpu:NoSchedule"], SIZE)

    def test_unset_options_are_not_changed(self, with_cluster: Azure) -> None:
        with_cluster.run(NODEPOOL, **POOL)
        changed_by_somebody(with_cluster, node_labels={"rack": "7"}, max_count=9)
        with with_cluster.requests() as sent:
            assert not with_cluster.run(NODEPOOL, **WHERE, vm_size=SIZE.lower()).changed
        assert sent.writes == []

    def test_autoscalers_count_is_left_alone(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.autoscale("gpunp", 3)
        azure.clock.sleep(60)
        assert live(azure).count == 3
        with azure.requests() as sent:
            same = azure.run(NODEPOOL, **POOL, count=1)
        assert (same.changed, sent.writes) == (False, [])
        azure.run(NODEPOOL, **POOL, node_labels={"team": "vision"})
        assert live(azure).count == 3

    def test_bounds_that_exclude_the_count_move_it_to_the_nearest(self, with_cluster: Azure) -> None:
        with_cluster.run(NODEPOOL, **POOL)
        with_cluster.run(NODEPOOL, **{**POOL, "min_count": 2})
        assert live(with_cluster).count == 2

    def test_autoscaler_is_turned_off_with_its_bounds(self, with_cluster: Azure) -> None:
        with_cluster.run(NODEPOOL, **POOL)
        four_times(with_cluster, NODEPOOL, evidence=with_cluster.writes, **WHERE, enable_auto_scaling=False, count=2)
        pool = live(with_cluster)
        assert (pool.enable_auto_scaling, pool.min_count, pool.max_count, pool.count) == (False, None, None, 2)

    def test_pool_of_others_is_kept_with_created_only(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.somebody().agent_pools.begin_create_or_update(GROUP, CLUSTER, "gpunp", REST_BODY).result()
        with azure.requests() as sent:
            spared = azure.run(NODEPOOL, **WHERE, state="absent", created_only=True)
        assert (spared.changed, sent.writes) == (False, [])
        assert spared.result["kept"] == ["node pool gpunp: not made by this collection"]
        assert azure.run(NODEPOOL, **WHERE, state="absent").changed

    def test_pool_of_the_collection_is_removed_with_created_only(self, with_cluster: Azure) -> None:
        with_cluster.run(NODEPOOL, **POOL)
        gone = with_cluster.run(NODEPOOL, **WHERE, state="absent", created_only=True)
        assert (gone.changed, gone.result["kept"]) == (True, [])


class TestRefused:
    """Refused with the reason, and nothing is written."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"vm_size": "Standard_NC8as_T4_v3"}, "vm_size of the node pool gpunp is Standard_NC4as_T4_v3"),
            (
                {"gpu_driver": "None"},
                "gpu_driver of the node pool gpunp is Install ",
            ),
        ],
    )
    def test_what_azure_fixes_at_creation(self, with_cluster: Azure, change: dict[str, str], said: str) -> None:
        with_cluster.run(NODEPOOL, **POOL)
        for check_mode in (True, False):
            with with_cluster.requests() as sent:
                error = with_cluster.refused(NODEPOOL, check_mode=check_mode, **{**POOL, **change})
            assert error.code == "ImmutableField"
            assert said in error.message
            assert sent.writes == []

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"node_taints": ["sku=gpu"]}, "InvalidTaint"),
            ({"min_count": -1}, "OutOfRange"),
            ({"name": "aksMigNode"}, "InvalidPoolName"),
            ({"custom_headers": DEDICATED}, "RetiredPath"),
        ],
    )
    def test_values_that_cannot_work_are_refused_before_anything_is_sent(self, azure: Azure, change: dict[str, Any], code: str) -> None:
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **{**POOL, **change})
        assert isinstance(error, InvalidInputError)
        assert (error.code, sent) == (code, [])

    def test_bounds_that_cross_are_refused_before_anything_is_written(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent:
            error = with_cluster.refused(NODEPOOL, **{**POOL, "min_count": 4})
        assert (error.code, sent.writes) == ("InvalidScaling", [])

    def test_a_new_pool_needs_a_size(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent, pytest.raises(InvalidInputError, match="vm_size is not set") as refusal:
            with_cluster.run(NODEPOOL, **WHERE)
        assert (refusal.value.code, sent.writes) == ("MissingVmSize", [])

    def test_retired_size_is_refused_with_its_successor(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent:
            error = with_cluster.refused(NODEPOOL, **{**POOL, "vm_size": "Standard_NC6"})
        assert (error.code, error.retriable, sent.accepted_writes) == ("VMSizeNotSupported", False, [])
        assert error.remedy == "Standard_NC6 (Tesla K80) was retired on 2023-09-06; set vm_size to Standard_NC4as_T4_v3."

    def test_last_system_pool_is_not_deleted(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent, pytest.raises(GpuopsError, match="at least one") as refusal:
            with_cluster.run(NODEPOOL, **{**WHERE, "name": "nodepool1"}, state="absent")
        assert (refusal.value.code, sent.accepted_writes) == ("LastNodePool", [])
        assert refusal.value.cause
        assert "aks_cluster" in refusal.value.remedy

    def test_an_unknown_cluster(self, azure: Azure) -> None:
        azure.make_group()
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **POOL)
        assert (error.code, sent.accepted_writes) == ("ClusterNotFound", [])
        assert "gpuops.aks.aks_cluster" in error.remedy

    def test_an_unknown_resource_group(self, azure: Azure) -> None:
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **POOL)
        assert (error.code, sent.accepted_writes) == ("ResourceGroupNotFound", [])

    def test_missing_cluster_is_predicted_in_check_mode_and_absent_succeeds(self, azure: Azure) -> None:
        with azure.requests() as sent:
            assert azure.run(NODEPOOL, check_mode=True, **POOL).changed
            assert not azure.run(NODEPOOL, **WHERE, state="absent").changed
        assert sent.writes == []

    def test_taints_of_2021_are_fixed(self, azure2021: Azure) -> None:
        azure2021.make_group()
        azure2021.make_cluster()
        azure2021.run(NODEPOOL, **POOL)
        error = azure2021.refused(NODEPOOL, **{**POOL, "node_taints": ["sku=gpu:NoExecute"]})
        assert error.code == "PropertyChangeNotAllowed"
        assert "node_taints is sku=gpu:NoSchedule and can't be changed to sku=gpu:NoExecute." in error.message
        assert live(azure2021).node_taints == ["sku=gpu:NoSchedule"]


class TestDedicatedImage:
    """The path of 2021: a header on the request that creates the pool, accepted after the feature's registration."""

    @pytest.fixture
    def azure(self, azure2021: Azure) -> Azure:
        azure2021.make_group()
        azure2021.make_cluster()
        return azure2021

    POOL: ClassVar = {**POOL, "vm_size": "Standard_NC6", "custom_headers": DEDICATED, "allow_retired": True}

    def test_before_the_feature_is_registered_azure_refuses_and_after_it_the_pool_has_the_image(self, azure: Azure) -> None:
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **self.POOL)
        assert (error.code, sent.accepted_writes) == ("PreviewFeatureNotRegistered", [])
        assert "gpuops.aks.aks_feature" in error.remedy
        azure.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        pool = azure.run(NODEPOOL, **self.POOL).result["pool"]
        assert pool["node_image_version"].startswith("AKSUbuntu-1804gen2gpucontainerd-")

    def test_custom_headers_are_sent_with_the_creation_only(self, azure: Azure) -> None:
        azure.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        with azure.requests() as sent:
            azure.run(NODEPOOL, **self.POOL)
            azure.run(NODEPOOL, **{**self.POOL, "max_count": 5})
        with_headers = [request for request in sent if {"UseGPUDedicatedVHD", "usegen2vm"} & request.headers.keys()]
        assert [(str(request), request.status) for request in with_headers] == [(PUT, 201)]
        assert with_headers[0].headers["UseGPUDedicatedVHD"] == with_headers[0].headers["usegen2vm"] == "true"
        assert live(azure).node_image_version.startswith("AKSUbuntu-1804gen2gpucontainerd-")

    def test_pool_with_another_image_is_not_accepted(self, azure: Azure) -> None:
        azure.run(FEATURE, features=["GPUDedicatedVHDPreview"])
        azure.run(NODEPOOL, **{**self.POOL, "custom_headers": {}})
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **self.POOL)
        assert (error.code, sent.writes) == ("ImmutableField", [])
        assert "AKSUbuntu-1804containerd-" in error.message


class TestWaiting:
    """What is under way is waited for, whoever started it."""

    def test_creation_is_polled_every_thirty_seconds(self, with_cluster: Azure) -> None:
        began = with_cluster.clock.now()
        with with_cluster.requests() as sent:
            with_cluster.run(NODEPOOL, **POOL)
        assert 273 <= with_cluster.clock.now() - began < 310
        assert len([request for request in sent if "/operations/" in request.path]) == 11  # at once, then every 30 s until 273 are over

    def test_interrupted_creation_is_waited_for_and_not_repeated(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.somebody().agent_pools.begin_create_or_update(GROUP, CLUSTER, "gpunp", REST_BODY, polling=False)
        with azure.requests() as sent:
            taken_up = azure.run(NODEPOOL, **POOL)
        assert (taken_up.changed, sent.writes) == (False, [])
        assert taken_up.result["pool"]["provisioning_state"] == "Succeeded"

    def test_creation_without_an_operation_is_waited_for_at_the_pool(self, with_cluster: Azure) -> None:
        path = pool_id(PRINCIPAL.subscription_id, GROUP, CLUSTER, "gpunp")
        with with_cluster.session() as session:
            accepted = session.send("PUT", path, api=AKS_API, what="Creating", body=REST_BODY)
            assert accepted.headers["azure-asyncoperation"]
            deadline = Deadline(with_cluster.clock, 600)
            wait_for_operation(session, replace(accepted, headers={}), path=path, api=AKS_API, what="Creating", deadline=deadline)
        assert live(with_cluster).provisioning_state == "Succeeded"

    def test_check_mode_does_not_wait(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.somebody().agent_pools.begin_create_or_update(GROUP, CLUSTER, "gpunp", REST_BODY, polling=False)
        began = azure.clock.now()
        seen = azure.run(NODEPOOL, check_mode=True, **POOL)
        assert (seen.changed, seen.result["pool"]["provisioning_state"]) == (False, "Creating")
        assert azure.clock.now() - began < 30

    def test_pool_being_deleted_is_created_again_afterwards(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.somebody().agent_pools.begin_delete(GROUP, CLUSTER, "gpunp", polling=False)
        assert azure.run(NODEPOOL, check_mode=True, **POOL).changed
        with azure.requests() as sent:
            assert azure.run(NODEPOOL, **POOL).changed
        assert sent.writes == [PUT]
        assert live(azure).provisioning_state == "Succeeded"

    @pytest.mark.parametrize("wait", [True, False])
    def test_pool_being_deleted_is_not_taken_for_present(self, with_cluster: Azure, wait: bool) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.somebody().agent_pools.begin_delete(GROUP, CLUSTER, "gpunp", polling=False)
        made = azure.run(NODEPOOL, **POOL, wait=wait)
        assert made.changed
        assert made.result["pool"]["provisioning_state"] == ("Succeeded" if wait else "Creating")

    def test_while_the_cluster_is_busy_the_pool_waits_its_turn(self, with_cluster: Azure) -> None:
        azure = with_cluster
        cluster = azure.somebody().managed_clusters.get(GROUP, CLUSTER)
        cluster.tags = {"team": "vision"}
        azure.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster, polling=False)
        with azure.requests() as sent:
            made = azure.run(NODEPOOL, **POOL)
        assert made.result["pool"]["provisioning_state"] == "Succeeded"
        assert [request.status for request in sent if request.is_write] == [409, 409, 409, 409, 201]  # 111 s, a try every 30

    def test_timeout_for_a_busy_cluster_has_azures_reason(self, with_cluster: Azure) -> None:
        azure = with_cluster
        cluster = azure.somebody().managed_clusters.get(GROUP, CLUSTER)
        cluster.tags = {"team": "vision"}
        azure.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster, polling=False)
        error = azure.refused(NODEPOOL, **POOL, wait_timeout=60)
        assert (error.code, error.retriable) == ("OperationInProgress", True)

    def test_timeout_is_reported_and_the_next_run_continues(self, with_cluster: Azure) -> None:
        azure = with_cluster
        error = azure.refused(NODEPOOL, **POOL, wait_timeout=100)
        assert isinstance(error, WaitTimeoutError)
        assert (error.code, error.retriable) == ("Timeout", True)
        assert "100 s" in error.message
        with azure.requests() as sent:
            resumed = azure.run(NODEPOOL, **POOL)
        assert (resumed.changed, sent.writes) == (False, [])
        assert resumed.result["pool"]["provisioning_state"] == "Succeeded"

    def test_timed_out_deletion_continues_in_the_next_run(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        error = azure.refused(NODEPOOL, **WHERE, state="absent", wait_timeout=10)
        assert isinstance(error, WaitTimeoutError)
        azure.run(NODEPOOL, **WHERE, state="absent")
        assert not azure.run(NODEPOOL, **WHERE, state="absent").changed

    def test_pool_is_requested_without_waiting(self, with_cluster: Azure) -> None:
        azure = with_cluster
        began = azure.clock.now()
        with azure.requests() as sent:
            asked = azure.run(NODEPOOL, **POOL, wait=False)
            again = azure.run(NODEPOOL, **POOL, wait=False)
        assert (asked.changed, again.changed, sent.writes) == (True, False, [PUT])
        assert asked.result["pool"]["provisioning_state"] == again.result["pool"]["provisioning_state"] == "Creating"
        assert azure.run(NODEPOOL, **WHERE, state="absent", wait=False, wait_timeout=600).changed
        assert azure.clock.now() - began < 330
        assert live(azure).provisioning_state == "Deleting"
