# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Cause and remedy of an Azure error that is in no table, derived from the HTTP status, with the IDs that Azure support needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Mapping

from ..shared.explanation import Explanation

_DOCS = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes"


@dataclass(frozen=True)
class Trace:
    """What Azure support needs to find a request: its method and path, and the IDs that Azure assigned; None for what is not known."""

    request: str | None = None
    correlation_id: str | None = None
    request_id: str | None = None

    def sentence(self) -> str:
        """What to send to Azure support, "" if nothing is known."""
        ids = (("", self.request), ("correlation ID ", self.correlation_id), ("request ID ", self.request_id))
        known = [f"{name}{value}" for name, value in ids if value]
        return f"For Azure support: {', '.join(known)}." if self.correlation_id or self.request_id else ""


# These have no code: Azure's own code is used.
_SERVER = Explanation(
    "",
    cause="Azure could not complete the request because of a problem of its own.",
    remedy="Run the same task again, and check https://azure.status.microsoft for outages.",
)
# The operation was accepted and failed later.
_LATER = Explanation(
    "",
    cause="Azure accepted the request, but the operation that it started failed.",
    remedy=f"Read Azure's message, look up the code in {_DOCS}, check the resource in the portal (Diagnose and solve problems), "
    "then run the task again.",
)
_REFUSED = Explanation(
    "", cause="Azure rejected the request.", remedy=f"Compare the task's options with Azure's message, and look up the code in {_DOCS}."
)
_BY_STATUS: Mapping[int, Explanation] = {
    HTTPStatus.BAD_REQUEST: Explanation(
        "",
        cause="Azure considers part of the request invalid.",
        remedy=f"Compare the task's options with Azure's message, and look up the code in {_DOCS}.",
    ),
    HTTPStatus.UNAUTHORIZED: Explanation(
        "",
        cause="Azure does not accept the identity's token.",
        remedy="Check tenant, client_id and cloud_environment, or sign in again ('az login').",
    ),
    HTTPStatus.FORBIDDEN: Explanation(
        "",
        cause="The identity does not have permission for this, or a policy or network rule of the subscription does not allow it.",
        remedy="Compare the identity's roles ('az role assignment list --all --assignee CLIENT_ID') and the "
        "subscription's policies with Azure's "
        "message.",
    ),
    HTTPStatus.NOT_FOUND: Explanation(
        "",
        cause="Something that the request names does not exist, or the identity has no access to it.",
        remedy="Check the names in the task, resource_group and subscription_id.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: _SERVER,
    HTTPStatus.CONFLICT: Explanation(
        "",
        cause="The request conflicts with the state of the resource or with another operation.",
        remedy="Check the state with 'az aks show' or 'az aks nodepool show', and run the task again when no other operation is running.",
    ),
    HTTPStatus.GONE: Explanation(
        "",
        cause="Something that the request names, or its API version, no longer exists.",
        remedy="Check the names in the task, and leave out api_version.",
    ),
}


def general_explanation(status: int, code: str) -> Explanation:
    """The explanation for a status; 0 for an operation that was accepted and failed later. code: Azure's code, which may be ""."""
    return replace(_by_status(status), code=code or (f"HTTP{status}" if status else "OperationFailed"))


def _by_status(status: int) -> Explanation:
    if status == 0:
        return _LATER
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _SERVER
    return _BY_STATUS.get(status, _REFUSED)
