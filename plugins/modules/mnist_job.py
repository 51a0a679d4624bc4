#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module mnist_job, for the MNIST training of the AKS documentation: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mnist_job
short_description: Run the MNIST training of the AKS documentation once and prove that it used a GPU
version_added: 1.0.0
description:
  - Makes sure that a Job has run to completion on a GPU. The Job is the MNIST training of the AKS documentation,
    C(samples-tf-mnist-demo). If a complete Job does not name a GPU in its log, it ran on the CPU, and the task fails.
  - This is M(gpuops.aks.gpu_job) with defaults for that training, and behaves in the same way. Use M(gpuops.aks.gpu_job) for your own
    workload.
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
    default: samples-tf-mnist-demo
  image:
    default: mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu
  args:
    default: ["--max_steps", "500"]
  device_pattern:
    default: 'Creating TensorFlow device \(/device:GPU:\d+\) -> \(device: \d+, name: ([^,]+),'
  accuracy_pattern:
    default: >-
      Accuracy at step (?P<step>\d+): (?P<accuracy>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|NaN|inf))(?![\w#]|[.,/:][\d#])
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
"""

RETURN = r"""
job:
  description:
    - The result of the Job, with the values that RV(gpuops.aks.gpu_job#module:job) describes. The sample shows some of them.
    - A task that fails because of the Job also returns it.
  returned: O(state=present)
  type: dict
  sample:
    name: samples-tf-mnist-demo
    namespace: default
    succeeded: true
    gpu_device: Tesla T4
    gpus: 1
    accuracy: [[0, 0.1081], [10, 0.7457], [490, 0.9494]]
    final_accuracy: 0.9494
    steps: 490
    pod: samples-tf-mnist-demo-mtd44
    node: aks-gpunp-28993262-vmss000000
    ran_s: 61.0
    log_tail: ["Accuracy at step 490: 0.9494", "Adding run metadata for 499"]
    findings: []
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
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
