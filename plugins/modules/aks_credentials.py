#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_credentials, for a cluster's kubeconfig: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_credentials
short_description: Write the kubeconfig of an AKS cluster to a file
version_added: 1.0.0
description:
  - Fetches the user or admin kubeconfig of a cluster and writes it to a separate file, or merges it into a file as
    C(az aks get-credentials) does.
  - The file is readable only by its owner and is replaced atomically.
  - A file with other contexts is never overwritten. Entries with the same names that something else wrote are replaced only with
    O(overwrite_existing=true). Entries that this collection wrote are kept up to date.
  - On a cluster with Microsoft Entra ID, users sign in with the command C(kubelogin), as the kubeconfig from Azure says. With
    O(entra_token=true), the file contains a token of the identity that signs in to Azure instead.
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
      - The path of the file. With O(state=absent), the context is removed from the file, and a file that contains nothing else is deleted.
    type: path
    required: true
  admin:
    description: Whether to fetch the admin kubeconfig instead of the user's. A cluster without local accounts does not have one.
    type: bool
    default: false
  format:
    description:
      - How users sign in with Microsoft Entra ID. V(exec) runs C(kubelogin). V(azure) is the auth provider that C(kubectl) had until 1.25.
      - If not set, AKS chooses the format by the version of the cluster.
    type: str
    choices: [azure, exec]
  entra_token:
    description:
      - Whether to write a token instead of the call of C(kubelogin), so that the file works without interaction and without additional
        software.
      - The token gives access to the cluster only and expires, see RV(token_expires). The next run renews a token that expires in less than
        30 minutes.
      - Has no effect on a cluster whose users do not sign in with Microsoft Entra ID.
    type: bool
    default: false
  public_fqdn:
    description: Whether to use the public DNS name of a private cluster that has one.
    type: bool
    default: false
  merge:
    description:
      - Whether to add the cluster to the file. Otherwise, the file is for this cluster only.
      - Several tasks may merge into the same file at the same time. The current context stays, see O(set_current_context).
    type: bool
    default: false
  set_current_context:
    description:
      - Whether to make the cluster's context the current context of the file, as C(az aks get-credentials) does.
      - If V(false), the current context stays, and the cluster's context becomes the current one only if the file does not have one. Runs
        that merge several clusters into one file then report no change, and the choice made with C(kubectl config use-context) stays.
    type: bool
    default: false
  overwrite_existing:
    description: Whether to replace a context, cluster or user of the same name that this collection did not write.
    type: bool
    default: false
  context_name:
    description:
      - The name of the context and of the cluster in the file.
      - The default is the name of the cluster, with the suffix C(-admin) for the context of the admin kubeconfig.
    type: str
"""

EXAMPLES = r"""
- name: Write the kubeconfig to a separate file
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

- name: Write a kubeconfig that works for an hour without kubelogin
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/myAKSCluster.config
    entra_token: true

- name: Remove the cluster from the kubeconfig if this collection added it
  gpuops.aks.aks_credentials:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    path: ~/.kube/config
    state: absent
    created_only: true
"""

RETURN = r"""
path:
  description: The path of the file.
  returned: success
  type: str
  sample: /home/me/.kube/myAKSCluster.config
context:
  description: The name of the context.
  returned: success
  type: str
  sample: myAKSCluster
server:
  description: The URL of the API server. Empty if it is not known.
  returned: success
  type: str
  sample: https://myaksclust-myresourcegroup-1a2b3c4d.hcp.eastus.azmk8s.io:443
token_expires:
  description: When the token written by O(entra_token=true) expires, as ISO 8601 in UTC. Empty if no token was written.
  returned: success
  type: str
  sample: "2026-11-25T01:02:03Z"
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
  sample: 0.4
error:
  description: The failure, with its code, message, cause and remedy.
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
