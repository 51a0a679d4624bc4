# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Runs an operation for an inventory plugin: a failure becomes the parser's error, in one paragraph and without a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ansible.template
from ansible.errors import AnsibleParserError

from ...module_utils._clock import SystemClock
from ...module_utils._entrypoints.outcome import failure, perform
from ...module_utils._entrypoints.requirements import require_packages, require_python
from ...module_utils._errors import GpuopsError
from ...module_utils._operations.operation import Operation, Run
from .task_environment import without_logs

# Since ansible-core 2.19. Older versions trust every string that a plugin sets.
_trusted: Callable[[str], str] = getattr(ansible.template, "trust_as_template", str)
_TEMPLATE_STARTS = ("{{", "{%", "{#")


def performed(operation: Operation, options: Mapping[str, Any], warn: Callable[[str], None]) -> Mapping[str, Any]:
    """The result of the operation. Raises AnsibleParserError with code, cause and remedy if it fails.

    Args:
        operation: The operation.
        options: The options of the plugin, by name; the operation gets those that it knows.
        warn: Shows a warning.
    """
    try:
        require_python()
        require_packages(operation)
    except GpuopsError as error:
        raise AnsibleParserError(_text(failure(error))) from None
    params = {name: options.get(name) for name in operation.arguments}
    with without_logs():
        result, warnings = perform(operation, params, Run(check_mode=False, clock=SystemClock(), environ=os.environ), diff=False)
    if result.get("failed"):
        raise AnsibleParserError(_text(result))
    for warning in warnings:
        warn(warning)
    return result


def _text(result: Mapping[str, Any]) -> str:
    return f"{result['msg']} (code {result['error']['code']})"


def exported(value: Any) -> Any:
    """The value of a variable, so that ansible-inventory --export writes strings as strings.

    It writes a dictionary in place of each string that is not trusted, which AWX does not understand
    (https://github.com/ansible-collections/community.general/issues/8212, 2024-04). A string without the start of a template can be
    trusted, because nothing in it is evaluated.
    """
    if isinstance(value, str):
        return value if any(start in value for start in _TEMPLATE_STARTS) else _trusted(value)
    if isinstance(value, Mapping):
        return {key: exported(each) for key, each in value.items()}
    return [exported(each) for each in value] if isinstance(value, list) else value


def refuse_unknown(config: Sequence[str], options: Sequence[str]) -> None:
    """Refuse a misspelled option: Ansible ignores it. Raises AnsibleParserError.

    Args:
        config: The names in the file.
        options: The names that the plugin documents.
    """
    unknown = sorted(set(config) - set(options))
    if unknown:
        raise AnsibleParserError(
            f"Unknown option '{unknown[0]}'. The plugin has no option of this name. "
            "Correct it; 'ansible-doc -t inventory gpuops.aks.aks' describes all of them. (code InvalidArguments)"
        )
