# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options of a DaemonSet, whatever the program in its pods."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/daemonset/arguments.py, apart from those that each module describes
    DOCUMENTATION = r"""
options:
  image_pull_policy:
    description: When to pull the image.
    type: str
    choices: [Always, IfNotPresent, Never]
    default: IfNotPresent
  image_pull_secrets:
    description: The names of the secrets for pulling the image.
    type: list
    elements: str
    default: []
  priority_class_name:
    description: The priority class of the pods.
    type: str
    default: system-node-critical
  resources:
    description: The resource requests and limits of the container.
    type: dict
    default: {}
  update_strategy:
    description: The update strategy of the DaemonSet.
    type: dict
    default:
      type: RollingUpdate
  annotations:
    description: The annotations of the pods.
    type: dict
    default: {}
  remove_adopted:
    description: With O(state=absent), whether to remove the DaemonSet even if this collection did not create it.
    type: bool
    default: false
  force_conflicts:
    description: Whether to take over fields that another tool manages.
    type: bool
    default: false
"""
