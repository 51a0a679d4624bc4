# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attributes that all modules share: check mode, diff mode and where they run."""

from __future__ import annotations


class ModuleDocFragment:
    # How every module runs.
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
    details:
      - A task that runs locally runs in the controller's own process. That saves the cost of starting a module and shows the progress of
        a wait.
      - A task with another connection, another interpreter, C(become) or C(async) runs as an ordinary module with the same result. So does
        a task whose Python libraries are missing on the controller. C(-vvv) shows the reason.
      - Set the variable C(gpuops_in_process) to V(false) to run every task as a module.
      - Set the variable C(gpuops_progress) to V(false) to hide the progress of waits.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
"""

    # For modules that change something.
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

    # For modules that only read.
    READS = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
    details: The module never changes anything. In check mode, it does not wait.
  diff_mode:
    description: Returns details on what has changed, or would change, when in diff mode.
    support: none
    details: The module changes nothing, so there is nothing to show.
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
    support: full
"""
