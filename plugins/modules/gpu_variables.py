#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_variables, for the check of the roles' variables: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_variables
short_description: Refuse variables of the roles that cannot work
version_added: 1.0.0
description:
  - Refuses variables that look like those of this collection's roles and are not, with the name that was probably meant,
    because Ansible ignores a variable that nothing reads.
  - Refuses values that contradict each other or that Azure would refuse, before the chain's first step, because a cluster takes minutes.
  - Calls neither Azure nor Kubernetes. The roles call it.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
options:
  names:
    description: The names of all variables; by default those of the task.
    type: list
    elements: str
    default: []
  values:
    description:
      - Values by name. A null, and a name that Azure does not accept, are refused.
        The nulls among the task's variables that begin with C(gpu_) are added.
    type: dict
    default: {}
  other:
    description: Names to accept although they look like a variable of this collection.
    type: list
    elements: str
    default: []
  required:
    description: Names of those among O(values) that must not be empty.
    type: list
    elements: str
    default: []
  chain:
    description: The values of the variables with these names and C(gpu_) before them. The rules of the modules are applied to them.
    type: dict
    suboptions:
      path:
        description: The path.
        type: str
        required: true
      allow_retired:
        description: Whether a path that public Azure has retired is allowed.
        type: bool
        default: false
      headers:
        description: The headers of the request that creates the pool.
        type: dict
        default: {}
      first_pool:
        description: Whether the cluster's first pool has the GPU.
        type: bool
        default: false
      pool:
        description: The pool's name.
        type: str
        required: true
      node_taints:
        description: The pool's taints.
        type: raw
        default: []
      node_count:
        description: The number of nodes to start with.
        type: int
        required: true
      min_count:
        description: The autoscaler's lower bound.
        type: int
        required: true
      max_count:
        description: The autoscaler's upper bound.
        type: int
        required: true
      pool_options:
        description: Further options of the pool.
        type: dict
        default: {}
      kubeconfig:
        description: The file for the kubeconfig.
        type: str
        default: ""
      report:
        description: The file for the report.
        type: str
        default: ""
"""

EXAMPLES = r"""
- name: Refuse misspelled variables
  gpuops.aks.gpu_variables:

- name: Refuse a pool without a name
  gpuops.aks.gpu_variables:
    values:
      gpu_pool: "{{ gpu_pool }}"
    required: [gpu_pool]
"""

RETURN = r"""
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 0.0
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: UnknownVariable, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
