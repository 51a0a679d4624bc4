# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
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
