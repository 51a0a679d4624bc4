# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .pool_options import CASELESS, UNORDERED, PoolOption, by_path

_NETWORK = (
    PoolOption("network_plugin", "networkPlugin", choices=("azure", "kubenet", "none"), fixed=True),
    PoolOption("network_plugin_mode", "networkPluginMode", choices=("overlay",)),
    PoolOption("network_policy", "networkPolicy", choices=("azure", "calico", "cilium", "none"), default="none"),
    PoolOption("network_dataplane", "networkDataplane", choices=("azure", "cilium"), default="azure"),
    PoolOption("pod_cidr", "podCidr", fixed=True),
    PoolOption("service_cidr", "serviceCidr", fixed=True),
    PoolOption("dns_service_ip", "dnsServiceIP", fixed=True),
    PoolOption(
        "outbound_type",
        "outboundType",
        choices=("loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none"),
        default="loadBalancer",
    ),
)
_ENTRA = (
    PoolOption("managed", "managed", "bool", default=False),
    PoolOption("enable_azure_rbac", "enableAzureRBAC", "bool", default=False),
    PoolOption("admin_group_object_ids", "adminGroupObjectIDs", "list", "str", compare=UNORDERED, default=()),
    PoolOption("tenant_id", "tenantID", compare=CASELESS),
)
_API_SERVER = (
    PoolOption("authorized_ip_ranges", "authorizedIPRanges", "list", "str", compare=UNORDERED, default=()),
    PoolOption("enable_private_cluster", "enablePrivateCluster", "bool", fixed=True, default=False),
    PoolOption("private_dns_zone", "privateDNSZone", fixed=True, compare=CASELESS, default="system"),
    PoolOption("enable_private_cluster_public_fqdn", "enablePrivateClusterPublicFQDN", "bool", default=True),
)
_AUTO_UPGRADE = (
    PoolOption("upgrade_channel", "upgradeChannel", choices=("none", "patch", "stable", "rapid", "node-image"), default="none"),
    PoolOption("node_os_upgrade_channel", "nodeOSUpgradeChannel", choices=("None", "Unmanaged", "SecurityPatch", "NodeImage")),
)

# Fields of the whole managed cluster. Names as in azure.azcollection's azure_rm_aks, where that has the option. What is fixed is what
# 'az aks update' has no option for (https://learn.microsoft.com/cli/azure/aks#az-aks-update); the way from kubenet to Azure's overlay is in
# https://learn.microsoft.com/azure/aks/upgrade-azure-cni.
CLUSTER_OPTIONS = (
    PoolOption("kubernetes_version", "properties.kubernetesVersion"),
    PoolOption("dns_prefix", "properties.dnsPrefix", fixed=True),
    PoolOption("node_resource_group", "properties.nodeResourceGroup", fixed=True, compare=CASELESS),
    PoolOption("sku_tier", "sku.tier", choices=("Free", "Standard", "Premium"), compare=CASELESS, default="Free"),
    PoolOption("tags", "tags", "dict", texts=True, default={}),
    PoolOption("network_profile", "properties.networkProfile", "dict", options=_NETWORK),
    PoolOption("aad_profile", "properties.aadProfile", "dict", options=_ENTRA),
    PoolOption("disable_local_accounts", "properties.disableLocalAccounts", "bool", default=False),
    PoolOption("api_server_access_profile", "properties.apiServerAccessProfile", "dict", options=_API_SERVER),
    PoolOption("auto_upgrade_profile", "properties.autoUpgradeProfile", "dict", options=_AUTO_UPGRADE),
    PoolOption("enable_oidc_issuer", "properties.oidcIssuerProfile.enabled", "bool", default=False),
    PoolOption("enable_workload_identity", "properties.securityProfile.workloadIdentity.enabled", "bool", default=False),
)
_BY_PATH = by_path(CLUSTER_OPTIONS)


def option_at(path: tuple[str, ...]) -> PoolOption | None:
    """The option that a field belongs to; None for one that has none."""
    found = _BY_PATH.get(path)
    return found[1] if found else None


def name_at(path: Sequence[str]) -> str:
    """The name by which the user knows a field: an option's, or a tag's."""
    found = _BY_PATH.get(tuple(path))
    return found[0] if found else ".".join(path)


def inside(resource: Mapping[str, Any], dotted: str) -> Any:
    """A field of a resource, None where it, or what it is in, is not there."""
    value: Any = resource
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
