# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Decides whether a task is plain local work that may run in the controller's own process."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

# Ansible's values for "find one": then the user has no preference (INTERPRETER_PYTHON).
_FOUND_BY_ANSIBLE = ("", "auto", "auto_legacy", "auto_silent", "auto_legacy_silent")


@dataclass(frozen=True)
class TaskContext:
    """How Ansible would run a task's module. interpreter is as the user gives it, "" for no preference; python is the controller's own."""

    connection: str
    become: bool
    asynchronous: bool
    interpreter: str
    python: str


def why_elsewhere(task: TaskContext) -> str:
    """Why a task is not plain local work that the controller's own process can do, "" when it is."""
    if task.connection != "ansible.builtin.local":
        return f"its connection is {task.connection}"
    if task.become:
        return "it runs as another user (become)"
    if task.asynchronous:
        return "it is async"
    if task.interpreter not in _FOUND_BY_ANSIBLE and not same_python(task.interpreter, task.python):
        return f"its interpreter is {task.interpreter}, not the controller's {task.python}"
    return ""


def same_python(one: str, other: str) -> bool:
    """Whether two paths start the same program with the same packages: a virtual environment's own is a link to one of another."""
    return _identity(one) == _identity(other)


def _identity(python: str) -> tuple[Path, Path]:
    """The program, and the virtual environment or directory whose packages it takes by the path that it is started by."""
    path = Path(shutil.which(python) or python)
    program, place = path.resolve(), path.parent.resolve()
    environment = next((above for above in (place, place.parent) if (above / "pyvenv.cfg").is_file()), None)
    return program, environment or program.parent
