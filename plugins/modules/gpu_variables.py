#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_variables, for the check of the roles' variables: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_variables
short_description: Refuse role variables that cannot work
version_added: 1.0.0
description:
  - Refuses misspelled variables of this collection's roles and suggests the name that was probably meant, because Ansible ignores variables
    that are not used.
  - Refuses values that contradict each other or that Azure would refuse. This happens before the first step of the chain, because creating
    a cluster takes minutes.
  - Calls neither Azure nor Kubernetes.
  - The roles call this module.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
options:
  names:
    description: The names of all variables. The default is the names of the task's variables.
    type: list
    elements: str
    default: []
  values:
    description:
      - The values to check, by the name of the variable. Null values, and names that Azure does not accept, are refused.
      - The task's own variables that begin with C(gpu_) and are null are refused too.
    type: dict
    default: {}
  paths:
    description:
      - The paths to check, by the name of the variable. A relative path is refused, because it would be resolved from the directory of the
        playbook, which is part of the collection.
      - The default is the task's variables that are paths.
    type: dict
    default: {}
  options:
    description:
      - The variables of the collection's roles that are set. Values of another type, words that are not among the choices, and numbers out
        of range are refused. A variable whose value names another refused one is not refused as well.
      - The default is read from the task's variables and from the argument specs of the roles.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the variable.
        type: str
        required: true
      role:
        description: The role that has it.
        type: str
        required: true
      names:
        description: The other variables that its value names.
        type: list
        elements: str
        default: []
      number:
        description: Its value, if it is a number.
        type: float
      unfit:
        description: The parts of its value that do not fit.
        type: list
        elements: dict
        default: []
        suboptions:
          at:
            description: The keys below which the part is, for an option of a dictionary.
            type: list
            elements: str
            default: []
          value:
            description: The part.
            type: raw
          type:
            description: The type that it should have.
            type: str
            choices: [bool, dict, float, int, list, path, raw, str]
            default: str
          elements:
            description: The type that its items should have.
            type: str
            choices: [dict, float, int, str]
          choices:
            description: What it may be.
            type: list
            elements: str
            default: []
          keys:
            description: The keys of the dictionary, if the part is a key that is not one of them.
            type: list
            elements: str
            default: []
  collections:
    description:
      - The collections that the playbook needs, and their versions. One with an empty version is refused as missing.
      - A version that is null is looked up on the controller.
    type: dict
    default: {}
  steps:
    description:
      - The modules of the steps whose options are checked before the first step, by the name of the step, such as C(prove). A step with an
        empty name is skipped.
      - The options are read from the task's variables and checked by the rules of the modules, but only together with O(chain).
    type: dict
    default: {}
  other:
    description: The names to accept even though they look like variables of this collection.
    type: list
    elements: str
    default: []
  required:
    description: The names of the O(values) that must not be empty.
    type: list
    elements: str
    default: []
  chain:
    description: The values of the role variables with these names and the prefix C(gpu_). They are checked by the rules of the modules.
    type: dict
    suboptions:
      path:
        description: The path of the chain, such as V(manual_plugin).
        type: str
        required: true
      allow_retired:
        description: Whether a path that public Azure has retired is allowed.
        type: bool
        default: false
      headers:
        description: The HTTP headers of the request that creates the pool.
        type: dict
        default: {}
      first_pool:
        description: Whether the GPUs are in the cluster's first pool.
        type: bool
        default: false
      pool:
        description: The name of the pool.
        type: str
        required: true
      node_taints:
        description: The taints of the pool.
        type: raw
        default: []
      node_count:
        description: The initial number of nodes.
        type: int
        required: true
      min_count:
        description: The minimum number of nodes for the autoscaler.
        type: int
        required: true
      max_count:
        description: The maximum number of nodes for the autoscaler.
        type: int
        required: true
      enable_auto_scaling:
        description: Whether the autoscaler scales the pool between these numbers.
        type: bool
        required: true
      pool_options:
        description: Additional options of the pool.
        type: dict
        default: {}
      report:
        description: The path of the report.
        type: str
        default: ""
  operator:
    description:
      - What the role P(gpuops.aks.gpu_operator#role) knows of the operator that it is about to install. What cannot work is refused.
    type: dict
    suboptions:
      facts:
        description:
          - The input of the filter P(gpuops.aks.gpu_operator_values#filter). What the filter refuses is refused, with the names of the
            role's variables.
        type: dict
      pools:
        description: The names of the pools in the facts, apart from the first one.
        type: list
        elements: str
        default: []
      driver:
        description: Who installs the driver.
        type: str
        choices: [operator, aks]
        default: operator
      deleting_namespace:
        description: The namespace of the operator if it is being deleted.
        type: str
        default: ""
      other_pools:
        description: Other pools that the operator would serve.
        type: list
        elements: str
        default: []
      other_releases:
        description: Other releases of the operator, as namespace/name.
        type: list
        elements: str
        default: []
  helm:
    description:
      - The versions of Helm and of the collection C(kubernetes.core), which the path C(gpu_operator) needs. A version that is missing, too
        old, or does not work with the other one is refused.
    type: dict
    suboptions:
      version:
        description: The output of C(helm version), or the error with which it fails. If empty, Helm is missing.
        type: str
        required: true
      kubernetes_core:
        description: The version of C(kubernetes.core). The default is the version that is installed on the controller.
        type: str
  helm_environment:
    description:
      - The environment in which Helm and C(kubernetes.core) run. Variables that would lead them to another cluster than the role's
        kubeconfig, or to releases that this collection cannot read, are refused.
    type: dict
    suboptions:
      context:
        description: The kubeconfig context that the role gives them. If empty, it is the current one.
        type: str
        default: ""
      driver:
        description: The value of E(HELM_DRIVER). The default is read from the task's environment.
        type: str
        default: ""
      variables:
        description:
          - The names of the other variables that are set, such as E(HELM_KUBEAPISERVER). The default is read from the task's environment.
        type: list
        elements: str
        default: []
  helm_failure:
    description:
      - What Helm or C(kubernetes.core) has said when it failed in a step of the role P(gpuops.aks.gpu_operator#role). The task fails with
        the code, the cause and the remedy, except if a release that should be uninstalled is not there.
    type: dict
    suboptions:
      step:
        description: What was to be done.
        type: str
        choices: [fetch, install, uninstall]
        required: true
      said:
        description: The message.
        type: str
        required: true
      release:
        description: The name of the release.
        type: str
        default: ""
      namespace:
        description: The namespace of the release.
        type: str
        default: ""
      revision:
        description: The number of the latest revision of the release before, or V(0) if there was none.
        type: int
        default: 0
      working:
        description: The number of the newest revision that Helm has completed, or V(0) if there is none.
        type: int
        default: 0
      jobs:
        description: The Jobs of the chart that have not ended.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: Refuse misspelled variables
  gpuops.aks.gpu_variables:

- name: Refuse an empty pool name
  gpuops.aks.gpu_variables:
    values:
      gpu_pool: "{{ gpu_pool }}"
    required: [gpu_pool]

- name: Refuse versions of Helm and kubernetes.core that do not work together
  gpuops.aks.gpu_variables:
    helm:
      version: v3.21.4
"""

RETURN = r"""
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 0.0
error:
  description: The failure, with its code, message, cause and remedy.
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
