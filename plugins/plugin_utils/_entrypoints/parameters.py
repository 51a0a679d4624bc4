# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Checks arguments and prepares results as AnsibleModule does, without a module."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ...module_utils._core.shared.mappings import Json
from ...module_utils._core.shared.url_passwords import passwords
from ...module_utils._entrypoints.outcome import UNFIT_VALUES, unfit_value
from ...module_utils._operations.operation import Operation


class Parameters:
    """A task's arguments, checked as AnsibleModule checks them. error: why they are invalid; None if they are valid.

    Args:
        name: the module's name, for error messages.
        operation: the operation whose argument specification applies.
        arguments: the task's arguments.
    """

    def __init__(self, name: str, operation: Operation, arguments: Json) -> None:
        given = plain(arguments)
        self.values: dict[str, Any]
        self._secrets: set[str]
        self.error: str | None = None
        try:
            checked = ArgumentSpecValidator(dict(operation.arguments), **operation.constraints).validate(given)
        except UNFIT_VALUES as error:
            self.values, self._secrets, self.warnings = {}, set(), []
            self.error = unfit_value(error)
            return
        self.values = {**given, **checked.validated_parameters}
        if checked.error_messages:
            unsupported = isinstance(checked.errors[0], UnsupportedError)
            self.error = f"Unsupported parameters for ({name}) module: {checked.errors.msg}" if unsupported else str(checked.errors.msg)
        # AnsibleModule reads these two private attributes as well; there is no public access to them.
        self._secrets = {*checked._no_log_values, *passwords(self.values)}  # noqa: SLF001
        self.warnings = [f"Both option {each['option']} and its alias {each['alias']} are set." for each in checked._warnings]  # noqa: SLF001

    def result(self, content: Json) -> dict[str, Any]:
        """The task's result: the content, completed as AnsibleModule does and without secrets."""
        result = {**content, "invocation": {"module_args": self.values}}
        AnsibleModule.add_path_info(_Files(), result)
        flags = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
        return {**self.hide(plain(result)), **flags}

    def hide(self, value: Any) -> Any:
        """The value with all secrets masked."""
        return remove_values(value, self._secrets)


class _Files(AnsibleModule):
    """AnsibleModule's description of the file that a result names, without the rest of a module."""

    def __init__(self) -> None:  # pylint: disable=super-init-not-called
        self._selinux_enabled = self._selinux_mls_enabled = self._selinux_initial_context = None


def plain(value: Json) -> dict[str, Any]:
    """The value as a module receives and returns it: as JSON, without the tags that Ansible attaches to values."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(value), default=_as_string))
    return plain


def _as_string(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
