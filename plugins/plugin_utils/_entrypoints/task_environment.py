# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Gives the process the task's environment while an operation runs, and defers signals while a line is shown."""

from __future__ import annotations

import io
import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path


@contextmanager
def task_environment(environment: Mapping[str, str], directory: str) -> Iterator[None]:
    """Give this process the environment and working directory that a module of the task would have.

    Libraries, and the programs that they start (az, kubelogin), read the process's environment only. This is safe because a worker runs one
    task at a time. What libraries print or log is discarded, as in a module.

    Args:
        environment: the task's environment.
        directory: the working directory, which relative paths refer to.
    """
    before = {name: os.environ.get(name) for name in environment}
    place = Path.cwd()
    os.environ.update(environment)
    os.chdir(directory)
    try:
        with without_logs(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        os.chdir(place)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def without_logs() -> Iterator[None]:
    """Discard what libraries log. If logging is not configured, Python prints it on the terminal, next to the error that says the same."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(level)


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Defer Ctrl-C and SIGTERM until the context ends. For the main thread only.

    Ansible may terminate a worker at any point. A worker that dies while it writes to Ansible's queue never releases the queue's lock, and
    ansible-playbook would wait for it forever.
    """
    received: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: received.append(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in received:
            signal.raise_signal(each)
