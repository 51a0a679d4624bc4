# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Contradictions between a cluster's options that Azure would refuse, found before anything is sent."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..arm.resource_option import inside
from ..shared.versions import validate_version

_SERVICE_TAG = re.compile(r"[A-Za-z]\w*(\.\w+)*")


def validate_properties(cluster: Mapping[str, Any]) -> None:
    """Refuse contradictions in a wanted cluster, given as its REST fields. Raises InvalidInputError."""
    validate_version("kubernetes_version", inside(cluster, "properties.kubernetesVersion"))
    _validate_addresses(inside(cluster, "properties.networkProfile") or {})
    _validate_network(inside(cluster, "properties.networkProfile") or {})
    _validate_access(inside(cluster, "properties.apiServerAccessProfile") or {})
    _validate_sign_in(cluster)
    _validate_support(cluster)


def _refusal(problem: str, code: str, *, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code=code, cause=cause, remedy=remedy)


def _validate_addresses(network: Mapping[str, Any]) -> None:
    ranges = {}
    for name, field in (("pod_cidr", "podCidr"), ("service_cidr", "serviceCidr")):
        if network.get(field):
            ranges[name] = _network(name, network[field])
    if len(ranges) == len({"pod_cidr", "service_cidr"}) and ranges["pod_cidr"].overlaps(ranges["service_cidr"]):
        raise _refusal(
            f"pod_cidr ({ranges['pod_cidr']}) and service_cidr ({ranges['service_cidr']}) overlap.",
            "InvalidAddresses",
            cause="Pods and services must have different IP addresses.",
            remedy="Use two ranges that overlap neither each other nor the virtual network.",
        )
    address = network.get("dnsServiceIP")
    services = ranges.get("service_cidr")
    if address and services and not _is_service_address(address, services):
        raise _refusal(
            f"dns_service_ip ({address}) is not an address of service_cidr ({services}) that DNS can use.",
            "InvalidAddresses",
            cause="DNS needs an address from the service range, whose first address belongs to the API server.",
            remedy=f"Set dns_service_ip to {services.network_address + 10}, for example.",
        )


def _network(name: str, text: str) -> IPv4Network:
    try:
        found = ip_network(text)
    except ValueError as error:
        raise _refusal(
            f"{name} is '{text}': {error}.",
            "InvalidAddresses",
            cause="The value is not an address range.",
            remedy="Set it to a range such as 10.244.0.0/16.",
        ) from error
    if not isinstance(found, IPv4Network):
        raise _refusal(
            f"{name} is '{text}'.",
            "InvalidAddresses",
            cause="AKS requires an IPv4 range.",
            remedy="Set it to a range such as 10.244.0.0/16.",
        )
    return found


def _is_service_address(text: str, services: IPv4Network) -> bool:
    try:
        address = IPv4Address(text)
    except ValueError:
        return False
    return address in services and address > services.network_address + 1


def _validate_network(network: Mapping[str, Any]) -> None:
    plugin = network.get("networkPlugin")
    if network.get("networkPluginMode") and plugin not in (None, "azure"):
        raise _refusal(
            f"network_plugin_mode is overlay and network_plugin is {plugin}.",
            "InvalidNetwork",
            cause="Only the network plugin azure has an overlay mode.",
            remedy="Set network_plugin: azure, or leave out network_plugin_mode.",
        )
    if network.get("networkPolicy") == "cilium" and network.get("networkDataplane") != "cilium":
        raise _refusal(
            "network_policy is cilium, but network_dataplane is not.",
            "InvalidNetwork",
            cause="Cilium enforces network policies only in its own data plane.",
            remedy="Set network_dataplane: cilium.",
        )


def _validate_access(access: Mapping[str, Any]) -> None:
    for text in access.get("authorizedIPRanges") or ():
        _validate_range(text)
    private = access.get("enablePrivateCluster")
    if private and access.get("authorizedIPRanges"):
        raise _refusal(
            "authorized_ip_ranges are given for a private cluster.",
            "InvalidAccess",
            cause="These ranges restrict a public endpoint, which a private cluster does not have.",
            remedy="Leave out either authorized_ip_ranges or enable_private_cluster.",
        )
    if not private and access.get("privateDNSZone") not in (None, "none", "system"):
        raise _refusal(
            "private_dns_zone is given for a cluster that is not private.",
            "InvalidAccess",
            cause="Only a private cluster has a name in a private DNS zone.",
            remedy="Set enable_private_cluster: true, or leave out private_dns_zone.",
        )


def _validate_range(text: str) -> None:
    """In a preview, Azure accepts the name of a service tag as well as ranges."""
    try:
        ip_network(text.strip(), strict=False)
    except ValueError as error:
        if _SERVICE_TAG.fullmatch(text):
            return
        raise _refusal(
            f"authorized_ip_ranges has '{text}'.",
            "InvalidAddresses",
            cause="The value is neither an IP address nor an address range.",
            remedy="Set it to an address such as 203.0.113.7 or a range such as 203.0.113.0/24.",
        ) from error


def _validate_sign_in(cluster: Mapping[str, Any]) -> None:
    entra = inside(cluster, "properties.aadProfile") or {}
    if not entra.get("managed") and any(entra.get(name) for name in ("enableAzureRBAC", "adminGroupObjectIDs")):
        raise _refusal(
            "aad_profile sets administrators or Azure RBAC, but Microsoft Entra ID is not enabled.",
            "InvalidSignIn",
            cause="Administrator groups and Azure RBAC require sign-in with Microsoft Entra ID.",
            remedy="Set aad_profile.managed: true.",
        )
    if inside(cluster, "properties.disableLocalAccounts") and not entra.get("managed"):
        raise _refusal(
            "disable_local_accounts is true, but Microsoft Entra ID is not enabled.",
            "InvalidSignIn",
            cause="Without local accounts and Microsoft Entra ID, no user could sign in to the cluster.",
            remedy="Also set aad_profile.managed: true.",
        )
    if inside(cluster, "properties.securityProfile.workloadIdentity.enabled") and not inside(
        cluster, "properties.oidcIssuerProfile.enabled"
    ):
        raise _refusal(
            "enable_workload_identity is true, but the OIDC issuer is not enabled.",
            "InvalidSignIn",
            cause="Workload identity requires tokens from the cluster's OIDC issuer.",
            remedy="Also set enable_oidc_issuer: true.",
        )


def _validate_support(cluster: Mapping[str, Any]) -> None:
    """https://learn.microsoft.com/azure/aks/long-term-support."""
    tier = str(inside(cluster, "sku.tier") or "Free")
    if inside(cluster, "properties.supportPlan") == "AKSLongTermSupport" and tier.lower() != "premium":
        raise _refusal(
            f"support_plan is AKSLongTermSupport, but sku_tier is {tier}.",
            "ContradictingOptions",
            cause="Long-term support requires the tier Premium.",
            remedy="Also set sku_tier: Premium, or set support_plan: KubernetesOfficial.",
        )
