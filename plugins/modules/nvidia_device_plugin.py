#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_device_plugin
short_description: Run the NVIDIA device plugin on a cluster's GPU nodes
version_added: 1.0.0
description:
  - Makes sure that the device plugin's DaemonSet is as described, and that it has a ready pod on every GPU node that it should serve.
    GPU nodes that it doesn't serve are listed with the reason.
  - The DaemonSet has the name and the selector of the AKS documentation, so one that was made by hand from there is adopted,
    not doubled. Fields of any other tool are left to it.
  - Refused where a pod would land on nodes that bring the device plugin themselves, which is so for the dedicated GPU image and for
    GPU nodes that AKS manages.
  - The plugin installs no driver.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.tolerations
options:
  state:
    description:
      - Whether the DaemonSet is to be there. V(absent) removes it, and the namespace if this collection made it and nothing else is in it.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The DaemonSet's name.
    type: str
    default: nvidia-device-plugin-daemonset
  namespace:
    description: The namespace; it is created when it doesn't exist.
    type: str
    default: gpu-resources
  image:
    description: The plugin's image. The default comes from Microsoft's registry, which AKS nodes reach also with restricted egress.
    type: str
    default: mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin:v0.18.2
  image_pull_policy:
    description: When to pull the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  image_pull_secrets:
    description: Names of secrets to pull the image with.
    type: list
    elements: str
    default: []
  node_selector:
    description:
      - Labels that a node must have. The default is the label that AKS gives nodes with an NVIDIA GPU,
        C(kubernetes.azure.com/accelerator=nvidia); without a selector, the plugin fails on every other node.
  priority_class_name:
    description: The pods' priority class.
    type: str
    default: system-node-critical
  env:
    description:
      - Environment of the plugin. By default it waits, and says so in its log, when it finds no GPU, instead of exiting again and again.
    type: dict
    default:
      FAIL_ON_INIT_ERROR: "false"
  args:
    description: Arguments of the plugin.
    type: list
    elements: str
    default: []
  resources:
    description: The container's requests and limits.
    type: dict
    default: {}
  security_context:
    description: The container's security context. MIG strategies other than C(none) need more than the default allows.
    type: dict
    default:
      allowPrivilegeEscalation: false
      capabilities:
        drop: [ALL]
  update_strategy:
    description: The DaemonSet's update strategy.
    type: dict
    default:
      type: RollingUpdate
  annotations:
    description: Annotations of the pods.
    type: dict
    default: {}
  remove_adopted:
    description: With O(state=absent), remove also a DaemonSet that this collection didn't create.
    type: bool
    default: false
  force_conflicts:
    description: Take fields over that another tool manages.
    type: bool
    default: false
  wait:
    description: Wait until the pods are ready, or gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. Pulling the image on a new node takes most of it.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Run the device plugin on a pool with the taint sku=gpu
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule

- name: Remove it
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    state: absent
"""

RETURN = r"""
name:
  description: The DaemonSet's name.
  returned: success
  type: str
  sample: nvidia-device-plugin-daemonset
namespace:
  description: The DaemonSet's namespace.
  returned: success
  type: str
  sample: gpu-resources
adopted:
  description: Whether a DaemonSet that was made by hand has been, or would be, taken over.
  returned: success and O(state=present)
  type: bool
  sample: false
served:
  description: The GPU nodes that the plugin serves.
  returned: success and O(state=present)
  type: list
  elements: str
  sample: [aks-gpunp-28993262-vmss000000]
unserved:
  description: The other GPU nodes, each with the reason.
  returned: success and O(state=present)
  type: dict
  sample: {}
left:
  description: What was not removed, with the reason.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["Namespace gpu-resources: not made by this collection"]
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 12.0
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: PluginNotNeeded, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._doors.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.device_plugin import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
