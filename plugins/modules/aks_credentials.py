#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_credentials, for a cluster's kubeconfig: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_credentials
short_description: Write an AKS cluster's kubeconfig to a file
version_added: 1.0.0
description:
  - Fetches a cluster's user or admin kubeconfig and writes it to a file of its own, or merges it as C(az aks get-credentials) does.
  - The file is readable by its owner only and is written at once. A file with other contexts is never overwritten, and what others wrote
    under the same names only with O(overwrite_existing=true); what this collection wrote itself is kept up to date.
  - Users of a cluster with Microsoft Entra ID sign in with the command C(kubelogin), which the kubeconfig names and the module leaves
    in it. O(entra_token=true) writes a token of the identity that signs in to Azure instead.
  - Credentials are neither returned nor shown in a diff.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
  - gpuops.aks.state
options:
  resource_group:
    description: The cluster's resource group.
    type: str
    required: true
  cluster:
    description: The cluster's name.
    type: str
    required: true
    aliases: [cluster_name]
  path:
    description:
      - The file to write. With O(state=absent), the context is taken out of it; a file that holds nothing else is removed.
    type: path
    required: true
  admin:
    description: Fetch the admin's kubeconfig instead of the user's. A cluster without local accounts has none.
    type: bool
    default: false
  format:
    description:
      - How users sign in by Microsoft Entra ID. V(exec) runs C(kubelogin); V(azure) is the provider that kubectl had until 1.25.
      - AKS chooses by the cluster's version when not set.
    type: str
    choices: [azure, exec]
  entra_token:
    description:
      - Write a token instead of the sign-in by C(kubelogin), so that the file works where nobody can sign in and nothing is installed.
      - The token is for the cluster alone and expires, see RV(token_expires); a later run renews one that lasts for less than 30 minutes.
      - It changes nothing where users don't sign in by Microsoft Entra ID.
    type: bool
    default: false
  public_fqdn:
    description: For a private cluster that has a public name too, use that.
    type: bool
    default: false
  merge:
    description:
      - Add to what is in the file instead of having it for this cluster alone.
      - Tasks may merge into one file at the same time. The current context stays, see O(set_current_context).
    type: bool
    default: false
  set_current_context:
    description:
      - Make the cluster's context the file's current one, as C(az aks get-credentials) does.
      - When V(false), the current context stays, and the cluster's becomes it only where the file has none. So several clusters can be
        merged into one file again and again, and what a person has chosen with C(kubectl config use-context) is not changed.
    type: bool
    default: false
  overwrite_existing:
    description: Replace a context, cluster or user of the same name that this collection didn't write.
    type: bool
    default: false
  context_name:
    description:
      - The context's name, and then the cluster's in the file too; the cluster's name when not set, with C(-admin) after the context's
        for the admin's.
    type: str
"""

EXAMPLES = r"""
- name: Fetch the kubeconfig to a file of its own
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/myAKSCluster.config

- name: Add the cluster to the kubeconfig that kubectl uses
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/config
    merge: true

- name: Have a kubeconfig that works for an hour without kubelogin
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/myAKSCluster.config
    entra_token: true

- name: Take the cluster out of the kubeconfig again, if this collection put it in
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/config
    state: absent
    created_only: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /home/me/.kube/myAKSCluster.config
context:
  description: The context's name.
  returned: success
  type: str
  sample: myAKSCluster
server:
  description: The API server's URL; empty when it isn't known.
  returned: success
  type: str
  sample: https://myaksclust-myresourcegroup-1a2b3c4d.hcp.eastus.azmk8s.io:443
token_expires:
  description: When the token expires that O(entra_token=true) has written, as ISO 8601 in UTC; empty where none was.
  returned: success
  type: str
  sample: "2026-11-25T01:02:03Z"
kept:
  description: What was not removed, with the reason.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: []
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 0.4
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: ForeignKubeconfig, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
