# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""The in-process entry point: runs an operation in the worker that Ansible has already forked.

This saves the cost of starting a module. A task that is not plain local work is left to the module.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible import constants, context, template
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._clock import Clock, SystemClock
from ...module_utils._entrypoints.outcome import argument_failure, perform
from ...module_utils._entrypoints.requirements import REQUIREMENTS, MissingPackageError, UnfitPythonError, require_packages, require_python
from ...module_utils._operations.operation import Operation, Run
from ...module_utils._progress import NO_PROGRESS, Progress
from .local import TaskContext, why_not_in_process
from .parameters import Parameters
from .progress import LiveProgress, is_for_people
from .task_environment import deferred_signals, task_environment

display = Display()
# Variables that the user may set, both true by default.
_IN_PROCESS = "gpuops_in_process"
_PROGRESS = "gpuops_progress"


class InProcessAction(ActionBase):
    """An action plugin that runs an operation in its own process, or else runs the module of the same name; -vvv shows why.

    Clients, threads and sockets must not live at module scope, because they do not survive a fork.
    """

    operation: ClassVar[Operation]
    _supports_async = True  # otherwise Ansible refuses an async task before it can be left to the module

    def __init_subclass__(cls, **options: Any) -> None:
        """Prepare the controller, which loads an action plugin before it forks the worker that runs it.

        gc.freeze excludes what has been imported so far from garbage collection, as Python advises before a fork: a collection in a worker
        would copy most of the controller's memory, which takes a sixth of a short task's processor time.
        """
        super().__init_subclass__(**options)
        cls.operation.warm_up()
        _warm_up_templates()
        gc.freeze()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return its result, which is the same through both entry points."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        reason = self._why_module(variables)
        if reason is not None:
            display.vvv(f"{self._task.action} runs as a module: {reason}.", host=variables.get("inventory_hostname"))
            wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
            return {**result, **_located(self._execute_module(task_vars=variables, wrap_async=wrap_async))}
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)  # type: ignore[no-untyped-call]  # Ansible is untyped
        # Ansible runs a local task's module in the playbook's directory, too.
        with task_environment({name: str(value) for name, value in environment.items()}, self._loader.get_basedir()):
            return {**result, **self._perform(variables)}

    def _perform(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        parameters = Parameters(self._task.action, self.operation, self._task.args)
        if parameters.error:
            content = argument_failure(parameters.error)
            warnings: tuple[str, ...] = ()
        else:
            clock = SystemClock()
            run = Run(bool(self._task.check_mode), clock, os.environ, self._progress(parameters, clock, variables))
            content, warnings = perform(self.operation, parameters.values, run, diff=bool(self._task.diff))
        shown = parameters.hide([*parameters.warnings, *warnings])
        return {**parameters.result(content), **({"warnings": shown} if shown else {})}

    def _progress(self, parameters: Parameters, clock: Clock, variables: Mapping[str, Any]) -> Progress:
        """Shows progress on the screen, unless the user has turned that off or a program reads the output."""
        callback, color = (constants.config.get_config_value(name) for name in ("DEFAULT_STDOUT_CALLBACK", "COLOR_VERBOSE"))
        if not self._is_on(_PROGRESS, variables) or self._task.no_log or not is_for_people(callback) or context.CLIARGS.get("one_line"):
            return NO_PROGRESS
        host = variables.get("inventory_hostname", "")

        def show(line: str) -> None:
            with deferred_signals():
                display.display(f"[{host}] {parameters.hide(line)}", color=color)

        return LiveProgress(clock, show)

    def _is_on(self, switch: str, variables: Mapping[str, Any]) -> bool:
        return bool(boolean(self._templar.template(variables.get(switch, True))))

    def _why_module(self, variables: Mapping[str, Any]) -> str | None:
        """Why the task is left to the module; None if it runs here."""
        if not self._is_on(_IN_PROCESS, variables):
            return f"{_IN_PROCESS} is off"
        reason = why_not_in_process(self._context(variables))
        if reason is not None:
            return reason
        try:
            require_python()
            require_packages(self.operation)
        except UnfitPythonError as error:
            return error.message.rstrip(".")
        except MissingPackageError as error:
            return f"{sys.executable} has no {error.package}"
        return None

    def _context(self, variables: Mapping[str, Any]) -> TaskContext:
        target = self._task.delegate_to
        own = variables.get("ansible_delegated_vars", {}).get(target, {}) if target else variables
        interpreter = constants.config.get_config_value("INTERPRETER_PYTHON", variables=own)
        return TaskContext(
            connection=str(self._connection.ansible_name),
            become=bool(self._connection.become),
            asynchronous=bool(self._task.async_val),
            interpreter=str(self._templar.template(interpreter) or "").strip(),
            python=sys.executable,
        )


def _warm_up_templates() -> None:
    """Have Ansible make the lexer of its templates, which it does with a process's first one: some 2 ms in each worker."""
    trust = getattr(template, "trust_as_template", str)  # ansible-core 2.19 and newer take no other string for a template
    template.Templar(loader=None).template(trust("{{ 1 }}"))


def _located(result: dict[str, Any]) -> dict[str, Any]:
    """The module's result with the full path of the requirements file, which a module that runs from an archive does not know."""
    error = result.get("error")
    if not isinstance(error, dict) or error.get("code") != "MissingPackage":
        return result
    path = str(Path(__file__).resolve().parents[3] / "requirements.txt")
    remedy = str(error["remedy"]).replace(REQUIREMENTS, path)
    return {**result, "msg": str(result["msg"]).replace(REQUIREMENTS, path), "error": {**error, "remedy": remedy}}
