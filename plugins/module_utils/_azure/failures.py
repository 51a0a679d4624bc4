# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Any, Mapping

from .._errors import AzureError
from .._gpu.grants import grant_advice
from .._gpu.known_failure import full_message
from .._gpu.known_failures import recognise


def azure_error(what: str, *, status: int, code: str, message: str) -> AzureError:
    """The error for a text of Azure's, with the meaning that the text is known to have."""
    known = recognise(message) or recognise(code)
    return AzureError(
        f"{what}: Azure answers {code}: {message.strip()}" if code else f"{what}: {message.strip()}",
        code=known.code if known else code or f"HTTP{status}",
        status=status,
        cause=known.cause if known else "",
        remedy=grant_advice(message) or (known.remedy if known else ""),
        retriable=known.retriable if known else status in (408, 429, 500, 502, 503, 504),
    )


def code_and_message(body: Any) -> tuple[str, str]:
    """Azure's two error shapes: the gateway's {"error": {...}} and the resource provider's fields at the top; with their details."""
    if not isinstance(body, Mapping):
        return "", str(body or "")
    error = body.get("error", body)
    if not isinstance(error, Mapping):
        return str(error), str(body.get("error_description", ""))
    return str(error.get("code") or ""), full_message(error)
