#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module mnist_job, for a GPU workload and its proof: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mnist_job
short_description: Run a GPU workload once and prove that it used a GPU
version_added: 1.0.0
description:
  - Makes sure that a Job has run to completion on a GPU. The default Job is the MNIST training of the AKS documentation,
    C(samples-tf-mnist-demo). Any other workload that names its GPU in its log works too, with patterns that match its log.
  - Watches the Job until it is complete or has failed, and follows its log, because a failed Job loses its pods and an evicted pod loses
    its log. If a complete Job does not name a GPU in its log, it ran on the CPU, and the task fails.
  - Does not run a Job again if it succeeded, matches the options of the task and ran on a node that still exists. Instead, it reads the log
    of that Job again and sets RV(job.earlier_run).
  - If the Job cannot start, fails or runs on the CPU, RV(job.findings) contains the causes, with evidence and remedies.
notes:
  - The log is treated as data. Terminal control characters are returned as escapes, such as C(\x1b). O(log_path) gets the log unchanged.
  - Only a newline ends a line. In a line with carriage returns (C(\r)), as progress bars write them, each part is searched, the last
    accuracy counts, and RV(job.log_tail) shows the last part.
  - Of a line with more than 8192 bytes, the first and the last 4096 are kept; of a log with more than 16 MiB, the first and the last 8 MiB.
    A note in their place says how much was omitted. O(log_path) gets every line.
  - Matching the patterns may take at most 10 seconds per log. A slower pattern fails the task with the code C(PatternTooSlow).
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.state
  - gpuops.aks.tolerations
options:
  name:
    description: The Job's name. It is also the value of the label C(app) of its pods.
    type: str
    default: samples-tf-mnist-demo
  namespace:
    description: The Job's namespace. It must exist.
    type: str
    default: default
  image:
    description: The workload's image.
    type: str
    default: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu
  image_pull_policy:
    description: When to pull the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  command:
    description: The command of the container. If empty, the image's own command runs.
    type: list
    elements: str
    default: []
  args:
    description: The arguments of the command.
    type: list
    elements: str
    default: ["--max_steps", "500"]
  env:
    description: The environment variables of the workload. Values are strings; numbers and booleans are converted.
    type: dict
    default: {}
  gpus:
    description:
      - The number of GPUs for the workload. Kubernetes allocates only whole GPUs.
      - To share a GPU, use MIG, with O(resource_name) set to the MIG slice, or time-slicing, where V(1) is one share.
    type: raw
    default: 1
  resource_name:
    description: The GPU resource to request.
    type: str
    default: nvidia.com/gpu
  backoff_limit:
    description: The number of failed pods that Kubernetes replaces before the Job fails.
    type: int
    default: 2
  fail_on_exit_codes:
    description:
      - The exit codes after which the workload is not retried, because it would fail again. An example is V(9) of C(nvidia-smi) (no
        driver). After any other exit code, it is retried up to O(backoff_limit) times.
      - For a Job that tolerates the taint of spot pools, a pod that is lost with its node does not count as a failed one either.
      - Kubernetes requires C(restartPolicy=Never) for these Jobs, so each retry runs in a new pod.
    type: list
    elements: int
    default: []
  active_deadline:
    description: How long the Job may run, in seconds, before Kubernetes stops it. V(0) means no limit.
    type: int
    default: 0
  pool:
    description:
      - The node pool whose GPUs the Job should prove. The Job runs only on nodes of this pool, and its result is valid only if it ran on a
        node of the pool that still exists. This requires the right to get C(nodes).
      - If empty, the Job can run on any node and does not prove a particular pool.
    type: str
    default: ""
  rerun:
    description:
      - Which finished Jobs are deleted and run again. A running Job is never touched.
      - V(on_loss) runs a Job of this collection again if it proved a GPU but can no longer prove it, because the log, the pod or the node
        is gone, or because it ran in another pool. A node that was reimaged under the same name counts as another node.
      - V(on_failure) does the same and also runs failed Jobs again.
    type: str
    choices: [never, on_loss, on_failure, always]
    default: on_loss
  min_accuracy:
    description:
      - The minimum final accuracy, from 0 to 1. The task fails if the accuracy is lower.
      - The task also fails if any accuracy in the log is outside this range, because then the log uses another scale.
    type: float
    default: 0.0
  device_pattern:
    description:
      - A regular expression that matches the log line that names the GPU. Its first group is the name of the GPU.
      - All patterns use the syntax of Python's C(re). Color codes are removed from the log first.
    type: str
    default: 'Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),'
  accuracy_pattern:
    description:
      - A regular expression that matches log lines with the accuracy. It has the groups C(step) and C(accuracy).
      - An accuracy that is not a finite number, such as C(nan), counts as a failure in the log, so the pattern should match it.
      - An accuracy that is followed by a percent sign is divided by 100.
    type: str
    default: >-
      Accuracy at step (?P<step>\d+): (?P<accuracy>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|NaN|inf))(?![\w#]|[.,/:][\d#])
  failure_pattern:
    description:
      - A regular expression that matches log lines that mean failure, whatever the exit code is. If empty, no line means failure.
      - The default matches what TensorFlow and C(nvidia-smi) print when they cannot use a GPU or have lost it.
    type: str
    default: 'failed call to cuInit|CUDA_ERROR_(?:NO_DEVICE|NO_BINARY_FOR_GPU|ECC_\w+|ILLEGAL_\w+|LAUNCH_FAILED)|NVIDIA-SMI has failed'
  queue:
    description:
      - The Kueue LocalQueue that admits the Job. It is set as the label C(kueue.x-k8s.io/queue-name).
      - The task waits for a queued Job and never resumes it. What the queue adds to the Job when it admits it does not count as a
        difference.
    type: str
  log_path:
    description:
      - The path of a file for the complete log, on the host where the module runs. It is also written if the Job failed.
      - The file contains the log as the container wrote it, including control characters. View it with a pager, not with C(cat).
      - The directory must exist. Writing the file does not make the task C(changed).
    type: path
  wait:
    description: Whether to wait until the Job has finished or is deleted. If V(false), the task does not prove anything.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. On a new node, pulling the image of the default workload takes minutes.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Train on MNIST and prove that it used a GPU
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule

- name: Run it again, whatever the last result was
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule
    rerun: always

- name: Check for a GPU from inside a container, without training
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: gpu-smoke
    command: [nvidia-smi]
    args: []
    device_pattern: '\|\s+\d+\s+\|?\s*((?:NVIDIA|Tesla) [^|]*?)\s\s'
    # No driver, no NVML library, a GPU that fell off the bus: a retry would not help.
    fail_on_exit_codes: [9, 12, 15]
    node_taints:
      - sku=gpu:NoSchedule

- name: Run your own training through a queue, and keep the log
  gpuops.aks.mnist_job:
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
      sample: samples-tf-mnist-demo
    namespace:
      description: The Job's namespace.
      returned: always
      type: str
      sample: default
    succeeded:
      description:
        - Whether the Job proves a GPU. It does if it is complete, the pod, the GPUs and the node are those that were requested, its log
          names a GPU and does not report a failure, and the accuracy is high enough. If V(false), the error contains the reason.
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
      sample: samples-tf-mnist-demo-mtd44
    node:
      description: The node on which the pod ran.
      returned: always
      type: str
      sample: aks-gpunp-28993262-vmss000000
    image_id:
      description: The image that ran.
      returned: always
      type: str
      sample: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo@sha256:0123
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
      sample: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu
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
      sample: ["Accuracy at step 490: 0.9494", "Adding run metadata for 499"]
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
seconds:
  description: How long the operation took, in seconds.
  returned: success
  type: float
  sample: 95.7
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: RanOnCpu, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
