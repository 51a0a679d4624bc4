# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The interface between operations and entry points: an operation, the run that it is given and the outcome that it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from .._clock import Clock, Deadline
from .._core.shared.change import Change
from .._progress import NO_PROGRESS, Progress
from .._writes import Writes


@dataclass(frozen=True)
class Run:
    """What an operation may know about the task that it runs in.

    progress: receives the status while the operation waits. writes: records each change.
    """

    check_mode: bool
    clock: Clock
    environ: Mapping[str, str]
    progress: Progress = NO_PROGRESS
    writes: Writes = field(default_factory=Writes)

    def deadline(self, timeout: float) -> Deadline:
        """A deadline, timeout seconds from now, that reports to this run's progress."""
        return Deadline(self.clock, timeout, self.progress)


@dataclass(frozen=True)
class Outcome:
    """What an operation did, or would do. result: the module's return values, apart from changed, diff and warnings."""

    result: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the operation changed, or would change, anything."""
        return any(change.changed for change in self.changes)


def _nothing() -> None:
    """The warm-up of an operation that has none."""


@dataclass(frozen=True)
class Operation:
    """The logic of a module, and what an entry point needs to run it.

    arguments, constraints: the module's argument specification. run: takes the validated parameters.
    libraries: the import names of what it requires; relative ones are as from a package of module_utils.
    warm_up: does, before Ansible forks workers, what every run would repeat.
    """

    arguments: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Run], Outcome]
    libraries: tuple[str, ...]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    warm_up: Callable[[], None] = _nothing
