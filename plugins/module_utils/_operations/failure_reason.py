# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Adds the reason that a cluster or node pool reports to the error of a failed operation."""

from __future__ import annotations

from typing import Callable

from .._azure.failures import azure_error, code_and_message
from .._azure.session import Session
from .._core.arm.resource_option import inside
from .._core.shared.mappings import Json
from .._errors import AzureError


def with_reason(
    error: AzureError, session: Session, *, path: str, api: str, kind: str, name: str, facts: Callable[[Json], Json]
) -> AzureError:
    """The error, with the reason and facts that the resource reports.

    Azure sometimes gives the reason for a failed operation only in the resource. The error quotes both, and is explained by the one that is
    recognized.

    Args:
        error: the error of the operation.
        session: the session with Azure.
        path: the resource, a cluster or node pool.
        api: the API version of the resource.
        kind: what to call the resource in messages, such as "node pool".
        name: its name.
        facts: makes the facts for the task's result from the resource.
    """
    if error.status or error.code == "AzureUnreachable":
        return error  # no operation was started
    try:
        failed = session.find(path, api=api, what=f"Reading the {kind} {name}")
    except AzureError:
        return error  # a resource that cannot be read must not hide why the operation failed
    if failed is None:
        return error
    reason = inside(failed, "properties.status.provisioningError")
    if reason and not error.recognized:
        code, message = code_and_message(reason)
        found = azure_error(f"{error.message} The {kind} reports", status=0, code=code, message=message)
        error = found if found.recognized else error
    error.facts = {**error.facts, **facts(failed)}
    return error
