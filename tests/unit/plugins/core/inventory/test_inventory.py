# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as hosts: their names, their facts, and the variables for the chain; which subscriptions are searched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.variables import SETTABLE
from ansible_collections.gpuops.aks.plugins.module_utils._core.inventory.cluster_host import CHAIN_VARIABLES, chain_variables, cluster_facts
from ansible_collections.gpuops.aks.plugins.module_utils._core.inventory.host_names import named_hosts
from ansible_collections.gpuops.aks.plugins.module_utils._core.inventory.subscriptions import chosen_subscriptions
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

ONE = {"subscriptionId": "1111", "displayName": "Production"}
TWO = {"subscriptionId": "2222", "displayName": "Test", "state": "Enabled"}
GONE = {"subscriptionId": "3333", "displayName": "Old", "state": "Deleted"}
T4 = "Standard_NC4as_T4_v3"
OPERATOR = {"gpuProfile": {"driver": "None"}}
MANAGED = {"gpuProfile": {"nvidia": {"managementMode": "Managed"}}}
IMAGE = {"nodeImageVersion": "AKSUbuntu-1804gen2gpucontainerd-2021.09.22"}


def pool(name: str = "gpunp", **properties: Any) -> dict[str, Any]:
    return {"name": name, "mode": "User", "vmSize": T4, "count": 2, "enableAutoScaling": False, **properties}


def facts(
    *pools: dict[str, Any], name: str = "gpu", group: str = "rg", subscription: dict[str, str] = ONE, **properties: Any
) -> dict[str, Any]:
    scope = f"/subscriptions/{subscription['subscriptionId']}/resourcegroups/{group}"
    cluster = {
        "id": f"{scope}/providers/Microsoft.ContainerService/managedClusters/{name}",
        "name": name,
        "location": "East US",
        "properties": {"provisioningState": "Succeeded", "kubernetesVersion": "1.33", "agentPoolProfiles": list(pools), **properties},
    }
    return cluster_facts(cluster, subscription)


class TestNames:
    """The shortest name that no other cluster has, in any letter case."""

    @pytest.mark.parametrize(
        ("clusters", "names"),
        [
            ([facts(name="a"), facts(name="b")], ["a", "b"]),
            ([facts(name="a", group="x"), facts(name="A", group="y"), facts(name="b")], ["a.x", "A.y", "b"]),
            ([facts(group="x"), facts(group="X", subscription=TWO), facts(group="y")], ["gpu.x.1111", "gpu.X.2222", "gpu.y"]),
        ],
    )
    def test_do_not_depend_on_the_order(self, clusters: list[dict[str, Any]], names: list[str]) -> None:
        assert [name for name, _facts in named_hosts(clusters)] == names
        assert [name for name, _facts in named_hosts(clusters[::-1])] == names[::-1]


class TestFacts:
    """What Azure leaves out, and what a pool of several sizes has."""

    def test_of_a_cluster_that_azure_says_little_of(self) -> None:
        found = facts()
        assert (found["location"], found["power_state"], found["kubernetes_version"]) == ("eastus", "Running", "1.33")
        assert (found["tags"], found["pools"], found["gpu_models"], found["private"]) == ({}, [], [], False)

    def test_version_is_the_one_that_runs(self) -> None:
        assert facts(currentKubernetesVersion="1.33.4")["kubernetes_version"] == "1.33.4"

    def test_pools_without_gpus_do_not_count(self) -> None:
        found = facts(pool("system", vmSize="Standard_DS2_v2"), pool())
        assert ([each["name"] for each in found["pools"]], found["gpu_pools"]) == (["system", "gpunp"], ["gpunp"])

    def test_size_that_no_table_has_is_a_gpu_size_without_a_model(self) -> None:
        found = facts(pool(vmSize="Standard_ND999_v9"))
        assert (found["gpu_sizes"], found["gpu_models"]) == (["Standard_ND999_v9"], [])

    def test_pool_of_virtual_machines_has_all_its_sizes(self) -> None:
        scale = {"manual": [{"size": T4, "count": 1}, {"size": "Standard_NC24ads_A100_v4", "count": 1}]}
        machines = {"name": "gpunp", "mode": "User", "type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}}
        found = facts(machines)
        assert found["gpu_models"] == ["NVIDIA A100 80GB PCIe", "Tesla T4"]
        assert "gpu_vm_size" not in chain_variables(found)

    @pytest.mark.parametrize(
        ("properties", "paths", "owner"),
        [
            ({}, ["manual_plugin", "gpu_operator"], "aks"),
            (OPERATOR, ["gpu_operator"], "none"),
            (MANAGED, ["managed"], "aks"),
            (IMAGE, ["dedicated_vhd"], "image"),
        ],
    )
    def test_paths_are_those_that_fit_the_owner_of_the_driver(self, properties: dict[str, Any], paths: list[str], owner: str) -> None:
        found = facts(pool(**properties))
        assert (found["paths"], found["driver_owners"]) == (sorted(paths), [owner])
        assert chain_variables(found).get("gpu_path") == (paths[0] if len(paths) == 1 else None)


class TestVariables:
    """The chain finds the cluster, and its pool as it is."""

    def test_exist_in_the_chain(self) -> None:
        assert set(chain_variables(facts(pool(**MANAGED)))) == set(CHAIN_VARIABLES)
        assert set(CHAIN_VARIABLES) <= SETTABLE

    def test_without_a_gpu_pool_name_only_the_cluster(self) -> None:
        where = {"gpu_subscription": "1111"}
        assert chain_variables(facts()) == where | {"gpu_resource_group": "rg", "gpu_cluster": "gpu", "gpu_location": "eastus"}

    def test_pool_is_the_first_of_users(self) -> None:
        assert chain_variables(facts(pool("a", mode="System"), pool("c"), pool("b")))["gpu_pool"] == "b"

    def test_bounds_are_those_of_the_autoscaler(self) -> None:
        scaled = chain_variables(facts(pool(enableAutoScaling=True, minCount=0, maxCount=5)))
        assert [scaled[f"gpu_{name}"] for name in ("enable_auto_scaling", "node_count", "min_count", "max_count")] == [True, 2, 0, 5]

    @pytest.mark.parametrize(("bounds", "expected"), [((1, 5), 1), ((3, 5), 3), ((0, 1), 0)])
    def test_count_of_a_stopped_pool_fits_the_bounds(self, bounds: tuple[int, int], expected: int) -> None:
        low, high = bounds
        stopped = {"count": 0, "powerState": {"code": "Stopped"}}
        scaled = chain_variables(facts(pool(enableAutoScaling=True, minCount=low, maxCount=high, **stopped)))
        assert [scaled[f"gpu_{name}"] for name in ("node_count", "min_count", "max_count")] == [expected, low, high]
        fixed = chain_variables(facts(pool(**stopped)))
        assert (fixed["gpu_enable_auto_scaling"], fixed.keys() & {"gpu_node_count", "gpu_min_count", "gpu_max_count"}) == (False, set())


class TestSubscriptions:
    """By name or ID, in any letter case; without a choice, all that are there."""

    @pytest.mark.parametrize(
        ("wanted", "chosen"), [([], [ONE, TWO]), (["production"], [ONE]), (["2222", "Production"], [ONE, TWO]), (["old"], [GONE])]
    )
    def test_are_chosen(self, wanted: list[str], chosen: list[dict[str, str]]) -> None:
        assert chosen_subscriptions([ONE, TWO, GONE], wanted) == chosen

    @pytest.mark.parametrize("name", ["nowhere", ""])
    def test_that_are_not_visible_are_refused(self, name: str) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            chosen_subscriptions([ONE, {"subscriptionId": "4444"}], [name])
        assert refusal.value.code == "SubscriptionNotVisible"
