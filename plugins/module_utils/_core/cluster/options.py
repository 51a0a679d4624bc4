# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The options of an AKS cluster, one row per option; the module's arguments, the request, the comparison and the facts follow it."""

from __future__ import annotations

from typing import Sequence

from ..arm.resource_option import ADDRESSES, CASELESS, ResourceOption, by_path

_NETWORK = (
    ResourceOption("network_plugin", "networkPlugin", choices=("azure", "kubenet", "none"), fixed=True),
    ResourceOption("network_plugin_mode", "networkPluginMode", choices=("overlay",)),
    ResourceOption("network_policy", "networkPolicy", choices=("azure", "calico", "cilium", "none"), default="none"),
    ResourceOption("network_dataplane", "networkDataplane", choices=("azure", "cilium"), default="azure"),
    ResourceOption("pod_cidr", "podCidr", fixed=True, compare=ADDRESSES),
    ResourceOption("service_cidr", "serviceCidr", fixed=True, compare=ADDRESSES),
    ResourceOption("dns_service_ip", "dnsServiceIP", fixed=True, compare=ADDRESSES),
    ResourceOption(
        "outbound_type",
        "outboundType",
        choices=("loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none", "block"),
        default="loadBalancer",
    ),
)
_ENTRA = (
    ResourceOption("managed", "managed", "bool", default=False),
    ResourceOption("enable_azure_rbac", "enableAzureRBAC", "bool", default=False),
    ResourceOption("admin_group_object_ids", "adminGroupObjectIDs", "list", "str", compare=CASELESS, default=()),
    ResourceOption("tenant_id", "tenantID", compare=CASELESS),
)
_API_SERVER = (
    ResourceOption("authorized_ip_ranges", "authorizedIPRanges", "list", "str", compare=ADDRESSES, default=()),
    ResourceOption("enable_private_cluster", "enablePrivateCluster", "bool", fixed=True, default=False),
    ResourceOption("private_dns_zone", "privateDNSZone", fixed=True, compare=CASELESS, default="system"),
    ResourceOption("enable_private_cluster_public_fqdn", "enablePrivateClusterPublicFQDN", "bool", default=True),
)
_AUTO_UPGRADE = (
    ResourceOption("upgrade_channel", "upgradeChannel", choices=("none", "patch", "stable", "rapid", "node-image"), default="none"),
    ResourceOption("node_os_upgrade_channel", "nodeOSUpgradeChannel", choices=("None", "Unmanaged", "SecurityPatch", "NodeImage")),
)

# Fields of the whole managed cluster. Names as in azure.azcollection's azure_rm_aks, where that has the option. What is fixed is what
# 'az aks update' has no option for (https://learn.microsoft.com/cli/azure/aks#az-aks-update); the way from kubenet to Azure's overlay is in
# https://learn.microsoft.com/azure/aks/upgrade-azure-cni.
CLUSTER_OPTIONS = (
    ResourceOption("kubernetes_version", "properties.kubernetesVersion"),
    ResourceOption("dns_prefix", "properties.dnsPrefix", fixed=True, compare=CASELESS),
    ResourceOption("node_resource_group", "properties.nodeResourceGroup", fixed=True, compare=CASELESS),
    ResourceOption("sku_tier", "sku.tier", choices=("Free", "Standard", "Premium"), default="Free"),
    ResourceOption(
        "support_plan", "properties.supportPlan", choices=("KubernetesOfficial", "AKSLongTermSupport"), default="KubernetesOfficial"
    ),
    ResourceOption("tags", "tags", "dict", texts=True, default={}),
    ResourceOption("network_profile", "properties.networkProfile", "dict", options=_NETWORK),
    ResourceOption("aad_profile", "properties.aadProfile", "dict", options=_ENTRA),
    ResourceOption("disable_local_accounts", "properties.disableLocalAccounts", "bool", default=False),
    ResourceOption("api_server_access_profile", "properties.apiServerAccessProfile", "dict", options=_API_SERVER),
    ResourceOption("auto_upgrade_profile", "properties.autoUpgradeProfile", "dict", options=_AUTO_UPGRADE),
    ResourceOption("enable_oidc_issuer", "properties.oidcIssuerProfile.enabled", "bool", default=False),
    ResourceOption("enable_workload_identity", "properties.securityProfile.workloadIdentity.enabled", "bool", default=False),
)
_BY_PATH = by_path(CLUSTER_OPTIONS)


def option_at(path: tuple[str, ...]) -> ResourceOption | None:
    """The option that a field belongs to; None for one that has none."""
    found = _BY_PATH.get(path)
    return found[1] if found else None


def name_at(path: Sequence[str]) -> str:
    """The name by which the user knows a field: an option's, or a tag's."""
    found = _BY_PATH.get(tuple(path))
    return found[0] if found else ".".join(path)
