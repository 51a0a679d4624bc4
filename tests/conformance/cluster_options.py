# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row an option of a cluster that the Azure CLI and we both have: its flags, our parameters. A new option is a new row."""

from __future__ import annotations

from typing import Any

from tests.conformance.option import FEATURE, GPU, IDENTITY, SUBNET, Option

# Without a prefix of one's own the resource's name is in it, which no two rows have in common: all but the first name one.
_DNS, _OURS_DNS = "--dns-name-prefix gpus", {"dns_prefix": "gpus"}
# The CLI refuses addresses that documentation is to use.
_RANGE = "20.0.0.0/24"
_ENTRA_GROUP, _TENANT = "44444444-4444-4444-4444-444444444444", "11111111-1111-1111-1111-111111111111"


def _cluster(flags: str, **ours: Any) -> Option:
    return Option(f"{_DNS} {flags}".rstrip(), {**_OURS_DNS, **ours})


NEW_CLUSTER = (
    Option("", {}),
    _cluster(""),
    _cluster(f"--node-vm-size {GPU}", node_vm_size=GPU),
    _cluster("--node-count 2", node_count=2),
    _cluster("--nodepool-name first", node_pool_name="first"),
    _cluster("--zones 1 2", node_availability_zones=[1, 2]),
    _cluster(f"--vnet-subnet-id {SUBNET}/nodes --skip-subnet-role-assignment", node_vnet_subnet_id=f"{SUBNET}/nodes"),
    _cluster("--kubernetes-version 1.34.8", kubernetes_version="1.34.8"),
    _cluster("--node-resource-group nodes", node_resource_group="nodes"),
    _cluster("--tier standard", sku_tier="Standard"),
    _cluster("--tier premium --k8s-support-plan AKSLongTermSupport", sku_tier="Premium", support_plan="AKSLongTermSupport"),
    _cluster("--tags team=vision", tags={"team": "vision"}),
    _cluster(
        "--network-plugin azure --network-plugin-mode overlay --network-policy cilium --network-dataplane cilium --pod-cidr 10.244.0.0/16",
        network_profile={
            "network_plugin": "azure",
            "network_plugin_mode": "overlay",
            "network_policy": "cilium",
            "network_dataplane": "cilium",
            "pod_cidr": "10.244.0.0/16",
        },
    ),
    _cluster(
        "--network-plugin kubenet --service-cidr 10.2.0.0/16 --dns-service-ip 10.2.0.10 --outbound-type managedNATGateway",
        network_profile={
            "network_plugin": "kubenet",
            "service_cidr": "10.2.0.0/16",
            "dns_service_ip": "10.2.0.10",
            "outbound_type": "managedNATGateway",
        },
    ),
    _cluster(
        f"--enable-aad --enable-azure-rbac --aad-admin-group-object-ids {_ENTRA_GROUP} --aad-tenant-id {_TENANT}",
        aad_profile={"managed": True, "enable_azure_rbac": True, "admin_group_object_ids": [_ENTRA_GROUP], "tenant_id": _TENANT},
    ),
    _cluster(
        "--enable-aad --disable-local-accounts",
        aad_profile={"managed": True},
        disable_local_accounts=True,
    ),
    _cluster(f"--api-server-authorized-ip-ranges {_RANGE}", api_server_access_profile={"authorized_ip_ranges": [_RANGE]}),
    _cluster(
        "--enable-private-cluster --private-dns-zone none --disable-public-fqdn",
        api_server_access_profile={
            "enable_private_cluster": True,
            "private_dns_zone": "none",
            "enable_private_cluster_public_fqdn": False,
        },
    ),
    _cluster(
        "--auto-upgrade-channel stable --node-os-upgrade-channel NodeImage",
        auto_upgrade_profile={"upgrade_channel": "stable", "node_os_upgrade_channel": "NodeImage"},
    ),
    _cluster("--enable-oidc-issuer", enable_oidc_issuer=True),
    _cluster("--enable-oidc-issuer --enable-workload-identity", enable_oidc_issuer=True, enable_workload_identity=True),
    _cluster(
        f"--assign-identity {IDENTITY}/userAssignedIdentities/aks",
        assign_identity=f"{IDENTITY}/userAssignedIdentities/aks",
    ),
    _cluster(f"--aks-custom-headers AKSHTTPCustomFeatures={FEATURE}", custom_headers={"AKSHTTPCustomFeatures": FEATURE}),
)

CHANGED_CLUSTER = (
    Option("--tags team=vision", {"tags": {"team": "vision"}}),
    Option("--tier standard", {"sku_tier": "Standard"}),
    Option("--auto-upgrade-channel stable", {"auto_upgrade_profile": {"upgrade_channel": "stable"}}),
    Option("--enable-oidc-issuer", {"enable_oidc_issuer": True}),
    Option(f"--api-server-authorized-ip-ranges {_RANGE}", {"api_server_access_profile": {"authorized_ip_ranges": [_RANGE]}}),
)
