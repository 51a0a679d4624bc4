# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The errors that an operation may raise, each with message, code, cause and remedy for the user."""

from __future__ import annotations

from typing import Any, Mapping


class GpuopsError(Exception):
    """A failed operation, described in words for the user and in fields for programs.

    Args:
        message: what failed, in one sentence.
        code: Azure's, Kubernetes' or this collection's code for the failure.
        cause: the likely reason, in one sentence.
        remedy: what to do about it, such as a command to run or an option to set.
        retriable: whether the same task may succeed later.
        facts: what was found before the failure, for the task's result.
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

    @property
    def fields(self) -> dict[str, Any]:
        """The failure for programs, as the task's result has it."""
        told = {"message": self.message, "cause": self.cause, "remedy": self.remedy}
        return {"code": self.code, **told, "retriable": self.retriable}


class InvalidInputError(GpuopsError):
    """The options contradict each other or are not accepted by Azure; raised before any request."""


class RefusedError(GpuopsError):
    """A check found that the operation would not succeed; raised before anything is changed. facts holds all findings."""


class AzureError(GpuopsError):
    """Azure or Entra ID refused a request, or an operation that Azure had accepted failed.

    status: the HTTP status; 0 for a failed operation and for a request without a response.
    may_have_been_applied: whether the same request was sent before and its response was lost, so that the change may exist already.
    recognized: whether the cause comes from Azure's message, not only from the kind of failure.
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

    status: the HTTP status; 0 for a request without a response. patience: for how many seconds retrying the request is worthwhile.
    pause: how many seconds the server asks the client to wait. may_have_been_applied: whether the request may have taken effect.
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
    """The awaited state was not reached in time."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **{"code": "Timeout", "retriable": True, **fields})


class WorkloadError(GpuopsError):
    """A workload ran, but did not prove that it used a GPU."""


class MetricsError(GpuopsError):
    """No source has metrics of the GPUs; facts holds what was found instead."""
