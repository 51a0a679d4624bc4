# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.model.pools.echo import pool_profile, pool_resource
from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.unit.lab.arm_lab import DEDICATED, Lab, gpu_pool


def test_azure_fills_in_what_the_request_left_open() -> None:
    echoed = Lab().with_cluster().put_pool().properties
    assert echoed["osDiskSizeGB"] == 128
    assert echoed["maxPods"] == 250
    assert echoed["scaleDownMode"] == "Delete"
    assert echoed["osSKU"] == "Ubuntu"
    assert echoed["orchestratorVersion"] == echoed["currentOrchestratorVersion"] == "1.34.8"


def test_nulls_empty_taints_and_the_regular_trio_are_not_echoed() -> None:
    requested = gpu_pool(scaleSetPriority="Regular", scaleSetEvictionPolicy="Delete", spotMaxPrice=-1.0, osDiskSizeGB=0)
    requested.update({"nodeTaints": [], "nodeLabels": None, "podSubnetID": None})
    echoed = Lab().with_cluster().put_raw_pool(requested).properties
    assert not {"scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice", "nodeTaints", "nodeLabels", "podSubnetID"} & set(echoed)
    assert echoed["osDiskSizeGB"] == 128


def test_the_size_is_echoed_in_the_callers_case() -> None:
    assert Lab().with_cluster().put_pool(vmSize="standard_nc4as_t4_v3").properties["vmSize"] == "standard_nc4as_t4_v3"


def test_a_size_that_is_empty_is_azures_to_choose() -> None:
    assert Lab().with_cluster().put_pool(vmSize="").properties["vmSize"] == "Standard_D4s_v5"


def test_read_only_fields_that_come_back_are_ignored() -> None:
    lab = Lab().with_cluster().with_pool()
    image = lab.pool().properties["nodeImageVersion"]
    pool = lab.put_pool(provisioningState="Failed", nodeImageVersion="nonsense", currentOrchestratorVersion="0", eTag="nonsense")
    assert pool.properties["nodeImageVersion"] == image
    assert pool_profile(pool)["provisioningState"] == "Updating"
    assert pool_profile(pool)["powerState"] == {"code": "Running"}


def test_an_update_keeps_what_is_fixed_and_forgets_other_fields_it_does_not_name() -> None:
    lab = Lab().with_cluster().with_pool(maxPods=50, nodeLabels={"a": "b"}, tags={"c": "d"})
    pool = lab.put_pool(maxPods=None)
    assert pool.properties["maxPods"] == 50
    assert "nodeLabels" not in pool.properties
    assert "tags" not in pool.properties


def test_limits_go_with_the_autoscaler() -> None:
    lab = Lab().with_cluster().with_pool()
    assert not {"minCount", "maxCount"} & set(lab.put_pool(enableAutoScaling=False).properties)


def test_child_resource_and_profile_show_the_same_pool() -> None:
    pool = Lab().with_cluster().put_pool()
    resource = pool_resource(pool, cluster_id="/c")
    assert resource["id"] == "/c/agentPools/gpunp"
    assert {"name": "gpunp", **resource["properties"]} == pool_profile(pool)


def test_spot_pools_get_the_taint_and_label_of_aks() -> None:
    echoed = Lab().with_cluster().put_pool(scaleSetPriority="Spot").properties
    assert echoed["nodeTaints"] == ["sku=gpu:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]
    assert echoed["nodeLabels"] == {"kubernetes.azure.com/scalesetpriority": "spot"}
    assert (echoed["scaleSetEvictionPolicy"], echoed["spotMaxPrice"]) == ("Delete", -1.0)


def test_the_dedicated_image_is_chosen_at_creation_and_stays() -> None:
    lab = Lab("2021").with_cluster()
    lab.register_feature()
    lab.with_pool(headers=DEDICATED)
    image = lab.pool().properties["nodeImageVersion"]
    assert image.startswith("AKSUbuntu-1804gpucontainerd-")
    lab.put_pool(maxCount=5)
    lab.advance(8)
    assert lab.pool().properties["nodeImageVersion"] == image
    assert lab.state.backed_pools()[1].serves_gpu_itself


def test_an_update_with_the_header_does_not_change_the_image() -> None:
    lab = Lab("2021").with_cluster().with_pool()
    lab.register_feature()
    assert "gpu" not in lab.put_pool(maxCount=5, headers=DEDICATED).properties["nodeImageVersion"]


def test_generation_2_shows_in_the_image() -> None:
    lab = Lab("2021").with_cluster()
    lab.register_feature()
    pool = lab.put_pool(headers=CustomHeaders(dedicated_gpu_image=True, generation2=True))
    assert pool.properties["nodeImageVersion"].startswith("AKSUbuntu-1804gen2gpucontainerd-")


def test_cpu_pool_ignores_the_gpu_image_header() -> None:
    lab = Lab("2021").with_cluster()
    lab.register_feature()
    pool = lab.put_pool(vmSize="Standard_DS2_v2", headers=DEDICATED)
    assert "gpu" not in pool.properties["nodeImageVersion"]
    assert not pool.image_is_dedicated


def test_an_empty_taint_was_kept_in_2021_and_is_refused_today() -> None:
    assert Lab("2021").with_cluster().put_pool(nodeTaints=[""]).properties["nodeTaints"] == [""]
    with pytest.raises(ArmError, match="nodeTaints"):
        Lab().with_cluster().put_pool(nodeTaints=[""])


@pytest.mark.parametrize("mode", ["Gateway", "Machines", "ManagedSystem"])
def test_modes_that_azure_has_and_the_lab_has_not_are_refused_in_the_labs_name(mode: str) -> None:
    with pytest.raises(ArmError, match=f"gpuops.aks lab: it has no pools of mode {mode}"):
        Lab().with_cluster().put_pool(mode=mode)
