#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module nvidia_device_plugin, for the NVIDIA device plugin: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_device_plugin
short_description: Run the NVIDIA device plugin on a cluster's GPU nodes
version_added: 1.0.0
description:
  - Makes sure that the device plugin's DaemonSet is as described, and that it has an available pod on every GPU node that it should serve.
    GPU nodes that it doesn't serve are listed with the reason.
  - The DaemonSet has the name and the selector of the AKS documentation, so one that was made by hand from there is adopted,
    not doubled. Fields of any other tool are left to it.
  - Each node has one owner of its device plugin. Refused where a pod would land on nodes that bring the device plugin themselves,
    which is so for the dedicated GPU image and for GPU nodes that AKS manages, and where another DaemonSet, such as the GPU Operator's,
    already serves one of the nodes. In a mixed cluster, O(pools) holds the DaemonSet to its own nodes.
  - The plugin installs no driver. A pool that was made without one (C(gpuProfile.driver) is C(None)) can't be told from Kubernetes, so
    leave it out of O(pools).
  - The rights that it needs are listed in the collection's C(docs/rbac.md).
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
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
      - C(kubernetes.io/os=linux) is always among them, unless this sets it otherwise. AKS labels Windows nodes with a GPU in the same way.
  affinity:
    description: The pods' affinity, in Kubernetes' own form.
    type: dict
    default: {}
  pools:
    description:
      - Names of the agent pools that the DaemonSet is held to, by a required node affinity on C(kubernetes.azure.com/agentpool)
        beside that of O(affinity). By default it serves every node that O(node_selector) and the tolerations let it on.
      - One DaemonSet serves them all, so name all its pools each time.
    type: list
    elements: str
    default: []
  allow_second_plugin:
    description:
      - Go on where another DaemonSet already serves device plugins' resources on one of the nodes. The two get in each other's way,
        unless one of them serves other resources than GPUs.
    type: bool
    default: false
  mig_strategy:
    description:
      - How the plugin offers the slices of GPUs that are partitioned by MIG. V(single) offers them as C(nvidia.com/gpu), V(mixed) each
        under its own name, such as C(nvidia.com/mig-1g.10gb). Without it, the plugin's own default holds, which is V(none).
      - With V(single) and V(mixed), the container gets the capability C(SYS_ADMIN), as in NVIDIA's Helm chart, unless
        O(security_context) is given.
    type: str
    choices: [none, single, mixed]
  device_list_strategy:
    description:
      - How the plugin tells the container runtime which devices a container gets. Without it, the plugin's own default holds, which is
        V(envvar). With V(volume-mounts), the container gets the capability C(SYS_ADMIN); with the strategies of CDI, it mounts
        C(/var/run/cdi) and the root directory of the host for reading.
    type: list
    elements: str
    choices: [envvar, volume-mounts, cdi-annotations, cdi-cri]
  fail_on_init_error:
    description:
      - Whether the plugin exits when it can't start, for example because it finds no driver. By default it says so in its log and waits.
      - V(false) leaves it to C(FAIL_ON_INIT_ERROR) in O(env), to O(args) and to O(config), where one of them says it.
    type: bool
    default: false
  pass_device_specs:
    description:
      - Whether the plugin hands the device nodes themselves on, which the kubelet's static CPU manager needs. The plugin's container
        is then privileged.
      - Set it where containers run for days and lose their GPU with C(Failed to initialize NVML - Unknown Error), because systemd on
        the node has reloaded its units. It is off by default, as in NVIDIA's and Microsoft's manifests, because policies of many
        clusters forbid privileged containers and a workload that ends within hours does without it.
    type: bool
    default: false
  config:
    description:
      - The plugin's configuration file, in its own form, beginning with C(version=v1). It goes into the ConfigMap C(NAME-config), where
        C(NAME) is the O(name) of the DaemonSet; when it changes, the pods are replaced. The ConfigMap is removed when this is left out
        again, and with O(state=absent).
      - Time slicing is in C(sharing.timeSlicing). C(sharing.mps) is refused, because MPS needs a control daemon on each node; the GPU
        Operator brings one.
      - What has an option of its own may not be said differently here.
    type: dict
    default: {}
  priority_class_name:
    description: The pods' priority class.
    type: str
    default: system-node-critical
  env:
    description: Further environment of the plugin. Values are texts; numbers and booleans become such.
    type: dict
    default: {}
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
    description:
      - The container's security context. By default it has no privileges, or those that O(mig_strategy), O(device_list_strategy) and
        O(pass_device_specs) need.
    type: dict
  update_strategy:
    description: The DaemonSet's update strategy.
    type: dict
    default:
      type: RollingUpdate
  min_ready_seconds:
    description:
      - How long a pod must have been ready before it counts as available, and before an update goes on to the next node. The task waits
        for pods that are available, so that a plugin which crashes again and again isn't taken for a working one in the moment
        between two crashes.
      - A node that had no GPUs to offer, and now has, needs no such time. A plugin that crashes later than this is left to
        M(gpuops.aks.gpu_schedulable_facts).
    type: int
    default: 5
  labels:
    description:
      - Labels of the DaemonSet and of its pods, beside its own. C(name) and C(app.kubernetes.io/managed-by) can't be set.
    type: dict
    default: {}
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

- name: Offer each GPU of two pools four times, and leave the other pools alone
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    pools: [inference, notebooks]
    config:
      version: v1
      sharing:
        timeSlicing:
          resources:
            - name: nvidia.com/gpu
              replicas: 4

- name: Offer MIG slices by name
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    pools: [a100]
    mig_strategy: mixed

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
server:
  description: The API server that was asked.
  returned: success, and there is a cluster
  type: str
  sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
context:
  description: The kubeconfig's context that was asked for, empty for its current one.
  returned: success, and there is a cluster
  type: str
  sample: myAKSCluster
kept:
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

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
