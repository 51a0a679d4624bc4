# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row an option that the Azure CLI and we both have: its flags, our parameters. A new option is a new row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_NETWORK = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network"
_COMPUTE = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute"
_SUBNET = f"{_NETWORK}/virtualNetworks/net/subnets"
_GPU = "Standard_NC8as_T4_v3"
_MIG = "Standard_NC24ads_A100_v4"
_SHOWN = 4
_HEADER = "Microsoft.ContainerService/ManagedGPUExperiencePreview"


@dataclass(frozen=True)
class Option:
    """What the user of either writes for the same wish."""

    flags: str
    """The Azure CLI's, as typed."""
    ours: Mapping[str, Any]
    """Our parameters."""
    live: Mapping[str, Any] = field(default_factory=dict)
    """Our parameters for the pool that is there before, where a pool is changed."""

    @property
    def names(self) -> str:
        """Our parameters' names, as the table shows them."""
        return listed(leaf_names(self.ours))


def listed(words: Sequence[str]) -> str:
    """The words, as far as a cell of the table takes them."""
    more = f", and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def leaf_names(params: Mapping[str, Any], above: str = "") -> list[str]:
    """The parameters' names; a dict of options counts by its members, labels and headers by themselves."""
    names: list[str] = []
    for name, value in params.items():
        inner = isinstance(value, Mapping) and name not in ("node_labels", "tags", "custom_headers")
        names += leaf_names(value, f"{above}{name}.") if inner else [f"{above}{name}"]
    return names


# Files that the CLI reads; it knows the members by their REST names only.
KUBELET = {
    "cpuManagerPolicy": "static",
    "cpuCfsQuota": True,
    "cpuCfsQuotaPeriod": "200ms",
    "imageGcHighThreshold": 90,
    "imageGcLowThreshold": 70,
    "topologyManagerPolicy": "best-effort",
    "allowedUnsafeSysctls": ["kernel.msg*"],
    "failSwapOn": False,
    "containerLogMaxSizeMB": 20,
    "containerLogMaxFiles": 6,
    "podMaxPids": 2048,
}
LINUX = {
    "transparentHugePageEnabled": "madvise",
    "transparentHugePageDefrag": "defer+madvise",
    "swapFileSizeMB": 1500,
    "sysctls": {
        "netCoreSomaxconn": 1000,
        "netCoreNetdevMaxBacklog": 1001,
        "netCoreRmemDefault": 1002,
        "netCoreRmemMax": 1003,
        "netCoreWmemDefault": 1004,
        "netCoreWmemMax": 1005,
        "netCoreOptmemMax": 1006,
        "netIpv4TcpMaxSynBacklog": 1007,
        "netIpv4TcpMaxTwBuckets": 1008,
        "netIpv4TcpFinTimeout": 1009,
        "netIpv4TcpKeepaliveTime": 1010,
        "netIpv4TcpKeepaliveProbes": 1011,
        "netIpv4TcpkeepaliveIntvl": 1012,
        "netIpv4TcpTwReuse": True,
        "netIpv4IpLocalPortRange": "32000 60000",
        "netIpv4NeighDefaultGcThresh1": 1015,
        "netIpv4NeighDefaultGcThresh2": 1016,
        "netIpv4NeighDefaultGcThresh3": 1017,
        "netNetfilterNfConntrackMax": 1018,
        "netNetfilterNfConntrackBuckets": 1019,
        "fsInotifyMaxUserWatches": 1020,
        "fsFileMax": 1021,
        "fsAioMaxNr": 1022,
        "fsNrOpen": 1023,
        "kernelThreadsMax": 1024,
        "vmMaxMapCount": 1025,
        "vmSwappiness": 1026,
        "vmVfsCachePressure": 1027,
    },
}
FILES: Mapping[str, Mapping[str, Any]] = {"kubelet.json": KUBELET, "linux.json": LINUX}

NEW_POOL = (
    Option("", {}),
    Option(f"--node-vm-size {_GPU}", {"vm_size": _GPU}),
    Option("--node-count 2", {"count": 2}),
    Option(
        "--node-count 1 --enable-cluster-autoscaler --min-count 0 --max-count 3",
        {"count": 1, "enable_auto_scaling": True, "min_count": 0, "max_count": 3},
    ),
    Option("--scale-down-mode Deallocate", {"scale_down_mode": "Deallocate"}),
    Option("--node-taints sku=gpu:NoSchedule", {"node_taints": ["sku=gpu:NoSchedule"]}),
    Option("--labels team=vision tier=1", {"node_labels": {"team": "vision", "tier": 1}}),
    Option("--tags team=vision cost=42", {"tags": {"team": "vision", "cost": 42}}),
    Option("--mode System", {"mode": "System"}),
    Option("--os-type Linux", {"os_type": "Linux"}),
    Option("--os-sku AzureLinux", {"os_sku": "AzureLinux"}),
    Option("--kubernetes-version 1.34.8", {"orchestrator_version": "1.34.8"}),
    Option("--node-osdisk-size 256", {"os_disk_size_gb": 256}),
    Option("--node-osdisk-type Ephemeral", {"os_disk_type": "Ephemeral"}),
    Option("--max-pods 50", {"max_pods": 50}),
    Option("--zones 1 2", {"availability_zones": [1, 2]}),
    Option(f"--vnet-subnet-id {_SUBNET}/nodes", {"vnet_subnet_id": f"{_SUBNET}/nodes"}),
    Option(f"--pod-subnet-id {_SUBNET}/pods", {"pod_subnet_id": f"{_SUBNET}/pods"}),
    Option("--enable-node-public-ip", {"enable_node_public_ip": True}),
    Option(
        f"--enable-node-public-ip --node-public-ip-prefix-id {_NETWORK}/publicIPPrefixes/prefix",
        {"enable_node_public_ip": True, "node_public_ip_prefix_id": f"{_NETWORK}/publicIPPrefixes/prefix"},
    ),
    Option("--gpu-driver none", {"gpu_driver": "None"}),
    Option("--gpu-driver install", {"gpu_driver": "Install"}),
    Option(f"--node-vm-size {_MIG} --gpu-instance-profile MIG1g", {"vm_size": _MIG, "gpu_instance_profile": "MIG1g"}),
    Option("--priority Regular", {"scale_set_priority": "Regular"}),
    Option(
        "--priority Spot --eviction-policy Deallocate --spot-max-price 0.5",
        {"scale_set_priority": "Spot", "scale_set_eviction_policy": "Deallocate", "spot_max_price": 0.5},
    ),
    Option("--max-surge 33% --drain-timeout 60", {"upgrade_settings": {"max_surge": "33%", "drain_timeout_in_minutes": 60}}),
    Option(
        "--max-surge 0 --max-unavailable 1 --node-soak-duration 5 --undrainable-node-behavior Cordon",
        {
            "upgrade_settings": {
                "max_surge": "0",
                "max_unavailable": "1",
                "node_soak_duration_in_minutes": 5,
                "undrainable_node_behavior": "Cordon",
            }
        },
    ),
    Option("--enable-vtpm --enable-secure-boot", {"security_profile": {"enable_vtpm": True, "enable_secure_boot": True}}),
    Option("--enable-encryption-at-host", {"enable_encryption_at_host": True}),
    Option("--enable-ultra-ssd", {"enable_ultra_ssd": True}),
    Option("--enable-fips-image", {"enable_fips": True}),
    Option("--enable-artifact-streaming", {"enable_artifact_streaming": True}),
    Option(
        f"--ppg {_COMPUTE}/proximityPlacementGroups/near",
        {"proximity_placement_group_id": f"{_COMPUTE}/proximityPlacementGroups/near"},
    ),
    Option(
        f"--crg-id {_COMPUTE}/capacityReservationGroups/kept",
        {"capacity_reservation_group_id": f"{_COMPUTE}/capacityReservationGroups/kept"},
    ),
    Option(f"--host-group-id {_COMPUTE}/hostGroups/hosts", {"host_group_id": f"{_COMPUTE}/hostGroups/hosts"}),
    Option(
        "--kubelet-config kubelet.json",
        {
            "kubelet_config": {
                "cpu_manager_policy": "static",
                "cpu_cfs_quota": True,
                "cpu_cfs_quota_period": "200ms",
                "image_gc_high_threshold": 90,
                "image_gc_low_threshold": 70,
                "topology_manager_policy": "best-effort",
                "allowed_unsafe_sysctls": ["kernel.msg*"],
                "fail_swap_on": False,
                "container_log_max_size_mb": 20,
                "container_log_max_files": 6,
                "pod_max_pids": 2048,
            }
        },
    ),
    Option(
        "--linux-os-config linux.json",
        {
            "linux_os_config": {
                "transparent_huge_page_enabled": "madvise",
                "transparent_huge_page_defrag": "defer+madvise",
                "swap_file_size_mb": 1500,
                "sysctls": {
                    "net_core_somaxconn": 1000,
                    "net_core_netdev_max_backlog": 1001,
                    "net_core_rmem_default": 1002,
                    "net_core_rmem_max": 1003,
                    "net_core_wmem_default": 1004,
                    "net_core_wmem_max": 1005,
                    "net_core_optmem_max": 1006,
                    "net_ipv4_tcp_max_syn_backlog": 1007,
                    "net_ipv4_tcp_max_tw_buckets": 1008,
                    "net_ipv4_tcp_fin_timeout": 1009,
                    "net_ipv4_tcp_keepalive_time": 1010,
                    "net_ipv4_tcp_keepalive_probes": 1011,
                    "net_ipv4_tcpkeepalive_intvl": 1012,
                    "net_ipv4_tcp_tw_reuse": True,
                    "net_ipv4_ip_local_port_range": "32000 60000",
                    "net_ipv4_neigh_default_gc_thresh1": 1015,
                    "net_ipv4_neigh_default_gc_thresh2": 1016,
                    "net_ipv4_neigh_default_gc_thresh3": 1017,
                    "net_netfilter_nf_conntrack_max": 1018,
                    "net_netfilter_nf_conntrack_buckets": 1019,
                    "fs_inotify_max_user_watches": 1020,
                    "fs_file_max": 1021,
                    "fs_aio_max_nr": 1022,
                    "fs_nr_open": 1023,
                    "kernel_threads_max": 1024,
                    "vm_max_map_count": 1025,
                    "vm_swappiness": 1026,
                    "vm_vfs_cache_pressure": 1027,
                },
            }
        },
    ),
    Option(f"--aks-custom-headers AKSHTTPCustomFeatures={_HEADER}", {"custom_headers": {"AKSHTTPCustomFeatures": _HEADER}}),
)

_SCALED = {"enable_auto_scaling": True, "min_count": 1, "max_count": 3}
CHANGED_POOL = (
    Option("--update-cluster-autoscaler --min-count 0 --max-count 5", {**_SCALED, "min_count": 0, "max_count": 5}, live=_SCALED),
    Option("--disable-cluster-autoscaler", {"enable_auto_scaling": False}, live=_SCALED),
    Option("--enable-cluster-autoscaler --min-count 1 --max-count 3", _SCALED),
    Option("--node-taints sku=gpu:NoSchedule", {"node_taints": ["sku=gpu:NoSchedule"]}),
    Option("--node-taints ''", {"node_taints": []}, live={"node_taints": ["sku=gpu:NoSchedule"]}),
    Option("--labels team=vision", {"node_labels": {"team": "vision"}}),
    Option("--mode System", {"mode": "System"}),
    Option("--scale-down-mode Deallocate", {"scale_down_mode": "Deallocate"}),
    Option("--max-surge 50%", {"upgrade_settings": {"max_surge": "50%"}}),
    Option("--enable-vtpm", {"security_profile": {"enable_vtpm": True}}),
    Option("--enable-fips-image", {"enable_fips": True}),
    Option("--os-sku AzureLinux", {"os_sku": "AzureLinux"}),
)

# Without a prefix of one's own the resource's name is in it, which no two rows have in common: all but the first name one.
_DNS, _OURS_DNS = "--dns-name-prefix gpus", {"dns_prefix": "gpus"}
# The CLI refuses addresses that documentation is to use.
_RANGE = "20.0.0.0/24"
_IDENTITY = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.ManagedIdentity"
_ENTRA_GROUP, _TENANT = "44444444-4444-4444-4444-444444444444", "11111111-1111-1111-1111-111111111111"


def _cluster(flags: str, **ours: Any) -> Option:
    return Option(f"{_DNS} {flags}".rstrip(), {**_OURS_DNS, **ours})


NEW_CLUSTER = (
    Option("", {}),
    _cluster(""),
    _cluster(f"--node-vm-size {_GPU}", node_vm_size=_GPU),
    _cluster("--node-count 2", node_count=2),
    _cluster("--nodepool-name first", node_pool_name="first"),
    _cluster("--zones 1 2", node_availability_zones=[1, 2]),
    _cluster(f"--vnet-subnet-id {_SUBNET}/nodes --skip-subnet-role-assignment", node_vnet_subnet_id=f"{_SUBNET}/nodes"),
    _cluster("--kubernetes-version 1.34.8", kubernetes_version="1.34.8"),
    _cluster("--node-resource-group nodes", node_resource_group="nodes"),
    _cluster("--tier standard", sku_tier="Standard"),
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
        f"--assign-identity {_IDENTITY}/userAssignedIdentities/aks",
        assign_identity=f"{_IDENTITY}/userAssignedIdentities/aks",
    ),
    _cluster(f"--aks-custom-headers AKSHTTPCustomFeatures={_HEADER}", custom_headers={"AKSHTTPCustomFeatures": _HEADER}),
)

CHANGED_CLUSTER = (
    Option("--tags team=vision", {"tags": {"team": "vision"}}),
    Option("--tier standard", {"sku_tier": "Standard"}),
    Option("--auto-upgrade-channel stable", {"auto_upgrade_profile": {"upgrade_channel": "stable"}}),
    Option("--enable-oidc-issuer", {"enable_oidc_issuer": True}),
    Option(f"--api-server-authorized-ip-ranges {_RANGE}", {"api_server_access_profile": {"authorized_ip_ranges": [_RANGE]}}),
)

# Our option, and why no flag of `az aks nodepool add` stands beside it.
WITHOUT_FLAG: Mapping[str, str] = {
    "power_state.code": "the CLI has commands of their own for it, az aks nodepool stop and start",
    "kubelet_disk_type": "the Azure CLI has no flag for it outside the extension aks-preview",
    "gpu_management_mode": "the Azure CLI has no flag for it outside the extension aks-preview",
    "security_profile.ssh_access": "the Azure CLI has no flag for it outside the extension aks-preview",
    "snapshot_id": "the Azure CLI reads the snapshot first, and the lab has no snapshots",
}
