# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What every operation is: a function of a typed request with an outcome, its arguments and requirements.

The entry points know nothing else of an operation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from .._clock import Clock, Deadline
from .._core.shared.change import Change
from .._progress import NO_PROGRESS, Progress
from .._writes import Writes


@dataclass(frozen=True)
class Run:
    """What an operation may know of the task that it runs in.

    progress is told while the operation waits, writes once something is changed.
    """

    check_mode: bool
    clock: Clock
    environ: Mapping[str, str]
    progress: Progress = NO_PROGRESS
    writes: Writes = field(default_factory=Writes)

    def deadline(self, timeout: float) -> Deadline:
        """The end, timeout seconds from now, of what the operation is going to wait for."""
        return Deadline(self.clock, timeout, self.progress)


@dataclass(frozen=True)
class Outcome:
    """What an operation did, or would do. result holds the module's return values beside changed, diff and warnings."""

    result: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, written."""
        return any(change.changed for change in self.changes)


def _nothing() -> None:
    """For operations that have nothing to do ahead."""


@dataclass(frozen=True)
class Operation:
    """A module's logic with what an entry point needs to offer it: arguments, their constraints, the libraries it stands on.

    libraries are import names; run takes the validated parameters. warm_up does ahead, once for all workers that are forked later, what is
    the same for each run.
    """

    arguments: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Run], Outcome]
    libraries: tuple[str, ...]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    warm_up: Callable[[], None] = _nothing
