# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attributes that all modules share: check mode, diff mode and where they run."""

from __future__ import annotations


class ModuleDocFragment:
    # How every module is entered.
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
    details:
      - Plain local work runs in the controller's own process, which saves the cost of a module and shows how a wait stands while it lasts.
      - A task with another connection, another interpreter, C(become) or C(async), or whose libraries the controller lacks,
        runs as an ordinary module with the same result. C(-vvv) shows why.
      - The variable C(gpuops_in_process), when false, has every task run as a module.
      - The variable C(gpuops_progress), when false, keeps waits silent.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
"""

    # For what changes something.
    CHANGES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
"""

    # For what only reads.
    READS = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
    details: It changes nothing in any mode. In check mode it does not wait.
  diff_mode:
    description: Returns details on what has changed, or would change, when in diff mode.
    support: none
    details: There is nothing to show, because it changes nothing.
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
"""
