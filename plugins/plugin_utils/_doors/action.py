# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._clock import SystemClock
from ...module_utils._doors.needs import MissingPackageError, require_packages, unfit_python
from ...module_utils._doors.outcome import perform
from ...module_utils._operations.operation import Operation, Run
from .local import Circumstances, why_elsewhere
from .parameters import Parameters
from .surroundings import surroundings

display = Display()
_SWITCH = "gpuops_in_process"


class InProcessAction(ActionBase):
    """The in-process door: an operation in the worker that Ansible has forked anyway, without the cost of a module.

    A task that is not plain local work is left to the module of the same name; -vvv shows why. Nothing that a fork can't share, such as a
    client, a thread or a socket, may live at module scope.
    """

    operation: ClassVar[Operation]
    _supports_async = True  # else Ansible would refuse an async task before it could be left to the module

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The task's result, the same through both doors."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        reason = self._why_module(variables)
        if reason:
            display.vvv(f"{self._task.action} runs as a module: {reason}.", host=variables.get("inventory_hostname"))
            wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
            return {**result, **self._execute_module(task_vars=variables, wrap_async=wrap_async)}
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)  # type: ignore[no-untyped-call]  # Ansible is untyped
        with surroundings({name: str(value) for name, value in environment.items()}):
            return {**result, **self._perform()}

    def _perform(self) -> dict[str, Any]:
        parameters = Parameters(self._task.action, self.operation, self._task.args)
        if parameters.error:
            content: dict[str, Any] = {"failed": True, "msg": parameters.error}
            warnings: tuple[str, ...] = ()
        else:
            run = Run(check_mode=bool(self._task.check_mode), clock=SystemClock(), environ=os.environ)
            content, warnings = perform(self.operation, parameters.values, run, diff=bool(self._task.diff))
        told = parameters.hide([*parameters.warnings, *warnings])
        return {**parameters.result(content), **({"warnings": told} if told else {})}

    def _why_module(self, variables: Mapping[str, Any]) -> str:
        """Why the task is left to the module, "" when it isn't."""
        if not boolean(self._templar.template(variables.get(_SWITCH, True))):
            return f"{_SWITCH} is off"
        reason = why_elsewhere(self._circumstances(variables))
        if reason:
            return reason
        if unfit_python():
            return f"it {unfit_python()}"
        try:
            require_packages(self.operation)
        except MissingPackageError as error:
            return f"{sys.executable} has no {error.package}"
        return ""

    def _circumstances(self, variables: Mapping[str, Any]) -> Circumstances:
        target = self._task.delegate_to
        own = variables.get("ansible_delegated_vars", {}).get(target, {}) if target else variables
        interpreter = constants.config.get_config_value("INTERPRETER_PYTHON", variables=own)
        return Circumstances(
            connection=str(self._connection.ansible_name),
            become=bool(self._connection.become),
            asynchronous=bool(self._task.async_val),
            interpreter=str(self._templar.template(interpreter) or "").strip(),
            python=sys.executable,
        )
