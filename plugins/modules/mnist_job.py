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
  - Makes sure that a Job has run to its end on a GPU. By default it is the MNIST training of the AKS documentation,
    C(samples-tf-mnist-demo); any other workload that names its GPU in its log will do, with patterns of its own.
  - The Job is watched until it is complete or has failed. Its log is followed meanwhile, because a Job that fails loses its pods, and
    an evicted pod its log. A Job that is complete but names no GPU in its log has run on the CPU, and the task fails.
  - A Job that has ended well already is not run again, its log is read once more, as long as it is as asked in everything and ran on a node
    that is still there; RV(job.earlier_run) then says so.
  - When it can't start, fails, or runs on the CPU, RV(job.findings) says why, with what shows it and what to do.
notes:
  - The log is data. A character that a terminal would obey is returned as its escape, such as C(\x1b); O(log_path) gets the log as it is.
  - A line ends with a newline only. Of a line that returns to its beginning (C(\r)), as progress bars do, every part is searched,
    the last accuracy counts, and RV(job.log_tail) shows the last part.
  - Of a line of more than 8192 bytes the first and the last 4096 are kept, and of a log of more than 16 MiB the first and the last 8 MiB;
    what stands in their place says how much is left out. O(log_path) gets every line.
  - The patterns have at most 10 seconds for a log. A pattern that needs more fails the task with the code C(PatternTooSlow).
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
    description: The Job's name; its pods have it as the label C(app).
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
    description: The command; the image's own when empty.
    type: list
    elements: str
    default: []
  args:
    description: The command's arguments.
    type: list
    elements: str
    default: ["--max_steps", "500"]
  env:
    description: The workload's environment. Values are texts; numbers and booleans become such.
    type: dict
    default: {}
  gpus:
    description:
      - How many GPUs the workload gets. Kubernetes gives out whole ones only.
      - To share a GPU, use MIG (O(resource_name) of the MIG slice) or time-slicing, where V(1) is a share.
    type: raw
    default: 1
  resource_name:
    description: The GPU resource to ask for.
    type: str
    default: nvidia.com/gpu
  backoff_limit:
    description: How many failed pods Kubernetes replaces before the Job fails.
    type: int
    default: 2
  fail_on_exit_codes:
    description:
      - Exit codes of the workload after which it isn't tried again, because it would fail the next time too, as V(9) of C(nvidia-smi)
        (no driver). All others are tried again, O(backoff_limit) times.
      - A Job that tolerates the taint of spot pools isn't charged for a pod that goes with its node, either.
      - Kubernetes wants such Jobs to have C(restartPolicy) V(Never), so each try gets a pod of its own.
    type: list
    elements: int
    default: []
  active_deadline:
    description: How long the Job may take, in seconds, before Kubernetes ends it; V(0) for no limit.
    type: int
    default: 0
  pool:
    description:
      - The agent pool that is to be proven. The Job is held to its nodes, and proves something only if it ran on a node of the pool that
        is still there. That takes the right to get nodes.
      - When empty, the Job may run anywhere, and proves no pool.
    type: str
    default: ""
  rerun:
    description:
      - Which Jobs that have ended are removed and run again. A Job that is running is never touched.
      - V(on_loss) are those of this collection that proved a GPU and do so no longer, because the log, the pod or the node is gone, or
        because it was another pool's. A node that was imaged anew under the same name is another node.
      - V(on_failure) are those, and the ones that have failed.
    type: str
    choices: [never, on_loss, on_failure, always]
    default: on_loss
  min_accuracy:
    description: The final accuracy, from 0 to 1, under which the task fails.
    type: float
    default: 0.0
  device_pattern:
    description:
      - A regular expression for the line of the log that names the GPU; its first group is the GPU's name.
      - All patterns have the syntax of Python's C(re).
    type: str
    default: 'Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),'
  accuracy_pattern:
    description:
      - A regular expression for lines that tell the accuracy, with the groups C(step) and C(accuracy).
      - An accuracy that is not a finite number, such as C(nan), is a failure in the log. Let the pattern match it.
      - One that a percent sign follows is divided by 100.
    type: str
    default: 'Accuracy at step (?P<step>\d+): (?P<accuracy>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|NaN|inf))'
  failure_pattern:
    description:
      - A regular expression for lines that tell of a failure, whatever the exit code says; empty for none.
      - The default is what TensorFlow and C(nvidia-smi) say when they can't use a GPU.
    type: str
    default: 'failed call to cuInit|CUDA_ERROR_(?:NO_DEVICE|NO_BINARY_FOR_GPU)|NVIDIA-SMI has failed'
  queue:
    description:
      - The Kueue LocalQueue that admits the Job, as the label C(kueue.x-k8s.io/queue-name).
      - A Job that a queue holds back is waited for, never resumed; what the queue adds when it admits it is no difference.
    type: str
  log_path:
    description:
      - A file for the whole log, on the host where the module runs. It is written whole, also when the Job has failed.
      - The file has the log as the container wrote it, control characters included. View it with a pager, not with C(cat).
      - Its directory must exist. Writing it doesn't make the task changed.
    type: path
  wait:
    description: Wait until the Job has ended, or is gone. Without it, nothing is proven.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. Pulling the image of the default workload takes minutes on a new node.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Train on MNIST and prove that a GPU did it
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule

- name: Run it once more, whatever came of it the last time
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule
    rerun: always

- name: See a GPU from inside a container, without training
  gpuops.aks.mnist_job:
    kubeconfig: ~/.kube/myAKSCluster.config
    name: gpu-smoke
    command: [nvidia-smi]
    args: []
    device_pattern: '\|\s+\d+\s+\|?\s*((?:NVIDIA|Tesla) [^|]*?)\s\s'
    # No driver, no NVML library, a GPU off the bus: nothing that a second try would mend.
    fail_on_exit_codes: [9, 12, 15]
    node_taints:
      - sku=gpu:NoSchedule

- name: Run a team's own training, through its queue, and keep the log
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
  description: What the Job did; a task that fails because of the Job returns it, too.
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
        - Whether it proves a GPU. It is complete, the pod, the GPUs and the node are those that were asked for, its log names a GPU and
          tells of no failure, and the accuracy is what was asked for. Where it is V(false), the error says why.
      returned: always
      type: bool
      sample: true
    gpu_device:
      description: The GPU that the log names, empty for none.
      returned: always
      type: str
      sample: Tesla T4
    gpus:
      description: How many GPUs the log names. They may be more where O(device_pattern) matches neither a number nor a UUID.
      returned: always
      type: int
      sample: 1
    accuracy:
      description: Step and accuracy, in the order of the log; of more than 1000, evenly chosen ones, the last among them.
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
      description: The last step of which the log tells the accuracy.
      returned: always
      type: int
      sample: 490
    pod:
      description: The pod's name, empty for none.
      returned: always
      type: str
      sample: samples-tf-mnist-demo-mtd44
    node:
      description: The node where the pod ran.
      returned: always
      type: str
      sample: aks-gpunp-28993262-vmss000000
    image_id:
      description: The image that ran.
      returned: always
      type: str
      sample: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo@sha256:0123
    pod_uid:
      description: The pod's uid, empty for none.
      returned: always
      type: str
      sample: 5a1c9f0e-6c0b-4a55-9c8e-2f1f3d1f7a10
    finished:
      description: When the workload ended, empty as long as it is not known.
      returned: always
      type: str
      sample: "2026-11-28T10:02:00Z"
    earlier_run:
      description: Whether it had ended before this task began, so that it is an earlier run's proof.
      returned: always
      type: bool
      sample: false
    pool:
      description: The pool of its node, empty where neither O(pool) nor a cluster is named.
      returned: always
      type: str
      sample: gpunp
    node_uid:
      description: The uid of its node, which another machine of the same name doesn't have; empty where it was not looked at.
      returned: always
      type: str
      sample: 0b6f2f0c-2c2e-4a0e-8a7c-7c7a1f0a9d11
    sharing:
      description: >-
        How its node shares a GPU, V(none), V(time-slicing), V(mps), V(mig),
        V(vgpu) (a part of a GPU in the virtual machine), or V(shared) in some way; empty if unknown.
      returned: always
      type: str
      sample: none
    image:
      description: The image that was asked for.
      returned: always
      type: str
      sample: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu
    requested:
      description: The GPUs that were asked for.
      returned: always
      type: dict
      sample: {nvidia.com/gpu: 1}
    resource_group:
      description: The resource group of the cluster that is meant, empty where none is named.
      returned: always
      type: str
      sample: myResourceGroup
    cluster:
      description: The cluster that is meant, which its nodes have been held against; empty where none is named.
      returned: always
      type: str
      sample: myAKSCluster
    server:
      description: The API server that was asked, empty before there is a cluster.
      returned: always
      type: str
      sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
    context:
      description: The kubeconfig's context that was asked for, empty for its current one.
      returned: always
      type: str
      sample: myAKSCluster
    attempts:
      description: How often the workload was started, over all pods and restarts; an evicted pod counts.
      returned: always
      type: int
      sample: 1
    pulled_s:
      description: Seconds from the pod's node to the container's first start, most of which is the image; null when not known.
      returned: always
      type: float
      sample: 94.0
    ran_s:
      description: Seconds that the last attempt ran; null when not known.
      returned: always
      type: float
      sample: 61.0
    log_tail:
      description: The log's last 20 lines, each at most 2000 characters.
      returned: always
      type: list
      elements: str
      sample: ["Accuracy at step 490: 0.9494", "Adding run metadata for 499"]
    findings:
      description: Why the Job could not run, failed, or ran on the CPU.
      returned: always
      type: list
      elements: dict
      sample: []
kept:
  description: What was not removed, with the reason.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: []
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 95.7
error:
  description: What failed, in fields.
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
