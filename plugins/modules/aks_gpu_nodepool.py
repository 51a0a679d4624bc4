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
  - Creates, updates or deletes a node pool for GPU workloads.
  - Changes only what is set in the task and leaves everything else as it is. This also applies to the keys of options such as
    O(upgrade_settings).
  - Refuses a change that Azure does not support, and reports the current and the requested value.
  - Waits for an operation that is already running on the pool, including one that an interrupted run started.
  - Never overwrites a change that another client makes in the meantime; the pool is read again.
  - Submits a pool in state Failed to Azure again, which often repairs it. A warning reports this, with Azure's reason for the state.
  - Keeps the number of nodes that the cluster autoscaler has chosen.
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
    description:
      - The name of the pool. It consists of 1 to 12 lowercase letters and digits and begins with a letter. On Windows, it can have up to 6
        characters.
    type: str
    required: true
  vm_size:
    description:
      - The VM size of the nodes. Required to create the pool. Cannot be changed later.
      - The module warns if a new pool has a size without a GPU.
    type: str
  count:
    description:
      - The number of nodes, from 0 to 1000. A new pool gets 1 node by default.
      - With the autoscaler, this is the initial number of nodes.
    type: int
  enable_auto_scaling:
    description: Whether the cluster autoscaler controls the number of nodes.
    type: bool
  min_count:
    description: The minimum number of nodes for the autoscaler. With V(0), a pool without workloads costs nothing.
    type: int
  max_count:
    description: The maximum number of nodes for the autoscaler.
    type: int
  power_state:
    description:
      - Whether the pool is running. A stopped pool has no nodes and costs only its disks.
      - O(count) has no effect on a stopped pool. When a pool is started, it gets O(count) nodes or, if that is not set, as many as before.
    type: dict
    suboptions:
      code:
        description: V(Stopped) stops the pool, V(Running) starts it.
        type: str
        choices: [Running, Stopped]
  scale_down_mode:
    description:
      - What scaling down does with the nodes. V(Delete) deletes them, V(Deallocate) stops them and keeps their disks.
      - Azure's default is V(Delete).
    type: str
    choices: [Delete, Deallocate]
  node_taints:
    description:
      - The taints of the nodes, as C(key=value:Effect). Taints that AKS sets itself, for example on spot pools, stay.
      - On a System pool, AKS accepts C(NoSchedule) and C(NoExecute) only with the key C(CriticalAddonsOnly).
    type: list
    elements: str
  node_labels:
    description:
      - The labels of the nodes. Labels that are not listed stay; a label with the value V(null) is removed.
      - Values are strings; numbers and booleans are converted.
    type: dict
  tags:
    description:
      - The tags of the pool. Tags that are not listed stay; a tag with the value V(null) is removed.
      - Values are strings; numbers and booleans are converted.
    type: dict
  mode:
    description: Whether the pool is for workloads (V(User)) or also for system pods (V(System)). The default for a new pool is V(User).
    type: str
    choices: [User, System]
  os_type:
    description: The operating system of the nodes. Azure's default is V(Linux). Cannot be changed later.
    type: str
    choices: [Linux, Windows]
  os_sku:
    description: The operating system distribution of the nodes, such as V(Ubuntu) or V(AzureLinux). Azure's default is V(Ubuntu).
    type: str
  orchestrator_version:
    description:
      - The Kubernetes version of the nodes, such as V(1.34) or V(1.34.8). The default is the version of the cluster. A minor version
        matches each of its patch versions.
      - A newer version upgrades the pool, as O(upgrade_settings) says. Downgrades are not possible.
    type: str
  os_disk_size_gb:
    description: The size of the nodes' OS disk in GiB, from 30 to 2048. Cannot be changed later.
    type: int
  os_disk_type:
    description:
      - The type of the nodes' OS disk. V(Ephemeral) is faster, but is lost with the node and must fit on the local disk of the VM size.
      - Cannot be changed later.
    type: str
    choices: [Managed, Ephemeral]
  kubelet_disk_type:
    description: The disk for the kubelet's images, volumes and logs. Azure's default is V(OS).
    type: str
    choices: [OS, Temporary]
  max_pods:
    description: The maximum number of pods on a node, from 10 to 250. Cannot be changed later.
    type: int
  availability_zones:
    description:
      - The availability zones of the nodes, V(1), V(2) and V(3). V(auto) alone leaves the choice to Azure, where Azure offers that.
      - Cannot be changed later.
    type: list
    elements: str
  vnet_subnet_id:
    description: The resource ID of the subnet for the nodes. Cannot be changed later.
    type: str
  pod_subnet_id:
    description: The resource ID of a separate subnet for the pods. Cannot be changed later.
    type: str
  enable_node_public_ip:
    description: Whether each node has a public IP address. Azure's default is V(false).
    type: bool
  node_public_ip_prefix_id:
    description: The resource ID of the prefix for the public IP addresses of the nodes.
    type: str
  gpu_driver:
    description:
      - Whether AKS installs the NVIDIA driver. V(None) leaves that to the NVIDIA GPU Operator. Azure's default is V(Install).
      - Cannot be changed later.
    type: str
    choices: [Install, None]
  gpu_management_mode:
    description:
      - Whether AKS manages the GPU components of the nodes. With V(Managed), AKS installs the driver, the device plugin and the metrics
        exporter, see U(https://learn.microsoft.com/azure/aks/aks-managed-gpu-nodes).
      - A managed pool must have neither a device-plugin DaemonSet nor the autoscaler.
      - Azure's default is V(Unmanaged). Cannot be changed later.
    type: str
    choices: [Unmanaged, Managed]
  gpu_instance_profile:
    description:
      - The MIG profile that divides each GPU into instances, see U(https://learn.microsoft.com/azure/aks/gpu-multi-instance).
      - Only for A100, H100 and H200 GPUs. Cannot be changed later.
    type: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  gpu_driver_mode:
    description:
      - How Kubernetes allocates the GPUs of a managed pool. With V(DevicePlugin), nodes offer them as C(nvidia.com/gpu). With V(DRA), AKS
        runs NVIDIA's driver for dynamic resource allocation instead. C(nvidia.com/gpu) then stays absent from the nodes, and pods request
        GPUs with a C(ResourceClaim), or with C(nvidia.com/gpu) if a C(DeviceClass) has it as C(extendedResourceName).
      - Requires O(gpu_management_mode=Managed) and a preview version as O(api_version).
      - Azure's default is V(DevicePlugin). Cannot be changed later.
    type: str
    choices: [DevicePlugin, DRA]
  gpu_mig_strategy:
    description:
      - How a managed pool offers the MIG partitions of its GPUs. With V(Single), all partitions have one size and are offered as
        C(nvidia.com/gpu). With V(Mixed), each size is a resource of its own, such as C(nvidia.com/mig-1g.10gb).
      - V(Single) and V(Mixed) require O(gpu_mig_profiles) or O(gpu_instance_profile).
      - Requires O(gpu_management_mode=Managed) and a preview version as O(api_version).
      - Azure's default is V(None), which leaves the GPUs whole. Cannot be changed later.
    type: str
    choices: [None, Single, Mixed]
  gpu_mig_profiles:
    description:
      - The MIG partitions of each GPU of a managed pool, in this order. With O(gpu_mig_strategy=Single), exactly one profile, which all
        partitions have. With O(gpu_mig_strategy=Mixed), one profile for each partition, so that a profile may be repeated.
      - The partitions must fit on one GPU of the O(vm_size). Excludes O(gpu_instance_profile).
      - Requires O(gpu_management_mode=Managed) and a preview version as O(api_version).
      - Only for A100, H100 and H200 GPUs. Cannot be changed later.
    type: list
    elements: str
    choices: [MIG1g, MIG2g, MIG3g, MIG4g, MIG7g]
  scale_set_priority:
    description:
      - Whether the nodes are spot VMs. V(Spot) uses spare capacity at a lower price, and Azure may evict the nodes at any time.
        AKS sets the taint C(kubernetes.azure.com/scalesetpriority=spot:NoSchedule) on them.
      - Azure's default is V(Regular). Cannot be changed later.
    type: str
    choices: [Regular, Spot]
  scale_set_eviction_policy:
    description: What happens to an evicted spot node. Azure's default is V(Delete). Cannot be changed later.
    type: str
    choices: [Delete, Deallocate]
  spot_max_price:
    description: The maximum price of a spot node, in US dollars per hour. V(-1) is the on-demand price, and Azure's default.
    type: float
  upgrade_settings:
    description: How an upgrade replaces the nodes.
    type: dict
    suboptions:
      max_surge:
        description:
          - The number of nodes that an upgrade adds, as a number or as a percentage of the pool. These nodes count against the quota.
          - With V(0), O(upgrade_settings.max_unavailable) must be at least 1.
        type: str
      max_unavailable:
        description:
          - The number of nodes that may be unavailable during an upgrade, as a number or as a percentage of the pool.
          - AKS accepts it only with O(upgrade_settings.max_surge=0), and not on System pools. The upgrade then does not need additional
            quota.
        type: str
      drain_timeout_in_minutes:
        description: How long to wait for the eviction of a node's pods, in minutes, from 1 to 1440. Azure's default is V(30).
        type: int
      node_soak_duration_in_minutes:
        description: How long to wait after each node, in minutes, from 0 to 30. Azure's default is V(0).
        type: int
      undrainable_node_behavior:
        description:
          - What happens to a node whose pods cannot be evicted. With V(Cordon), the node stays cordoned while the upgrade continues.
          - Azure's default is V(Schedule).
        type: str
        choices: [Cordon, Schedule]
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
  enable_encryption_at_host:
    description: Whether the host encrypts the VMs' disks and caches. Cannot be changed later.
    type: bool
  enable_ultra_ssd:
    description: Whether ultra disks can be attached. Cannot be changed later.
    type: bool
  enable_fips:
    description: Whether to use a node image with FIPS 140 modules.
    type: bool
  enable_artifact_streaming:
    description: Whether to stream container images from the registry, so that pods with large images start earlier.
    type: bool
  proximity_placement_group_id:
    description: The resource ID of the proximity placement group that keeps the nodes close to each other.
    type: str
  capacity_reservation_group_id:
    description: The resource ID of the capacity reservation group for the nodes. Cannot be changed later.
    type: str
  host_group_id:
    description: The resource ID of the dedicated host group for the nodes. Cannot be changed later.
    type: str
  snapshot_id:
    description: The resource ID of a node pool snapshot. The new pool gets the node image of the snapshot, and with it the driver.
    type: str
  upgrade_node_image:
    description:
      - Whether to upgrade nodes with an older node image to the newest one, as C(az aks nodepool upgrade --node-image-only) does.
      - Not needed for a new pool or for a Kubernetes upgrade; both use the newest image.
    type: bool
    default: false
  custom_headers:
    description:
      - HTTP headers of the request that creates the pool, as in C(az aks nodepool add --aks-custom-headers).
    type: dict
    default: {}
  extra_properties:
    description:
      - Pool properties without an option in this module, as the REST API names them. They are merged into the request last. A property with
        the value V(null) is removed.
      - A pool of the type C(VirtualMachines) is described here, with C(type) and C(virtualMachinesProfile). O(vm_size), O(count),
        O(enable_auto_scaling), O(min_count) and O(max_count) are for scale sets and are refused for such a pool.
      - A property that an option of this module sets is refused here, unless its value is V(null).
    type: dict
    default: {}
  api_version:
    description:
      - The version of the AKS API for all requests about the pool. Set it to use properties that only a preview version has, such as
        V(2026-08-02-preview) for O(gpu_driver_mode), O(gpu_mig_strategy) and O(gpu_mig_profiles). With a stable version, these options are
        refused, and V(null) in the result.
      - The default is the newest stable version that this collection knows.
      - A preview version may allow changes that the stable version does not, for example of O(vm_size). With a preview version, the module
        leaves that decision to Azure.
    type: str
  ignore_pod_disruption_budget:
    description:
      - With O(state=absent), whether to delete the pool even if a PodDisruptionBudget blocks the eviction of pods from its nodes.
    type: bool
    default: false
  kubeconfig:
    description:
      - The path of the cluster's kubeconfig, to check for device-plugin DaemonSets. A new pool with a built-in device plugin, from its
        image or from O(gpu_management_mode=Managed), is refused if a DaemonSet would run another device plugin on its nodes. For a pool
        that exists, this is a warning.
      - The check requires the right to C(list) DaemonSets. It is skipped if this option is not set or the file does not exist. If the
        cluster does not respond, a warning reports that the check was skipped.
    type: path
  context:
    description: The kubeconfig context to use. The default is the current context.
    type: str
  gpu_operator:
    description:
      - Whether NVIDIA's GPU Operator may serve the nodes of a new pool, if the cluster has one. With V(false), the nodes get the label
        C(nvidia.com/gpu.deploy.operands=false), which keeps it off.
      - An existing pool keeps its labels. Set O(node_labels) to change them.
    type: bool
    default: true
  allow_retired:
    description:
      - Whether to allow the headers of a path that public Azure has retired. This does not apply to retired VM sizes; Azure decides which
        sizes it offers.
    type: bool
    default: false
  wait:
    description: Whether to wait until the pool is created, updated or deleted.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. Creating a GPU pool usually takes about 4 minutes.
    type: int
    default: 1800
  poll_interval:
    description:
      - The interval, in seconds, at which to poll Azure for the result of an operation. Azure can ask for a longer interval.
      - The default is Azure's own interval, 30 seconds.
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

- name: Create an empty spot pool that upgrades without additional quota
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

- name: Create a pool with GPUs that AKS manages
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpumanaged
    vm_size: Standard_NC4as_T4_v3
    count: 2
    gpu_management_mode: Managed

- name: Create a managed pool whose GPUs are divided into three partitions each
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpumig
    vm_size: Standard_NC24ads_A100_v4
    count: 1
    gpu_management_mode: Managed
    gpu_mig_strategy: Mixed
    gpu_mig_profiles: [MIG3g, MIG2g, MIG2g]
    api_version: 2026-08-02-preview

- name: Create a managed pool whose GPUs are allocated dynamically
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpudra
    vm_size: Standard_NC4as_T4_v3
    count: 1
    gpu_management_mode: Managed
    gpu_driver_mode: DRA
    api_version: 2026-08-02-preview

- name: Set a property that has no option in this module
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    api_version: 2026-08-02-preview
    extra_properties:
      upgradeStrategy: Rolling

- name: Upgrade the nodes to the newest image
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
    - The pool as Azure describes it. In check mode, the pool as it is or would be requested.
    - Contains each pool option under its name, with Azure's value for options that were not set.
    - If the pool has failed, C(provisioning_error) contains the code, message, cause and remedy, and whether a retry may help.
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
  description: What was not removed, with the reasons.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["node pool gpunp: not made by this collection"]
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 245.2
error:
  description: The failure, with its code, message, cause and remedy.
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
