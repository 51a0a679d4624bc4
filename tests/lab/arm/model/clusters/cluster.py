# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How AKS fills in, checks and echoes a managed cluster. Pure: nothing here knows the clock or HTTP. Sources: ../../FIDELITY.md.

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from tests.lab.arm.errors.aks import InvalidParameterError, PropertyChangeNotAllowedError
from tests.lab.arm.model.pools.echo import etag, pool_profile
from tests.lab.arm.model.resources import Cluster, Json, ResourceGroup, prune
from tests.lab.eras import Era

_NAME = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
_READ_ONLY = frozenset(
    {
        "agentPoolProfiles",
        "provisioningState",
        "powerState",
        "currentKubernetesVersion",
        "fqdn",
        "azurePortalFQDN",
        "maxAgentPools",
        "status",
        "eTag",
    }
)
_IMMUTABLE = ("dnsPrefix", "nodeResourceGroup", "enableRBAC")
_LAB_IDENTITY = "00000000-0000-0000-0000-000000000001"  # as in Microsoft's scrubbed recordings: no client looks at it


def check_cluster_name(name: str) -> None:
    """1 to 63 letters, digits, - and _, with a letter or digit at both ends."""
    if not _NAME.fullmatch(name):
        raise InvalidParameterError.value("managedCluster.name")


def requested_pools(body: Json) -> list[Json]:
    """The agentPoolProfiles of a PUT, each a JSON object with a name."""
    profiles: list[Json] = body.get("properties", {}).get("agentPoolProfiles") or []
    for profile in profiles:
        if not isinstance(profile.get("name"), str):
            raise InvalidParameterError.missing("agentPoolProfile.name")
    return profiles


def wanted_cluster(body: Json, *, name: str, group: ResourceGroup, location: str, current: Cluster | None, era: Era) -> Json:
    """The cluster's document after this PUT; what the body leaves out of `properties` stays as it is."""
    base = current.document["properties"] if current else _defaults(name=name, group=group, location=location, era=era)
    properties = _merged(base, _asked(body), new=current is None)
    if "dnsPrefix" not in properties:
        raise InvalidParameterError.missing("dnsPrefix")
    document: Json = {"properties": properties, "sku": body.get("sku") or {"name": era.cluster_sku, "tier": "Free"}}
    document.update({key: prune(body[key]) for key in ("identity", "tags", "extendedLocation") if body.get(key)})
    return document


def _asked(body: Json) -> Json:
    """The properties that the request sets; an empty kubernetesVersion stands for the cluster's own, or the default one."""
    asked = {key: value for key, value in prune(body.get("properties", {})).items() if key not in _READ_ONLY}
    if not asked.get("kubernetesVersion"):
        asked.pop("kubernetesVersion", None)
    return asked


def _merged(base: Json, asked: Json, *, new: bool) -> Json:
    """The requested properties over the existing ones."""
    properties = {**base, **asked}
    properties["networkProfile"] = _merged_network(base["networkProfile"], asked.get("networkProfile", {}), new=new)
    if "autoUpgradeProfile" in base:
        properties["autoUpgradeProfile"] = {**base["autoUpgradeProfile"], **asked.get("autoUpgradeProfile", {})}
    if "apiServerAccessProfile" in properties:
        properties["apiServerAccessProfile"] = _with_whole_ranges(properties["apiServerAccessProfile"])
    return properties


def _with_whole_ranges(access: Json) -> Json:
    """Azure writes an address alone as a range (hashicorp/terraform-provider-azurerm#11014)."""
    ranges = [text if "/" in text else f"{text}/32" for text in access.get("authorizedIPRanges", ())]
    return {**access, "authorizedIPRanges": ranges} if ranges else access


def _defaults(*, name: str, group: ResourceGroup, location: str, era: Era) -> Json:
    return {
        "kubernetesVersion": era.default_version,
        "servicePrincipalProfile": {"clientId": "msi"},
        "nodeResourceGroup": f"MC_{group.name}_{name}_{location}",
        "enableRBAC": True,
        "supportPlan": "KubernetesOfficial",
        "networkProfile": _network(era),
        "disableLocalAccounts": False,
        "securityProfile": {},
        "storageProfile": {},
        "oidcIssuerProfile": {"enabled": False},
        "workloadAutoScalerProfile": {},
        **({"autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"}} if era.fills_in_upgrades else {}),
    }


def _merged_network(base: Mapping[str, Any], asked: Json, *, new: bool) -> Json:
    """The requested network over the existing one; a request that sets a plugin gets an overlay only if it sets that, too."""
    if new and asked.get("networkPlugin"):
        base = {name: value for name, value in base.items() if name != "networkPluginMode"}
    return {**base, **asked}


def _network(era: Era) -> Mapping[str, Any]:
    mode = {"networkPluginMode": "overlay"} if era.overlay_by_default else {}
    return {
        **mode,
        "networkPlugin": era.default_network_plugin,
        "loadBalancerSku": "standard",
        "outboundType": "loadBalancer",
        "podCidr": "10.244.0.0/16",
        "serviceCidr": "10.0.0.0/16",
        "dnsServiceIP": "10.0.0.10",
        "ipFamilies": ["IPv4"],
    }


def check_cluster_unchanged(old: Json, new: Json) -> None:
    """Refuse the first change of a field that is fixed at creation."""
    for field in _IMMUTABLE:
        if old["properties"].get(field) != new["properties"].get(field):
            raise PropertyChangeNotAllowedError(f"properties.{field}")


def cluster_id(cluster: Cluster, *, subscription: str) -> str:
    """The cluster's id; AKS writes `resourcegroups` in lower case where ARM's own ids have a capital G."""
    group = f"/subscriptions/{subscription}/resourcegroups/{cluster.group.name}"
    return f"{group}/providers/Microsoft.ContainerService/managedClusters/{cluster.name}"


def cluster_resource(cluster: Cluster, *, subscription: str, tenant: str, preview: bool = False) -> Json:
    """The cluster as Azure echoes it, pools included."""
    document = dict(cluster.document)
    if "identity" in document:
        document["identity"] = {**document["identity"], "principalId": _LAB_IDENTITY, "tenantId": tenant}
    document["properties"] = {
        "provisioningState": cluster.state,
        "powerState": {"code": "Stopped" if cluster.stopped else "Running"},
        "currentKubernetesVersion": cluster.version,
        **_addresses(cluster, subscription),
        "maxAgentPools": 100,
        "agentPoolProfiles": [pool_profile(pool, preview=preview) for pool in cluster.pools.values()],
        "identityProfile": {"kubeletidentity": _kubelet_identity(cluster, subscription)},
        **cluster.document["properties"],
    }
    if cluster.document["properties"].get("aadProfile"):
        defaults = {"managed": True, "enableAzureRBAC": False, "tenantID": tenant}
        document["properties"]["aadProfile"] = {**defaults, **cluster.document["properties"]["aadProfile"]}
    if cluster.error is not None:
        document["properties"]["status"] = {"provisioningError": cluster.error}
    return {
        "id": cluster_id(cluster, subscription=subscription),
        "location": cluster.location,
        "name": cluster.name,
        "type": "Microsoft.ContainerService/ManagedClusters",
        "eTag": etag(cluster.name, cluster.revision),
        **document,
    }


def _addresses(cluster: Cluster, subscription: str) -> Json:
    unique = hashlib.sha256(cluster_id(cluster, subscription=subscription).lower().encode()).hexdigest()[:8]
    host = f"{cluster.document['properties']['dnsPrefix']}-{unique}"
    zone = f"hcp.{cluster.location}.azmk8s.io"
    return {"fqdn": f"{host}.{zone}", "azurePortalFQDN": f"{host}.portal.{zone}"}


def _kubelet_identity(cluster: Cluster, subscription: str) -> Json:
    group = f"/subscriptions/{subscription}/resourcegroups/{cluster.node_resource_group}"
    return {
        "resourceId": f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{cluster.name}-agentpool",
        "clientId": _LAB_IDENTITY,
        "objectId": _LAB_IDENTITY,
    }
