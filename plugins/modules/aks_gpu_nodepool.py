#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_gpu_nodepool, for a GPU node pool: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_gpu_nodepool
short_description: Manage a GPU node pool of an AKS cluster
version_added: 1.0.0
description:
  - Creates, updates or deletes an agent pool for GPU work.
  - An update changes what is named in the task and leaves everything else as it is, in objects such as O(upgrade_settings) too.
    What Azure can't change on an existing pool is refused with both values.
  - An operation that is running on the pool, also one that an interrupted run has started, is waited for.
    A change that somebody else makes meanwhile is not overwritten; the pool is read again.
  - A pool in state Failed is submitted to Azure again, which often repairs it; a warning says so, with Azure's reason for the state.
  - The count that the cluster autoscaler has chosen is left alone.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
  - gpuops.aks.node_config
  - gpuops.aks.state
options:
  resource_group:
    description: The cluster's resource group.
    type: str
    required: true
  cluster:
    description: The cluster's name.
    type: str
    required: true
    aliases: [cluster_name]
  name:
    description: The pool's name, 1 to 12 lower-case letters and digits, a letter first; up to 6 for Windows.
    type: str
    required: true
  vm_size:
    description:
      - The nodes' size. Required to create the pool; Azure can't change it later.
      - A new pool of a size that has no GPU gets a warning.
    type: str
  count:
    description:
      - The number of nodes, 0 to 1000; 1 when the pool is created. With the autoscaler, the number to start with.
    type: int
  enable_auto_scaling:
    description: Whether the cluster autoscaler sets the number of nodes.
    type: bool
  min_count:
    description: The autoscaler's lower bound; V(0) lets a pool without work cost nothing.
    type: int
  max_count:
    description: The autoscaler's upper bound.
    type: int
  power_state:
    description:
      - Whether the pool runs. A stopped one has no nodes, and costs only its disks.
      - O(count) says nothing of a pool that is or gets stopped. A pool that is started gets O(count) nodes, or as many as it had.
    type: dict
    suboptions:
      code:
        description: V(Stopped) stops the pool, V(Running) starts it.
        type: str
        choices: [Running, Stopped]
  scale_down_mode:
    description:
      - Whether nodes that are scaled away are deleted, or stopped and kept with their disks. Azure's default is V(Delete).
    type: str
    choices: [Delete, Deallocate]
  node_taints:
    description:
      - The nodes' taints, as C(key=value:Effect). A taint that AKS has set itself, as on spot pools, stays.
      - AKS takes C(NoSchedule) and C(NoExecute) on a System pool with the key C(CriticalAddonsOnly) only.
    type: list
    elements: str
  node_labels:
    description:
      - The nodes' labels; those that are not named stay, and a value of V(null) takes one away.
      - Values are texts; numbers and booleans become such.
    type: dict
  tags:
    description:
      - Tags of the pool; those that are not named stay, and a value of V(null) takes one away.
      - Values are texts; numbers and booleans become such.
    type: dict
  mode:
    description: What the pool is for; V(User) when it is created.
    type: str
    choices: [User, System]
  os_type:
    description: The nodes' operating system. Azure's default is V(Linux), and it can't be changed.
    type: str
    choices: [Linux, Windows]
  os_sku:
    description: The distribution, such as V(Ubuntu) or V(AzureLinux). Azure's default is V(Ubuntu).
    type: str
  orchestrator_version:
    description:
      - The nodes' Kubernetes version, as V(1.34) or V(1.34.8); the cluster's when not set. A minor version stands for each of its patches.
      - A newer one upgrades the pool, by O(upgrade_settings). Azure can't go back.
    type: str
  os_disk_size_gb:
    description: The size of the nodes' disk in GiB, 30 to 2048. Azure can't change it later.
    type: int
  os_disk_type:
    description:
      - Where the nodes' disk is; V(Ephemeral) is faster, is lost with the node, and has to fit into the size's own disk.
        Azure can't change it later.
    type: str
    choices: [Managed, Ephemeral]
  kubelet_disk_type:
    description: The disk for images, volumes and logs of the kubelet. Azure's default is V(OS).
    type: str
    choices: [OS, Temporary]
  max_pods:
    description: The most pods on a node, 10 to 250. Azure can't change it later.
    type: int
  availability_zones:
    description:
      - The zones to place nodes in, V(1), V(2) and V(3), or V(auto) alone to leave the choice to Azure where it offers that.
        Azure can't change them later.
    type: list
    elements: str
  vnet_subnet_id:
    description: The resource ID of the nodes' subnet. Azure can't change it later.
    type: str
  pod_subnet_id:
    description: The resource ID of a subnet for the pods alone. Azure can't change it later.
    type: str
  enable_node_public_ip:
    description: Whether each node has a public IP address. Azure's default is V(false).
    type: bool
  node_public_ip_prefix_id:
    description: The resource ID of the prefix that the nodes' public addresses are from.
    type: str
  gpu_driver:
    description:
      - Whether AKS installs the NVIDIA driver. Azure's default is V(Install). V(None) leaves it to the GPU Operator.
        Azure can't change it later.
    type: str
    choices: [Install, None]
  gpu_management_mode:
    description:
      - V(Managed) leaves driver, device plugin and metrics to AKS, see U(https://learn.microsoft.com/azure/aks/aks-managed-gpu-nodes).
        Such a pool must not have a device plugin by DaemonSet, and no autoscaler. Azure's default is V(Unmanaged), and it can't be changed.
    type: str
    choices: [Unmanaged, Managed]
  gpu_instance_profile:
    description:
      - Divide each GPU into instances of this size (MIG), see U(https://learn.microsoft.com/azure/aks/gpu-multi-instance).
        A100, H100 and H200 GPUs only. Azure can't change it later.
    type: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  scale_set_priority:
    description:
      - V(Spot) takes spare machines at a lower price, which Azure may take away at any time. AKS taints such nodes with
        C(kubernetes.azure.com/scalesetpriority=spot:NoSchedule). Azure's default is V(Regular), and it can't be changed.
    type: str
    choices: [Regular, Spot]
  scale_set_eviction_policy:
    description: What happens to an evicted spot node. Azure's default is V(Delete), and it can't be changed.
    type: str
    choices: [Delete, Deallocate]
  spot_max_price:
    description: The most to pay for a spot node, in US dollars an hour; V(-1), Azure's default, is up to the price on demand.
    type: float
  upgrade_settings:
    description: How the nodes are replaced in an upgrade.
    type: dict
    suboptions:
      max_surge:
        description:
          - How many nodes are added meanwhile, as a number or a percentage of the pool. They count against the quota.
            With V(0), O(upgrade_settings.max_unavailable) must be 1 or more.
        type: str
      max_unavailable:
        description:
          - How many nodes may be missing meanwhile, as a number or a percentage.
            AKS takes it with an O(upgrade_settings.max_surge) of V(0) only, and not on System pools.
            An upgrade then needs no further quota.
        type: str
      drain_timeout_in_minutes:
        description: How long to wait for the pods of a node to go, 1 to 1440. Azure's default is V(30).
        type: int
      node_soak_duration_in_minutes:
        description: How long to wait after a node before the next, 0 to 30. Azure's default is V(0).
        type: int
      undrainable_node_behavior:
        description: Whether a node whose pods don't go is left cordoned while the upgrade goes on. Azure's default is V(Schedule).
        type: str
        choices: [Cordon, Schedule]
  security_profile:
    description: What the machines' firmware and SSH allow.
    type: dict
    suboptions:
      enable_vtpm:
        description: Whether the machines have a virtual TPM.
        type: bool
      enable_secure_boot:
        description: Whether they boot signed software only; with an NVIDIA driver not every distribution can.
        type: bool
      ssh_access:
        description: Who may sign in by SSH, V(LocalUser), V(Disabled) or V(EntraId), in any case. Azure's default is V(LocalUser).
        type: str
  enable_encryption_at_host:
    description: Whether the host encrypts disks and caches. Azure can't change it later.
    type: bool
  enable_ultra_ssd:
    description: Whether ultra disks can be attached. Azure can't change it later.
    type: bool
  enable_fips:
    description: Whether the image is one with FIPS 140 modules.
    type: bool
  enable_artifact_streaming:
    description: Whether images are streamed from the registry, so that pods of large ones start earlier.
    type: bool
  proximity_placement_group_id:
    description: The resource ID of the proximity placement group that keeps the nodes close to each other.
    type: str
  capacity_reservation_group_id:
    description: The resource ID of the capacity reservation group to take the nodes from. Azure can't change it later.
    type: str
  host_group_id:
    description: The resource ID of the dedicated host group to place the nodes on. Azure can't change it later.
    type: str
  snapshot_id:
    description: The resource ID of a node pool snapshot to create the pool from, with its image and so with its driver.
    type: str
  upgrade_node_image:
    description:
      - Replace the nodes by ones of the newest node image where they have an older one, as
        C(az aks nodepool upgrade --node-image-only) does.
        A new pool, and one that gets a newer Kubernetes version, has the newest image without this.
    type: bool
    default: false
  custom_headers:
    description:
      - HTTP headers to send with the request that creates the pool, as C(az aks nodepool add --aks-custom-headers) does.
    type: dict
    default: {}
  extra_properties:
    description:
      - Properties of the pool that this module has no option for, as the REST API names them, merged into the request last.
        A value of V(null) takes one away.
      - A pool of the type C(VirtualMachines) is described here, by C(type) and C(virtualMachinesProfile). It takes none of O(vm_size),
        O(count), O(enable_auto_scaling), O(min_count) and O(max_count), which are of scale sets.
      - What an option of this module sets is refused here, unless it is V(null).
    type: dict
    default: {}
  api_version:
    description:
      - The version of the AKS API for all requests about the pool, for properties that only a preview has.
        The newest stable version that this collection knows, when not set.
      - A preview may change what the stable API fixes at creation, such as O(vm_size). With one, what Azure takes is left to Azure.
    type: str
  ignore_pod_disruption_budget:
    description:
      - With O(state=absent), delete the pool although a pod disruption budget keeps pods from being evicted from its nodes.
    type: bool
    default: false
  kubeconfig:
    description:
      - The cluster's kubeconfig, to look for device plugins with. A new pool that brings its own, by its image or by
        O(gpu_management_mode=Managed), is refused where the DaemonSet of another would run on its nodes.
      - Nothing in the cluster is looked at without this, or when there is no such file; C(list) on DaemonSets is the right that it takes.
        Where the cluster doesn't answer, a warning says that nobody looked.
    type: path
  context:
    description: The kubeconfig's context to use, its current one when not set.
    type: str
  allow_retired:
    description: Allow headers of a path that public Azure has retired. Sizes are judged by what Azure offers, not by this.
    type: bool
    default: false
  wait:
    description: Wait until the pool is made, changed or gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. A GPU pool usually takes about 4 minutes.
    type: int
    default: 1800
  poll_interval:
    description:
      - Seconds between two looks at what Azure does; more where Azure asks for more. Azure's own pace, 30 seconds, when not set.
    type: int
"""

EXAMPLES = r"""
- name: Create a GPU pool that scales from 1 to 3 nodes
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    vm_size: Standard_NC4as_T4_v3
    enable_auto_scaling: true
    min_count: 1
    max_count: 3
    node_taints:
      - sku=gpu:NoSchedule
    gpu_driver: Install

- name: Create a spot pool without nodes, that upgrades without more quota
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpuspot
    vm_size: Standard_NC24ads_A100_v4
    scale_set_priority: Spot
    spot_max_price: -1
    enable_auto_scaling: true
    min_count: 0
    max_count: 4
    availability_zones: [1, 2]
    os_disk_type: Ephemeral
    os_disk_size_gb: 64
    node_labels:
      team: vision
    upgrade_settings:
      max_surge: 0
      max_unavailable: 1

- name: Create a pool whose GPUs AKS manages
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpumanaged
    vm_size: Standard_NC4as_T4_v3
    count: 2
    gpu_management_mode: Managed

- name: Set what only a preview of the API has
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpumig
    vm_size: Standard_NC24ads_A100_v4
    count: 1
    gpu_management_mode: Managed
    api_version: 2026-07-02-preview
    extra_properties:
      gpuProfile:
        nvidia:
          migStrategy: Single

- name: Bring the pool's nodes to the newest image
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    upgrade_node_image: true
    wait_timeout: 7200

- name: Delete the pool
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    state: absent
"""

RETURN = r"""
pool:
  description:
    - The pool as Azure describes it; in check mode, as it is or would be requested.
    - It has every option of the pool by its name, with the value that Azure gives to what was left out.
    - Of a pool that has failed, C(provisioning_error) has code, message, cause, remedy, and whether trying again may help.
  returned: success and O(state=present)
  type: dict
  sample:
    name: gpunp
    vm_size: Standard_NC4as_T4_v3
    count: 1
    enable_auto_scaling: true
    min_count: 1
    max_count: 3
    node_taints: ["sku=gpu:NoSchedule"]
    os_disk_type: Ephemeral
    node_image_version: AKSUbuntu-2204gen2containerd-202610.15.0
    kubernetes_version: 1.34.8
    power_state: {code: Running}
    provisioning_state: Succeeded
    provisioning_error: null
kept:
  description: What was not removed, with the reason.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["node pool gpunp: not made by this collection"]
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 245.2
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: VMSizeNotSupported, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
