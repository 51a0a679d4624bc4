# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the kubelet and Linux settings of a node pool."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the options of module_utils/_core/pool/node_config.py
    DOCUMENTATION = r"""
options:
  kubelet_config:
    description:
      - The kubelet settings of the nodes, see U(https://learn.microsoft.com/azure/aks/custom-node-configuration).
        They cannot be changed later.
    type: dict
    suboptions:
      cpu_manager_policy:
        description: The kubelet's CPU manager policy, V(none) or V(static).
        type: str
      cpu_cfs_quota:
        description: Whether the CFS quota enforces CPU limits.
        type: bool
      cpu_cfs_quota_period:
        description: The period of the CFS quota, such as V(100ms).
        type: str
      image_gc_high_threshold:
        description: The disk usage, in percent, above which unused images are always removed.
        type: int
      image_gc_low_threshold:
        description: The disk usage, in percent, at which the removal of unused images stops.
        type: int
      topology_manager_policy:
        description:
          - The kubelet's topology manager policy, V(none), V(best-effort), V(restricted) or V(single-numa-node). With
            V(single-numa-node), a pod's GPU and CPUs are on the same NUMA node.
        type: str
      allowed_unsafe_sysctls:
        description: Unsafe sysctls, or patterns that match them, that pods may set.
        type: list
        elements: str
      fail_swap_on:
        description: Whether the kubelet refuses to start on a node with swap.
        type: bool
      container_log_max_size_mb:
        description: The size, in MB, at which a container's log is rotated.
        type: int
      container_log_max_files:
        description: The number of log files to keep for each container, at least 2.
        type: int
      pod_max_pids:
        description: The maximum number of processes in a pod.
        type: int
  linux_os_config:
    description:
      - The Linux settings of the nodes, see U(https://learn.microsoft.com/azure/aks/custom-node-configuration).
        They cannot be changed later.
    type: dict
    suboptions:
      transparent_huge_page_enabled:
        description: When to use transparent huge pages, V(always), V(madvise) or V(never).
        type: str
      transparent_huge_page_defrag:
        description: When to defragment memory for huge pages, V(always), V(defer), V(defer+madvise), V(madvise) or V(never).
        type: str
      swap_file_size_mb:
        description: The size, in MB, of a swap file on each node. Requires O(kubelet_config.fail_swap_on=false).
        type: int
      sysctls:
        description: Kernel parameters.
        type: dict
        suboptions:
          net_core_somaxconn:
            description: The parameter C(net.core.somaxconn).
            type: int
          net_core_netdev_max_backlog:
            description: The parameter C(net.core.netdev_max_backlog).
            type: int
          net_core_rmem_default:
            description: The parameter C(net.core.rmem_default).
            type: int
          net_core_rmem_max:
            description: The parameter C(net.core.rmem_max).
            type: int
          net_core_wmem_default:
            description: The parameter C(net.core.wmem_default).
            type: int
          net_core_wmem_max:
            description: The parameter C(net.core.wmem_max).
            type: int
          net_core_optmem_max:
            description: The parameter C(net.core.optmem_max).
            type: int
          net_ipv4_tcp_max_syn_backlog:
            description: The parameter C(net.ipv4.tcp_max_syn_backlog).
            type: int
          net_ipv4_tcp_max_tw_buckets:
            description: The parameter C(net.ipv4.tcp_max_tw_buckets).
            type: int
          net_ipv4_tcp_fin_timeout:
            description: The parameter C(net.ipv4.tcp_fin_timeout).
            type: int
          net_ipv4_tcp_keepalive_time:
            description: The parameter C(net.ipv4.tcp_keepalive_time).
            type: int
          net_ipv4_tcp_keepalive_probes:
            description: The parameter C(net.ipv4.tcp_keepalive_probes).
            type: int
          net_ipv4_tcpkeepalive_intvl:
            description: The parameter C(net.ipv4.tcp_keepalive_intvl).
            type: int
          net_ipv4_tcp_tw_reuse:
            description: The parameter C(net.ipv4.tcp_tw_reuse).
            type: bool
          net_ipv4_ip_local_port_range:
            description: The parameter C(net.ipv4.ip_local_port_range).
            type: str
          net_ipv4_neigh_default_gc_thresh1:
            description: The parameter C(net.ipv4.neigh.default.gc_thresh1).
            type: int
          net_ipv4_neigh_default_gc_thresh2:
            description: The parameter C(net.ipv4.neigh.default.gc_thresh2).
            type: int
          net_ipv4_neigh_default_gc_thresh3:
            description: The parameter C(net.ipv4.neigh.default.gc_thresh3).
            type: int
          net_netfilter_nf_conntrack_max:
            description: The parameter C(net.netfilter.nf_conntrack_max).
            type: int
          net_netfilter_nf_conntrack_buckets:
            description: The parameter C(net.netfilter.nf_conntrack_buckets).
            type: int
          fs_inotify_max_user_watches:
            description: The parameter C(fs.inotify.max_user_watches).
            type: int
          fs_file_max:
            description: The parameter C(fs.file-max).
            type: int
          fs_aio_max_nr:
            description: The parameter C(fs.aio-max-nr).
            type: int
          fs_nr_open:
            description: The parameter C(fs.nr_open).
            type: int
          kernel_threads_max:
            description: The parameter C(kernel.threads-max).
            type: int
          vm_max_map_count:
            description: The parameter C(vm.max_map_count).
            type: int
          vm_swappiness:
            description: The parameter C(vm.swappiness).
            type: int
          vm_vfs_cache_pressure:
            description: The parameter C(vm.vfs_cache_pressure).
            type: int
"""
