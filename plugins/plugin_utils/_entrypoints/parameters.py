# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Checks arguments and prepares results the way AnsibleModule does, without a module."""

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
    """A task's arguments, checked as AnsibleModule checks them; `error` is what is wrong with them, "" for nothing."""

    def __init__(self, name: str, operation: Operation, arguments: Json) -> None:
        given = _plain(arguments)
        self.values: dict[str, Any]
        self._secrets: set[str]
        try:
            checked = ArgumentSpecValidator(dict(operation.arguments), **operation.constraints).validate(given)
        except UNFIT_VALUES as error:
            self.values, self._secrets, self.warnings = {}, set(), []
            self.error = unfit_value(error)
            return
        self.values = {**given, **checked.validated_parameters}
        self.error = str(checked.errors.msg) if checked.error_messages else ""
        if self.error and isinstance(checked.errors[0], UnsupportedError):
            self.error = f"Unsupported parameters for ({name}) module: {self.error}"
        # AnsibleModule takes these two from here as well: there is no other way to them.
        self._secrets = {*checked._no_log_values, *passwords(self.values)}  # noqa: SLF001
        self.warnings = [f"Both option {each['option']} and its alias {each['alias']} are set." for each in checked._warnings]  # noqa: SLF001

    def result(self, content: Json) -> dict[str, Any]:
        """What the task returns: the content as AnsibleModule completes it, without secrets."""
        result = {**content, "invocation": {"module_args": self.values}}
        AnsibleModule.add_path_info(_Files(), result)
        flags = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
        return {**self.hide(_plain(result)), **flags}

    def hide(self, value: Any) -> Any:
        """The value without the secrets in it."""
        return remove_values(value, self._secrets)


class _Files(AnsibleModule):
    """How AnsibleModule describes the file that a result names, without a module around it."""

    def __init__(self) -> None:  # pylint: disable=super-init-not-called
        self._selinux_enabled = self._selinux_mls_enabled = self._selinux_initial_context = None


def _plain(value: Json) -> dict[str, Any]:
    """The value as a module gets it, and as it returns one: what JSON can say, without the marks that Ansible puts on values."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(value), default=_as_text))
    return plain


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
