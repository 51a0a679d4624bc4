#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_schedulable_facts, for facts of the GPUs that pods can get: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_schedulable_facts
short_description: Find out how many GPUs a cluster can schedule, and why it cannot schedule the others
version_added: 1.0.0
description:
  - Returns facts about all or some GPU nodes of a cluster. They include the GPUs that pods use, the GPUs that are free, and the reasons
    why a GPU cannot be used.
  - Counts like the scheduler and C(kubectl describe node). A pod's requests include init containers, sidecars, overhead and pod-level
    resources. Pods that have finished do not count.
  - On nodes whose kubelet does not offer GPUs, devices that dynamic resource allocation (DRA) allocates are counted, under O(resource_name)
    if a device class names that resource. Otherwise, these are the GPUs that NVIDIA's DRA driver publishes, as on a managed pool with
    C(gpu_driver_mode=DRA). Only a C(ResourceClaim) can request those, so an O(pod) that requests O(resource_name) does not fit there.
  - A GPU that the DRA driver publishes both whole and as MIG slices counts once.
  - Each finding has a code, evidence, a cause and a remedy. C(docs/diagnosis.md) in the collection lists them all.
  - With O(wait), the task succeeds once every node serves its GPUs, with O(wait_for), once the requested number is available. At the
    timeout, it fails with the diagnosis.
  - The task fails earlier for a cause that waiting cannot fix, see O(fail_fast_after).
  - With O(from_files), the module reads files instead of a cluster, such as those that a customer sends to support, and returns the same
    facts and findings. It also returns what cannot be judged, because the files do not have all kinds of objects.
  - A node serves its GPUs if it is Ready and all its GPUs are in its allocatable resources, whether pods use them or not, or if DRA
    allocates them.
author: gpuops.aks contributors (@gpuops)
requirements:
  - msgspec (optional), to read clusters with thousands of nodes in less time and memory
notes:
  - Requires the right to list C(nodes) and C(pods) in the whole cluster, and C(daemonsets) in the API group C(apps). To wait, it also
    requires the right to watch them.
  - If the kubelet of a node does not offer GPUs, the module watches C(resourceslices) and C(resourceclaims) while it waits. Without the
    right to list them, GPUs that only a C(ResourceClaim) can request are not counted.
  - If something is wrong and one of the rights below is missing, the diagnosis is less detailed, but not wrong.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.diagnosis
  - gpuops.aks.diagnosis.rights
options:
  label_selector:
    description:
      - A Kubernetes label selector that limits which nodes are checked, such as V(topology.kubernetes.io/zone=eastus-1).
    type: str
    default: ""
  resource_name:
    description: The GPU resource that decides whether a node is schedulable. All other GPU resources are counted too, under C(resources).
    type: str
    default: nvidia.com/gpu
  resource_names:
    description: Check only nodes that have one of these resources, such as V(nvidia.com/mig-1g.10gb).
    type: list
    elements: str
    default: []
  pod:
    description:
      - A pod spec. The facts then contain under C(fits) whether the pod could be scheduled now, and why the other nodes would not accept
        it.
      - The result takes into account scheduling gates, taints, the node selector, required node affinity, the number of pods and the
        requests for every resource. It does not take into account what depends on other pods (affinity, topology spread, host ports), on
        volumes or on quotas.
    type: dict
  min_nodes:
    description: The minimum number of nodes that O(wait) waits for.
    type: int
    default: 1
  wait:
    description: Whether to wait until every node serves its GPUs.
    type: bool
    default: false
  wait_for:
    description:
      - The number of GPUs to wait for. Overrides O(wait). With O(wait_for.nodes) alone, the task waits until these nodes serve their GPUs.
    type: dict
    suboptions:
      allocatable:
        description: The number of GPUs that Ready nodes offer, whether pods use them or not.
        type: int
      schedulable:
        description: The number of GPUs that new pods could get, which are the free GPUs on nodes that are Ready and not cordoned.
        type: int
      nodes:
        description: The names of the nodes to wait for, all of which must exist. If empty, all checked nodes count.
        type: list
        elements: str
        default: []
  wait_timeout:
    description: How long to wait, in seconds. The driver of a new node may need up to 15 minutes to start.
    type: int
    default: 900
  fail_fast_after:
    description:
      - How long, in seconds, a cause that waiting cannot fix may last before the task fails. These causes are a cluster without a
        device plugin, a taint that the plugin does not tolerate, a node selector that excludes the node, an image that is missing from its
        registry, a VM size without a GPU, a node image that is too old for Azure's hosts, and a GPU that is offered under another resource
        name.
      - Some causes, such as a missing driver or an invalid configuration of the plugin, only show in the log of the plugin or in resources
        of the GPU Operator and of Karpenter. The module reads these each time that this number of seconds has passed. The task fails if it
        finds such a cause twice in a row.
      - Increase it if another tool fixes the cause in the meantime, such as a GitOps controller that installs the plugin. With the value of
        O(wait_timeout), the task always waits until the timeout.
      - Has no effect if O(wait_for.allocatable) or O(wait_for.schedulable) is set, because new nodes can still provide the GPUs.
    type: int
    default: 120
  from_files:
    description:
      - Files to read instead of a cluster, on the host that runs the task. Each one is a file, also compressed by gzip, bzip2 or xz, a
        directory, or an archive made with tar or zip, which is not unpacked. Links are not followed.
      - The module knows the outputs of C(kubectl get -o json) and C(kubectl get -o yaml), C(kubectl cluster-info dump),
        C(kubectl describe nodes), C(kubectl logs --prefix), the must-gather script of NVIDIA's GPU Operator, results of
        C(kubernetes.core.k8s_info) and the archive of the playbook C(gpuops.aks.collect).
        It recognizes a file by its content, not by its name. Files with none of these are left out.
      - If a file is cut off or damaged, the module warns, and uses what comes before the damage.
      - A dump in JSON can be as large as 500 MB, because files are read as a stream, and what the module keeps takes less than 300 MB of
        memory. If a dump has too much to keep, a warning says of which kind of object. YAML takes more than ten times as long as JSON.
      - Durations, such as how long a node has not been Ready, are computed up to the newest report of a kubelet in the files.
      - Cannot be combined with O(kubeconfig), O(context), O(host), O(api_key), O(wait) or O(wait_for).
    type: list
    elements: path
    default: []
"""

EXAMPLES = r"""
- name: Wait until the pool's GPUs can be used
  gpuops.aks.gpu_schedulable_facts:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    wait: true

- name: Show how many GPUs are free
  ansible.builtin.debug:
    msg: "{{ ansible_facts.gpu_schedulable.schedulable_gpus }} GPUs are free"

- name: Wait until eight GPUs are free
  gpuops.aks.gpu_schedulable_facts:
    pool: gpunp
    wait_for:
      schedulable: 8
    wait_timeout: 3600

- name: Check which nodes a pod fits on
  gpuops.aks.gpu_schedulable_facts:
    pod:
      tolerations: [{key: sku, operator: Equal, value: gpu, effect: NoSchedule}]
      containers:
        - name: train
          resources: {requests: {cpu: 4, memory: 16Gi}, limits: {nvidia.com/gpu: 1}}

- name: Show why the pod does not fit
  ansible.builtin.debug:
    var: ansible_facts.gpu_schedulable.fits.nodes
  when: not ansible_facts.gpu_schedulable.fits.fits

- name: Find out what is wrong with a cluster from the files that a customer has sent
  gpuops.aks.gpu_schedulable_facts:
    from_files:
      - ~/Downloads/gpuops-aks-collect.tar.gz
"""

RETURN = r"""
ansible_facts:
  description: The facts. A task that fails at its timeout also returns them.
  returned: always
  type: dict
  contains:
    gpu_schedulable:
      description: The GPUs, the nodes and the findings.
      returned: always
      type: dict
      contains:
        resource:
          description: The GPU resource that was checked.
          returned: always
          type: str
          sample: nvidia.com/gpu
        pool:
          description: The pool that was checked. Empty for all pools.
          returned: always
          type: str
          sample: gpunp
        nodes:
          description:
            - The facts of each node. C(capacity) and C(allocatable) are what the kubelet advertises, C(requested) is what pods use.
            - C(resources) contains the same for every NVIDIA resource of the node, such as shared GPUs and MIG slices.
            - C(physical) is the number of GPUs in the machine, from GPU feature discovery or the VM size, whichever is greater. It is 0 if
              neither is known. A shared GPU is advertised C(replicas) times.
            - C(driver_version) is empty unless GPU feature discovery runs on the node. C(container_runtime) is its name and version.
            - C(simulated) is true for a node of the collection's lab.
            - C(services) is empty unless AKS manages the pool, which the label C(kubernetes.azure.com/dcgm-exporter=enabled) shows. It then
              says whether the device plugin (C(device_plugin)) and the services for metrics (C(dcgm)) of the node are C(healthy) or
              C(unhealthy). They are C(unknown) as long as the node has no condition about them, which may be for minutes or for good.
            - C(conditions) contains the node conditions that concern GPUs, C(reasons) the codes of the findings about the node.
          returned: always
          type: list
          elements: dict
          sample:
            - name: aks-gpunp-28993262-vmss000000
              pool: gpunp
              vm_size: Standard_NC4as_T4_v3
              gpu_model: Tesla T4
              image_version: AKSUbuntu-2204gen2containerd-202610.12.0
              driver_version: 580.126.09
              container_runtime: containerd://2.1.4
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
              services: {}
              schedulable: true
              reasons: []
        pools:
          description:
            - The same totals as below, by pool.
            - C(owners) says who provides the driver, the device plugin and the exporter of metrics on the nodes of the pool. Each is a
              list of V(AKS), V(the GPU Operator), V(a DaemonSet) or V(the dedicated GPU image). A list is empty if the cluster does not
              show who does. For the driver, V(AKS) only shows on managed pools and on nodes that Karpenter has created.
          returned: always
          type: dict
          sample:
            gpunp:
              node_count: 1
              capacity: 1
              allocatable: 1
              requested: 0
              free: 1
              schedulable_gpus: 1
              schedulable: true
              owners: {driver: [], plugin: [a DaemonSet], metrics: []}
        node_count:
          description: The number of nodes that were checked.
          returned: always
          type: int
          sample: 1
        physical:
          description: The number of GPUs in these machines, where it is known.
          returned: always
          type: int
          sample: 1
        capacity:
          description: The number of GPUs in the capacity of the nodes.
          returned: always
          type: int
          sample: 1
        allocatable:
          description: The number of allocatable GPUs of the nodes.
          returned: always
          type: int
          sample: 1
        requested:
          description: The number of GPUs that pods use.
          returned: always
          type: int
          sample: 0
        free:
          description: The number of GPUs that no pod uses, whether or not their node accepts pods now.
          returned: always
          type: int
          sample: 1
        resources:
          description:
            - The four counts for every GPU resource. GPU resources are C(nvidia.com/gpu), C(nvidia.com/gpu.shared), C(nvidia.com/mig-*),
              resources for which GPU feature discovery has labels, and O(resource_name). Others, such as C(nvidia.com/hostdev), are not
              counted.
          returned: always
          type: dict
          sample: {nvidia.com/gpu: {capacity: 1, allocatable: 1, requested: 0, free: 1}}
        dra:
          description: The number of devices that dynamic resource allocation provides on nodes whose kubelet does not offer the resource.
          returned: always
          type: dict
          sample: {devices: 0, allocated: 0, free: 0}
        schedulable_gpus:
          description: The number of free GPUs on nodes that are Ready and not cordoned.
          returned: always
          type: int
          sample: 1
        schedulable:
          description: Whether a pod that tolerates the nodes' taints would get a GPU now.
          returned: always
          type: bool
          sample: true
        findings:
          description:
            - The reasons why GPUs cannot be used. Those that only the user can fix come first.
            - C(context) helps to judge a finding about a node. It contains how long the condition has lasted, what Azure has scheduled for
              the machine, what AKS' node auto-repair did, the versions that run on the node, whether its image is known to be bad, and
              whether other nodes of the same size and image serve their GPUs.
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
              context: ["aks-gpunp-28993262-vmss000000: node image AKSUbuntu-2204gen2containerd-202610.12.0."]
        from_files:
          description:
            - The number of C(files), the time when they were C(taken), the C(problems) of files that could not be read whole, and by
              C(kind) what is C(unjudged) because the files do not have the kind.
          returned: when O(from_files) is given
          type: dict
          sample:
            files: 12
            taken: "2026-11-28T10:01:12Z"
            unjudged: [{kind: events, unjudged: why a pod of a device plugin was not created, and what AKS has repaired}]
            problems: []
        fits:
          description:
            - Whether the pod fits on a node and, by node, the reasons why it does not. The list is empty for a node on which it fits.
          returned: when O(pod) is given
          type: dict
          sample:
            fits: false
            nodes:
              aks-gpunp-28993262-vmss000000: ["1 nvidia.com/gpu asked for, 0 of 1 free (held by default/train-0 (1))"]
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 3.1
error:
  description: The failure, with its code, message, cause and remedy.
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
