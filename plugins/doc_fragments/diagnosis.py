# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of what the modules that look at GPU nodes share: the pool, and the rights for what a diagnosis reads."""

from __future__ import annotations


class ModuleDocFragment:
    # For modules that look at the GPU nodes of a cluster.
    DOCUMENTATION = r"""
options:
  pool:
    description: The name of the node pool to look at. If empty, the module looks at all GPU nodes of the cluster.
    type: str
    default: ""
"""

    # For modules that read what a diagnosis needs beyond nodes, pods and DaemonSets: the kinds of module_utils/_kube/dumps/kinds.py.
    RIGHTS = r"""
options: {}
notes:
  - To find out why GPUs cannot be used, the module also uses the rights to list C(events), to get C(pods/log), and to get C(configmaps) in
    C(kube-system) (the status of the autoscaler) and in the namespaces of device plugins.
  - For GPUs that dynamic resource allocation (DRA) allocates, it uses the right to list C(deviceclasses), C(resourceslices) and
    C(resourceclaims) in the API group C(resource.k8s.io).
  - To find out who provides the driver, the device plugin and the metrics of a node, it uses the right to list C(clusterpolicies) and
    C(nvidiadrivers) in the API group C(nvidia.com) and C(aksnodeclasses) in C(karpenter.azure.com).
"""
