# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that name the AKS cluster."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:cluster_arguments
    DOCUMENTATION = r"""
options:
  resource_group:
    description:
      - The resource group of the AKS cluster that is meant. Needs O(cluster).
    type: str
  cluster:
    description:
      - The name of the AKS cluster that is meant.
      - With O(cluster) or O(node_resource_group), the nodes of the cluster that is reached are asked which one it is, before anything is
        changed, and the task fails with C(WrongCluster) where it is another one. That takes the right to list nodes. A cluster without
        nodes can't tell, and proves nothing.
    type: str
  node_resource_group:
    description:
      - The resource group of the cluster's nodes, for a cluster that was created with one of its own name.
        The default is Azure's, C(MC_resourcegroup_cluster_region).
      - Set it where the name of the resource group or of the cluster has an underscore. C(MC_a_b_c_eastus) is the default both of the
        cluster C(b_c) in C(a) and of C(c) in C(a_b), so that the nodes alone can't tell these two clusters apart.
    type: str
  subscription_id:
    description:
      - The subscription of the AKS cluster that is meant, which tells clusters of the same names in two subscriptions apart.
        E(AZURE_SUBSCRIPTION_ID) gives it, too.
      - It is an ID. The nodes don't say the subscription's name, so that a name is refused.
    type: str
"""
