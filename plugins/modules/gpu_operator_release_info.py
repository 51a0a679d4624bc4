#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_operator_release_info, for a release of NVIDIA's GPU Operator: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_operator_release_info
short_description: Find out what a release of the NVIDIA GPU Operator has installed in a cluster, and what its removal may delete
version_added: 1.0.0
description:
  - Returns the latest revision of a Helm release of NVIDIA's GPU Operator, its namespace, and the custom resource definitions that it has
    installed. Helm does not delete these when it uninstalls the release.
  - Distinguishes what the role P(gpuops.aks.gpu_operator#role) created from everything else. The role marks the release with a value, and
    the namespace and the custom resource definitions with labels. Anything without such a mark is never deleted.
  - Of Secrets, or of ConfigMaps if E(HELM_DRIVER) is V(configmap), it reads the content of one, in which Helm keeps the latest revision of
    the release.
  - Fails if a C(ClusterPolicy) shows that the release is installed, but Helm has no record of the release.
author: gpuops.aks contributors (@gpuops)
notes:
  - E(HELM_DRIVER) in the task's environment has the same meaning as for Helm. Its values V(sql) and V(memory) are refused.
  - Requires the right to get the namespace, to list C(customresourcedefinitions) (API group C(apiextensions.k8s.io)) and C(nodes), to list
    C(clusterpolicies) (API group C(nvidia.com)) if the cluster has them, and to get and list C(secrets) in O(namespace), or C(configmaps)
    if E(HELM_DRIVER) is V(configmap).
  - For O(removal), it also requires the right to list C(deployments), C(statefulsets) and C(daemonsets) (API group C(apps)) in
    O(namespace), and C(runtimeclasses) (API group C(node.k8s.io)).
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
options:
  namespace:
    description: The namespace of the release.
    type: str
    default: gpu-operator
  release:
    description: The name of the release.
    type: str
    default: gpu-operator
  pool:
    description:
      - The node pool that the operator is for. Its nodes show what the values of the chart depend on. A removal does not list these nodes
        among what it keeps, because they are removed, too.
      - If empty, the module looks at any node, and a removal lists all nodes.
    type: str
    default: ""
  removal:
    description: Whether to find out what a removal of the release deletes and keeps.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Find out whether the GPU Operator is installed, and by whom
  gpuops.aks.gpu_operator_release_info:
    kubeconfig: ~/.kube/myAKSCluster.config
  register: operator

- name: Show which other releases have installed a ClusterPolicy
  ansible.builtin.debug:
    var: operator.gpu_operator_release.elsewhere

- name: Find out what a removal would keep
  gpuops.aks.gpu_operator_release_info:
    removal: true
"""

RETURN = r"""
gpu_operator_release:
  description: The state of the release.
  returned: success
  type: dict
  contains:
    release:
      description:
        - The latest revision of the release. Null if there is none.
        - C(user_values) are the values that its user has set. C(working) is the number of the newest revision that Helm has completed, null
          if there is none. C(made_here) is whether the role P(gpuops.aks.gpu_operator#role) has installed it.
      returned: always
      type: dict
      sample: {number: 2, status: deployed, user_values: {driver: {enabled: true}}, working: 2, made_here: true}
    elsewhere:
      description: The releases of another name or namespace that have installed a C(ClusterPolicy). A cluster can have only one operator.
      returned: always
      type: list
      elements: str
      sample: []
    namespace:
      description: The namespace, whether the role has created it, and whether it is being deleted. Null if it does not exist.
      returned: always
      type: dict
      sample: {name: gpu-operator, made_here: true, deleting: false}
    definitions:
      description: The custom resource definitions of the API groups of the chart, whoever installed them.
      returned: always
      type: list
      elements: str
      sample: [clusterpolicies.nvidia.com, nvidiadrivers.nvidia.com]
    own_definitions:
      description: Those that the release has installed, by their labels. Empty while another release uses them.
      returned: always
      type: list
      elements: str
      sample: [clusterpolicies.nvidia.com, nvidiadrivers.nvidia.com]
    unlabeled_definitions:
      description:
        - Those that the release has installed, but that an unfinished or interrupted installation has not labeled yet.
        - Null if every installation was completed.
      returned: always
      type: list
      elements: str
      sample: null
    labels:
      description: The labels that the role sets on the custom resource definitions of this release.
      returned: always
      type: dict
      sample:
        app.kubernetes.io/managed-by: gpuops.aks
        gpuops.aks/helm-namespace: gpu-operator
        gpuops.aks/helm-release: gpu-operator
    record:
      description: The annotation of the namespace in which an installation keeps which definitions were there before.
      returned: always
      type: str
      sample: crds-before.gpuops.aks/gpu-operator
    mark:
      description: The values that mark a release of the role. Empty if someone else installed the release, which then stays theirs.
      returned: always
      type: dict
      sample: {global: {installedBy: gpuops.aks}}
    node:
      description: A node of O(pool). Null if there is none.
      returned: always
      type: dict
      sample:
        name: aks-gpunp-28993262-vmss000000
        kubernetes_version: 1.35.1
        node_image_version: AKSUbuntu-2404gen2containerd-202611.10.0
    removal:
      description:
        - What a removal does after Helm. Null without O(removal).
        - C(namespace) is whether it deletes the namespace, C(definitions) which custom resource definitions it deletes, and C(kept) what it
          keeps, and why.
      returned: always
      type: dict
      sample:
        namespace: true
        definitions: [clusterpolicies.nvidia.com]
        kept: ["RuntimeClass nvidia: not made by this collection"]
    server: {description: The API server that responded., returned: always, type: str, sample: "https://myakscluster.hcp.eastus.azmk8s.io:443"}
    context: {description: The context of the kubeconfig. Empty for the current one., returned: always, type: str, sample: myAKSCluster}
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-30T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 0.2
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: Forbidden, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_release import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
