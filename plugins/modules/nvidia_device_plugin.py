#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module nvidia_device_plugin, for the NVIDIA device plugin: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_device_plugin
short_description: Run the NVIDIA device plugin on the GPU nodes of a cluster
version_added: 1.0.0
description:
  - Makes sure that the DaemonSet of the device plugin is as described, and that it has an available pod on every GPU node that it should
    serve. Lists the other GPU nodes, with the reasons.
  - The DaemonSet has the name and the selector from the AKS documentation, so a DaemonSet that was created by hand from there is adopted
    instead of duplicated. Fields that another tool manages are left unchanged.
  - Each node can have only one device plugin. The module refuses to run a pod on nodes with a built-in device plugin, which are those with
    the dedicated GPU image and those whose GPUs AKS manages. It also refuses if another DaemonSet, such as the GPU Operator's, already
    serves one of the nodes. In a mixed cluster, use O(pools) to restrict the DaemonSet to its nodes.
  - The plugin does not install a driver. Kubernetes does not show whether a pool was created without one (C(gpuProfile.driver) is C(None)),
    so leave such a pool out of O(pools).
  - The required rights are listed in C(docs/rbac.md) in the collection.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.tolerations
  - gpuops.aks.daemonset
options:
  state:
    description:
      - Whether the DaemonSet should exist. V(absent) removes it, and also the namespace if this collection created it and it is empty.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The DaemonSet's name.
    type: str
    default: nvidia-device-plugin-daemonset
  namespace:
    description: The namespace. It is created if it does not exist.
    type: str
    default: gpu-resources
  image:
    description: The plugin's image. The default is in Microsoft's registry, which AKS nodes can reach even with restricted egress.
    type: str
    default: mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin:v0.18.2
  node_selector:
    description:
      - The labels that a node must have. The default is the label that AKS sets on nodes with an NVIDIA GPU,
        C(kubernetes.azure.com/accelerator=nvidia). Without a selector, the plugin fails on all other nodes.
      - C(kubernetes.io/os=linux) is always added, unless this option sets another value, because AKS sets the same label on Windows nodes
        with a GPU.
  affinity:
    description: The affinity of the pods, as in a Kubernetes pod spec.
    type: dict
    default: {}
  pools:
    description:
      - The names of the node pools to which the DaemonSet is restricted. This adds a required node affinity on
        C(kubernetes.azure.com/agentpool) to O(affinity). By default, the DaemonSet serves every node that O(node_selector) and the
        tolerations allow.
      - One DaemonSet serves all these pools, so always list all of them.
    type: list
    elements: str
    default: []
  allow_second_plugin:
    description:
      - Whether to continue if another device-plugin DaemonSet already serves one of the nodes. The two interfere with each other, unless
        one of them serves resources other than GPUs.
    type: bool
    default: false
  mig_strategy:
    description:
      - How the plugin offers MIG slices. V(single) offers them as C(nvidia.com/gpu), V(mixed) offers each under its own name, such as
        C(nvidia.com/mig-1g.10gb). The default is the plugin's own, V(none).
      - With V(single) and V(mixed), the container gets the capability C(SYS_ADMIN), as in NVIDIA's Helm chart, unless
        O(security_context) is set.
    type: str
    choices: [none, single, mixed]
  device_list_strategy:
    description:
      - How the plugin tells the container runtime which devices a container gets. The default is the plugin's own, V(envvar).
      - With V(volume-mounts), the plugin's container gets the capability C(SYS_ADMIN). With the CDI strategies, it mounts C(/var/run/cdi)
        and, read-only, the root directory of the host.
    type: list
    elements: str
    choices: [envvar, volume-mounts, cdi-annotations, cdi-cri]
  fail_on_init_error:
    description:
      - Whether the plugin exits if it cannot start, for example because it does not find a driver. By default, it writes this to its log
        and waits.
      - With V(false), C(FAIL_ON_INIT_ERROR) in O(env), O(args) and O(config) can still set it.
    type: bool
    default: false
  pass_device_specs:
    description:
      - Whether the plugin passes the device nodes themselves to containers, which the kubelet's static CPU manager requires. The plugin's
        container is then privileged.
      - Enable it if containers run for days and lose their GPU with C(Failed to initialize NVML - Unknown Error) after systemd on the node
        has reloaded its units. It is disabled by default, as in NVIDIA's and Microsoft's manifests, because the policies of many clusters
        forbid privileged containers, and a workload that runs for hours does not need it.
    type: bool
    default: false
  config:
    description:
      - The plugin's configuration file, in the plugin's own format, starting with C(version=v1).
      - It is stored in the ConfigMap C(NAME-config), where C(NAME) is the O(name) of the DaemonSet. When it changes, the pods are replaced.
        The ConfigMap is removed if this option is no longer set, and with O(state=absent).
      - To configure time-slicing, use C(sharing.timeSlicing). C(sharing.mps) is refused, because MPS requires a control daemon on each
        node, which the GPU Operator provides.
      - The file must not contradict the module's other options.
    type: dict
    default: {}
  env:
    description: Additional environment variables of the plugin. Values are strings; numbers and booleans are converted.
    type: dict
    default: {}
  args:
    description: The arguments of the plugin.
    type: list
    elements: str
    default: []
  security_context:
    description:
      - The security context of the container. By default, the container only has the privileges that O(mig_strategy),
        O(device_list_strategy) and O(pass_device_specs) require.
    type: dict
  min_ready_seconds:
    description:
      - How long a pod must be ready, in seconds, before it counts as available and before an update continues with the next node. The task
        waits for available pods, so that a plugin in a crash loop is not mistaken for a working one between two crashes.
      - The task does not wait for this on a node that starts to offer GPUs. A plugin that crashes later is detected by
        M(gpuops.aks.gpu_schedulable_facts).
    type: int
    default: 5
  labels:
    description:
      - Additional labels of the DaemonSet and its pods. C(name) and C(app.kubernetes.io/managed-by) cannot be set.
    type: dict
    default: {}
  wait:
    description: Whether to wait until the pods are ready or deleted.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. On a new node, most of the time is spent pulling the image.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Run the device plugin on a pool with the taint sku=gpu:NoSchedule
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    node_taints:
      - sku=gpu:NoSchedule

- name: Share each GPU of two pools between four pods, and leave the other pools alone
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

- name: Remove the device plugin
  gpuops.aks.nvidia_device_plugin:
    kubeconfig: ~/.kube/myAKSCluster.config
    state: absent
"""

RETURN = r"""
name:
  description: The name of the DaemonSet.
  returned: success
  type: str
  sample: nvidia-device-plugin-daemonset
namespace:
  description: The namespace of the DaemonSet.
  returned: success
  type: str
  sample: gpu-resources
adopted:
  description: Whether a DaemonSet that was created by hand has been adopted or, in check mode, would be.
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
  description: The other GPU nodes, each with the reason why the plugin does not serve it.
  returned: success and O(state=present)
  type: dict
  sample: {}
server:
  description: The URL of the API server.
  returned: success, and there is a cluster
  type: str
  sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
context:
  description: The requested kubeconfig context. Empty for the current context.
  returned: success, and there is a cluster
  type: str
  sample: myAKSCluster
kept:
  description: What was not removed, with the reasons.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["Namespace gpu-resources: not made by this collection"]
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 12.0
error:
  description: The failure, with its code, message, cause and remedy.
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
