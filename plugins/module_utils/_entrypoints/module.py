# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The module entry point: runs an operation as an ordinary Ansible module, in a process of its own."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from .._clock import SystemClock
from .._core.shared.url_passwords import passwords
from .._errors import GpuopsError
from .._operations.operation import Operation, Run
from .outcome import UNFIT_VALUES, argument_failure, failure, perform, unfit_value
from .requirements import require_packages, require_python


class _Module(AnsibleModule):
    """An AnsibleModule that reports invalid arguments, which its constructor finds, in the same fields as any other failure."""

    _initialized = False

    def __init__(self, operation: Operation) -> None:
        try:
            super().__init__(  # type: ignore[no-untyped-call]  # Ansible is untyped
                argument_spec=dict(operation.arguments), supports_check_mode=True, **operation.constraints
            )
        except UNFIT_VALUES as error:
            self.params: dict[str, Any] = {}  # it is not known yet which of them are secret
            self.fail_json(unfit_value(error))
        self._initialized = True
        self.no_log_values.update(passwords(self.params))

    def fail_json(self, msg: str, **fields: Any) -> NoReturn:
        """End the module with a failure."""
        super().fail_json(**({"msg": msg, **fields} if self._initialized else {**fields, **argument_failure(msg)}))


def run_module(operation: Operation) -> None:
    """Run an operation as an Ansible module. Exits the process."""
    module = _Module(operation)
    try:
        require_python()
        require_packages(operation)
    except GpuopsError as error:
        module.fail_json(**failure(error))
    run = Run(check_mode=module.check_mode, clock=SystemClock(), environ=os.environ)
    diff = module._diff  # noqa: SLF001  # AnsibleModule has no public attribute for --diff
    result, warnings = perform(operation, module.params, run, diff=diff)
    for warning in warnings:
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
