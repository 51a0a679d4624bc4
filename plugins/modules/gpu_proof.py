#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_proof, for a proof of every GPU: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_proof
short_description: Prove that every GPU of a pool works
version_added: 1.0.0
description:
  - Runs a small program on every free GPU of the selected nodes, and returns a verdict for each GPU, with figures, and the coverage in one
    sentence. One Job per node requests exactly the GPUs that are free there. GPUs that other pods hold are not disturbed. They are reported
    as not proven, with the pods that hold them.
  - The program needs no CUDA image and no download. It talks to the driver that the node mounts into the container. Each GPU answers a
    challenge that is different in every run, so that neither an old log nor a container without a GPU can pass for a proof. It then
    measures copies, memory bandwidth and matrix multiplication, checks all results, and tests memory.
  - GPUs are requested by the resource that the node offers (whole GPUs, MIG slices of both strategies, shared GPUs, and DRA where a
    DeviceClass has an C(extendedResourceName)). Of shared GPUs, one share is requested, which proves one GPU of the node. If any
    pod holds a share, none is requested, because the proof would disturb it; all GPUs of the node then count as held.
  - Nodes are proven even if they have taints or are cordoned, even during the task, so that you can prove a node before you put it back
    into service.
  - The Jobs and the ConfigMap with the program are removed at the end, even if the task fails or is interrupted. If the process is killed,
    the next run with the same O(namespace), O(pool), O(nodes) and O(node_selector) removes what is left. Otherwise, Kubernetes removes a
    Job with its pods an hour after it has ended, and the ConfigMap with the last Job. A ConfigMap without a Job, of a process that was
    killed before it created one, stays until the next run in O(namespace), or a task with O(state=absent).
  - A Job that the API server refuses, because of a quota for example, leaves its node unproven. The other nodes are proven.
  - The pods meet the Pod Security Standard C(restricted).
author: gpuops.aks contributors (@gpuops)
notes:
  - The task is C(changed) only if it leaves something behind (O(keep)) or removes what an earlier run has left.
  - In check mode, RV(jobs) contains the Jobs that would run.
  - Two tasks that prove the same selection at the same time interfere with each other. The second one removes the Jobs of the first one.
  - The floors are parts of the values in NVIDIA's data sheets, and half of the median of the GPUs of the same model in the same run.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.diagnosis
options:
  state:
    description:
      - V(present) proves the GPUs.
      - V(absent) proves nothing. It removes what earlier runs with the same O(namespace), O(pool), O(nodes) and O(node_selector) have left,
        because of O(keep), because their process was killed, or because someone has deleted a Job without its pod
        (C(kubectl delete job --cascade=orphan)). It waits up to a minute for the pods to go, and RV(kept) names those that
        stay.
    type: str
    choices: [present, absent]
    default: present
  nodes:
    description: The names of the nodes to prove. If empty, all nodes that the other options select are proven.
    type: list
    elements: str
    default: []
  node_selector:
    description: Labels that the nodes must have.
    type: dict
  level:
    description:
      - How thorough the proof is.
      - V(smoke) takes seconds per GPU.
      - V(train) also trains a small network on digits that the GPU draws for this run, and reads digits that it did not train on.
      - V(stress) also tests most of the memory and computes for minutes, see O(timeout).
    type: str
    choices: [smoke, train, stress]
    default: smoke
  require:
    description:
      - Which GPUs must be proven. If they are not, the task fails, with the same result.
      - V(free) accepts GPUs that other pods hold, if at least one GPU is proven. GPUs that the nodes do not offer, and GPUs of nodes that
        are not Ready, are not accepted, even if pods hold them. Neither are GPUs that a pod of another run of this module holds, such as
        one whose program hangs.
      - V(all) accepts only a complete coverage.
      - V(any) accepts any coverage with at least one GPU.
    type: str
    choices: [all, free, any]
    default: free
  fail_on_slow:
    description:
      - Whether a GPU with a figure below its floor fails. If V(false), it is proven, and RV(devices) contains the finding C(GpuSlow).
    type: bool
    default: false
  parallel:
    description: How many nodes are proven at the same time, from 1 to 1000.
    type: int
    default: 10
  measure_load:
    description:
      - Whether to read the DCGM exporters of the nodes about twice a second while the GPUs are proven, and return the load of each GPU.
      - The nodes need exporters, such as those of M(gpuops.aks.dcgm_exporter). If one cannot be read, the task warns.
      - An exporter measures only once per interval, which is 30 seconds by default, and the proof of a GPU may take less time. Therefore,
        the GPUs are kept busy for O(load_seconds) after it.
      - If the exporter of a GPU does not show the load, the GPU is still proven, and RV(devices) contains the finding C(LoadNotSeen). For a
        GPU that is divided by MIG, no load is measured, because DCGM does not measure the utilization of its slices.
    type: bool
    default: false
  load_seconds:
    description:
      - How long, in seconds, all GPUs of a node are kept busy at the same time after they are proven, with O(measure_load). At most 864000
        (10 days). The GPUs multiply matrices, and a wrong product fails the GPU.
      - By default, the longest interval of the exporters (C(DCGM_EXPORTER_INTERVAL) or C(--collect-interval) of their pods, or else 30
        seconds) plus 5 seconds. If no exporter answers, if O(wait_timeout) is too short, on MIG slices, or if each GPU computes for
        longer with O(level=stress), the GPUs are not kept busy for longer than their proof.
      - With V(0), they never are.
    type: int
  namespace:
    description: The namespace of the Jobs. It must exist.
    type: str
    default: default
  image:
    description:
      - The image that runs the program. It needs Python 3.9 or newer as C(python3), and the GNU C library.
      - It must not set E(NVIDIA_VISIBLE_DEVICES).
    type: str
    default: mcr.microsoft.com/azurelinux/base/python:3.12
  image_pull_policy:
    description: When to pull the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  image_pull_secrets:
    description: The names of secrets in O(namespace) with the credentials for the image's registry.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - How long the proof of one GPU may take, in seconds, at most 864000 (10 days). A GPU that does not finish in this time fails.
        Time in which the program waits for a busy processor of the node does not count, up to twice this time.
      - By default, 60 for O(level=smoke), 180 for O(level=train) and 240 for O(level=stress).
      - With O(level=stress), a GPU computes for half of this time. The GPUs of a node are proven one after the other.
    type: int
  evidence_dir:
    description:
      - A directory, on the host where the module runs, for a JSON file per GPU with everything that the program has reported, C(junit.xml)
        with all verdicts as test results, and C(summary.json) with the result of the task. It is created if necessary.
      - Each cluster, O(pool), and selection of nodes has its own folder in it, so several tasks and hosts can share the directory. When a
        run begins, it removes the files of the previous run with the same selection. It leaves other files in the folder alone.
      - Writing the files does not make the task C(changed).
    type: path
  keep:
    description: Whether to keep the Jobs, their pods and the ConfigMap for inspection. The next run with the same selection removes them.
    type: bool
    default: false
  wait_timeout:
    description:
      - How long the whole proof may take, in seconds. GPUs whose proof is not finished by then are not proven.
      - The removal of the Jobs comes after that. It takes a few seconds, and up to a minute and a half if something keeps their pods, such
        as a finalizer or a node that does not respond. RV(kept) then names what stays.
      - The task does not wait for a pod that an admission policy, a LimitRange or a quota refuses for good, nor for a node that is gone.
      - A proof that cannot end in this time because of O(level=stress) or O(load_seconds) is refused, unless O(require=any).
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Prove every GPU of the pool
  gpuops.aks.gpu_proof:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
  register: proof

- name: Show the coverage
  ansible.builtin.debug:
    msg: "{{ proof.coverage.sentence }}"

- name: Fail unless all GPUs are proven, and keep the evidence
  gpuops.aks.gpu_proof:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    level: train
    require: all
    fail_on_slow: true
    evidence_dir: ./gpu-evidence

- name: Remove what a run that was killed has left
  gpuops.aks.gpu_proof:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    state: absent

- name: Prove one node before it is put back into service
  gpuops.aks.gpu_proof:
    kubeconfig: ~/.kube/myAKSCluster.config
    nodes: [aks-gpunp-28993262-vmss000000]
    level: stress
    timeout: 1200
    wait_timeout: 7200
"""

RETURN = r"""
coverage:
  description: How many GPUs are proven. A task that fails after its Jobs have run also returns it.
  returned: O(state=present)
  type: dict
  contains:
    proven:
      description: The number of GPUs that are proven.
      returned: always
      type: int
      sample: 23
    total:
      description: The number of GPUs (or MIG slices) of the selected nodes, whether the nodes offer them or not.
      returned: always
      type: int
      sample: 24
    nodes:
      description: The number of selected nodes.
      returned: always
      type: int
      sample: 3
    held:
      description: The number of GPUs that other pods hold, of those that nodes offer now.
      returned: always
      type: int
      sample: 1
    failed:
      description: The number of GPUs that failed.
      returned: always
      type: int
      sample: 0
    sentence:
      description: The coverage in one sentence.
      returned: always
      type: str
      sample: 23 of 24 GPUs proven on 3 nodes; 1 is held by team/train-0
devices:
  description: The verdict on each GPU that was requested or is held. A task that fails after its Jobs have run also returns it.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    node:
      description: The node.
      returned: always
      type: str
      sample: aks-gpunp-28993262-vmss000000
    resource:
      description: The resource by which it is requested.
      returned: always
      type: str
      sample: nvidia.com/gpu
    uuid:
      description: The UUID of the GPU or MIG slice. Null if the program has not seen it.
      returned: always
      type: str
      sample: GPU-5a1c9f0e-6c0b-4a55-9c8e-2f1f3d1f7a10
    model:
      description: The GPU as its driver names it.
      returned: always
      type: str
      sample: Tesla T4
    driver_version:
      description: The version of the node's driver. Empty if the program has not seen it.
      returned: always
      type: str
      sample: 580.126.09
    level:
      description: The level of the proof. Empty for a GPU that is held.
      returned: always
      type: str
      sample: smoke
    verdict:
      description: >-
        V(proven), V(failed) or V(not_proven). The last one means that the GPU was not tested, or that the test did not finish.
      returned: always
      type: str
      sample: proven
    figures:
      description: What the program has measured. Null where the level does not measure it.
      returned: always
      type: dict
      sample: {host_to_device_gb_s: 12.1, memory_gb_s: 243.2, sgemm_tflops: 3.9, seconds: 1.9}
    floor:
      description: The least value of each figure that has a floor.
      returned: always
      type: dict
      sample: {host_to_device_gb_s: 7.88, memory_gb_s: 192.0, sgemm_tflops: 0.81}
    findings:
      description: What is wrong, with code, message, severity, subjects, evidence, cause and remedy. C(docs/diagnosis.md) lists them all.
      returned: always
      type: list
      elements: dict
      sample: []
    simulated:
      description: Whether the lab's stand-in computed instead of a GPU.
      returned: always
      type: bool
      sample: false
    pod:
      description: The pod that proved it, as namespace/name. Empty if there was none.
      returned: always
      type: str
      sample: default/gpu-proof-0a1b2c3d4e-x7k2p
    held_by:
      description: The pods of which one holds the GPU.
      returned: always
      type: list
      elements: str
      sample: []
    load:
      description:
        - With O(measure_load), what the exporter showed while the GPUs were proven. Each list has the seconds since the proof began, the
          utilization in percent, the memory in use in MiB, and the power in watts. A value that the exporter did not show is null.
        - Empty for a MIG slice, because an exporter does not show its UUID.
      returned: always
      type: list
      elements: list
      sample: [[0.1, 0, 0, 9.1], [1.2, 92, 9216, 47.7]]
nodes:
  description: The verdict on each node, for each GPU resource that it offers. A task that fails after its Jobs have run also returns it.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The node.
      returned: always
      type: str
      sample: aks-gpunp-28993262-vmss000000
    pool:
      description: The pool that the node belongs to. Empty if the node does not say.
      returned: always
      type: str
      sample: gpunp
    resource:
      description: The resource.
      returned: always
      type: str
      sample: nvidia.com/gpu
    capacity:
      description: The GPUs (or MIG slices) of the node.
      returned: always
      type: int
      sample: 8
    free:
      description: What the proof requested.
      returned: always
      type: int
      sample: 7
    held_by:
      description: The pods that hold GPUs.
      returned: always
      type: list
      elements: str
      sample: [team/train-0]
    verdict:
      description: V(proven) if all its GPUs are, V(failed) if one failed, otherwise V(not_proven).
      returned: always
      type: str
      sample: not_proven
    findings:
      description: Why the node offers less than it has. What is wrong with a GPU is in RV(devices).
      returned: always
      type: list
      elements: dict
      sample: []
jobs:
  description: The Jobs of the proof, in check mode those that would run.
  returned: O(state=present)
  type: list
  elements: dict
  sample: [{name: gpu-proof-0a1b2c3d4e, node: aks-gpunp-28993262-vmss000000, resource: nvidia.com/gpu, gpus: 7}]
level:
  description: The level of the proof.
  returned: O(state=present)
  type: str
  sample: smoke
nonce:
  description: The number that this run has drawn for the challenge.
  returned: O(state=present)
  type: str
  sample: 0123456789abcdef0123456789abcdef
evidence:
  description: The paths of the evidence files.
  returned: O(state=present)
  type: list
  elements: str
  sample: [gpu-evidence/myAKSCluster-gpunp-0a1b2c3d/junit.xml, gpu-evidence/myAKSCluster-gpunp-0a1b2c3d/summary.json]
simulated:
  description: Whether a node or a GPU is the lab's.
  returned: O(state=present)
  type: bool
  sample: false
resource_group:
  description: The resource group of the expected cluster. Empty if none is named.
  returned: O(state=present)
  type: str
  sample: myResourceGroup
cluster:
  description: The expected cluster, which the nodes were checked against. Empty if none is named.
  returned: O(state=present)
  type: str
  sample: myAKSCluster
server:
  description: The URL of the API server. Empty if there is no cluster yet.
  returned: O(state=present)
  type: str
  sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
context:
  description: The requested kubeconfig context. Empty for the current context.
  returned: O(state=present)
  type: str
  sample: myAKSCluster
selection:
  description: The nodes that the task was asked to prove, so that a report can compare them with what it is about.
  returned: O(state=present)
  type: dict
  contains:
    pool:
      description: The value of O(pool).
      returned: always
      type: str
      sample: gpunp
    nodes:
      description: The value of O(nodes).
      returned: always
      type: list
      elements: str
      sample: []
    node_selector:
      description: O(node_selector) as a label selector. Empty for all nodes.
      returned: always
      type: str
      sample: ""
kept:
  description:
    - The Jobs and pods of this and of earlier runs that were not removed in time, or that the user of the task may not delete, with the
      reasons and what to do. A task that fails also returns it.
    - To remove what earlier runs have left, O(state=present) waits no longer than a quarter of O(wait_timeout), and at most a minute.
  returned: O(state=absent), or if Jobs were started
  type: list
  elements: str
  sample: []
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 14.2
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: EccErrors, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
