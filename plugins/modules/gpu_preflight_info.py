#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_preflight_info, for the preflight of a GPU pool: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_preflight_info
short_description: Check whether Azure can provide a GPU node pool, before anything is created
version_added: 1.0.0
description:
  - Checks a planned node pool and reports everything that would prevent it.
  - For the VM size, it checks whether the size exists, is not retired, is available to the subscription in the region and its zones, is
    available as spot, and supports the VM generation that the request's headers ask for.
  - For the pool, it checks whether the quota is sufficient, whether the path supports the size and the operating system, whether an
    ephemeral OS disk fits, and whether an existing pool is stopped.
  - For the cluster, it checks whether its state allows a new pool. If a later step creates the cluster, it checks whether AKS offers the
    Kubernetes version and Azure the size of the first pool.
  - Quota is counted as Azure counts it. The task fails if the initial nodes do not fit. It warns if the autoscaler's maximum, with the
    nodes that AKS adds during an upgrade, does not fit. Nodes that an existing pool already has are not counted twice.
  - What Microsoft.Compute reports for the subscription takes precedence over the collection's own catalog of GPU sizes. If the identity may
    not read it, a warning names the missing right.
  - For an existing pool of this size, availability only matters for additional nodes, so problems with it are warnings.
  - For a pool that does not exist yet, AKS' own list of sizes is a second source. This list is a preview, so if AKS does not return it,
    nothing is reported.
  - For a size with InfiniBand and more than one node, it checks whether AKS' feature for InfiniBand is registered.
  - For a capacity reservation group, it checks the size, the zones and the number of free machines.
  - Region, size and quota are checked even if the cluster does not exist or none is named.
author: gpuops.aks contributors (@gpuops)
notes:
  - Requires the actions C(Microsoft.ContainerService/managedClusters/read) on the cluster, C(Microsoft.Compute/skus/read) and
    C(Microsoft.Compute/locations/usages/read) on the subscription and, to check the version of a new cluster,
    C(Microsoft.ContainerService/locations/kubernetesVersions/read). For AKS' list of sizes, it uses
    C(Microsoft.ContainerService/locations/vmSkus/read), for a size with InfiniBand C(Microsoft.Features/providers/features/read), and for a
    capacity reservation group
    C(Microsoft.Compute/capacityReservationGroups/read) and
    C(Microsoft.Compute/capacityReservationGroups/capacityReservations/read). The role Reader on the subscription includes them all.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.azure
options:
  resource_group:
    description: The cluster's resource group.
    type: str
  cluster:
    description: The cluster's name. The cluster does not need to exist yet.
    type: str
    aliases: [cluster_name]
  create_cluster:
    description:
      - Whether a later step creates the cluster if it does not exist. With V(false), a missing cluster is an error.
      - For a cluster that does not exist yet, O(kubernetes_version) and O(node_vm_size) are checked too.
    type: bool
    default: true
  node_vm_size:
    description: The VM size of the new cluster's first pool, as in M(gpuops.aks.aks_cluster). If not set, Azure chooses the size.
    type: str
  location:
    description:
      - The region. The region of an existing cluster takes precedence.
      - Required if neither the cluster nor the resource group exists.
    type: str
  name:
    description: The pool's name. If the pool exists, its values are the defaults for options that are not set.
    type: str
  vm_size:
    description: The VM size of the nodes. Required unless the pool exists.
    type: str
  path:
    description:
      - The path, which is the way the driver and the device plugin get onto the nodes.
      - If not set, only the other options are checked.
    type: str
    choices: [manual_plugin, dedicated_vhd, managed, gpu_operator]
  gpu_operator_driver:
    description:
      - Who installs the driver with O(path=gpu_operator). With V(operator), the pool needs O(gpu_driver=None), with V(aks), it needs
        O(gpu_driver=Install).
    type: str
    choices: [operator, aks]
    default: operator
  operator_pools:
    description:
      - The names of other pools that the same GPU Operator serves. It has one set of values for all of them, so the task fails if one
        that exists does not get its driver from the same owner as this pool.
    type: list
    elements: str
    default: []
  plugin_pools:
    description:
      - The pools to which the device plugin is restricted with O(path=manual_plugin), as in
        O(gpuops.aks.nvidia_device_plugin#module:pools). If empty, it is not restricted.
      - The module warns about other pools that have their own device plugin and are not excluded.
    type: list
    elements: str
    default: []
  count:
    description: The initial number of nodes. If neither this nor the pool sets it, the default is O(min_count), but at least 1.
    type: int
  enable_auto_scaling:
    description: Whether the cluster autoscaler controls the number of nodes.
    type: bool
  min_count:
    description: The minimum number of nodes for the autoscaler.
    type: int
  max_count:
    description: The maximum number of nodes for the autoscaler.
    type: int
  max_surge:
    description: The number of nodes that an upgrade adds, as a number or as a percentage of the pool. Azure's default is V(10%).
    type: str
  availability_zones:
    description: The availability zones of the nodes, such as V(1).
    type: list
    elements: str
  scale_set_priority:
    description: Whether the nodes are spot VMs, which count against a separate quota.
    type: str
    choices: [Regular, Spot]
  scale_down_mode:
    description: What scaling down does with the nodes. The driver of the GPU Operator does not survive V(Deallocate).
    type: str
    choices: [Delete, Deallocate]
  os_disk_type:
    description: The type of the nodes' OS disk. V(Ephemeral) must fit on the cache or local disk of the VM size.
    type: str
    choices: [Managed, Ephemeral]
  os_disk_size_gb:
    description: The size of the nodes' OS disk in GiB.
    type: int
  capacity_reservation_group_id:
    description:
      - The resource ID of the capacity reservation group for the nodes.
      - A reservation already holds its quota, so insufficient quota is only a warning. So are too few free machines, because Azure provides
        the missing ones if it can. A group without the pool's size and zones is an error.
    type: str
  security_profile:
    description: The security settings of the nodes' VMs.
    type: dict
    suboptions:
      enable_vtpm:
        description: Whether the VMs have a virtual TPM.
        type: bool
      enable_secure_boot:
        description: Whether the VMs boot only signed software. Not every distribution supports this with an NVIDIA driver.
        type: bool
      ssh_access:
        description:
          - Who may sign in with SSH. One of V(LocalUser), V(Disabled) and V(EntraId), in uppercase or lowercase.
          - Azure's default is V(LocalUser).
        type: str
  os_type:
    description: The operating system of the nodes.
    type: str
    choices: [Linux, Windows]
  os_sku:
    description: The operating system distribution of the nodes, such as V(Ubuntu) or V(AzureLinux).
    type: str
  gpu_driver:
    description: Whether AKS installs the NVIDIA driver.
    type: str
    choices: [Install, None]
  gpu_management_mode:
    description: Whether AKS manages the driver, the device plugin and the metrics exporter.
    type: str
    choices: [Unmanaged, Managed]
  gpu_instance_profile:
    description: The MIG profile that divides each GPU into instances.
    type: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  gpu_driver_mode:
    description: Whether the GPUs of a managed pool are allocated by the device plugin or by dynamic resource allocation.
    type: str
    choices: [DevicePlugin, DRA]
  gpu_mig_strategy:
    description: How a managed pool offers the MIG partitions of its GPUs.
    type: str
    choices: [None, Single, Mixed]
  gpu_mig_profiles:
    description: The MIG partitions of each GPU of a managed pool.
    type: list
    elements: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  power_state:
    description:
      - Whether a later task starts or stops the pool. A stopped pool has no nodes, so it is an error unless that task starts it.
    type: dict
    suboptions:
      code:
        description: V(Running) starts the pool, V(Stopped) stops it.
        type: str
        choices: [Running, Stopped]
  custom_headers:
    description: HTTP headers of the request that will create the pool. Some of them select the node image and the VM generation.
    type: dict
    default: {}
  allow_retired:
    description:
      - Whether to allow a path that public Azure has retired. If Azure cannot be asked, this also allows a size that is retired according
        to the collection's catalog.
    type: bool
    default: false
  kubernetes_version:
    description: The Kubernetes version of a cluster that does not exist yet.
    type: str
  api_version:
    description:
      - The version of the AKS API with which a later task makes the pool, as in M(gpuops.aks.aks_gpu_nodepool).
      - O(gpu_driver_mode), O(gpu_mig_strategy) and O(gpu_mig_profiles) need a preview version.
    type: str
  fail_on:
    description:
      - The minimum severity of a finding that makes the task fail. V(warning) fails with errors and warnings, V(never) only reports.
      - A failed task returns the same results as a successful one.
    type: str
    choices: [error, warning, never]
    default: error
"""

EXAMPLES = r"""
- name: Fail before anything is created if Azure cannot provide the pool
  gpuops.aks.gpu_preflight_info:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    location: eastus
    vm_size: Standard_NC4as_T4_v3
    path: manual_plugin
    enable_auto_scaling: true
    min_count: 1
    max_count: 3

- name: Find a region that has spot nodes with an A100
  gpuops.aks.gpu_preflight_info:
    location: "{{ item }}"
    vm_size: Standard_NC24ads_A100_v4
    scale_set_priority: Spot
    fail_on: never
  loop: [eastus, westeurope, swedencentral]
  register: asked

- name: Show the regions
  ansible.builtin.debug:
    msg: "{{ asked.results | selectattr('passed') | map(attribute='location') | list }}"

- name: Check whether a pool could grow to ten nodes
  gpuops.aks.gpu_preflight_info:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    max_count: 10
    fail_on: warning
"""

RETURN = r"""
passed:
  description: Whether the pool passed, which means that no finding has the severity C(error).
  returned: always
  type: bool
  sample: false
findings:
  description: The problems that were found, errors first.
  returned: always
  type: list
  elements: dict
  sample:
    - code: QuotaExceeded
      severity: error
      subjects: [Standard_NC4as_T4_v3]
      evidence: "Standard NCASv3_T4 Family vCPUs in eastus: 0 of 0 used; 1 node of 4 vCPUs needs 4"
      cause: >-
        The subscription's remaining vCPU quota is too small for the pool's initial nodes. A limit of 0 means that no quota was ever
        granted.
      remedy: Ask for a limit of 16 in the portal under Quotas, ...
location:
  description: The region that was checked.
  returned: always
  type: str
  sample: eastus
size:
  description:
    - What is known about the VM size. Unknown numbers are 0 and unknown strings are empty. RV(size.offered) and RV(size.mig) are null if
      unknown.
  returned: always
  type: dict
  contains:
    name: {description: The name of the size as Azure spells it., returned: always, type: str, sample: Standard_NC4as_T4_v3}
    gpu_model: {description: The GPU model as NVIDIA's tools print it., returned: always, type: str, sample: Tesla T4}
    gpus: {description: The number of GPU devices that Kubernetes sees on a node., returned: always, type: int, sample: 1}
    gpu_share: {description: The fraction of a physical GPU that a device is., returned: always, type: str, sample: "1"}
    gpu_memory_gb: {description: The memory of a device in GB., returned: always, type: int, sample: 16}
    vcpus: {description: The number of vCPUs of a node., returned: always, type: int, sample: 4}
    family: {description: The quota that the vCPUs count against., returned: always, type: str, sample: Standard NCASv3_T4 Family}
    generations: {description: The VM generations that the size supports., returned: always, type: list, elements: int, sample: [1, 2]}
    architecture: {description: The CPU architecture., returned: always, type: str, sample: x64}
    driver: {description: "The driver that AKS installs: cuda-lts, cuda, grid or none.", returned: always, type: str, sample: cuda-lts}
    mig: {description: Whether AKS can divide the GPUs into MIG instances., returned: always, type: bool, sample: false}
    retired: {description: The retirement date., returned: always, type: str, sample: ""}
    successor: {description: The size that replaces a retired one., returned: always, type: str, sample: ""}
    offered: {description: Whether the size is available to the subscription in the region., returned: always, type: bool, sample: true}
    zones: {description: The zones in which the size is available., returned: always, type: list, elements: str, sample: ["1", "2", "3"]}
    restrictions:
      description: The restrictions that Azure reports for the subscription.
      returned: always
      type: list
      elements: dict
      sample: [{type: Zone, reason: NotAvailableForSubscription, zones: ["2"]}]
demand:
  description:
    - What the pool needs in addition to what it already has. The keys with C(max_) are for the autoscaler's maximum plus the surge nodes.
  returned: always
  type: dict
  sample: {nodes: 1, max_nodes: 3, surge_nodes: 1, existing_nodes: 0, vcpus: 4, max_vcpus: 16, gpus: 1, max_gpus: 3}
quotas:
  description: The quotas that the pool counts against, in vCPUs. Values that Azure does not report are null.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: Standard NCASv3_T4 Family, limit: 24, used: 4, available: 20, enough: true, enough_at_most: true}
    - {name: cores, limit: 100, used: 10, available: 90, enough: true, enough_at_most: true}
cluster:
  description: The cluster. If it does not exist, C(kubernetes_version) is the version that it will be created with.
  returned: always
  type: dict
  sample:
    exists: true
    id: /subscriptions/.../resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster
    node_resource_group: MC_myResourceGroup_myAKSCluster_eastus
    provisioning_state: Succeeded
    power_state: Running
    kubernetes_version: 1.34.8
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 2.1
error:
  description: The finding that made the task fail, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: QuotaExceeded, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
