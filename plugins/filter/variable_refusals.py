# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: variable_refusals
short_description: Find misspelled and missing variables of the roles
version_added: 1.0.0
author: gpuops.aks contributors
description:
  - Takes the names of all variables and returns a sentence for each name that looks like a variable of this collection but is not one,
    with the name that was probably meant.
  - The roles run it before anything is called, because Ansible ignores a variable that nothing reads.
options:
  _input:
    description: The names of the variables.
    type: list
    elements: str
    required: true
  values:
    description: Values by name. A null, and a name that Azure does not accept, are refused.
    type: dict
    default: {}
  own:
    description: Names to accept although they look like a variable of this collection.
    type: list
    elements: str
    default: []
  required:
    description: Names of those among O(values) that must not be empty.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Refuse misspelled variables
  ansible.builtin.assert:
    that: refusals | length == 0
    fail_msg: "{{ refusals | join(' ') }}"
  vars:
    refusals: "{{ query('ansible.builtin.varnames', '.') | gpuops.aks.variable_refusals }}"
"""

RETURN = r"""
_value:
  description: What is wrong, a sentence or two each. Empty when nothing is.
  type: list
  elements: str
  sample: ["gpu_node_cout is not a variable of gpuops.aks. Did you mean gpu_node_count?"]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._gpu.chain_variables import variable_refusals
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.filter_arguments import given_dictionary, given_names


def refusals(names: Any, values: Any = None, own: Any = None, required: Any = None) -> list[str]:
    """The filter: what speaks against these variables. Raises InvalidInputError, whose message Ansible shows."""
    lists = {"own": given_names(own, "own"), "required": given_names(required, "required")}
    return list(variable_refusals(given_names(names, "the input"), given_dictionary(values, "values"), **lists))


class FilterModule:
    """Named as Ansible wants it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file."""
        return {"variable_refusals": refusals}
