# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_lab import Lab, system_pool


def test_a_pool_comes_to_life_when_its_time_is_up_and_not_before() -> None:
    lab = Lab().with_cluster()
    assert lab.put_pool().state == "Creating"
    lab.advance(272)
    assert lab.pool().state == "Creating"
    assert "gpunp" not in lab.nodes()
    lab.advance(1)
    assert lab.pool().state == "Succeeded"
    assert lab.nodes() == {"nodepool1": 1, "gpunp": 1}


def test_pools_without_gpus_are_there_sooner() -> None:
    lab = Lab().with_cluster()
    lab.put_pool(vmSize="Standard_D4s_v5")
    lab.advance(241)
    assert lab.pool().state == "Succeeded"


def test_scaling_takes_time_and_the_nodes_come_at_its_end() -> None:
    lab = Lab().with_cluster().with_pool()
    assert lab.put_pool(count=3).state == "Scaling"
    lab.advance(59)
    assert lab.nodes()["gpunp"] == 1
    lab.advance(1)
    assert lab.nodes()["gpunp"] == 3


def test_nodes_keep_their_taints_until_an_update_has_ended() -> None:
    lab = Lab().with_cluster().with_pool()
    assert lab.put_pool(nodeTaints=["a=b:NoExecute"]).state == "Updating"
    assert lab.state.backed_pools()[1].taints == ("sku=gpu:NoSchedule",)
    lab.advance(8)
    assert lab.state.backed_pools()[1].taints == ("a=b:NoExecute",)


def test_a_new_version_is_an_upgrade() -> None:
    lab = Lab().with_cluster()
    lab.put_cluster(properties={"kubernetesVersion": "1.35"}, pools=[])
    assert lab.state.aks.cluster("rg", "aks").state == "Upgrading"
    lab.advance(111)
    assert lab.state.aks.cluster("rg", "aks").version == "1.35.5"
    assert lab.put_raw_pool(system_pool(orchestratorVersion="1.35"), name="nodepool1").state == "Upgrading"
    lab.advance(241)
    assert lab.state.backed_pools()[0].kubernetes_version == "1.35.5"


def test_a_deleted_pool_has_nodes_until_it_is_gone() -> None:
    lab = Lab().with_cluster().with_pool()
    lab.state.aks.pool_work.delete("rg", "aks", "gpunp")
    assert lab.pool().state == "Deleting"
    lab.advance(49)
    assert "gpunp" in lab.nodes()
    lab.advance(1)
    assert "gpunp" not in lab.nodes()
    with pytest.raises(ArmError) as refusal:
        lab.pool()
    assert (refusal.value.status, refusal.value.code) == (404, "NotFound")


def test_deleting_again_goes_on_with_the_same_operation_and_then_finds_nothing() -> None:
    lab = Lab().with_cluster().with_pool()
    first = lab.state.aks.pool_work.delete("rg", "aks", "gpunp")
    assert lab.state.aks.pool_work.delete("rg", "aks", "gpunp") is first
    lab.advance(50)
    assert lab.state.aks.pool_work.delete("rg", "aks", "gpunp") is None
    assert lab.state.aks.cluster_work.delete("rg", "nonsense") is None


def test_two_pools_work_side_by_side() -> None:
    lab = Lab().with_cluster().with_pool()
    lab.put_pool("other")
    assert lab.state.aks.pool_work.delete("rg", "aks", "gpunp") is not None  # recorded: az nodepool delete --no-wait twice in a row


def test_deleting_the_backed_cluster_frees_the_control_plane_for_the_next_one() -> None:
    lab = Lab().with_cluster()
    lab.put_cluster("second")
    assert [view.cluster for view in lab.state.backed_pools()] == ["aks"]
    lab.state.aks.cluster_work.delete("rg", "aks")
    lab.advance(299)
    assert lab.state.backed_cluster_exists()
    lab.advance(1)
    assert not lab.state.backed_cluster_exists()
    assert lab.state.backed_pools() == []
    lab.put_cluster("third")
    lab.advance(322)
    assert [view.cluster for view in lab.state.backed_pools()] == ["third"]


def test_without_a_control_plane_no_cluster_is_backed() -> None:
    lab = Lab(backing=None).with_cluster()
    assert not lab.state.backed_cluster_exists()
    assert lab.state.backed_pools() == []


def test_a_group_takes_its_clusters_with_it_even_busy_ones() -> None:
    lab = Lab().with_cluster()
    lab.put_pool()
    operation = lab.state.delete_group("RG")
    assert lab.state.delete_group("rg") is operation
    with pytest.raises(ArmError, match="deprovisioning"):
        lab.put_cluster("another")
    lab.advance(300)
    assert lab.state.aks.clusters() == []
    assert not lab.state.backed_cluster_exists()
    assert operation.ended is None
    lab.advance(30)
    assert operation.ended is not None
    assert lab.state.groups.all() == []


def test_the_autoscaler_stays_within_limits_and_waits_its_turn() -> None:
    lab = Lab().with_cluster().with_pool()
    lab.state.autoscale("gpunp", 9)
    assert (lab.pool().state, lab.pool().properties["count"]) == ("Scaling", 3)
    lab.state.autoscale("gpunp", 1)
    lab.advance(60)
    assert lab.nodes()["gpunp"] == 3
    lab.state.autoscale("nodepool1", 5)
    lab.state.autoscale("nonsense", 5)
    assert lab.state.operations.running() == 0


def test_subscriber_is_woken_by_changes_and_knows_when_the_next_is_due() -> None:
    lab = Lab(speed=60).with_cluster()
    assert lab.state.seconds_to_next_transition() is None
    changed = lab.state.subscribe()
    lab.put_pool()
    assert lab.state.seconds_to_next_transition() == pytest.approx(273 / 60)
    lab.advance(273)
    assert changed.is_set()


@pytest.mark.parametrize(("speed", "milliseconds"), [(1, None), (60, 500), (100_000, 1)])
def test_the_pace_of_polls_follows_the_speed(speed: float, milliseconds: int | None) -> None:
    assert Lab(speed=speed).state.poll_milliseconds() == milliseconds


def test_node_views_say_who_serves_the_gpu() -> None:
    lab = Lab().with_cluster()
    managed = {"driver": "None", "nvidia": {"managementMode": "Managed"}}
    lab.with_pool(name="managed", gpuProfile=managed, enableAutoScaling=False)
    lab.with_pool(name="bare", gpuProfile={"driver": "None"})
    lab.with_pool(name="plain")
    views = {view.name: (view.serves_gpu_itself, view.driver_installed) for view in lab.state.backed_pools()}
    assert views == {"nodepool1": (False, True), "managed": (True, True), "bare": (False, False), "plain": (False, True)}


def test_a_region_that_there_is_not_has_no_groups_and_no_clusters() -> None:
    lab = Lab()
    with pytest.raises(ArmError, match="'moon' is not available for resource group") as group:
        lab.state.groups.put("other", location="moon", tags={})
    with pytest.raises(ArmError, match="'moon' is not available for resource type 'Microsoft") as cluster:
        lab.put_cluster(location="moon")
    codes = (group.value.code, cluster.value.code)
    assert codes == ("LocationNotAvailableForResourceGroup", "LocationNotAvailableForResourceType")
    assert group.value.message.partition("List of available regions is ")[2].startswith("'australiacentral,australiacentral2,")
    assert lab.state.groups.find("other") is None
    assert lab.state.aks.find("rg", "aks") is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"location": "westus"}, "InvalidResourceLocation"),
        ({"location": None}, "LocationRequired"),
        ({"properties": {"dnsPrefix": "other"}}, "PropertyChangeNotAllowed"),
        ({"properties": {"kubernetesVersion": "1.12.7"}}, "K8sVersionNotSupported"),
    ],
)
def test_what_a_cluster_does_not_change(change: dict[str, object], code: str) -> None:
    lab = Lab().with_cluster()
    with pytest.raises(ArmError) as refusal:
        lab.put_cluster(**change)
    assert refusal.value.code == code
    assert lab.state.aks.cluster("rg", "aks").state == "Succeeded"


def test_pools_can_be_changed_through_their_cluster() -> None:
    lab = Lab().with_cluster()
    lab.put_cluster(pools=[system_pool(count=2)])
    assert lab.pool("nodepool1").state == "Scaling"
    lab.advance(111)
    assert lab.nodes() == {"nodepool1": 2}
