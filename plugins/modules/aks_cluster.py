#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_cluster, for an AKS cluster: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_cluster
short_description: Create, update or delete an AKS cluster with its resource group
version_added: 1.0.0
description:
  - Creates a resource group and an AKS cluster with one system pool, as C(az group create) and C(az aks create) do.
  - Of an existing cluster, the options that are named and differ are changed, as C(az aks update) does; everything else stays as it is,
    node pools included. What Azure can't change is refused with both values. An operation that is running on it is waited for.
  - What is created gets the tag C(gpuops-aks-created). The resource group is deleted with the cluster only if it has this tag and is empty.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
  - gpuops.aks.state
options:
  resource_group:
    description: The resource group; it is created when it doesn't exist.
    type: str
    required: true
  name:
    description: The cluster's name.
    type: str
    required: true
  location:
    description:
      - The region to create it in, as V(westeurope) or V(West Europe). Required when the resource group doesn't exist; the group's region
        otherwise.
      - Fixed at creation. An existing cluster stays where it is; a region that differs gives a warning.
    type: str
  kubernetes_version:
    description:
      - The Kubernetes version, as C(1.34) or C(1.34.2); Azure's default for a new cluster when not set.
      - A newer one upgrades an existing cluster's control plane. Its node pools are upgraded by M(gpuops.aks.aks_gpu_nodepool).
    type: str
  dns_prefix:
    description: The prefix of the API server's name; made of the cluster's and the group's name when not set. Fixed at creation.
    type: str
  node_resource_group:
    description: The name of the resource group that AKS makes for the nodes; C(MC_group_cluster_region) when not set. Fixed at creation.
    type: str
  sku_tier:
    description: V(Free) comes without an agreed availability of the API server, V(Standard) with it, V(Premium) with long-term support too.
    type: str
    choices: [Free, Standard, Premium]
  support_plan:
    description:
      - V(AKSLongTermSupport) keeps a Kubernetes version that is in long-term support only. Needs O(sku_tier=Premium).
      - Azure's default is V(KubernetesOfficial).
    type: str
    choices: [KubernetesOfficial, AKSLongTermSupport]
  tags:
    description:
      - Tags to add or to set; others stay. A tag whose value is null is taken away.
      - Values are texts; numbers and booleans become such.
    type: dict
  assign_identity:
    description:
      - The resource ID of the user-assigned managed identity that the control plane acts as.
      - A new cluster has a system-assigned one when not set.
    type: str
  network_profile:
    description: How nodes, pods and services are networked; Azure's defaults for a new cluster when not set.
    type: dict
    suboptions:
      network_plugin:
        description: Who gives pods their addresses. Fixed at creation, save that V(kubenet) may become V(azure) in mode V(overlay).
        type: str
        choices: [azure, kubenet, none]
      network_plugin_mode:
        description: V(overlay) gives pods addresses of a range of their own instead of the subnet's.
        type: str
        choices: [overlay]
      network_policy:
        description: Who enforces network policies.
        type: str
        choices: [azure, calico, cilium, none]
      network_dataplane:
        description: Who moves the packets; V(cilium) is needed for O(network_profile.network_policy=cilium).
        type: str
        choices: [azure, cilium]
      pod_cidr:
        description: The range that pods get addresses of, where that is not the subnet. Fixed at creation.
        type: str
      service_cidr:
        description: The range of services. Fixed at creation.
        type: str
      dns_service_ip:
        description: The address of DNS in O(network_profile.service_cidr), not its first. Fixed at creation.
        type: str
      outbound_type:
        description: How nodes reach the internet; V(block) keeps them from it in a network isolated cluster.
        type: str
        choices: [loadBalancer, userDefinedRouting, managedNATGateway, userAssignedNATGateway, none, block]
  aad_profile:
    description: Sign-in to the cluster by Microsoft Entra ID.
    type: dict
    suboptions:
      managed:
        description: Whether users sign in by Microsoft Entra ID. It can be turned on, not off again.
        type: bool
      enable_azure_rbac:
        description: Whether Azure role assignments decide what users may do in the cluster.
        type: bool
      admin_group_object_ids:
        description: Object IDs of the groups whose members administer the cluster.
        type: list
        elements: str
      tenant_id:
        description: The tenant of the users, where that is not the subscription's.
        type: str
  disable_local_accounts:
    description:
      - Whether to hand out no admin kubeconfig, so that everybody signs in by Microsoft Entra ID. Needs O(aad_profile.managed=true).
    type: bool
  api_server_access_profile:
    description: From where the API server can be reached.
    type: dict
    suboptions:
      authorized_ip_ranges:
        description: The only ranges that may reach it; an empty list lets everybody. Not for a private cluster.
        type: list
        elements: str
      enable_private_cluster:
        description:
          - Whether it has a private address only. Fixed at creation.
          - What talks to Kubernetes then has to run in the cluster's virtual network or in one that is peered with it.
        type: bool
      private_dns_zone:
        description: V(system), V(none) or the resource ID of the zone that has a private cluster's name. Fixed at creation.
        type: str
      enable_private_cluster_public_fqdn:
        description: Whether a private cluster's name, which leads to its private address, is public too.
        type: bool
  auto_upgrade_profile:
    description: What Azure upgrades by itself.
    type: dict
    suboptions:
      upgrade_channel:
        description: Which Kubernetes versions.
        type: str
        choices: [none, patch, stable, rapid, node-image]
      node_os_upgrade_channel:
        description: Which node images.
        type: str
        choices: ["None", Unmanaged, SecurityPatch, NodeImage]
  enable_oidc_issuer:
    description: Whether the cluster's tokens can be trusted by others. It can be turned on, not off again.
    type: bool
  enable_workload_identity:
    description: Whether pods can sign in to Azure with their service account. Needs O(enable_oidc_issuer=true).
    type: bool
  node_pool_name:
    description:
      - The name of the first pool.
      - Where an existing cluster has no such pool, a warning says which of the options C(node_*) had no effect.
    type: str
    default: nodepool1
  node_vm_size:
    description:
      - The size of the first pool's nodes; a GPU size puts the GPU into the first pool.
      - AKS chooses one by capacity and quota when not set, as for C(az aks create). An existing pool may have any then.
      - Fixed at creation.
    type: str
  node_count:
    description:
      - The number of nodes that the first pool is created with; 1 when not set.
      - An existing pool keeps its number; M(gpuops.aks.aks_gpu_nodepool) changes it.
    type: int
  node_availability_zones:
    description: The zones to spread a new cluster's first pool over. Fixed at creation.
    type: list
    elements: str
  node_vnet_subnet_id:
    description: The resource ID of the subnet of a new cluster's first pool; AKS makes a virtual network when not set. Fixed at creation.
    type: str
  custom_headers:
    description: HTTP headers to send with the request that creates the cluster, as C(az aks create --aks-custom-headers) does.
    type: dict
    default: {}
  allow_retired:
    description: Allow headers of a path that public Azure has retired.
    type: bool
    default: false
  wait:
    description: Wait until the cluster is made or changed, or is gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. A cluster usually takes about 6 minutes.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Create a cluster
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    location: eastus

- name: Create a cluster whose first pool has GPUs
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    location: eastus
    node_vm_size: Standard_NC4as_T4_v3

- name: Create a cluster as a platform team wants it
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    location: eastus
    kubernetes_version: "1.35"
    sku_tier: Standard
    network_profile:
      network_plugin: azure
      network_plugin_mode: overlay
      network_policy: cilium
      network_dataplane: cilium
    aad_profile:
      managed: true
      enable_azure_rbac: true
    disable_local_accounts: true
    auto_upgrade_profile:
      upgrade_channel: patch
      node_os_upgrade_channel: NodeImage
    tags:
      team: vision

- name: Change two things of an existing cluster and nothing else
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    sku_tier: Premium
    tags:
      cost-center: "42"

- name: Delete the cluster if this collection made it
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    state: absent
    created_only: true
"""

RETURN = r"""
cluster:
  description: The cluster as Azure describes it, its options by their names; in check mode, what is known before it exists.
  returned: success and O(state=present)
  type: dict
  sample:
    name: myAKSCluster
    location: eastus
    kubernetes_version: 1.35.4
    sku_tier: Free
    support_plan: KubernetesOfficial
    identity_type: SystemAssigned
    disable_local_accounts: false
    fqdn: myakscluster-myresourcegroup-1a2b3c4d.hcp.eastus.azmk8s.io
    private_fqdn: null
    oidc_issuer_url: null
    power_state: Running
    provisioning_state: Succeeded
    tags: {gpuops-aks-created: "true"}
    pools: [{name: nodepool1, vm_size: Standard_D4s_v5, count: 1}]
existed:
  description: Whether the cluster was there.
  returned: success and O(state=absent)
  type: bool
  sample: true
kept:
  description: What was not removed, with the reason.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["resource group myResourceGroup: not made by this collection"]
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 331.0
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: QuotaExceeded, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
