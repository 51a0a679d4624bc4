# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Cause and remedy of an Azure error that no table knows, derived from the HTTP status, with the IDs that Azure support asks for."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Mapping

_DOCS = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes"


@dataclass(frozen=True)
class Trace:
    """How Azure support finds a request: its method and path, and the IDs that Azure gave it."""

    request: str = ""
    correlation_id: str = ""
    request_id: str = ""

    def sentence(self) -> str:
        """What to give to Azure support, "" when nothing is known."""
        ids = (("", self.request), ("correlation ID ", self.correlation_id), ("request ID ", self.request_id))
        known = [f"{name}{value}" for name, value in ids if value]
        return f"For Azure support: {', '.join(known)}." if self.correlation_id or self.request_id else ""


@dataclass(frozen=True)
class GeneralMeaning:
    """What the class of a failure says where Azure's text says nothing that is known."""

    cause: str
    remedy: str


_SERVER = GeneralMeaning(
    "Azure itself could not complete the request.", "Run the same task again; https://azure.status.microsoft shows outages."
)
# The operation was accepted, and failed later.
_LATER = GeneralMeaning(
    "Azure accepted the request, and the operation that it started failed.",
    f"Read Azure's message, look the code up in {_DOCS} and at the resource in the portal (Diagnose and solve problems), then run the task "
    "again.",
)
_REFUSED = GeneralMeaning(
    "Azure refused the request.", f"Compare the task's options with Azure's message, and look the code up in {_DOCS}."
)
_BY_STATUS: Mapping[int, GeneralMeaning] = {
    HTTPStatus.BAD_REQUEST: GeneralMeaning(
        "Azure considers something in the request invalid.",
        f"Compare the task's options with Azure's message, and look the code up in {_DOCS}.",
    ),
    HTTPStatus.UNAUTHORIZED: GeneralMeaning(
        "Azure doesn't accept the identity's token.",
        "Check tenant, client_id and cloud_environment, or sign in again ('az login').",
    ),
    HTTPStatus.FORBIDDEN: GeneralMeaning(
        "The identity may not do this, or a policy or network rule of the subscription forbids it.",
        "Compare the identity's roles ('az role assignment list --all --assignee CLIENT_ID') and the subscription's policies with Azure's "
        "message.",
    ),
    HTTPStatus.NOT_FOUND: GeneralMeaning(
        "Something that the request names doesn't exist, or the identity may not see it.",
        "Check the names in the task, resource_group and subscription_id.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: _SERVER,
    HTTPStatus.CONFLICT: GeneralMeaning(
        "The request conflicts with the state of the resource or with another operation.",
        "Look at the state with 'az aks show' or 'az aks nodepool show', and run the task again when no other operation is running.",
    ),
    HTTPStatus.GONE: GeneralMeaning(
        "What the request names, or its API version, doesn't exist any more.",
        "Check the names in the task, and leave api_version out.",
    ),
}


def general_meaning(status: int) -> GeneralMeaning:
    """Cause and remedy by an answer's status; 0 for an operation that was accepted and failed later."""
    if status == 0:
        return _LATER
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _SERVER
    return _BY_STATUS.get(status, _REFUSED)
