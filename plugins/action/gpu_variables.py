# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin gpu_variables: runs the module's operation in the controller's process where possible."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.variables import PATHS
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.helm_environment import DRIVER_VARIABLE, overriding_variables
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.action import InProcessAction
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.collections import installed_version
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.role_options import checked_options, role_options
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.step_options import step_options

role_options()  # once, before the fork


class ActionModule(InProcessAction):
    """The module of this name, always in the controller's own process: only there are variables and collections known."""

    operation = OPERATION

    def _why_module(self, variables: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        return None

    def _perform(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        given = self._task.args
        # A null is null before templating, too. Templating all variables would cost more than the rest of the task.
        nulls = {name: None for name, value in variables.items() if value is None and (name.startswith("gpu_") or name in role_options())}
        options = checked_options(variables, self._templated)
        found = {"names": list(variables), "paths": self._templated(PATHS), "options": options}
        self._task.args = {**found, **given, "values": {**nulls, **(given.get("values") or {})}}
        self._task.args.update(self._of_place(given, variables))
        return super()._perform(variables)

    def _of_place(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """What follows from where the task runs and from what the controller has, for those arguments that are given."""
        task = self._context(variables)
        here = task.connection == "ansible.builtin.local" and not task.become
        found: dict[str, Any] = {}
        if isinstance(given.get("steps"), dict):
            path = (given.get("chain") or {}).get("path", "")
            found["steps"] = step_options(given["steps"], path, self._templated, local=here)
        if isinstance(given.get("collections"), dict):
            needed = given["collections"].items()
            found["collections"] = {name: installed_version(name) if version is None else version for name, version in needed}
        if isinstance(given.get("helm"), dict):
            found["helm"] = {"kubernetes_core": installed_version("kubernetes.core"), **given["helm"]}
        if isinstance(given.get("helm_environment"), dict):
            found["helm_environment"] = {**self._helm_environment(local=here), **given["helm_environment"]}
        return found

    def _helm_environment(self, *, local: bool) -> dict[str, Any]:
        """What Helm reads from its environment. On another host or as another user, only the task's own variables are known."""
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)  # type: ignore[no-untyped-call]  # Ansible is untyped
        found = os.environ if local else {name: str(value) for name, value in environment.items()}
        return {"driver": found.get(DRIVER_VARIABLE, ""), "variables": overriding_variables(found)}

    def _templated(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of variables, without those that depend on one that is not set: the task that uses them says so."""
        values: dict[str, Any] = {}
        variables = self._templar.available_variables
        for name in names:
            with suppress(AnsibleError, KeyError):
                values[name] = self._templar.template(variables[name])
        return values
