# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An existing cluster: what is changed, what goes back as it came, and what Azure cannot change."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import named_properties
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.options import CLUSTER_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.rules import validate_properties
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.update import ClusterUpdate, plan_update
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st

from ...builders import Json, assert_explained

NAME = "myAKSCluster"
OURS = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ours"
THEIRS = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs"


def live(**properties: Any) -> Json:
    """A cluster with much that nobody here asks about."""
    return {
        "id": f"/subscriptions/0/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/{NAME}",
        "name": NAME,
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": "eastus",
        "eTag": "e1",
        "tags": {"cost": "42"},
        "sku": {"name": "Base", "tier": "Free"},
        "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "kubernetesVersion": "1.34",
            "currentKubernetesVersion": "1.34.2",
            "dnsPrefix": "mine",
            "nodeResourceGroup": "MC_rg_myAKSCluster_eastus",
            "agentPoolProfiles": [{"name": "nodepool1", "vmSize": "Standard_DS2_v2", "count": 3, "orchestratorVersion": "1.34"}],
            "networkProfile": {
                "networkPlugin": "azure",
                "networkPluginMode": "overlay",
                "podCidr": "10.244.0.0/16",
                "serviceCidr": "10.0.0.0/16",
                "dnsServiceIP": "10.0.0.10",
                "loadBalancerProfile": {"managedOutboundIPs": {"count": 2}},
            },
            "addonProfiles": {"omsagent": {"enabled": True, "config": {"logAnalyticsWorkspaceResourceID": "w"}}},
            "securityProfile": {"defender": {"logAnalyticsWorkspaceResourceId": "w"}},
            **properties,
        },
    }


def plan(existing: Json, *, identity: str = "", **params: Any) -> ClusterUpdate:
    return plan_update(NAME, existing, named=named_properties(params, CLUSTER_OPTIONS), identity=identity)


def refusal(existing: Json, **params: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refused:
        plan(existing, **params)
    return refused.value


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="nothing is named"),
        pytest.param({"kubernetes_version": "1.34"}, id="a minor version stands for its patches"),
        pytest.param({"kubernetes_version": "1.34.2"}, id="the version that runs"),
        pytest.param({"sku_tier": "Free", "dns_prefix": "mine"}, id="as it is"),
        pytest.param({"node_resource_group": "mc_RG_myakscluster_eastus"}, id="in another case"),
        pytest.param({"tags": {"cost": "42"}}, id="a tag that is there"),
        pytest.param({"network_profile": {"network_policy": "none", "outbound_type": "loadBalancer"}}, id="what Azure leaves out"),
        pytest.param({"aad_profile": {"managed": False, "admin_group_object_ids": []}}, id="nothing of Entra ID"),
        pytest.param({"auto_upgrade_profile": {"upgrade_channel": "none"}}, id="no upgrade channel"),
        pytest.param({"api_server_access_profile": {"authorized_ip_ranges": [], "enable_private_cluster": False}}, id="open to all"),
    ],
)
def test_unchanged_values_are_not_a_change(params: Json) -> None:
    made = plan(live(), **params)
    assert not made.change.changed
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("params", "before", "after"),
    [
        ({"tags": {"team": "vision"}}, {"tags.team": None}, {"tags.team": "vision"}),
        ({"sku_tier": "Standard"}, {"sku_tier": "Free"}, {"sku_tier": "Standard"}),
        (
            {"auto_upgrade_profile": {"upgrade_channel": "patch"}},
            {"auto_upgrade_profile.upgrade_channel": "none"},
            {"auto_upgrade_profile.upgrade_channel": "patch"},
        ),
        (
            {"network_profile": {"network_policy": "calico"}},
            {"network_profile.network_policy": "none"},
            {"network_profile.network_policy": "calico"},
        ),
        (
            {"aad_profile": {"managed": True, "admin_group_object_ids": ["g"]}, "disable_local_accounts": True},
            {"aad_profile.managed": False, "aad_profile.admin_group_object_ids": (), "disable_local_accounts": False},
            {"aad_profile.managed": True, "aad_profile.admin_group_object_ids": ["g"], "disable_local_accounts": True},
        ),
    ],
)
def test_different_value_is_changed_and_named(params: Json, before: Json, after: Json) -> None:
    change = plan(live(), **params).change
    assert (change.subject, change.before, change.after) == (f"cluster {NAME}", before, after)


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        pytest.param(["20.1.2.3"], ["20.1.2.3/32"], id="an address is the range of itself"),
        pytest.param(["20.1.2.3/32"], ["20.1.2.3"], id="or the other way round"),
        pytest.param(["20.2.0.0/16", "20.1.2.3"], ["20.1.2.3/32", "20.2.0.0/16"], id="in any order"),
        pytest.param(["20.1.2.3", "20.1.2.3/32"], ["20.1.2.3/32"], id="named twice"),
        pytest.param(["2001:DB8::1"], ["2001:db8::1/128"], id="IPv6 in capitals"),
        pytest.param(["2001:db8:0:0::/64"], ["2001:db8::/64"], id="IPv6 written out"),
        pytest.param([], [""], id="none as an empty text"),
    ],
)
def test_ranges_of_addresses_are_compared_by_what_they_mean(ranges: list[str], told: list[str]) -> None:
    existing = live(apiServerAccessProfile={"authorizedIPRanges": told})
    assert not plan(existing, api_server_access_profile={"authorized_ip_ranges": ranges}).change.changed


def test_another_range_is_a_change() -> None:
    existing = live(apiServerAccessProfile={"authorizedIPRanges": ["20.1.2.3/32"]})
    assert plan(existing, api_server_access_profile={"authorized_ip_ranges": ["20.1.2.3/31"]}).change.changed


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"tags": {"COST": "42"}}, id="a tag's name"),
        pytest.param({"dns_prefix": "Mine"}, id="a name in the DNS"),
        pytest.param({"network_profile": {"network_plugin": "azure"}}, id="an enumeration"),
        pytest.param({"aad_profile": {"admin_group_object_ids": ["AB-1", "cd-2"]}}, id="object IDs"),
    ],
)
def test_case_insensitive_values_are_not_a_change(params: Json) -> None:
    existing = live(
        aadProfile={"managed": True, "adminGroupObjectIDs": ["CD-2", "ab-1"]},
        networkProfile={**live()["properties"]["networkProfile"], "networkPlugin": "Azure"},
    )
    assert not plan(existing, **params).change.changed


def test_tag_is_changed_or_removed_under_its_existing_name() -> None:
    made = plan(live(), tags={"Cost": "43"})
    assert (made.change.after, made.body["tags"]) == ({"tags.cost": "43"}, {"cost": "43"})
    assert plan(live(), tags={"COST": None}).body["tags"] == {}


def test_long_term_support_comes_with_the_tier_that_has_it() -> None:
    made = plan(live(), sku_tier="Premium", support_plan="AKSLongTermSupport")
    assert (made.body["sku"]["tier"], made.body["properties"]["supportPlan"]) == ("Premium", "AKSLongTermSupport")
    assert_explained(refusal(live(), support_plan="AKSLongTermSupport"), "ContradictingOptions", "sku_tier is Free", "sku_tier: Premium")
    assert not plan(live(), support_plan="KubernetesOfficial").change.changed


def test_network_isolated_cluster_stays_isolated() -> None:
    isolated = live(networkProfile={**live()["properties"]["networkProfile"], "outboundType": "block"})
    assert not plan(isolated, network_profile={"outbound_type": "block"}).change.changed


def test_everything_else_goes_back_as_azure_gave_it() -> None:
    existing = live()
    untouched = copy.deepcopy(existing)
    body = plan(existing, tags={"team": "vision"}, network_profile={"network_policy": "calico"}).body
    assert existing == untouched
    assert body["tags"] == {"cost": "42", "team": "vision"}
    expected = copy.deepcopy(existing["properties"])
    expected["networkProfile"]["networkPolicy"] = "calico"
    assert body["properties"] == expected
    assert body["sku"] == existing["sku"]
    assert body["identity"] == {"type": "SystemAssigned"}  # its ids are Azure's
    assert {"id", "name", "type", "eTag"}.isdisjoint(body)


def test_upgrade_of_the_control_plane_only_gives_a_warning() -> None:
    made = plan(live(), kubernetes_version="1.35")
    assert made.body["properties"]["kubernetesVersion"] == "1.35"
    assert made.body["properties"]["agentPoolProfiles"] == live()["properties"]["agentPoolProfiles"]
    (warning,) = made.warnings
    assert "orchestrator_version" in warning


class TestIdentity:
    """System-assigned or one of the user's."""

    def test_requested_identity_replaces_the_systems(self) -> None:
        made = plan(live(), identity=OURS)
        assert made.change.after == {"assign_identity": OURS}
        assert made.body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {OURS: {}}}

    def test_existing_identity_is_kept_without_read_only_fields(self) -> None:
        existing = {
            **live(),
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {THEIRS: {"clientId": "c", "principalId": "p"}}},
        }
        assert plan(existing, identity=THEIRS.upper()).change.changed is False
        kept = plan(existing, sku_tier="Standard").body["identity"]
        assert kept == {"type": "UserAssigned", "userAssignedIdentities": {THEIRS: {}}}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"dns_prefix": "yours"}, ("dns_prefix", "mine", "yours")),
        ({"node_resource_group": "other"}, ("node_resource_group", "MC_rg_myAKSCluster_eastus", "other")),
        ({"network_profile": {"service_cidr": "10.9.0.0/16"}}, ("network_profile.service_cidr", "10.0.0.0/16", "10.9.0.0/16")),
        ({"network_profile": {"pod_cidr": "10.9.0.0/16"}}, ("network_profile.pod_cidr", "10.244.0.0/16")),
        ({"network_profile": {"network_plugin": "kubenet"}}, ("network_profile.network_plugin", "azure", "kubenet")),
        ({"api_server_access_profile": {"enable_private_cluster": True}}, ("enable_private_cluster", "False", "True")),
    ],
)
def test_immutable_option_is_rejected_with_both_values_and_a_remedy(params: Json, words: tuple[str, ...]) -> None:
    assert_explained(refusal(live(), **params), "ImmutableField", *words, "another name")


def test_kubenet_may_become_azures_overlay_with_a_range_for_pods() -> None:
    kubenet = live(networkProfile={"networkPlugin": "kubenet", "podCidr": "10.244.0.0/16"})
    overlay = {"network_plugin": "azure", "network_plugin_mode": "overlay", "pod_cidr": "192.168.0.0/16"}
    assert plan(kubenet, network_profile=overlay).change.changed
    refused = refusal(kubenet, network_profile={"network_plugin": "azure"})
    assert_explained(refused, "ImmutableField", "network_profile.network_plugin", "kubenet")


@pytest.mark.parametrize(
    ("existing", "params", "word"),
    [
        (live(aadProfile={"managed": True}), {"aad_profile": {"managed": False}}, "aad_profile.managed"),
        (live(oidcIssuerProfile={"enabled": True}), {"enable_oidc_issuer": False}, "enable_oidc_issuer"),
    ],
)
def test_irreversible_option_is_not_turned_off(existing: Json, params: Json, word: str) -> None:
    assert_explained(refusal(existing, **params), "ImmutableField", word, "not off again")


def test_older_version_is_rejected() -> None:
    assert_explained(refusal(live(), kubernetes_version="1.33"), "VersionTooOld", "1.34.2", "1.33")
    long_term = live(currentKubernetesVersion="1.28.101-akslts")
    assert_explained(refusal(long_term, kubernetes_version="1.28.15"), "VersionTooOld", "1.28.101-akslts", "1.28.15")


def test_stopped_cluster_is_not_changed_but_may_already_match() -> None:
    stopped = live(powerState={"code": "Stopped"})
    assert not plan(stopped, sku_tier="Free").change.changed
    assert_explained(refusal(stopped, sku_tier="Standard"), "ClusterStopped", "az aks start")


@pytest.mark.parametrize(
    ("existing", "params", "code", "word"),
    [
        (live(), {"disable_local_accounts": True}, "InvalidSignIn", "aad_profile.managed"),
        (live(), {"aad_profile": {"enable_azure_rbac": True}}, "InvalidSignIn", "aad_profile.managed"),
        (live(), {"enable_workload_identity": True}, "InvalidSignIn", "enable_oidc_issuer"),
        (live(), {"network_profile": {"network_policy": "cilium"}}, "InvalidNetwork", "network_dataplane"),
        (
            live(apiServerAccessProfile={"enablePrivateCluster": True}),
            {"api_server_access_profile": {"authorized_ip_ranges": ["1.2.3.4/32"]}},
            "InvalidAccess",
            "private",
        ),
    ],
)
def test_contradiction_with_the_resulting_cluster_is_rejected(existing: Json, params: Json, code: str, word: str) -> None:
    assert_explained(refusal(existing, **params), code, word)


@pytest.mark.parametrize("version", ["latest", "v1.34.8", "1", "1.34.x"])
def test_invalid_kubernetes_version_is_rejected(version: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        validate_properties(named_properties({"kubernetes_version": version}, CLUSTER_OPTIONS))
    assert_explained(refused.value, "InvalidVersion", f"kubernetes_version is '{version}'")


@pytest.mark.parametrize(
    ("network", "word"),
    [
        ({"service_cidr": "10.0.0.1/16"}, "service_cidr"),
        ({"pod_cidr": "pods"}, "pod_cidr"),
        ({"pod_cidr": "fd00::/64"}, "IPv4"),
        ({"pod_cidr": "10.0.0.0/8", "service_cidr": "10.0.0.0/16"}, "overlap"),
        ({"service_cidr": "10.0.0.0/16", "dns_service_ip": "10.1.0.10"}, "10.0.0.10"),
        ({"service_cidr": "10.0.0.0/16", "dns_service_ip": "10.0.0.1"}, "API server"),
        ({"service_cidr": "10.0.0.0/16", "dns_service_ip": "dns"}, "dns_service_ip"),
    ],
)
def test_addresses_that_can_not_be_are_refused(network: Json, word: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        validate_properties(named_properties({"network_profile": network}, CLUSTER_OPTIONS))
    assert_explained(refused.value, "InvalidAddresses", word)


@pytest.mark.parametrize("text", ["203.0.113.0/33", "300.1.1.1", "203.0.113.1-203.0.113.9", "our office", "https://example.com", ""])
def test_invalid_ip_range_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        validate_properties(named_properties({"api_server_access_profile": {"authorized_ip_ranges": [text]}}, CLUSTER_OPTIONS))
    assert_explained(refused.value, "InvalidAddresses", f"'{text}'")


def test_addresses_ranges_and_service_tags_may_be_authorized() -> None:
    ranges = ["203.0.113.7", "203.0.113.9/24", "2001:db8::/32", "AzureCloud.westeurope"]
    validate_properties(named_properties({"api_server_access_profile": {"authorized_ip_ranges": ranges}}, CLUSTER_OPTIONS))


values = st.fixed_dictionaries(
    {},
    optional={
        "sku_tier": st.sampled_from(["Free", "Standard", "Premium"]),
        "tags": st.dictionaries(st.sampled_from(["cost", "team"]), st.sampled_from(["42", "vision"])),
        "auto_upgrade_profile": st.fixed_dictionaries({"upgrade_channel": st.sampled_from(["none", "patch", "stable"])}),
        "network_profile": st.fixed_dictionaries({}, optional={"network_policy": st.sampled_from(["none", "azure", "calico"])}),
        "kubernetes_version": st.sampled_from(["1.34", "1.34.2", "1.35"]),
        "enable_oidc_issuer": st.booleans(),
    },
)


@given(values)
def test_applied_plan_needs_no_further_change(params: Json) -> None:
    existing = live()
    made = plan(existing, **params)
    after = {**existing, **made.body}
    assert not plan(after, **params).change.changed
    assert set(existing["properties"]) <= set(made.body["properties"])
    for name in ("agentPoolProfiles", "addonProfiles", "securityProfile", "dnsPrefix"):
        assert made.body["properties"][name] == existing["properties"][name]
