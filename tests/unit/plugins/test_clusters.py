# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.clusters import (
    DesiredCluster,
    cluster_body,
    cluster_facts,
    created_by_us,
    refuse_other_first_pool,
    validate_cluster,
)
from hypothesis import given
from hypothesis import strategies as st

from .builders import Json, assert_explained


def desired(**changes: Any) -> DesiredCluster:
    """The articles' cluster."""
    return DesiredCluster(
        **{
            "name": "myAKSCluster",
            "group": "myResourceGroup",
            "location": "eastus",
            "kubernetes_version": "",
            "dns_prefix": "",
            "pool_name": "nodepool1",
            "vm_size": "Standard_DS2_v2",
            "node_count": 1,
            "tags": {},
            **changes,
        }
    )


def live(**properties: Any) -> Json:
    return {
        "id": "/subscriptions/0/resourcegroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster",
        "name": "myAKSCluster",
        "location": "eastus",
        "properties": {
            "provisioningState": "Succeeded",
            "kubernetesVersion": "1.20",
            "fqdn": "myaksclust.hcp.eastus.azmk8s.io",
            "nodeResourceGroup": "MC_myResourceGroup_myAKSCluster_eastus",
            "agentPoolProfiles": [{"name": "nodepool1", "vmSize": "Standard_DS2_v2", "count": 1}],
            **properties,
        },
    }


def test_the_cluster_is_the_quickstarts_with_the_collections_mark() -> None:
    body = cluster_body(desired(tags={"team": "a"}), location="westus2")
    assert body == {
        "location": "westus2",
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Base", "tier": "Free"},
        "tags": {"team": "a", "gpuops-aks-created": "true"},
        "properties": {
            "dnsPrefix": "myAKSCluster-myResourceGroup",
            "enableRBAC": True,
            "agentPoolProfiles": [
                {
                    "name": "nodepool1",
                    "mode": "System",
                    "type": "VirtualMachineScaleSets",
                    "osType": "Linux",
                    "vmSize": "Standard_DS2_v2",
                    "count": 1,
                }
            ],
        },
    }


def test_a_version_and_a_dns_prefix_that_are_given_are_sent() -> None:
    properties = cluster_body(desired(kubernetes_version="1.20.7", dns_prefix="mine"), location="eastus")["properties"]
    assert (properties["kubernetesVersion"], properties["dnsPrefix"]) == ("1.20.7", "mine")


def test_the_dns_prefix_made_of_long_names_is_cut_and_ends_well() -> None:
    properties = cluster_body(desired(name="a" * 53, group="b" * 90), location="eastus")["properties"]
    assert properties["dnsPrefix"] == "a" * 53
    assert len(cluster_body(desired(name="a" * 63), location="eastus")["properties"]["dnsPrefix"]) == 54


@given(st.from_regex(r"[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]", fullmatch=True), st.from_regex(r"[-\w.()]{0,40}[-\w()]", fullmatch=True))
def test_the_dns_prefix_made_of_any_names_is_one_that_azure_accepts(name: str, group: str) -> None:
    prefix = cluster_body(desired(name=name, group=group), location="eastus")["properties"]["dnsPrefix"]
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?", prefix), prefix


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        pytest.param({"node_count": 0}, "InvalidNodeCount", "node_count is 0", id="no nodes"),
        pytest.param({"pool_name": "nodePool1"}, "InvalidPoolName", "nodepool1", id="pool name"),
    ],
)
def test_a_cluster_that_aks_would_refuse_is_refused(changes: Json, code: str, word: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate_cluster(desired(**changes))
    assert_explained(refusal.value, code, word)


def test_the_articles_cluster_passes() -> None:
    validate_cluster(desired())


def test_an_existing_cluster_with_another_first_pool_is_not_the_wanted_one() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_other_first_pool(desired(vm_size="Standard_NC6"), live())
    assert_explained(refusal.value, "ImmutableField", "myAKSCluster", "nodepool1", "Standard_DS2_v2", "Standard_NC6", "node_vm_size")


@pytest.mark.parametrize(
    ("cluster", "existing"),
    [
        pytest.param(desired(), live(), id="the same size"),
        pytest.param(desired(vm_size="standard_ds2_v2"), live(), id="in another case"),
        pytest.param(desired(pool_name="other", vm_size="Standard_NC6"), live(), id="no such pool"),
        pytest.param(desired(), live(agentPoolProfiles=None), id="no pools"),
    ],
)
def test_an_existing_cluster_is_taken_as_it_is(cluster: DesiredCluster, existing: Json) -> None:
    refuse_other_first_pool(cluster, existing)


@pytest.mark.parametrize(
    ("resource", "ours"),
    [
        pytest.param({"tags": {"gpuops-aks-created": "true"}}, True, id="a cluster or group"),
        pytest.param({"properties": {"tags": {"gpuops-aks-created": "true"}}}, True, id="an agent pool"),
        pytest.param({"tags": {"team": "a"}}, False, id="somebody else's"),
        pytest.param({"tags": None, "properties": {"tags": None}}, False, id="no tags"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_what_the_collection_made_is_known_by_its_tag(resource: Json, ours: bool) -> None:
    assert created_by_us(resource) is ours


def test_facts_name_the_version_that_runs_before_the_one_asked_for() -> None:
    assert cluster_facts(live(currentKubernetesVersion="1.20.7"))["kubernetes_version"] == "1.20.7"
    facts = cluster_facts({**live(), "tags": {"team": "a"}})
    assert facts == {
        "id": live()["id"],
        "name": "myAKSCluster",
        "location": "eastus",
        "kubernetes_version": "1.20",
        "fqdn": "myaksclust.hcp.eastus.azmk8s.io",
        "node_resource_group": "MC_myResourceGroup_myAKSCluster_eastus",
        "provisioning_state": "Succeeded",
        "tags": {"team": "a"},
        "pools": [{"name": "nodepool1", "vm_size": "Standard_DS2_v2", "count": 1}],
    }
