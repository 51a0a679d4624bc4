# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The errors that an operation may raise, each with message, code, cause and remedy for the user."""

from __future__ import annotations

from typing import Any, Mapping


class GpuopsError(Exception):
    """What went wrong, in words for the user and in fields for a program.

    message: what failed, one sentence. code: Azure's, Kubernetes' or our own code. cause: the likely reason.
    remedy: what to do, as a command or a variable to set. retriable: whether the same call may succeed later, unchanged.
    facts: what was found out before it failed, for the task's result.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        cause: str = "",
        remedy: str = "",
        retriable: bool = False,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.cause = cause
        self.remedy = remedy
        self.retriable = retriable
        self.facts = facts or {}


class InvalidInputError(GpuopsError):
    """The user's values contradict each other or what Azure accepts; raised before anything is called."""


class RefusedError(GpuopsError):
    """What was asked for would not be had: found out before anything was changed. facts has all that was found out."""


class AzureError(GpuopsError):
    """Azure (or its sign-in) refused a request, or an operation it had accepted failed.

    status: the HTTP status, 0 when there was none (an asynchronous failure, no connection).
    perhaps_done: whether the same request had been sent before and its answer got lost, so that what is refused may be done already.
    recognized: whether the cause comes from Azure's text, not only from the class of the failure.
    """

    def __init__(
        self, message: str, *, status: int = 0, may_have_been_applied: bool = False, recognized: bool = False, **fields: Any
    ) -> None:
        super().__init__(message, **fields)
        self.status = status
        self.may_have_been_applied = may_have_been_applied
        self.recognized = recognized


class KubernetesError(GpuopsError):
    """The API server refused a request or could not be reached.

    status: the HTTP status, 0 when there was none. patience: for how many seconds the same request is worth sending again.
    pause: how many seconds the server asks to wait first. perhaps_done: whether it may have been carried out.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        patience: float = 0.0,
        pause: float = 0.0,
        may_have_been_applied: bool = False,
        **fields: Any,
    ) -> None:
        super().__init__(message, **fields)
        self.status = status
        self.patience = patience
        self.pause = pause
        self.may_have_been_applied = may_have_been_applied


class WaitTimeoutError(GpuopsError):
    """What was waited for did not come in time."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **{"code": "Timeout", "retriable": True, **fields})


class WorkloadError(GpuopsError):
    """A workload ran and did not prove what it was to prove."""
