# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Optimistic concurrency: write what was planned for the version that was read, and start over if the resource has changed since.

A cluster and a node pool share this loop; each brings its own read, plan and write.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Callable, Generic, Protocol, TypeVar

from .._azure.answers import Answer
from .._clock import Deadline
from .._core.shared.change import Change
from .._core.shared.mappings import Json
from .._errors import AzureError


class Plan(Protocol):
    """How a resource gets from what was read to what is wanted."""

    @property
    def change(self) -> Change:
        """What the plan writes."""


AnyPlan = TypeVar("AnyPlan", bound=Plan)


@dataclass(frozen=True)
class Converged(Generic[AnyPlan]):
    """How the loop ended.

    live: the resource as it was read last, None if it did not exist. plan: the last one, made from live. accepted: Azure's answer to the
    write, None if nothing was left to write or in check mode. change: what the task has changed, or would change.
    """

    live: Json | None
    plan: AnyPlan
    accepted: Answer | None
    change: Change


def converge(
    read: Callable[[], Json | None],
    plan: Callable[[Json | None], AnyPlan],
    write: Callable[[AnyPlan], Answer],
    back_off: Callable[[AzureError], None],
    deadline: Deadline,
    *,
    check_mode: bool,
) -> Converged[AnyPlan]:
    """Read, plan and write until Azure accepts a write or nothing is left to write. Raises what these raise.

    A conflict means that the plan is out of date: after a pause the resource is read again, so that no one's change is overwritten.

    Args:
        read: returns the resource, or None if it does not exist.
        plan: compares what was read with what is wanted, or raises if that is impossible.
        write: sends the plan, with the version that it was made from.
        back_off: waits after a conflict, which it is given.
        deadline: when to give up: a conflict is then raised.
        check_mode: whether to stop before the first write.
    """
    applied: Change | None = None
    while True:
        live = read()
        current = plan(live)
        if check_mode or (live is not None and not current.change.changed):
            return Converged(live, current, accepted=None, change=applied or current.change)
        try:
            accepted = write(current)
        except AzureError as error:
            if not is_conflict(error) or deadline.passed:
                raise
            if error.may_have_been_applied:
                applied = current.change
            back_off(error)
        else:
            return Converged(live, current, accepted, current.change)


def is_conflict(error: AzureError) -> bool:
    """Whether another change came first, so that the resource has to be read again."""
    return error.code in ("OperationInProgress", "ChangedMeanwhile") or error.status == HTTPStatus.PRECONDITION_FAILED
