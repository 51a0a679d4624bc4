# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option state, and of the option that limits what state=absent removes."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:state_arguments
    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether the resource should exist. V(absent) removes it and waits until it is gone.
    type: str
    choices: [present, absent]
    default: present
  created_only:
    description:
      - With O(state=absent), remove only what this collection created and marked, and list everything else in RV(kept).
    type: bool
    default: false
"""
