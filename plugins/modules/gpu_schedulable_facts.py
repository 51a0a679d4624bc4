#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_schedulable_facts
short_description: Find out how many GPUs a cluster can schedule, and what keeps the others from it
version_added: 1.0.0
description:
  - Returns facts of the GPU nodes of a cluster or of one pool, what pods hold, what is free, and the causes why a GPU can't be used.
  - With O(wait), returns when every node serves its GPUs; at the timeout it fails with the diagnosis.
  - A node serves its GPUs when it is Ready and has all of them in its allocatable resources, whether pods hold them or not.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes.reads
  - gpuops.aks.kubernetes
options:
  pool:
    description: The agent pool to look at; all GPU nodes of the cluster when empty.
    type: str
    default: ""
  resource_name:
    description: The GPU resource to count.
    type: str
    default: nvidia.com/gpu
  min_nodes:
    description: How many nodes there must be at least before O(wait) is content.
    type: int
    default: 1
  wait:
    description: Wait until every node serves its GPUs.
    type: bool
    default: false
  wait_timeout:
    description: How long to wait, in seconds. A new node may need up to 15 minutes until its driver works.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Wait until the pool's GPUs can be used
  gpuops.aks.gpu_schedulable_facts:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    wait: true

- name: Say how many are free
  ansible.builtin.debug:
    msg: "{{ ansible_facts.gpu_schedulable.schedulable_gpus }} GPUs are free"
"""

RETURN = r"""
ansible_facts:
  description: The facts; a task that fails at its timeout returns them, too.
  returned: always
  type: dict
  contains:
    gpu_schedulable:
      description: What can be scheduled.
      returned: always
      type: dict
      contains:
        resource:
          description: The GPU resource that was counted.
          returned: always
          type: str
          sample: nvidia.com/gpu
        pool:
          description: The pool that was looked at, empty for all.
          returned: always
          type: str
          sample: gpunp
        nodes:
          description: Facts of each node.
          returned: always
          type: list
          elements: dict
          sample:
            - name: aks-gpunp-28993262-vmss000000
              pool: gpunp
              vm_size: Standard_NC4as_T4_v3
              gpu_model: Tesla T4
              image_version: AKSUbuntu-2204gen2containerd-202610.12.0
              ready: true
              cordoned: false
              capacity: 1
              allocatable: 1
              requested: 0
              free: 1
              taints: ["sku=gpu:NoSchedule"]
              schedulable: true
        capacity:
          description: GPUs that the nodes have told of.
          returned: always
          type: int
          sample: 1
        allocatable:
          description: GPUs that the nodes offer.
          returned: always
          type: int
          sample: 1
        requested:
          description: GPUs that pods hold.
          returned: always
          type: int
          sample: 0
        free:
          description: GPUs that no pod holds, whether or not their node takes pods now.
          returned: always
          type: int
          sample: 1
        schedulable_gpus:
          description: Free GPUs on nodes that are Ready and not cordoned.
          returned: always
          type: int
          sample: 1
        schedulable:
          description: Whether a pod that tolerates the taints would get a GPU now.
          returned: always
          type: bool
          sample: true
        findings:
          description: Why GPUs can't be used, the ones that only the user can end first.
          returned: always
          type: list
          elements: dict
          sample:
            - code: PluginLacksToleration
              severity: error
              subjects: [aks-gpunp-28993262-vmss000000]
              evidence: taint sku=gpu:NoSchedule; DaemonSet gpu-resources/nvidia-device-plugin-daemonset doesn't tolerate it
              cause: "..."
              remedy: "..."
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 3.1
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: PluginLacksToleration, message: "...", cause: "...", remedy: "...", retriable: true}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._doors.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.schedulable import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
