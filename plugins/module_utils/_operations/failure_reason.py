# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Adds to a failed operation's error what the cluster or node pool itself says about the failure."""

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
    """A failure with what the resource at the path, a cluster or a node pool, says of it.

    An operation that failed tells why, at times only in the resource: both are in the result, and the one that we know explains it.
    """
    if error.status or error.code == "AzureUnreachable":
        return error  # nothing that began has failed
    try:
        failed = session.find(path, api=api, what=f"Reading the {kind} {name}")
    except AzureError:
        return error  # that the resource can't be read must not hide why the operation failed
    if failed is None:
        return error
    reason = inside(failed, "properties.status.provisioningError")
    if reason and not error.recognized:
        code, message = code_and_message(reason)
        found = azure_error(f"{error.message} Of the {kind} it says", status=0, code=code, message=message)
        error = found if found.recognized else error
    error.facts = {**error.facts, **facts(failed)}
    return error
