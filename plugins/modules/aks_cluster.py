#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_cluster
short_description: Create or delete an AKS cluster with its resource group
version_added: 1.0.0
description:
  - Creates a resource group and an AKS cluster with one system pool, as C(az group create) and C(az aks create) do.
  - An existing cluster is left as it is; an operation that is running on it is waited for.
  - What is created gets the tag C(gpuops-aks-created). The resource group is deleted with the cluster only if it has this tag and is empty.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
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
    description: The region. Required when the resource group doesn't exist; the group's region otherwise.
    type: str
  kubernetes_version:
    description: The Kubernetes version to create the cluster with; Azure's default when not set.
    type: str
  dns_prefix:
    description: The prefix of the API server's name; made of the cluster's and the group's name when not set.
    type: str
  node_pool_name:
    description: The name of the first pool.
    type: str
    default: nodepool1
  node_vm_size:
    description: The size of the first pool's nodes; a GPU size puts the GPU into the first pool.
    type: str
    default: Standard_DS2_v2
  node_count:
    description: The number of nodes of the first pool.
    type: int
    default: 1
  tags:
    description: Tags to create the cluster with.
    type: dict
    default: {}
  custom_headers:
    description: HTTP headers to send with the request that creates the cluster, as C(az aks create --aks-custom-headers) does.
    type: dict
    default: {}
  allow_retired:
    description: Allow headers of a path that public Azure has retired.
    type: bool
    default: false
  wait:
    description: Wait until the cluster is made, or is gone.
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

- name: Delete the cluster if this collection made it
  gpuops.aks.aks_cluster:
    resource_group: myResourceGroup
    name: myAKSCluster
    state: absent
    marked_only: true
"""

RETURN = r"""
cluster:
  description: The cluster as Azure describes it; in check mode, what is known before it exists.
  returned: success and O(state=present)
  type: dict
  sample:
    name: myAKSCluster
    location: eastus
    kubernetes_version: 1.34.2
    provisioning_state: Succeeded
    pools: [{name: nodepool1, vm_size: Standard_DS2_v2, count: 1}]
existed:
  description: Whether the cluster was there.
  returned: success and O(state=absent)
  type: bool
  sample: true
left:
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

from ansible_collections.gpuops.aks.plugins.module_utils._doors.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
