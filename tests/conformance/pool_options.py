# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row an option of a pool that the Azure CLI and we both have: its flags, our parameters. A new option is a new row."""

from __future__ import annotations

from collections.abc import Mapping

from tests.conformance.option import COMPUTE, FEATURE, GPU, NETWORK, SUBNET, Option

_NO_GPU = "Standard_D4s_v5"
_MIG = "Standard_NC24ads_A100_v4"

NEW_POOL = (
    Option("", {}),
    Option(f"--node-vm-size {GPU}", {"vm_size": GPU}),
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
    Option(f"--vnet-subnet-id {SUBNET}/nodes", {"vnet_subnet_id": f"{SUBNET}/nodes"}),
    Option(f"--pod-subnet-id {SUBNET}/pods", {"pod_subnet_id": f"{SUBNET}/pods"}),
    Option("--enable-node-public-ip", {"enable_node_public_ip": True}),
    Option(
        f"--enable-node-public-ip --node-public-ip-prefix-id {NETWORK}/publicIPPrefixes/prefix",
        {"enable_node_public_ip": True, "node_public_ip_prefix_id": f"{NETWORK}/publicIPPrefixes/prefix"},
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
    # No GPU size takes it with AKS' image: TrustedLaunchIncompatibleWithConfig.
    Option(
        f"--node-vm-size {_NO_GPU} --enable-vtpm --enable-secure-boot",
        {"vm_size": _NO_GPU, "security_profile": {"enable_vtpm": True, "enable_secure_boot": True}},
    ),
    Option("--enable-encryption-at-host", {"enable_encryption_at_host": True}),
    Option("--enable-ultra-ssd", {"enable_ultra_ssd": True}),
    Option("--enable-fips-image", {"enable_fips": True}),
    Option("--enable-artifact-streaming", {"enable_artifact_streaming": True}),
    Option(
        f"--ppg {COMPUTE}/proximityPlacementGroups/near",
        {"proximity_placement_group_id": f"{COMPUTE}/proximityPlacementGroups/near"},
    ),
    Option(
        f"--crg-id {COMPUTE}/capacityReservationGroups/kept",
        {"capacity_reservation_group_id": f"{COMPUTE}/capacityReservationGroups/kept"},
    ),
    Option(f"--host-group-id {COMPUTE}/hostGroups/hosts", {"host_group_id": f"{COMPUTE}/hostGroups/hosts"}),
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
        "--linux-os-config linux.json --kubelet-config swap.json",
        {
            "kubelet_config": {"fail_swap_on": False},
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
            },
        },
    ),
    Option(f"--aks-custom-headers AKSHTTPCustomFeatures={FEATURE}", {"custom_headers": {"AKSHTTPCustomFeatures": FEATURE}}),
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

# Our option, and why no flag of `az aks nodepool add` stands beside it.
WITHOUT_FLAG: Mapping[str, str] = {
    "power_state.code": "the CLI has commands of their own for it, az aks nodepool stop and start",
    "kubelet_disk_type": "the Azure CLI has no flag for it outside the extension aks-preview",
    "gpu_management_mode": "the Azure CLI has no flag for it outside the extension aks-preview",
    "gpu_driver_mode": "the Azure CLI has no flag for it outside the extension aks-preview",
    "gpu_mig_strategy": "the Azure CLI has no flag for it outside the extension aks-preview",
    "gpu_mig_profiles": "the Azure CLI has no flag for it outside the extension aks-preview",
    "security_profile.ssh_access": "the Azure CLI has no flag for it outside the extension aks-preview",
    "snapshot_id": "the Azure CLI reads the snapshot first, and the lab has no snapshots",
}
