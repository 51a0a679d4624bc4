#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_operator_info, for the state of NVIDIA's GPU Operator: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_operator_info
short_description: Find out whether the NVIDIA GPU Operator works on each GPU node, and why not
version_added: 1.0.0
description:
  - Returns the state of NVIDIA's GPU Operator, its components on each GPU node, their versions, and the reasons why a node is not ready.
  - The operator calls itself ready even if it has found no GPU at all. Here it is ready only if the condition C(Ready) of its
    C(ClusterPolicy) has the reason C(Reconciled), all its components are ready on every node that it should serve, and its CUDA program
    (C(nvidia-cuda-validator)) has run on each of them.
  - The operator should serve every node that has an NVIDIA GPU, by its labels, its capacity or its VM size, unless the label
    C(nvidia.com/gpu.deploy.operands=false) excludes it.
  - Each finding has a code, evidence, a cause and a remedy. C(docs/diagnosis.md) in the collection lists them all.
author: gpuops.aks contributors (@gpuops)
notes:
  - Requires the right to list C(nodes) in the whole cluster, C(clusterpolicies) and C(nvidiadrivers) in the API group C(nvidia.com), and
    C(pods) and C(daemonsets) (API group C(apps)) in O(namespace). To wait, it also requires the right to watch them.
  - If something is wrong, the module also reads the end of the logs of a few pods (get C(pods/log)) and events (list C(events)) in
    O(namespace). Without these rights, the diagnosis is less detailed, but not wrong.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.diagnosis
options:
  namespace:
    description: The namespace of the operator.
    type: str
    default: gpu-operator
  min_nodes:
    description: The minimum number of nodes that the operator must serve to be ready.
    type: int
    default: 1
  wait:
    description: Whether to wait until the operator is ready. At the timeout, the task fails with the diagnosis.
    type: bool
    default: false
  wait_timeout:
    description: How long to wait, in seconds. The driver may need 20 minutes on a new node, because the operator compiles it there.
    type: int
    default: 1800
  fail_fast_after:
    description:
      - How long, in seconds, a cause that waiting cannot fix may last before the task fails, such as a taint that the operator
        does not tolerate, or a driver image that does not exist.
      - Increase it if another tool fixes the cause in the meantime.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Wait until the GPU Operator works on every GPU node
  gpuops.aks.gpu_operator_info:
    kubeconfig: ~/.kube/myAKSCluster.config
    wait: true

- name: Look at one pool
  gpuops.aks.gpu_operator_info:
    pool: gpunp
  register: operator

- name: Show what is wrong
  ansible.builtin.debug:
    var: operator.gpu_operator.findings
"""

RETURN = r"""
gpu_operator:
  description: The state of the operator.
  returned: success, and when the operator does not get ready in time
  type: dict
  contains:
    installed: {description: Whether there is a ClusterPolicy., returned: always, type: bool, sample: true}
    ready: {description: Whether the operator works on every node that it should serve., returned: always, type: bool, sample: true}
    state: {description: The state of the ClusterPolicy as the operator reports it., returned: always, type: str, sample: ready}
    reason: {description: The reason of its condition Ready., returned: always, type: str, sample: Reconciled}
    namespace: {description: The namespace that was checked., returned: always, type: str, sample: gpu-operator}
    cluster_policy: {description: The ClusterPolicy that the operator follows., returned: always, type: str, sample: cluster-policy}
    conditions:
      description: The conditions of the ClusterPolicy.
      returned: always
      type: list
      elements: dict
      sample: [{type: Ready, status: "True", reason: Reconciled, message: "..."}]
    drivers:
      description: The NVIDIADriver resources, if the operator uses them.
      returned: always
      type: list
      elements: dict
      sample: [{name: default, state: ready, version: 595.91.07, node_selector: {}, conditions: []}]
    versions:
      description: The versions of the operator and its components, by the tags of their images.
      returned: always
      type: dict
      sample: {operator: v26.7.0, driver: 595.91.07-ubuntu24.04, toolkit: v1.20.0, device_plugin: v0.20.0}
    operands:
      description:
        - The operator's components by DaemonSet. C(desired) is the number of nodes for which Kubernetes wants a pod, C(nodes) the number of
          nodes that should have one, and C(ready) the number of those on which it is ready.
      returned: always
      type: dict
      sample:
        nvidia-driver-daemonset: {component: driver, image: "nvcr.io/nvidia/driver:595.91.07-ubuntu24.04", desired: 1, nodes: 1, ready: 1}
    nodes:
      description:
        - The GPU nodes. C(discovered) is true if the operator has found the GPU, C(served) is false if a label excludes the node.
        - C(operands) is the state of each component on the node, V(ready), V(missing), or what its pod waits for. C(validated) is true if
          the operator's CUDA program has run there, C(complete) if nothing is missing.
        - C(driver_label) is V(pre-installed) if the operator has found a driver that it did not install, C(upgrade_state) the state of the
          driver's upgrade.
      returned: always
      type: list
      elements: dict
      sample:
        - name: aks-gpunp-28993262-vmss000000
          pool: gpunp
          vm_size: Standard_NC4as_T4_v3
          ready: true
          discovered: true
          served: true
          driver_label: "true"
          upgrade_state: upgrade-done
          operands: {driver: ready, toolkit: ready, validator: ready, device_plugin: ready}
          validated: true
          allocatable: 1
          complete: true
    findings:
      description: The reasons why the operator does not work. Those that only the user can fix come first.
      returned: always
      type: list
      elements: dict
      sample:
        - code: OperandLacksToleration
          severity: error
          subjects: [aks-gpunp-28993262-vmss000000]
          evidence: taint sku=gpu:NoSchedule, which nvidia-driver-daemonset, nvidia-operator-validator do not tolerate
          cause: "..."
          remedy: "..."
    server: {description: The API server that responded., returned: always, type: str, sample: "https://myakscluster.hcp.eastus.azmk8s.io:443"}
    context: {description: The context of the kubeconfig. Empty for the current one., returned: always, type: str, sample: myAKSCluster}
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
  sample: {code: OperandLacksToleration, message: "...", cause: "...", remedy: "...", retriable: true}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
