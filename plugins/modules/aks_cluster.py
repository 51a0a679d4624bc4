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
  - Updates an existing cluster as C(az aks update) does. Only options that are set in the task and that differ are changed. Everything else
    stays as it is, including the node pools.
  - Refuses a change that Azure does not support, and reports the current and the requested value.
  - Waits for an operation that is already running on the cluster.
  - Marks what it creates with the tag C(gpuops-aks-created). The resource group is deleted with the cluster only if it has this tag and is
    empty.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
  - gpuops.aks.state
options:
  resource_group:
    description: The resource group. It is created if it does not exist.
    type: str
    required: true
  name:
    description: The cluster's name.
    type: str
    required: true
  location:
    description:
      - The region, such as V(westeurope) or V(West Europe). Required if the resource group does not exist. Otherwise, the default is the
        region of the resource group.
      - Cannot be changed later. An existing cluster stays in its region; a warning reports the difference.
    type: str
  kubernetes_version:
    description:
      - The Kubernetes version, such as C(1.34) or C(1.34.2). Azure chooses the version of a new cluster if this is not set.
      - A newer version upgrades the control plane of an existing cluster. To upgrade its node pools, use M(gpuops.aks.aks_gpu_nodepool).
    type: str
  dns_prefix:
    description:
      - The prefix of the API server's host name. By default, it consists of the names of the cluster and the resource group.
      - Cannot be changed later.
    type: str
  node_resource_group:
    description:
      - The name of the resource group that AKS creates for the nodes. The default is C(MC_group_cluster_region).
      - Cannot be changed later.
    type: str
  sku_tier:
    description:
      - The pricing tier of the cluster. V(Free) comes without an uptime SLA for the API server, V(Standard) with one, and V(Premium) also
        with long-term support.
    type: str
    choices: [Free, Standard, Premium]
  support_plan:
    description:
      - The support plan. V(AKSLongTermSupport) allows the cluster to stay on a Kubernetes version that only has long-term support. It
        requires O(sku_tier=Premium).
      - Azure's default is V(KubernetesOfficial).
    type: str
    choices: [KubernetesOfficial, AKSLongTermSupport]
  tags:
    description:
      - Tags of the cluster. Tags that are not listed stay; a tag with the value V(null) is removed.
      - Values are strings; numbers and booleans are converted.
    type: dict
  assign_identity:
    description:
      - The resource ID of the control plane's user-assigned managed identity.
      - If not set, a new cluster gets a system-assigned identity.
    type: str
  network_profile:
    description: The network settings of nodes, pods and services. A new cluster gets Azure's defaults for what is not set.
    type: dict
    suboptions:
      network_plugin:
        description:
          - The network plugin, which assigns IP addresses to pods.
          - Cannot be changed later, except from V(kubenet) to V(azure) with O(network_profile.network_plugin_mode=overlay).
        type: str
        choices: [azure, kubenet, none]
      network_plugin_mode:
        description: The mode of the network plugin. With V(overlay), pods get IP addresses from a separate range instead of the subnet.
        type: str
        choices: [overlay]
      network_policy:
        description: The engine that enforces network policies.
        type: str
        choices: [azure, calico, cilium, none]
      network_dataplane:
        description: The network data plane. O(network_profile.network_policy=cilium) requires V(cilium).
        type: str
        choices: [azure, cilium]
      pod_cidr:
        description: The CIDR range of pod IP addresses, if they do not come from the subnet. Cannot be changed later.
        type: str
      service_cidr:
        description: The CIDR range of service IP addresses. Cannot be changed later.
        type: str
      dns_service_ip:
        description:
          - The IP address of the cluster's DNS service. It must be in O(network_profile.service_cidr) and must not be the first address.
          - Cannot be changed later.
        type: str
      outbound_type:
        description: How nodes reach the internet. V(block) blocks outbound access, for a network isolated cluster.
        type: str
        choices: [loadBalancer, userDefinedRouting, managedNATGateway, userAssignedNATGateway, none, block]
  aad_profile:
    description: How users sign in to the cluster with Microsoft Entra ID.
    type: dict
    suboptions:
      managed:
        description: Whether users sign in with Microsoft Entra ID. Once enabled, it cannot be disabled.
        type: bool
      enable_azure_rbac:
        description: Whether Azure role assignments control what users may do in the cluster.
        type: bool
      admin_group_object_ids:
        description: The object IDs of the groups whose members are cluster administrators.
        type: list
        elements: str
      tenant_id:
        description: The tenant ID of the users, if it differs from the subscription's.
        type: str
  disable_local_accounts:
    description:
      - Whether to disable local accounts. Then there is no admin kubeconfig, and all users sign in with Microsoft Entra ID.
      - Requires O(aad_profile.managed=true).
    type: bool
  api_server_access_profile:
    description: The network access to the API server.
    type: dict
    suboptions:
      authorized_ip_ranges:
        description:
          - The IP ranges that may connect to the API server. An empty list allows all addresses.
          - Not available for a private cluster.
        type: list
        elements: str
      enable_private_cluster:
        description:
          - Whether the API server has only a private IP address. Cannot be changed later.
          - Everything that connects to the API server must then run in the cluster's virtual network or in a peered one.
        type: bool
      private_dns_zone:
        description:
          - The private DNS zone for the name of a private cluster's API server. One of V(system), V(none) and the resource ID of a zone.
          - Cannot be changed later.
        type: str
      enable_private_cluster_public_fqdn:
        description: Whether a private cluster also has a public DNS name, which resolves to its private IP address.
        type: bool
  auto_upgrade_profile:
    description: What Azure upgrades automatically.
    type: dict
    suboptions:
      upgrade_channel:
        description: The channel of automatic Kubernetes upgrades.
        type: str
        choices: [none, patch, stable, rapid, node-image]
      node_os_upgrade_channel:
        description: The channel of automatic node image upgrades.
        type: str
        choices: ["None", Unmanaged, SecurityPatch, NodeImage]
  enable_oidc_issuer:
    description:
      - Whether to enable the OIDC issuer, so that other services can trust the cluster's tokens. Once enabled, it cannot be disabled.
    type: bool
  enable_workload_identity:
    description: Whether pods can sign in to Azure with their service account. Requires O(enable_oidc_issuer=true).
    type: bool
  node_pool_name:
    description:
      - The name of the first node pool.
      - If an existing cluster does not have this pool, a warning names the C(node_*) options that had no effect.
    type: str
    default: nodepool1
  node_vm_size:
    description:
      - The VM size of the first pool's nodes. To have GPUs in the first pool, choose a GPU size.
      - If not set, AKS chooses a size by capacity and quota, as for C(az aks create), and the size of an existing pool is not checked.
      - Cannot be changed later.
    type: str
  node_count:
    description:
      - The number of nodes with which the first pool is created. The default is 1.
      - An existing pool keeps its number of nodes. To change it, use M(gpuops.aks.aks_gpu_nodepool).
    type: int
  node_availability_zones:
    description: The availability zones of the first pool's nodes. Cannot be changed later.
    type: list
    elements: str
  node_vnet_subnet_id:
    description:
      - The resource ID of the subnet of the first pool's nodes. If not set, AKS creates a virtual network.
      - Cannot be changed later.
    type: str
  custom_headers:
    description: HTTP headers of the request that creates the cluster, as in C(az aks create --aks-custom-headers).
    type: dict
    default: {}
  allow_retired:
    description: Whether to allow the headers of a path that public Azure has retired.
    type: bool
    default: false
  wait:
    description: Whether to wait until the cluster is created, updated or deleted.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. Creating a cluster usually takes about 6 minutes.
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

- name: Create a cluster with Cilium, Microsoft Entra ID and automatic upgrades
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

- name: Change the tier and a tag of an existing cluster, and nothing else
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    sku_tier: Premium
    tags:
      cost-center: "42"

- name: Delete the cluster if this collection created it
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    state: absent
    created_only: true
"""

RETURN = r"""
cluster:
  description:
    - The cluster as Azure describes it, under the names of the module's options. In check mode, what is known before the cluster exists.
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
  description: Whether the cluster existed before the task.
  returned: success and O(state=absent)
  type: bool
  sample: true
kept:
  description: What was not removed, with the reasons.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["resource group myResourceGroup: not made by this collection"]
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 331.0
error:
  description: The failure, with its code, message, cause and remedy.
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
