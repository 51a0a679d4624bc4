#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_job, for any GPU workload and its proof: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_job
short_description: Run your own GPU workload once and prove that it succeeded on a GPU
version_added: 1.0.0
description:
  - Makes sure that a Job with your image has run to completion on a GPU that its node gave it, and that its log shows what you expect.
    O(device_pattern), O(success_pattern), O(accuracy_pattern) and O(failure_pattern) describe that.
  - Watches the Job until it is complete or has failed, and follows its log, because a failed Job loses its pods and an evicted pod loses
    its log.
  - Does not run a Job again if it succeeded, matches the options of the task and ran on a node that still exists. Instead, it reads the log
    of that Job again and sets RV(job.earlier_run).
  - If the Job cannot start, fails or runs on the CPU, RV(job.findings) contains the causes, with evidence and remedies.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.state
  - gpuops.aks.tolerations
  - gpuops.aks.job
options:
  name:
    required: true
  image:
    description: The workload's image. Required if O(state=present).
  success_pattern:
    description:
      - A regular expression that must match a line of the log, for a workload that can end with exit code 0 before it is done.
      - If empty, a complete Job is a success.
    type: str
    default: ""
seealso:
  - module: gpuops.aks.mnist_job
    description: The same with defaults for the MNIST training of the AKS documentation.
"""

EXAMPLES = r"""
- name: Check for a GPU from inside a container
  gpuops.aks.gpu_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: gpu-smoke
    image: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu
    command: [nvidia-smi]
    device_pattern: '\|\s+\d+\s+\|?\s*((?:NVIDIA|Tesla) [^|]*?)\s\s'
    # No driver, no NVML library, a GPU that fell off the bus: a retry would not help.
    fail_on_exit_codes: [9, 12, 15]
    node_taints:
      - sku=gpu:NoSchedule

- name: Add two vectors on a GPU
  gpuops.aks.gpu_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: vector-add
    image: nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0
    success_pattern: Test PASSED
    node_taints:
      - sku=gpu:NoSchedule

- name: Run your own training through a queue, and keep the log
  gpuops.aks.gpu_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: train
    namespace: research
    image: myregistry.azurecr.io/train:7
    args: [--epochs, "3"]
    env:
      NCCL_DEBUG: WARN
    gpus: 2
    queue: research-gpus
    device_pattern: 'cuda:\d+ (NVIDIA .*)'
    accuracy_pattern: 'epoch (?P<step>\d+) top1 (?P<accuracy>[\d.]+)'
    failure_pattern: loss is nan
    min_accuracy: 0.8
    active_deadline: 3600
    log_path: /var/tmp/train.log

- name: Remove the Job with its pods
  gpuops.aks.gpu_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: train
    namespace: research
    state: absent
"""

RETURN = r"""
job:
  description: The result of the Job. A task that fails because of the Job also returns it.
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: The Job's name.
      returned: always
      type: str
      sample: train
    namespace:
      description: The Job's namespace.
      returned: always
      type: str
      sample: research
    succeeded:
      description:
        - Whether the Job proves what was requested. It does if it is complete, the pod, the GPUs and the node are those that were
          requested, its log names a GPU (unless there is no O(device_pattern)), reports the success that was requested and no failure, and
          the accuracy is high enough. If V(false), the error contains the reason.
      returned: always
      type: bool
      sample: true
    gpu_device:
      description: The GPU that the log names. Empty if it does not name one.
      returned: always
      type: str
      sample: Tesla T4
    gpus:
      description:
        - The number of GPUs that the log names. The workload may have used more if O(device_pattern) matches neither a number nor a UUID.
      returned: always
      type: int
      sample: 1
    accuracy:
      description: Pairs of step and accuracy, in the order of the log. Of more than 1000, an even selection that includes the last.
      returned: always
      type: list
      elements: list
      sample: [[0, 0.1081], [10, 0.7457]]
    final_accuracy:
      description: The last accuracy, not the best.
      returned: always
      type: float
      sample: 0.9494
    steps:
      description: The last step with an accuracy in the log.
      returned: always
      type: int
      sample: 490
    pod:
      description: The name of the pod. Empty if there is no pod.
      returned: always
      type: str
      sample: train-mtd44
    node:
      description: The node on which the pod ran.
      returned: always
      type: str
      sample: aks-gpunp-28993262-vmss000000
    image_id:
      description: The image that ran.
      returned: always
      type: str
      sample: myregistry.azurecr.io/train@sha256:0123
    pod_uid:
      description: The UID of the pod. Empty if there is no pod.
      returned: always
      type: str
      sample: 5a1c9f0e-6c0b-4a55-9c8e-2f1f3d1f7a10
    finished:
      description: When the workload finished. Empty if this is not known yet.
      returned: always
      type: str
      sample: "2026-11-28T10:02:00Z"
    earlier_run:
      description: Whether the workload finished before this task started, so that an earlier run proves the GPU.
      returned: always
      type: bool
      sample: false
    pool:
      description: The node pool of the node. Empty if neither O(pool) nor a cluster is named.
      returned: always
      type: str
      sample: gpunp
    node_uid:
      description: The UID of the node, which distinguishes it from another machine with the same name. Empty if the node was not read.
      returned: always
      type: str
      sample: 0b6f2f0c-2c2e-4a0e-8a7c-7c7a1f0a9d11
    sharing:
      description: >-
        How the node shares a GPU. One of V(none), V(time-slicing), V(mps), V(mig), V(vgpu) (the VM has a fraction of a GPU) and
        V(shared) (in another way). Empty if unknown.
      returned: always
      type: str
      sample: none
    image:
      description: The requested image.
      returned: always
      type: str
      sample: myregistry.azurecr.io/train:7
    requested:
      description: The requested GPUs.
      returned: always
      type: dict
      sample: {nvidia.com/gpu: 1}
    resource_group:
      description: The resource group of the expected cluster. Empty if none is named.
      returned: always
      type: str
      sample: myResourceGroup
    cluster:
      description: The expected cluster, which the nodes were checked against. Empty if none is named.
      returned: always
      type: str
      sample: myAKSCluster
    server:
      description: The URL of the API server. Empty if there is no cluster yet.
      returned: always
      type: str
      sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
    context:
      description: The requested kubeconfig context. Empty for the current context.
      returned: always
      type: str
      sample: myAKSCluster
    attempts:
      description: How often the workload was started, over all pods and restarts, including evicted pods.
      returned: always
      type: int
      sample: 1
    pulled_s:
      description:
        - The seconds from the scheduling of the pod to the first start of the container, most of which is the image pull. Null if unknown.
      returned: always
      type: float
      sample: 94.0
    ran_s:
      description: How long the last attempt ran, in seconds. Null if unknown.
      returned: always
      type: float
      sample: 61.0
    log_tail:
      description: The last 20 lines of the log, each with at most 2000 characters.
      returned: always
      type: list
      elements: str
      sample: ["Accuracy at step 490: 0.9494", "Done"]
    findings:
      description: The reasons why the Job could not run, failed or ran on the CPU.
      returned: always
      type: list
      elements: dict
      sample: []
kept:
  description: What was not removed, with the reasons.
  returned: success and O(state=absent)
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
  sample: 95.7
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: RanOnCpu, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.gpu_job import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
