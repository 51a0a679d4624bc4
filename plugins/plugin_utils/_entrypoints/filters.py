# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Runs a function of the core as a filter: a refusal becomes the template's error, in one paragraph and without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ansible.errors import AnsibleFilterError

from ...module_utils._entrypoints.outcome import failure
from ...module_utils._errors import GpuopsError

_Result = TypeVar("_Result")


def filtered(function: Callable[[Any], _Result], value: Any) -> _Result:
    """What the function makes of the value. Raises AnsibleFilterError with code, cause and remedy if the function refuses it.

    Args:
        function: the function.
        value: what the template passes to the filter.
    """
    try:
        return function(value)
    except GpuopsError as error:
        raise AnsibleFilterError(f"{failure(error)['msg']} (code {error.code})") from None
