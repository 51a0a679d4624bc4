# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The kubelet and Linux settings of a pool's nodes, as rows for the table of options."""

from __future__ import annotations

# What a node's kubelet and kernel can be told (https://learn.microsoft.com/azure/aks/custom-node-configuration):
# name as in azure.azcollection → Ansible's type. The REST names follow from these.
KUBELET_CONFIG = {
    "cpu_manager_policy": "str",
    "cpu_cfs_quota": "bool",
    "cpu_cfs_quota_period": "str",
    "image_gc_high_threshold": "int",
    "image_gc_low_threshold": "int",
    "topology_manager_policy": "str",
    "allowed_unsafe_sysctls": "list str",
    "fail_swap_on": "bool",
    "container_log_max_size_mb": "int",
    "container_log_max_files": "int",
    "pod_max_pids": "int",
}
# What the kubelet does where nothing is said, by the same page.
KUBELET_DEFAULTS = {
    "cpu_manager_policy": "none",
    "cpu_cfs_quota": True,
    "cpu_cfs_quota_period": "100ms",
    "image_gc_high_threshold": 85,
    "image_gc_low_threshold": 80,
    "topology_manager_policy": "none",
    "allowed_unsafe_sysctls": (),
    "fail_swap_on": True,
    "container_log_max_size_mb": 50,
    "container_log_max_files": 5,
    "pod_max_pids": -1,
}
LINUX_OS_CONFIG = {
    "transparent_huge_page_enabled": "str",
    "transparent_huge_page_defrag": "str",
    "swap_file_size_mb": "int",
}
SYSCTLS = {
    "net_core_somaxconn": "int",
    "net_core_netdev_max_backlog": "int",
    "net_core_rmem_default": "int",
    "net_core_rmem_max": "int",
    "net_core_wmem_default": "int",
    "net_core_wmem_max": "int",
    "net_core_optmem_max": "int",
    "net_ipv4_tcp_max_syn_backlog": "int",
    "net_ipv4_tcp_max_tw_buckets": "int",
    "net_ipv4_tcp_fin_timeout": "int",
    "net_ipv4_tcp_keepalive_time": "int",
    "net_ipv4_tcp_keepalive_probes": "int",
    "net_ipv4_tcpkeepalive_intvl": "int",
    "net_ipv4_tcp_tw_reuse": "bool",
    "net_ipv4_ip_local_port_range": "str",
    "net_ipv4_neigh_default_gc_thresh1": "int",
    "net_ipv4_neigh_default_gc_thresh2": "int",
    "net_ipv4_neigh_default_gc_thresh3": "int",
    "net_netfilter_nf_conntrack_max": "int",
    "net_netfilter_nf_conntrack_buckets": "int",
    "fs_inotify_max_user_watches": "int",
    "fs_file_max": "int",
    "fs_aio_max_nr": "int",
    "fs_nr_open": "int",
    "kernel_threads_max": "int",
    "vm_max_map_count": "int",
    "vm_swappiness": "int",
    "vm_vfs_cache_pressure": "int",
}
_MOST = 2**31 - 1  # of an integer of Azure's API, where there is no other limit
# Option → the least and the most that AKS takes, where Microsoft says so
# (https://learn.microsoft.com/azure/aks/custom-node-configuration-reference, 2026-08-06).
NODE_BOUNDS = {
    "kubelet_config.image_gc_high_threshold": (0, 100),
    "kubelet_config.image_gc_low_threshold": (0, 100),
    "kubelet_config.container_log_max_size_mb": (1, _MOST),
    "kubelet_config.container_log_max_files": (2, _MOST),
    "kubelet_config.pod_max_pids": (-1, _MOST),
    "linux_os_config.swap_file_size_mb": (1, _MOST),
    "linux_os_config.sysctls.net_core_somaxconn": (4096, 3240000),
    "linux_os_config.sysctls.net_core_netdev_max_backlog": (1000, 3240000),
    "linux_os_config.sysctls.net_core_rmem_max": (212992, 134217728),
    "linux_os_config.sysctls.net_core_wmem_max": (212992, 134217728),
    "linux_os_config.sysctls.net_core_optmem_max": (20480, 4194304),
    "linux_os_config.sysctls.net_ipv4_tcp_max_syn_backlog": (128, 3240000),
    "linux_os_config.sysctls.net_ipv4_tcp_max_tw_buckets": (8000, 1440000),
    "linux_os_config.sysctls.net_ipv4_tcp_fin_timeout": (5, 120),
    "linux_os_config.sysctls.net_ipv4_tcp_keepalive_time": (30, 432000),
    "linux_os_config.sysctls.net_ipv4_tcp_keepalive_probes": (1, 15),
    "linux_os_config.sysctls.net_ipv4_tcpkeepalive_intvl": (10, 90),
    "linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh1": (128, 80000),
    "linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh2": (512, 90000),
    "linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh3": (1024, 100000),
    "linux_os_config.sysctls.net_netfilter_nf_conntrack_max": (131072, 2097152),
    "linux_os_config.sysctls.net_netfilter_nf_conntrack_buckets": (65536, 524288),
    "linux_os_config.sysctls.fs_inotify_max_user_watches": (781250, 2097152),
    "linux_os_config.sysctls.fs_aio_max_nr": (65536, 6553500),
    "linux_os_config.sysctls.fs_nr_open": (8192, 20000500),
    "linux_os_config.sysctls.fs_file_max": (8192, 2**63 - 1),
    "linux_os_config.sysctls.vm_swappiness": (0, 100),
    "linux_os_config.sysctls.vm_vfs_cache_pressure": (1, 100),
}
