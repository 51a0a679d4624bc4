# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Decides whether a task is plain local work that may run in the controller's own process."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

# The values of INTERPRETER_PYTHON with which Ansible looks for an interpreter itself.
_DISCOVERED = ("", "auto", "auto_legacy", "auto_silent", "auto_legacy_silent")


@dataclass(frozen=True)
class TaskContext:
    """How Ansible would run the task's module.

    interpreter: the value of INTERPRETER_PYTHON. python: the interpreter that the controller runs on.
    """

    connection: str
    become: bool
    asynchronous: bool
    interpreter: str
    python: str


def why_not_in_process(task: TaskContext) -> str | None:
    """Why the controller's own process cannot run a task; None if it can."""
    if task.connection != "ansible.builtin.local":
        return f"its connection is {task.connection}"
    if task.become:
        return "it runs as another user (become)"
    if task.asynchronous:
        return "it is async"
    if task.interpreter not in _DISCOVERED and not same_python(task.interpreter, task.python):
        return f"its interpreter is {task.interpreter}, not the controller's {task.python}"
    return None


def same_python(one: str, other: str) -> bool:
    """Whether two paths start the same interpreter with the same packages. In a virtual environment the interpreter is a link."""
    return one == other or _identity(one) == _identity(other)


def _identity(python: str) -> tuple[Path, Path]:
    """The interpreter, and the virtual environment or directory that its packages come from, which depends on the path that starts it."""
    path = Path(shutil.which(python) or python)
    program, place = path.resolve(), path.parent.resolve()
    environment = next((above for above in (place, place.parent) if (above / "pyvenv.cfg").is_file()), None)
    return program, environment or program.parent
