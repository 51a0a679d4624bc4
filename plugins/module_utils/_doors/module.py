# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import os
import traceback

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._clock import SystemClock
from .._operations.operation import Operation, Run
from .needs import MissingPackageError, require_packages, unfit_python
from .outcome import perform


def run_module(operation: Operation) -> None:
    """The module door: offer an operation as an Ansible module. Exits the process."""
    module = AnsibleModule(argument_spec=dict(operation.arguments), supports_check_mode=True, **operation.constraints)
    if unfit_python():
        module.fail_json(msg=f"This module {unfit_python()}: set ansible_python_interpreter.")
    try:
        require_packages(operation)
    except MissingPackageError as error:
        module.fail_json(msg=missing_required_lib(error.package), exception=traceback.format_exc())
    run = Run(check_mode=module.check_mode, clock=SystemClock(), environ=os.environ)
    diff = module._diff  # noqa: SLF001  # AnsibleModule tells of --diff nowhere else
    result, warnings = perform(operation, module.params, run, diff=diff)
    for warning in warnings:
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
