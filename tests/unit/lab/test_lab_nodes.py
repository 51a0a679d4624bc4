# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import ipaddress
import re

import pytest
import yaml

from tests.lab import machines, nodes
from tests.unit.lab.pool_views import ERA_2021, ERA_2026, one_node, pool


def test_name_is_that_of_a_scale_set_machine() -> None:
    name = nodes.node_name(pool(), 0)
    prefix, pool_name, digits, machine = name.split("-")
    assert (prefix, pool_name, machine) == ("aks", "gpunp", "vmss000000")
    assert digits.isdigit()
    assert len(digits) == 8


@pytest.mark.parametrize(("index", "ending"), [(9, "000009"), (10, "00000a"), (35, "00000z"), (36, "000010")])
def test_index_counts_in_base_36(index: int, ending: str) -> None:
    assert nodes.node_name(pool(), index).endswith(f"-vmss{ending}")


def test_digits_are_the_clusters() -> None:
    same = nodes.node_name(pool(name="other", cluster="MYAKSCLUSTER"), 0).split("-")[2]
    assert nodes.node_name(pool(), 0).split("-")[2] == same
    assert nodes.node_name(pool(cluster="another"), 0).split("-")[2] != same


def test_no_identity_of_a_machine_is_a_number_to_yaml() -> None:
    for index in range(400):
        info = machines.node_info(pool(cluster=f"aks-{index % 40}"), nodes.node_name(pool(cluster=f"aks-{index % 40}"), index), ERA_2026)
        for field, value in info.items():
            assert yaml.safe_load(f"{field}: {value}") == {field: value}
            assert not re.fullmatch(r"[-+.]?[0-9][0-9.eE_x+-]*", value), field


def test_labels_of_a_gpu_node() -> None:
    labels = nodes.node_labels(pool(labels={"team": "vision"}), "n", era=ERA_2026)
    assert labels["accelerator"] == labels["kubernetes.azure.com/accelerator"] == "nvidia"
    assert labels["agentpool"] == labels["kubernetes.azure.com/agentpool"] == "gpunp"
    assert labels["kubernetes.azure.com/node-image-version"] == "AKSUbuntu-2204gen2containerd-202610.15.0"
    assert labels["team"] == "vision"
    assert "node-role.kubernetes.io/agent" not in labels


def test_node_without_gpu_has_no_accelerator_label() -> None:
    labels = nodes.node_labels(pool(vm_size="Standard_D2s_v3"), "n", era=ERA_2026)
    assert not any("accelerator" in name for name in labels)


def test_2021_has_the_agent_role() -> None:
    labels = nodes.node_labels(pool(vm_size="Standard_NC6"), "n", era=ERA_2021)
    assert labels["node-role.kubernetes.io/agent"] == ""


def test_spot_pool_gets_its_label_and_taint() -> None:
    spot = pool(spot=True, taints=())
    assert nodes.node_labels(spot, "n", era=ERA_2026)["kubernetes.azure.com/scalesetpriority"] == "spot"
    assert nodes.node_taints(spot) == [{"key": "kubernetes.azure.com/scalesetpriority", "value": "spot", "effect": "NoSchedule"}]


def test_a_taint_that_is_empty_taints_nothing() -> None:
    assert nodes.node_taints(pool(taints=("",))) == []


def test_every_node_is_labeled_as_a_labs() -> None:
    for vm_size in ("Standard_D2s_v3", "Standard_NC4as_T4_v3"):
        assert nodes.node_labels(pool(vm_size=vm_size), "n", era=ERA_2026)["gpuops-aks-lab/simulated"] == "true"


def test_ids_are_written_as_aks_writes_them() -> None:
    name = nodes.node_name(pool(), 10)
    made = nodes.node(pool(), name, address=0, era=ERA_2026, subscription="0000-sub")
    assert made["metadata"]["labels"]["kubernetes.azure.com/cluster"] == "MC_myResourceGroup_myAKSCluster_eastus"
    scale_set = name.rpartition("-vmss")[0] + "-vmss"
    assert made["spec"]["providerID"] == (
        "azure:///subscriptions/0000-sub/resourceGroups/mc_myresourcegroup_myakscluster_eastus/providers/Microsoft.Compute/"
        f"virtualMachineScaleSets/{scale_set}/virtualMachines/10"
    )


def test_a_reimaged_machine_is_another_node_of_the_same_name() -> None:
    made = one_node(pool(count=2))
    assert nodes.is_of(made, pool(count=2))
    assert nodes.is_of(made, pool(count=2, reimaged={1: 1}))
    assert not nodes.is_of(made, pool(count=2, reimaged={0: 1}))
    again = one_node(pool(count=2, reimaged={0: 1}))
    assert again["metadata"]["name"] == made["metadata"]["name"]
    assert nodes.is_of(again, pool(count=2, reimaged={0: 1}))


def test_taint_without_a_value() -> None:
    assert nodes.node_taints(pool(taints=("dedicated:NoExecute",))) == [{"key": "dedicated", "effect": "NoExecute"}]


def test_capacity_of_the_article() -> None:
    made = one_node(pool(vm_size="Standard_NC6", kubernetes_version="1.20.7"), era=ERA_2021)
    capacity, allocatable = made["status"]["capacity"], made["status"]["allocatable"]
    assert capacity["cpu"] == "6"
    assert int(capacity["memory"].removesuffix("Ki")) == pytest.approx(57713784, rel=1e-3)
    # The article's node had 51702904 Ki to give.
    assert int(allocatable["memory"].removesuffix("Ki")) == pytest.approx(51702904, rel=0.01)
    assert "nvidia.com/gpu" not in capacity
    assert made["status"]["nodeInfo"]["kubeletVersion"] == "v1.20.7"


@pytest.mark.parametrize("size", sorted(ERA_2026.sizes))
def test_every_size_leaves_something_to_pods(size: str) -> None:
    allocatable = one_node(pool(vm_size=size))["status"]["allocatable"]
    assert int(allocatable["cpu"].removesuffix("m")) > 0
    assert int(allocatable["memory"].removesuffix("Ki")) > 0


def test_node_has_an_address_that_the_api_server_may_proxy_to() -> None:
    shown = {each["type"]: each["address"] for each in one_node(pool())["status"]["addresses"]}
    assert not ipaddress.ip_address(shown["InternalIP"]).is_loopback


def test_addresses_of_nodes_that_are_gone_are_used_again() -> None:
    first, third = one_node(pool()), one_node(pool(name="third"))
    third["spec"]["podCIDR"] = "10.244.2.0/24"
    free = nodes.free_addresses([first, third])
    assert [next(free), next(free)] == [1, 3]


def test_pod_networks_go_on_beyond_256_nodes() -> None:
    made = nodes.node(pool(), "n", address=300, era=ERA_2026, subscription="sub")
    assert made["spec"]["podCIDR"] == "10.245.44.0/24"
    assert made["status"]["addresses"][0]["address"] == "10.224.1.48"


def test_unchanged_pool_needs_no_update() -> None:
    assert nodes.node_update(one_node(pool()), pool(), era=ERA_2026) is None


def test_update_takes_away_what_the_pool_put_there_and_nothing_else() -> None:
    current = copy.deepcopy(one_node(pool(labels={"old": "1"})))
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    current["spec"]["taints"].append(cordon)
    patch = nodes.node_update(current, pool(labels={"new": "2"}, taints=("other=x:NoSchedule",)), era=ERA_2026)
    assert patch is not None
    assert (patch["metadata"]["labels"]["old"], patch["metadata"]["labels"]["new"]) == (None, "2")
    assert patch["spec"]["taints"] == [{"key": "other", "value": "x", "effect": "NoSchedule"}, cordon]


@pytest.mark.parametrize("change", [{"vm_size": "Standard_NC8as_T4_v3"}, {"kubernetes_version": "1.35.5"}, {"node_image_version": "newer"}])
def test_machine_of_a_changed_pool_is_another_one(change: dict[str, str]) -> None:
    assert nodes.is_of(one_node(pool()), pool())
    assert not nodes.is_of(one_node(pool()), pool(**change))
