#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_gpu_nodepool
short_description: Manage a GPU node pool of an AKS cluster
version_added: 1.0.0
description:
  - Creates, updates or deletes an agent pool for GPU work.
  - An update changes what is named in the task and leaves everything else as it is.
    What Azure can't change on an existing pool is refused with both values.
  - An operation that is running on the pool, also one that an interrupted run has started, is waited for.
  - A pool in the state Failed is put once more, which repairs many of them.
  - The count that the cluster autoscaler has chosen is left alone.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
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
    description: The pool's name, 1 to 12 lower-case letters and digits, a letter first.
    type: str
    required: true
  vm_size:
    description: The nodes' size. Required to create the pool; Azure can't change it later.
    type: str
  count:
    description: The number of nodes; 1 when the pool is created. With the autoscaler, the number to start with.
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
  node_taints:
    description: The nodes' taints, as C(key=value:Effect).
    type: list
    elements: str
  node_labels:
    description: The nodes' labels.
    type: dict
  mode:
    description: What the pool is for; V(User) when it is created.
    type: str
    choices: [User, System]
  os_sku:
    description: The nodes' operating system, such as V(Ubuntu) or V(AzureLinux).
    type: str
  gpu_driver:
    description: Whether AKS installs the NVIDIA driver. Azure's default is V(Install).
    type: str
    choices: [Install, None]
  tags:
    description: Tags of the pool; those that are not named stay.
    type: dict
  custom_headers:
    description:
      - HTTP headers to send with the request that creates the pool, as C(az aks nodepool add --aks-custom-headers) does.
    type: dict
    default: {}
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

- name: Delete the pool
  gpuops.aks.aks_gpu_nodepool:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    name: gpunp
    state: absent
"""

RETURN = r"""
pool:
  description: The pool as Azure describes it; in check mode, as it is or would be requested.
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
    provisioning_state: Succeeded
left:
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

from ansible_collections.gpuops.aks.plugins.module_utils._doors.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.nodepool import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
