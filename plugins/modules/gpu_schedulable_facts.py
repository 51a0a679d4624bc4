#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_schedulable_facts, for facts of the GPUs that pods can get: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_schedulable_facts
short_description: Find out how many GPUs a cluster can schedule, and what keeps the others from it
version_added: 1.0.0
description:
  - Returns facts of the GPU nodes of a cluster or of some of them, what pods hold, what is free, and the causes why a GPU can't be used.
  - Counts as the scheduler and C(kubectl describe node) do. A pod's requests include init containers, sidecars, overhead and resources
    of the pod as a whole; pods that have ended don't count.
  - Devices that dynamic resource allocation (DRA) hands out under O(resource_name) count on nodes whose kubelet offers none.
  - Every finding has a code, what shows it, its cause and a remedy; C(docs/diagnosis.md) in the collection lists them all.
  - With O(wait), returns when every node serves its GPUs, with O(wait_for) when there are as many as it says; at the timeout it fails
    with the diagnosis.
  - It fails earlier for a cause that no waiting ends, see O(fail_fast_after).
  - A node serves its GPUs when it is Ready and has all of them in its allocatable resources, whether pods hold them or not.
author: gpuops.aks contributors (@gpuops)
requirements:
  - msgspec, optional; with it, clusters of thousands of nodes are read in less time and memory
notes:
  - Needs the right to list, and to wait also to watch, nodes and pods of the cluster and daemonsets in the API group C(apps). Where a
    node offers no GPU by itself also to list deviceclasses, and where one of these names the resource to list and watch resourceslices
    and resourceclaims, all in C(resource.k8s.io).
  - Where something is wrong it also reads the end of a device plugin's log (get pods/log), events (list) and the autoscaler's status
    (get the configmap C(cluster-autoscaler-status) in C(kube-system)). Without these rights it says less, and nothing wrong.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
options:
  pool:
    description: The agent pool to look at; all GPU nodes of the cluster when empty.
    type: str
    default: ""
  label_selector:
    description: Look only at nodes with these labels, such as V(topology.kubernetes.io/zone=eastus-1). Kubernetes' own syntax.
    type: str
    default: ""
  resource_name:
    description: The GPU resource to judge nodes by. All others are counted too, under C(resources).
    type: str
    default: nvidia.com/gpu
  resource_names:
    description: Look only at nodes that have one of these resources, such as V(nvidia.com/mig-1g.10gb).
    type: list
    elements: str
    default: []
  pod:
    description:
      - The spec of a pod. The facts then say under C(fits) whether it would find a node now, and why each of the others doesn't take it.
      - Computed from scheduling gates, taints, node selector, required node affinity, number of pods and requests of every resource.
        What depends on other pods (their affinity, topology spread, host ports), on volumes and on quotas is not looked at.
    type: dict
  min_nodes:
    description: How many nodes there must be at least before O(wait) is content.
    type: int
    default: 1
  wait:
    description: Wait until every node serves its GPUs.
    type: bool
    default: false
  wait_for:
    description: Wait for so many GPUs. Overrides O(wait); with O(wait_for.nodes) alone, until these nodes serve their GPUs.
    type: dict
    suboptions:
      allocatable:
        description: GPUs that Ready nodes offer, whether pods hold them or not.
        type: int
      schedulable:
        description: GPUs that a new pod could get, which are free on nodes that are Ready and not cordoned.
        type: int
      nodes:
        description: The names of the nodes that count, all of which must be there; all nodes that are looked at when empty.
        type: list
        elements: str
        default: []
  wait_timeout:
    description: How long to wait, in seconds. A new node may need up to 15 minutes until its driver works.
    type: int
    default: 900
  fail_fast_after:
    description:
      - How long, in seconds, a cause that no waiting ends may keep a node from serving its GPUs before the task fails without waiting
        longer. Such causes are a cluster without device plugin, a taint that the plugin doesn't tolerate, a selector that misses the
        node, an image that its registry doesn't have, a size without GPU, and a GPU that is offered under another name.
      - Raise it where another tool changes that meanwhile, such as a GitOps controller that is about to install the plugin. With the
        value of O(wait_timeout) the task always waits to the end.
      - Does nothing where O(wait_for.allocatable) or O(wait_for.schedulable) is set, because nodes that are still to come may reach it.
    type: int
    default: 120
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

- name: Wait until a job that needs eight GPUs would get them
  gpuops.aks.gpu_schedulable_facts:
    pool: gpunp
    wait_for:
      schedulable: 8
    wait_timeout: 3600

- name: Ask where a pod would fit
  gpuops.aks.gpu_schedulable_facts:
    pod:
      tolerations: [{key: sku, operator: Equal, value: gpu, effect: NoSchedule}]
      containers:
        - name: train
          resources: {requests: {cpu: 4, memory: 16Gi}, limits: {nvidia.com/gpu: 1}}

- name: Say why it doesn't
  ansible.builtin.debug:
    var: ansible_facts.gpu_schedulable.fits.nodes
  when: not ansible_facts.gpu_schedulable.fits.fits
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
          description: The GPU resource that nodes were judged by.
          returned: always
          type: str
          sample: nvidia.com/gpu
        pool:
          description: The pool that was looked at, empty for all.
          returned: always
          type: str
          sample: gpunp
        nodes:
          description:
            - Facts of each node. C(capacity) and C(allocatable) are what the kubelet advertises, C(requested) is what pods hold.
            - C(resources) has the same for every resource of NVIDIA's on the node, such as shared GPUs and MIG slices.
            - C(physical) is the number of GPUs in the machine, 0 where neither GPU feature discovery nor the VM size tells; each is
              advertised C(replicas) times when it is shared.
            - C(simulated) is true for a node of the collection's lab.
            - C(conditions) are those that concern GPUs; C(reasons) the codes of the findings that name the node.
          returned: always
          type: list
          elements: dict
          sample:
            - name: aks-gpunp-28993262-vmss000000
              pool: gpunp
              vm_size: Standard_NC4as_T4_v3
              gpu_model: Tesla T4
              image_version: AKSUbuntu-2204gen2containerd-202610.12.0
              simulated: false
              ready: true
              cordoned: false
              capacity: 1
              allocatable: 1
              requested: 0
              free: 1
              resources: {nvidia.com/gpu: {capacity: 1, allocatable: 1, requested: 0, free: 1}}
              physical: 1
              replicas: 1
              sharing: none
              dra: {devices: 0, allocated: 0, free: 0}
              taints: ["sku=gpu:NoSchedule"]
              conditions: []
              schedulable: true
              reasons: []
        pools:
          description: The same totals as below, by name of the pool.
          returned: always
          type: dict
          sample: {gpunp: {node_count: 1, capacity: 1, allocatable: 1, requested: 0, free: 1, schedulable_gpus: 1, schedulable: true}}
        node_count:
          description: How many nodes were looked at.
          returned: always
          type: int
          sample: 1
        physical:
          description: GPUs in these machines, as far as that is known.
          returned: always
          type: int
          sample: 1
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
        resources:
          description:
            - The four counts of every GPU resource, which are C(nvidia.com/gpu), C(nvidia.com/gpu.shared), C(nvidia.com/mig-*), those that
              GPU feature discovery has labels for, and O(resource_name). Others, such as C(nvidia.com/hostdev), are not counted.
          returned: always
          type: dict
          sample: {nvidia.com/gpu: {capacity: 1, allocatable: 1, requested: 0, free: 1}}
        dra:
          description: Devices of dynamic resource allocation that serve the resource.
          returned: always
          type: dict
          sample: {devices: 0, allocated: 0, free: 0}
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
        fits:
          description: Whether the pod would find a node, and by node all that keeps it off; an empty list where it fits.
          returned: when O(pod) is given
          type: dict
          sample:
            fits: false
            nodes:
              aks-gpunp-28993262-vmss000000: ["1 nvidia.com/gpu asked for, 0 of 1 free (held by default/train-0 (1))"]
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

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
