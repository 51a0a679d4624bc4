# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module's operation, and what it says to parameters before it goes anywhere: here is no sign-in, and no cluster to go to."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation

from .tasks import real_run

MODULES = "ansible_collections.gpuops.aks.plugins.modules"
NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "plugins" / "modules").glob("[!_]*.py"))
OPERATIONS: dict[str, Operation] = {name: importlib.import_module(f"{MODULES}.{name}").OPERATION for name in NAMES}


def refusal_of(operation: Operation, **given: Any) -> InvalidInputError:
    """What an operation says to these parameters; the others have their defaults, the required ones a name."""
    with pytest.raises(InvalidInputError) as refusal:
        operation.run(parameters(operation, **given), real_run())
    return refusal.value


def parameters(operation: Operation, **given: Any) -> dict[str, Any]:
    """All parameters of an operation: the required ones have a name, the others that are not given have their defaults."""
    defaults = {name: argument.get("default") for name, argument in operation.arguments.items()}
    needed = [row[2] for row in operation.constraints.get("required_if", ()) if defaults[row[0]] == row[1]]
    required = {name for name, argument in operation.arguments.items() if argument.get("required")}
    names = dict.fromkeys([*required, *(name for each in needed for name in each)], "gpunp")
    return {**defaults, **names, **given}
