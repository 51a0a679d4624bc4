# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The status lines of a wait for Azure: the resource, the state of its operation and how long that usually takes.

Separate from the polling so that the wording is pure and can be tested.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from ..._progress import Status
from ..azure_failures.known_failure import in_one_paragraph
from .resource_option import inside
from .states import is_unknown, named_state, phase_of

# Kind of resource → state → how long it usually takes, in seconds: medians of operations recorded on Azure in 2022-2025
# (pool create 241 s of 28, pool delete 50 s, cluster create 322 s of 164, cluster update 111 s of 124).
_USUAL: Mapping[str, Mapping[str, float]] = {
    "agentpools": {"Creating": 240, "Deleting": 50},
    "managedclusters": {"Creating": 330, "Updating": 110},
}
# What precedes the name of a resource of this kind.
_PREFIXES = {"resourcegroups": "resource group "}


def resource_status(path: str, state: str, *, resumed: bool = False) -> Status:
    """The status of a wait for the resource at an Azure path.

    Args:
        path: the resource's path.
        state: Azure's state, or the gerund of what was asked for.
        resumed: whether the operation began before the task. When is unknown, so its usual duration says nothing about the time left.
    """
    *_unused, kind, name = path.rstrip("/").split("/")
    subject = f"{_PREFIXES.get(kind.lower(), '')}{name}"
    if resumed:
        return Status(subject, f"{state} since before this task")
    return Status(subject, state, usual=_USUAL.get(kind.lower(), {}).get(named_state(state) or state))


def operation_status(path: str, doing: str, operation: Mapping[str, Any]) -> Status:
    """The status of an operation on the resource; since 2025 Azure reports the phase of some operations instead of InProgress."""
    status = resource_status(path, doing)
    phase = phase_of(operation.get("status"))
    return replace(status, state=f"{status.state} ({phase})") if phase else status


def standing(body: Mapping[str, Any]) -> str:
    """How a wait stood when its time was over, by Azure's last answer: the phase, and what went wrong so far without ending it."""
    phase = phase_of(body.get("status")) or phase_of(inside(body, "properties.provisioningState"))
    return " ".join([*_phase_words(phase), *_error_words(body.get("error"))])


def _phase_words(phase: str | None) -> list[str]:
    if phase is None:
        return ["Azure is still working on it."]
    if is_unknown(phase):
        return [f"Azure returned the state {phase}, which this collection does not know as a final state or as a phase of an operation."]
    return ["Azure is still working on it.", f"Its state is: {phase}."]


def _error_words(error: Any) -> list[str]:
    if not isinstance(error, dict):
        return []
    parts = [str(error.get("code") or ""), in_one_paragraph(str(error.get("message") or ""))]
    reported = ": ".join(filter(None, parts))
    return [f"So far it reports {reported.rstrip('.')}."] if reported else []
