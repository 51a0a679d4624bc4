# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task without Ansible around it: its parameters as Ansible passes them on, and what its operation runs with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Run


def validated(arguments: Mapping[str, Any], params: Mapping[str, Any], **constraints: Any) -> dict[str, Any]:
    """Parameters that Ansible accepts, converted to their types and completed with the defaults of the others."""
    checked = ArgumentSpecValidator(dict(arguments), **constraints).validate(dict(params))
    assert not checked.error_messages
    parameters: dict[str, Any] = checked.validated_parameters
    return parameters


def task_parameters(operation: Operation, params: Mapping[str, Any]) -> dict[str, Any]:
    """A task's parameters as its operation gets them."""
    return validated(operation.arguments, params, **operation.constraints)


def real_run(*, check_mode: bool = False, environ: Mapping[str, str] | None = None) -> Run:
    """A run in real time; of the environment it sees what it is given, and nothing of the test's own."""
    return Run(check_mode=check_mode, clock=SystemClock(), environ=environ or {})
