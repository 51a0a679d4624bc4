# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that name the expected AKS cluster."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:cluster_arguments
    DOCUMENTATION = r"""
options:
  resource_group:
    description:
      - The resource group of the expected AKS cluster. Requires O(cluster).
    type: str
  cluster:
    description:
      - The name of the expected AKS cluster.
      - With O(cluster) or O(node_resource_group), the module checks before any change that it is connected to this cluster, and fails with
        C(WrongCluster) if it is another one. It reads this from the cluster's nodes, which requires the right to list nodes. A cluster
        without nodes cannot be checked.
    type: str
  node_resource_group:
    description:
      - The resource group of the cluster's nodes, for a cluster that was created with a custom node resource group.
        The default is Azure's name, C(MC_resourcegroup_cluster_region).
      - Set it if the name of the resource group or of the cluster contains an underscore. C(MC_a_b_c_eastus) is the default for the cluster
        C(b_c) in C(a) as well as for C(c) in C(a_b), so the nodes alone do not show which of the two it is.
    type: str
  subscription_id:
    description:
      - The subscription ID of the expected AKS cluster. It distinguishes clusters with the same name in different subscriptions.
      - A subscription name is refused, because the nodes report only the ID.
      - Can also be set with E(AZURE_SUBSCRIPTION_ID).
    type: str
"""
