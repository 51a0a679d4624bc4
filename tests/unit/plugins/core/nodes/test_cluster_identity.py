# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which AKS cluster a node is of, by what AKS writes into it, held against the cluster that a task names."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.cluster_identity import (
    CLUSTER_LABEL,
    TargetCluster,
    as_label,
    is_ambiguous,
    is_of,
    origin_of,
    require_cluster,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import RefusedError

from ...builders import Json

OURS = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"
DEV = TargetCluster("rg-ml", "dev")
SERVER = "https://dev.example.com:443"
LONG = "a" * 79


def a_node(group: str = "", *, label: str = "", subscription: str = OURS) -> Json:
    """A node whose provider ID names the group, and whose label does."""
    machine = f"azure:///subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0"
    labels = {CLUSTER_LABEL: label} if label else {}
    return {"metadata": {"name": "n", "labels": labels}, "spec": {"providerID": machine} if group else {}}


@pytest.mark.parametrize(
    ("target", "node"),
    [
        pytest.param(DEV, a_node("mc_rg-ml_dev_eastus"), id="Azure's name, in lower case as provider IDs have it"),
        pytest.param(TargetCluster("RG-ML", "Dev"), a_node("MC_rg-ml_dev_eastus"), id="any case"),
        pytest.param(DEV, a_node(label="MC_rg-ml_dev_eastus"), id="the label alone"),
        pytest.param(DEV, a_node("mc_rg-ml_dev_eastus", label="something-old"), id="the provider ID before the label"),
        pytest.param(TargetCluster("a_b", "c_d"), a_node("mc_a_b_c_d_westeurope"), id="underscores in the names"),
        pytest.param(
            TargetCluster(LONG, "dev"), a_node(f"mc_{LONG}_dev_eastus"[:80]), id="cut at 80 characters, before the cluster's name"
        ),
        pytest.param(TargetCluster("a" * 60, "dev"), a_node(f"mc_{'a' * 60}_dev_germanywestcentral"[:80]), id="cut in the region"),
        pytest.param(TargetCluster(LONG, "dev"), a_node(label=f"MC_{LONG}_dev_eastus"[:63]), id="a label, cut at 63 characters"),
        pytest.param(TargetCluster("rg(1)", "dev"), a_node(label="MC_rg-1-_dev_eastus"), id="a label has no parentheses"),
        pytest.param(TargetCluster("rg", "c", "own-Nodes"), a_node("OWN-nodes"), id="a group of its own name"),
        pytest.param(TargetCluster(node_resource_group="own_"), a_node(label="own_z"), id="a label ends with a letter or digit"),
        pytest.param(TargetCluster("rg-ml", "dev", "", OURS), a_node("mc_rg-ml_dev_eastus"), id="and the subscription"),
        pytest.param(TargetCluster("", "Dev"), a_node("mc_rg-ml_dev_eastus"), id="by the cluster's name alone"),
        pytest.param(TargetCluster("", "dev"), a_node(label="MC_rg-ml_dev_eastus"), id="by the cluster's name and the label alone"),
        pytest.param(TargetCluster("", "dev"), a_node(f"mc_{LONG}_dev_eastus"[:80]), id="by a name that was cut"),
        pytest.param(TargetCluster("rg-ml", "dev", "", OURS), a_node(label="MC_rg-ml_dev_eastus"), id="a label tells no subscription"),
    ],
)
def test_node_is_recognized_as_the_clusters(target: TargetCluster, node: Json) -> None:
    assert is_of(origin_of(node), target)
    assert require_cluster(target, [node], server=SERVER) is not is_ambiguous(target)


@pytest.mark.parametrize(
    ("target", "ambiguous"),
    [
        (TargetCluster("a", "b_c"), True),
        (TargetCluster("a_b", "c"), True),
        (TargetCluster("", "c"), True),
        (TargetCluster("a-b", "c"), False),
        (TargetCluster("a_b", "c", "MC_a_b_c_eastus"), False),
    ],
)
def test_ambiguous_name_proves_neither_cluster(target: TargetCluster, ambiguous: bool) -> None:
    group = "mc_a-b_c_eastus" if target.resource_group == "a-b" else "mc_a_b_c_eastus"
    assert require_cluster(target, [a_node(group)], server=SERVER) is not ambiguous


@pytest.mark.parametrize("target", [TargetCluster("a", "b"), TargetCluster("a", "b_c"), TargetCluster("a_b", "c")])
@pytest.mark.parametrize("region", ["westeurope", "East US 2", "east"])
def test_node_in_another_region_is_of_another_cluster(target: TargetCluster, region: str) -> None:
    node = a_node(f"mc_{target.resource_group}_{target.cluster}_eastus")
    assert is_of(origin_of(node), target)
    node["metadata"]["labels"] = {"topology.kubernetes.io/region": region}
    assert not is_of(origin_of(node), target)
    node["metadata"]["labels"] = {"topology.kubernetes.io/region": "East US"}
    assert is_of(origin_of(node), target)


def test_shortened_region_is_compared_as_far_as_possible() -> None:
    target = TargetCluster("a" * 60, "dev")
    node = a_node(f"mc_{'a' * 60}_dev_germanywestcentral"[:80])
    node["metadata"]["labels"] = {"topology.kubernetes.io/region": "germanywestcentral"}
    assert is_of(origin_of(node), target)
    node["metadata"]["labels"] = {"topology.kubernetes.io/region": "eastus"}
    assert not is_of(origin_of(node), target)


@pytest.mark.parametrize(
    ("target", "node"),
    [
        pytest.param(DEV, a_node("mc_rg-ml_stage_eastus"), id="another cluster of the group"),
        pytest.param(DEV, a_node("mc_rg-ml_dev_two_eastus"), id="a cluster whose name begins so"),
        pytest.param(DEV, a_node("mc_rg-ml_dev2_eastus"), id="a cluster whose name goes on"),
        pytest.param(DEV, a_node("mc_rg_dev_eastus"), id="the same name in another group"),
        pytest.param(DEV, a_node("own-nodes"), id="a node resource group of its own name, which nobody has told of"),
        pytest.param(DEV, a_node("mc_rg-ml_stage_eastus", label="MC_rg-ml_dev_eastus"), id="a label that somebody has set"),
        pytest.param(DEV, a_node(), id="no node of Azure's"),
        pytest.param(TargetCluster("", "dev"), a_node("mc_rg-ml_stage_eastus"), id="another cluster, the group not told"),
        pytest.param(TargetCluster("", "dev"), a_node("mc_dev_stage_eastus"), id="a group of the cluster's name"),
        pytest.param(TargetCluster("", "dev"), a_node("own-nodes_dev_eastus"), id="no name of Azure's"),
        pytest.param(TargetCluster("rg-ml", "dev", "own-nodes"), a_node("mc_rg-ml_dev_eastus"), id="not the group that was told of"),
        pytest.param(TargetCluster("rg-ml", "dev", "", OTHER), a_node("mc_rg-ml_dev_eastus"), id="the same names in another subscription"),
        pytest.param(TargetCluster("b" * 79, "dev"), a_node(f"mc_{LONG}_dev_eastus"[:80]), id="another long name"),
    ],
)
def test_other_cluster_is_rejected(target: TargetCluster, node: Json) -> None:
    with pytest.raises(RefusedError) as caught:
        require_cluster(target, [node], server=SERVER)
    assert caught.value.code == "WrongCluster"
    assert caught.value.message.startswith(f"The cluster at {SERVER} is not {target}: ")


def test_node_without_an_azure_machine_is_ignored_if_another_has_one() -> None:
    assert require_cluster(DEV, [a_node(), a_node("mc_rg-ml_dev_eastus")], server=SERVER)


def test_refusal_names_both_groups_and_the_option_to_accept_it() -> None:
    with pytest.raises(RefusedError) as caught:
        require_cluster(DEV, [a_node("own-nodes")], server=SERVER)
    assert "are in the resource group own-nodes" in caught.value.message
    command = "az aks show --resource-group rg-ml --name dev --query nodeResourceGroup"
    assert f"Where '{command}' says own-nodes, set node_resource_group to that." in caught.value.remedy


def test_subscription_is_named_if_the_names_are_equal() -> None:
    with pytest.raises(RefusedError, match=OURS):
        require_cluster(TargetCluster("rg-ml", "dev", "", OTHER), [a_node("mc_rg-ml_dev_eastus")], server=SERVER)


@pytest.mark.parametrize("target", [TargetCluster(), TargetCluster(subscription=OURS), TargetCluster(resource_group="rg"), DEV])
def test_cluster_without_a_name_or_nodes_is_not_checked(target: TargetCluster) -> None:
    nodes = [] if target.known else [a_node("whatever")]
    assert not require_cluster(target, nodes, server=SERVER)


@pytest.mark.parametrize(
    ("group", "label"),
    [("MC_a_b_eastus", "MC_a_b_eastus"), ("rg(1)", "rg-1-z"), ("x" * 62 + "-y", "x" * 62 + "z"), ("a.", "a.z"), ("y" * 70, "y" * 63)],
)
def test_group_becomes_a_label_as_in_aks(group: str, label: str) -> None:
    assert as_label(group) == label
