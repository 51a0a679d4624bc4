# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""The options that the steps of the chain will run with, as far as variables set them, checked as Ansible will check them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...module_utils._core.chain.options import VARIABLES
from ...module_utils._operations.chain.steps import STEPS
from .parameters import Parameters

Values = Callable[[Iterable[str]], Mapping[str, Any]]  # the values of those of the variables that are set


def step_options(modules: Mapping[str, str], path: str, values: Values, *, local: bool) -> dict[str, Any]:
    """Step → module, options and error, without the steps that have no module.

    Args:
        modules: Step → module.
        path: The GPU path of the playbook.
        values: Returns the values of variables.
        local: Whether the steps run on this machine, so that their paths can be checked here.
    """
    return {step: {"module": module, **_checked(step, module, path, values, local=local)} for step, module in modules.items() if module}


def _checked(step: str, module: str, path: str, values: Values, *, local: bool) -> dict[str, Any]:
    if module not in STEPS:
        return {"options": {}, "error": ""}
    arguments = STEPS[module].operation.arguments
    variables = {
        option: variable.format(path=path)
        for option, variable in VARIABLES[step].items()
        if option in arguments and (local or arguments[option]["type"] != "path")
    }
    found = values(variables.values())
    given = {option: found[variable] for option, variable in variables.items() if found.get(variable) is not None}
    parameters = Parameters(module, STEPS[module].operation, given)
    return {"options": parameters.values, "error": parameters.error or ""}
