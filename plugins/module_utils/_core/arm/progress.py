# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status lines of a wait for Azure: the resource, the state of its operation and how long that usually takes.

Apart from the polling itself so that the wording is pure and can be tested.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from ..._progress import Status
from ..azure_failures.known_failure import in_one_paragraph
from .states import is_unknown, named_state, phase_of

# Kind of resource → state → how long it usually takes, in seconds: medians of operations recorded on Azure in 2022-2025
# (pool create 241 s of 28, pool delete 50 s, cluster create 322 s of 164, cluster update 111 s of 124).
_USUAL: Mapping[str, Mapping[str, float]] = {
    "agentpools": {"Creating": 240, "Deleting": 50},
    "managedclusters": {"Creating": 330, "Updating": 110},
}
# Other than these name themselves.
_PREFIXES = {"resourcegroups": "resource group "}


def resource_status(path: str, state: str, *, resumed: bool = False) -> Status:
    """What a wait for the resource at an Azure path says. state is Azure's, or the gerund of what was asked for.

    resumed: the operation began before the task, nobody knows when, so what it usually takes says nothing of what is left.
    """
    *_unused, kind, name = path.rstrip("/").split("/")
    subject = f"{_PREFIXES.get(kind.lower(), '')}{name}"
    if resumed:
        return Status(subject, f"{state} since before this task")
    return Status(subject, state, usual=_USUAL.get(kind.lower(), {}).get(named_state(state)))


def operation_status(path: str, doing: str, operation: Mapping[str, Any]) -> Status:
    """The same of an operation at work on the resource; since 2025 Azure says which phase that is in, instead of InProgress."""
    status, phase = resource_status(path, doing), phase_of(operation.get("status"))
    return replace(status, state=f"{status.state} ({phase})") if phase else status


def standing(body: Mapping[str, Any]) -> str:
    """How a wait stood when its time was over, as Azure's last answer tells: phase, and what went wrong on the way without ending it."""
    properties = body.get("properties")
    phase = phase_of(body.get("status")) or phase_of(properties.get("provisioningState") if isinstance(properties, dict) else "")
    error = body.get("error")
    words = [
        f"Azure answers the state {phase}, which this collection knows neither as the end nor as a phase of an operation."
        if is_unknown(phase)
        else "Azure is still working on it."
    ]
    if phase and not is_unknown(phase):
        words.append(f"Its state is: {phase}.")
    if isinstance(error, dict) and (error.get("code") or error.get("message")):
        told = ": ".join(part for part in (str(error.get("code") or ""), in_one_paragraph(str(error.get("message") or ""))) if part)
        words.append(f"So far it reports {told.rstrip('.')}.")
    return " ".join(words)
