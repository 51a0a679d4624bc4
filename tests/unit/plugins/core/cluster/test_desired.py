# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resources import created_by_us
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.creation import creation_warnings, refuse_other_creation
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.desired import (
    DesiredCluster,
    access_warnings,
    cluster_body,
    cluster_facts,
    state_warnings,
    validate_cluster,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.request import cluster_arguments, cluster_request
from hypothesis import given
from hypothesis import strategies as st

from ...builders import Json, assert_explained
from ...tasks import validated

POOL = {"name": "nodepool1"}
MACHINES = {"name": "nodepool1", "type": "VirtualMachines"}


def desired(*, pool: Json | None = None, **changes: Any) -> DesiredCluster:
    """The articles' cluster."""
    return DesiredCluster(
        **{"name": "myAKSCluster", "group": "myResourceGroup", "location": "eastus", "pool": {**POOL, **(pool or {})}, **changes}
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


def test_cluster_is_the_quickstarts_with_the_collections_tag() -> None:
    body = cluster_body(desired(named={"tags": {"team": "a"}}), location="westus2")
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
                    "vmSize": "",
                    "count": 1,
                }
            ],
        },
    }


def test_given_version_and_dns_prefix_are_sent() -> None:
    named = {"properties": {"kubernetesVersion": "1.20.7", "dnsPrefix": "mine"}}
    properties = cluster_body(desired(named=named), location="eastus")["properties"]
    assert (properties["kubernetesVersion"], properties["dnsPrefix"]) == ("1.20.7", "mine")


def test_dns_prefix_of_long_names_is_shortened() -> None:
    properties = cluster_body(desired(name="a" * 53, group="b" * 90), location="eastus")["properties"]
    assert properties["dnsPrefix"] == "a" * 53
    assert len(cluster_body(desired(name="a" * 63), location="eastus")["properties"]["dnsPrefix"]) == 54


@given(st.from_regex(r"[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]", fullmatch=True), st.from_regex(r"[-\w.()]{0,40}[-\w()]", fullmatch=True))
def test_dns_prefix_is_always_valid(name: str, group: str) -> None:
    prefix = cluster_body(desired(name=name, group=group), location="eastus")["properties"]["dnsPrefix"]
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?", prefix), prefix


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        pytest.param({"pool": {"count": 0}}, "OutOfRange", "node_count is 0", id="no nodes"),
        pytest.param({"pool": {"count": 10**400}}, "OutOfRange", "1 to 1000", id="more nodes than a pool has"),
        pytest.param({"named": {"tags": {"Team": "a", "team": "b"}}}, "InvalidTag", "'Team' and 'team'", id="a tag twice"),
        pytest.param({"pool": {"name": "nodePool1"}}, "InvalidPoolName", "nodepool1", id="pool name"),
        pytest.param({"identity": "my-identity"}, "InvalidIdentity", "az identity show", id="an identity's name"),
    ],
)
def test_cluster_that_aks_would_refuse_is_rejected(changes: Json, code: str, word: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate_cluster(desired(**changes))
    assert_explained(refusal.value, code, word)


def test_articles_cluster_is_accepted() -> None:
    validate_cluster(desired())


def test_existing_cluster_with_another_first_pool_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_other_creation(desired(pool={"vmSize": "Standard_NC6"}), live())
    assert_explained(refusal.value, "ImmutableField", "myAKSCluster", "nodepool1", "Standard_DS2_v2", "Standard_NC6", "node_vm_size")


@pytest.mark.parametrize(
    ("cluster", "existing"),
    [
        pytest.param(desired(), live(), id="no size is named"),
        pytest.param(desired(pool={"vmSize": "Standard_DS2_v2"}), live(), id="the same size"),
        pytest.param(desired(pool={"vmSize": "standard_ds2_v2"}), live(), id="in another case"),
        pytest.param(desired(), live(agentPoolProfiles=[MACHINES]), id="a pool without a size"),
        pytest.param(desired(pool={"vmSize": "Standard_NC6"}), live(agentPoolProfiles=[MACHINES]), id="a pool that tells no size"),
        pytest.param(desired(pool={"vmSize": "Standard_NC6"}), live(agentPoolProfiles=[{**POOL, "vmSize": ""}]), id="an empty size"),
        pytest.param(desired(pool={"vmSize": "Standard_NC6"}), live(agentPoolProfiles=[{}]), id="a pool that tells nothing"),
        pytest.param(
            desired(pool={"vmSize": "Standard_NC6"}),
            live(agentPoolProfiles=[{**MACHINES, "virtualMachinesProfile": {"scale": {"manual": [{"size": "Standard_NC6", "count": 1}]}}}]),
            id="one of several sizes",
        ),
        pytest.param(desired(pool={"name": "other", "vmSize": "Standard_NC6"}), live(), id="no such pool"),
        pytest.param(desired(), live(agentPoolProfiles=None), id="no pools"),
    ],
)
def test_existing_cluster_is_accepted(cluster: DesiredCluster, existing: Json) -> None:
    refuse_other_creation(cluster, existing)


SUBNET = "/subscriptions/0/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes"


@pytest.mark.parametrize("location", ["westeurope", "West Europe", "WESTEUROPE"])
def test_region_of_an_existing_cluster_is_kept_with_a_warning(location: str) -> None:
    wanted = desired(location=location)
    refuse_other_creation(wanted, live())
    (warning,) = creation_warnings(wanted, live())
    assert {"eastus", "westeurope", "myAKSCluster"} <= set(warning.replace(":", "").split())
    for same in (location, "westeurope", "West Europe", ""):
        assert creation_warnings(desired(location=same), {**live(), "location": location}) == ()


@pytest.mark.parametrize(
    ("named", "there", "parameter"),
    [
        pytest.param({"availabilityZones": ["1"]}, {}, "node_availability_zones", id="zones of a pool without"),
        pytest.param({"availabilityZones": ["1"]}, {"availabilityZones": ["1", "2"]}, "node_availability_zones", id="other zones"),
        pytest.param({"vnetSubnetID": SUBNET}, {}, "node_vnet_subnet_id", id="a subnet instead of Azure's"),
        pytest.param({"vnetSubnetID": SUBNET}, {"vnetSubnetID": f"{SUBNET}2"}, "node_vnet_subnet_id", id="another subnet"),
    ],
)
def test_immutable_option_of_the_first_pool_is_rejected_if_it_differs(named: Json, there: Json, parameter: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_other_creation(desired(pool=named), live(agentPoolProfiles=[{**POOL, **there}]))
    assert_explained(refusal.value, "ImmutableField", parameter, "aks_gpu_nodepool")
    refuse_other_creation(desired(pool=named), live(agentPoolProfiles=[{**POOL, **named}]))


def test_order_of_zones_and_case_of_the_subnet_are_ignored() -> None:
    pool = {"availabilityZones": ["2", "1"], "vnetSubnetID": SUBNET.upper()}
    refuse_other_creation(
        desired(pool={"availabilityZones": ["1", "2"], "vnetSubnetID": SUBNET}), live(agentPoolProfiles=[{**POOL, **pool}])
    )


def test_options_of_a_missing_first_pool_are_reported_as_without_effect() -> None:
    (warning,) = creation_warnings(desired(pool={"name": "other", "vmSize": "Standard_NC6", "count": 2}), live())
    assert "exists without a node pool other: node_vm_size, node_count had no effect" in warning
    assert creation_warnings(desired(pool={"name": "other"}), live()) == ()
    assert creation_warnings(desired(pool={"vmSize": "Standard_DS2_v2", "count": 2}), live()) == ()


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
def test_created_clusters_are_recognized_by_their_tag(resource: Json, ours: bool) -> None:
    assert created_by_us(resource) is ours


def test_facts_name_the_version_that_runs_before_the_one_asked_for() -> None:
    assert cluster_facts(live(currentKubernetesVersion="1.20.7"))["kubernetes_version"] == "1.20.7"
    facts = cluster_facts({**live(powerState={"code": "Running"}), "tags": {"team": "a"}, "identity": {"type": "SystemAssigned"}})
    assert facts["kubernetes_version"] == "1.20"
    assert (facts["node_resource_group"], facts["tags"]) == ("MC_myResourceGroup_myAKSCluster_eastus", {"team": "a"})
    assert (facts["power_state"], facts["provisioning_state"], facts["identity_type"]) == ("Running", "Succeeded", "SystemAssigned")
    assert facts["pools"] == [{"name": "nodepool1", "vm_size": "Standard_DS2_v2", "count": 1}]


def test_facts_of_a_pool_of_virtual_machines_are_its_sizes_and_nodes() -> None:
    manual = [{"size": "Standard_NC6", "count": 1}, {"size": "Standard_NC12", "count": 2}]
    pool = {**MACHINES, "virtualMachinesProfile": {"scale": {"manual": manual}}}
    facts = cluster_facts(live(agentPoolProfiles=[pool, {"name": "system", "mode": "ManagedSystem"}]))
    assert facts["pools"] == [
        {"name": "nodepool1", "vm_size": "Standard_NC6, Standard_NC12", "count": 3},
        {"name": "system", "vm_size": None, "count": None},
    ]


@pytest.mark.parametrize("answer", [{}, {"properties": None}, {"name": "aks", "properties": {}}])
def test_cluster_with_minimal_properties_is_read(answer: Json) -> None:
    assert cluster_facts(answer)["pools"] == []
    assert state_warnings(answer) == ()
    refuse_other_creation(desired(pool={"vmSize": "Standard_NC6"}), answer)


@pytest.mark.parametrize("empty", [{"node_pool_name": ""}, {"node_vm_size": ""}, {"node_pool_name": "", "node_vm_size": ""}])
def test_empty_name_or_size_of_the_first_pool_counts_as_unset(empty: Json) -> None:
    wanted = cluster_request(validated(cluster_arguments(), {"resource_group": "rg", "name": "aks", **empty})).desired
    validate_cluster(wanted)
    assert wanted.pool == POOL
    refuse_other_creation(wanted, live(agentPoolProfiles=[MACHINES]))


def test_no_default_of_the_module_is_held_against_a_cluster_that_exists() -> None:
    """Options of new clusters only, which nobody compares, may have one."""
    defaults = {name for name, spec in cluster_arguments().items() if spec.get("default") is not None}
    assert defaults == {"state", "created_only", "wait", "wait_timeout", "node_pool_name", "custom_headers", "allow_retired"}


def test_facts_have_the_value_that_an_option_has_where_azure_leaves_it_out() -> None:
    facts = cluster_facts(live(networkProfile={"networkPlugin": "azure"}))
    assert (facts["sku_tier"], facts["disable_local_accounts"], facts["enable_oidc_issuer"]) == ("Free", False, False)
    assert (facts["network_profile"]["network_plugin"], facts["network_profile"]["network_policy"]) == ("azure", "none")


class TestStateWarnings:
    """What stands in the way of the steps that follow."""

    def test_healthy_cluster_has_no_warning(self) -> None:
        assert state_warnings(live(powerState={"code": "Running"})) == ()

    def test_failed_cluster_has_a_reason_and_a_consequence(self) -> None:
        error = {"code": "ErrCode_InsufficientVCPUQuota", "message": "Insufficient vcpu quota requested 6, remaining 0 for family NC."}
        (warning,) = state_warnings(live(provisioningState="Failed", status={"provisioningError": error}))
        for words in ("provisioning state Failed", "ErrCode_InsufficientVCPUQuota: Insufficient", "vCPUs", "az aks update"):
            assert words in warning

    def test_failed_cluster_without_a_reason_from_azure(self) -> None:
        (warning,) = state_warnings(live(provisioningState="Canceled"))
        assert "provisioning state Canceled." in warning

    def test_stopped_cluster_is_reported(self) -> None:
        (warning,) = state_warnings(live(powerState={"code": "Stopped"}))
        assert "az aks start" in warning


def test_private_cluster_is_created_with_a_warning_about_access() -> None:
    private = {"properties": {"apiServerAccessProfile": {"enablePrivateCluster": True}}}
    (warning,) = access_warnings(cluster_body(desired(named=private), location="eastus"))
    assert "virtual network" in warning
    assert access_warnings(cluster_body(desired(), location="eastus")) == ()


def test_first_pool_and_identity_are_as_requested() -> None:
    identity = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine"
    body = cluster_body(desired(identity=identity, pool={"availabilityZones": ["1"]}), location="eastus")
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    assert body["properties"]["agentPoolProfiles"][0]["availabilityZones"] == ["1"]
    validate_cluster(desired(identity=identity))
