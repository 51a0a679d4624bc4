# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that gpu_job and its presets have in common."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/workload/request.py:job_arguments, without those of the other fragments.
    # A preset only adds its defaults.
    DOCUMENTATION = r"""
notes:
  - The log is treated as data. Terminal control characters are returned as escapes, such as C(\x1b). O(log_path) gets the log unchanged.
  - Only a newline ends a line. In a line with carriage returns (C(\r)), as progress bars write them, each part is searched, the last
    accuracy counts, and RV(gpuops.aks.gpu_job#module:job.log_tail) shows the last part.
  - Of a line with more than 8192 bytes, the first and the last 4096 are kept; of a log with more than 16 MiB, the first and the last 8 MiB.
    A note in their place says how much was omitted. O(log_path) gets every line.
  - Matching the patterns may take at most 10 seconds per log. A slower pattern fails the task with the code C(PatternTooSlow).
  - If someone has deleted the Job without its pod (C(kubectl delete job --cascade=orphan)), the pod keeps its GPU. O(state=absent) deletes
    such a pod, and so does a run that creates the Job anew. A pod of a Job that another tool created stays, and RV(kept) names this pod.
options:
  name:
    description: The Job's name. It is also the value of the label C(app) of its pods.
    type: str
  namespace:
    description: The Job's namespace. It must exist.
    type: str
    default: default
  image:
    description: The workload's image.
    type: str
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
    default: []
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
      - The minimum final accuracy, from 0 to 1. The task fails if the accuracy is lower. Requires O(accuracy_pattern).
      - The task also fails if any accuracy in the log is outside this range, because then the log uses another scale.
    type: float
    default: 0.0
  device_pattern:
    description:
      - A regular expression that matches the log line that names the GPU. Its first group is the name of the GPU.
      - If the log of a complete Job has no such line, the workload ran on the CPU, and the task fails.
      - Without a pattern, the log need not name a GPU. The task then returns a warning, because a workload that falls back to the CPU can
        succeed, too.
      - All patterns use the syntax of Python's C(re). Color codes are removed from the log first.
    type: str
  accuracy_pattern:
    description:
      - A regular expression that matches log lines with the accuracy. It has the groups C(step) and C(accuracy).
      - An accuracy that is not a finite number, such as C(nan), counts as a failure in the log, so the pattern should match it.
      - An accuracy that is followed by a percent sign is divided by 100.
    type: str
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
    description:
      - How long to wait, in seconds. On a new node, pulling a large image takes minutes.
      - The task does not wait for a pod that an admission policy, a LimitRange or a quota refuses for good.
    type: int
    default: 1800
"""
