#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_preflight_info, for the preflight of a GPU pool: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_preflight_info
short_description: Find out whether Azure would give a GPU node pool, before anything is made
version_added: 1.0.0
description:
  - Judges a node pool as it is to be made. Does the size exist, is it retired, is it offered to the subscription in the region and its
    zones, has it the generation that the request's headers ask for, is there quota for its nodes, are there spot nodes of it, does the path
    go with the size and the operating system, does an ephemeral disk fit, is the cluster in a state to take a pool, is an existing pool
    stopped. Of a cluster that a later step creates, does AKS offer its Kubernetes version, and Azure the size of its first pool.
  - Quota is counted as Azure counts it. The nodes to begin with must fit, else the task fails. The autoscaler's maximum and the nodes
    that AKS adds while it upgrades them should fit, else there is a warning. What an existing pool has already is not counted twice.
  - What Microsoft.Compute says of the subscription wins over the collection's own catalogue of GPU sizes.
    What it doesn't tell, because the identity lacks the right, is a warning with the right that it takes.
  - For a pool that is there already with this size, Azure's offer is about further nodes only, so that it gives warnings.
  - Without a cluster, or before it is made, region, size and quota are judged all the same.
author: gpuops.aks contributors (@gpuops)
notes:
  - Needs the actions C(Microsoft.ContainerService/managedClusters/read) on the cluster, C(Microsoft.Compute/skus/read) and
    C(Microsoft.Compute/locations/usages/read) on the subscription, and for the version of a new cluster
    C(Microsoft.ContainerService/locations/kubernetesVersions/read). The role Reader on the subscription has them.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.azure
options:
  resource_group:
    description: The cluster's resource group.
    type: str
  cluster:
    description: The cluster's name. It may be one that doesn't exist yet.
    type: str
    aliases: [cluster_name]
  create_cluster:
    description:
      - Whether a later step creates the cluster if it doesn't exist. With V(false), a cluster that doesn't exist is an error.
      - Before it is created, O(kubernetes_version) and O(node_vm_size) are judged too.
    type: bool
    default: true
  node_vm_size:
    description: The size of the new cluster's first pool, as in M(gpuops.aks.aks_cluster). Azure chooses one when not set.
    type: str
  location:
    description: The region. An existing cluster's own region counts instead; needed where there is none, and no resource group either.
    type: str
  name:
    description: The pool's name. What the task doesn't say is taken from the pool if it exists.
    type: str
  vm_size:
    description: The nodes' size. Required unless the pool exists.
    type: str
  path:
    description: Who is to put driver and device plugin on the nodes. Without it, only what the other options say is judged.
    type: str
    choices: [manual_plugin, dedicated_vhd, managed, gpu_operator]
  count:
    description: The number of nodes to begin with. O(min_count), at least 1, when neither the task nor the pool says it.
    type: int
  enable_auto_scaling:
    description: Whether the cluster autoscaler sets the number of nodes.
    type: bool
  min_count:
    description: The autoscaler's lower bound.
    type: int
  max_count:
    description: The autoscaler's upper bound.
    type: int
  max_surge:
    description: How many nodes AKS adds while it upgrades the pool, as a number or a percentage of it. Azure's default is V(10%).
    type: str
  availability_zones:
    description: The zones of the nodes, such as V(1).
    type: list
    elements: str
  scale_set_priority:
    description: Spot nodes count against a quota of their own.
    type: str
    choices: [Regular, Spot]
  os_disk_type:
    description: Where the nodes' disk is; V(Ephemeral) has to fit into the size's own cache or disk.
    type: str
    choices: [Managed, Ephemeral]
  os_disk_size_gb:
    description: The size of the nodes' disk in GiB.
    type: int
  capacity_reservation_group_id:
    description:
      - The resource ID of the capacity reservation group of the nodes.
        The reservation holds its quota already, so that a quota without room is a warning.
    type: str
  os_type:
    description: The nodes' kind of operating system.
    type: str
    choices: [Linux, Windows]
  os_sku:
    description: The nodes' operating system, such as V(Ubuntu) or V(AzureLinux).
    type: str
  gpu_driver:
    description: Whether AKS is to install the driver.
    type: str
    choices: [Install, None]
  gpu_management_mode:
    description: Whether AKS is to run driver, device plugin and metrics exporter.
    type: str
    choices: [Unmanaged, Managed]
  gpu_instance_profile:
    description: The MIG profile into which the GPUs are to be divided.
    type: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  power_state:
    description:
      - Whether the task that is to follow starts or stops the pool. A stopped pool that nobody starts is an error, because it has no nodes.
    type: dict
    suboptions:
      code:
        description: V(Running) starts the pool.
        type: str
        choices: [Running, Stopped]
  custom_headers:
    description: HTTP headers of the request that is to create the pool; some choose image and generation.
    type: dict
    default: {}
  allow_retired:
    description: Allow a path that public Azure has retired, and where Azure can't be asked, a size that the collection knows as retired.
    type: bool
    default: false
  kubernetes_version:
    description: The version of a cluster that is yet to be made.
    type: str
  fail_on:
    description:
      - The task fails with the first finding of this severity. V(warning) fails with either, V(never) only reports.
      - A task that fails returns everything that was found out, too.
    type: str
    choices: [error, warning, never]
    default: error
"""

EXAMPLES = r"""
- name: Fail before anything is made if the pool can't be had
  gpuops.aks.gpu_preflight_info:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    location: eastus
    vm_size: Standard_NC4as_T4_v3
    path: manual_plugin
    enable_auto_scaling: true
    min_count: 1
    max_count: 3

- name: Look for a region that has spot nodes with an A100
  gpuops.aks.gpu_preflight_info:
    location: "{{ item }}"
    vm_size: Standard_NC24ads_A100_v4
    scale_set_priority: Spot
    fail_on: never
  loop: [eastus, westeurope, swedencentral]
  register: asked

- name: Say where
  ansible.builtin.debug:
    msg: "{{ asked.results | selectattr('passed') | map(attribute='location') | list }}"

- name: Ask whether a pool could grow to ten nodes
  gpuops.aks.gpu_preflight_info:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    max_count: 10
    fail_on: warning
"""

RETURN = r"""
passed:
  description: Whether no finding has the severity V(error).
  returned: always
  type: bool
  sample: false
findings:
  description: Everything that speaks against the pool, errors first.
  returned: always
  type: list
  elements: dict
  sample:
    - code: QuotaExceeded
      severity: error
      subjects: [Standard_NC4as_T4_v3]
      evidence: "Standard NCASv3_T4 Family vCPUs in eastus: 0 of 0 used; 1 node of 4 vCPUs need 4"
      cause: The subscription has too few vCPUs left for the pool to begin with. A limit of 0 was never granted.
      remedy: Ask for a limit of 16 in the portal under Quotas, ...
location:
  description: The region that was judged.
  returned: always
  type: str
  sample: eastus
size:
  description:
    - What is known of the size; numbers are 0, texts empty, and RV(size.offered) and RV(size.mig) null where nobody knows.
  returned: always
  type: dict
  contains:
    name: {description: The size as Azure spells it., returned: always, type: str, sample: Standard_NC4as_T4_v3}
    gpu_model: {description: The GPU as NVIDIA's tools print it., returned: always, type: str, sample: Tesla T4}
    gpus: {description: Devices that Kubernetes sees on a node., returned: always, type: int, sample: 1}
    gpu_share: {description: The part of a GPU that a device is., returned: always, type: str, sample: "1"}
    gpu_memory_gb: {description: Memory of a device in GB., returned: always, type: int, sample: 16}
    vcpus: {description: vCPUs of a node., returned: always, type: int, sample: 4}
    family: {description: The quota that its vCPUs count against., returned: always, type: str, sample: Standard NCASv3_T4 Family}
    generations: {description: Generations of virtual machines that it can be., returned: always, type: list, elements: int, sample: [1, 2]}
    architecture: {description: Of its processors., returned: always, type: str, sample: x64}
    driver: {description: "The driver that AKS installs: cuda-lts, cuda, grid or none.", returned: always, type: str, sample: cuda-lts}
    mig: {description: Whether AKS can divide its GPUs., returned: always, type: bool, sample: false}
    retired: {description: The date of its retirement., returned: always, type: str, sample: ""}
    successor: {description: The size to move to., returned: always, type: str, sample: ""}
    offered: {description: Whether the subscription can have it in the region., returned: always, type: bool, sample: true}
    zones: {description: The zones in which it can have it., returned: always, type: list, elements: str, sample: ["1", "2", "3"]}
    restrictions:
      description: What keeps it from the subscription, as Azure gives it.
      returned: always
      type: list
      elements: dict
      sample: [{type: Zone, reason: NotAvailableForSubscription, zones: ["2"]}]
demand:
  description: What the pool takes beyond what it has already; C(max_) with the autoscaler's maximum and the surge nodes on top.
  returned: always
  type: dict
  sample: {nodes: 1, max_nodes: 3, surge_nodes: 1, existing_nodes: 0, vcpus: 4, max_vcpus: 16, gpus: 1, max_gpus: 3}
quotas:
  description: The quotas that it counts against, in vCPUs; null what Azure doesn't say.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: Standard NCASv3_T4 Family, limit: 24, used: 4, available: 20, enough: true, enough_at_most: true}
    - {name: cores, limit: 100, used: 10, available: 90, enough: true, enough_at_most: true}
cluster:
  description: The cluster; the version is the one that it is to be made with where it doesn't exist.
  returned: always
  type: dict
  sample:
    exists: true
    id: /subscriptions/.../resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster
    node_resource_group: MC_myResourceGroup_myAKSCluster_eastus
    provisioning_state: Succeeded
    power_state: Running
    kubernetes_version: 1.34.8
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 2.1
error:
  description: The finding that the task fails with, in fields.
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
