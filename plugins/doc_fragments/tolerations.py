# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that decide on which nodes pods may run."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:toleration_arguments
    DOCUMENTATION = r"""
options:
  node_taints:
    description:
      - The taints of the node pools, as C(key=value:Effect). The pods get a toleration for each taint.
    type: list
    elements: str
    default: []
  tolerations:
    description:
      - Additional tolerations, as in a Kubernetes pod spec.
    type: list
    elements: dict
    default: []
  node_selector:
    description:
      - The labels that a node must have to run the pods.
    type: dict
"""
