# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Gives the process the task's environment while an operation runs, and holds signals back until it has ended."""

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
    """The process as a module of the task would find it, while the context lasts.

    The task's environment is the process's own, because libraries and the programs that they start (az, kubelogin) look nowhere else: each
    worker runs one task at a time. So is the directory, from which relative paths lead. What libraries print or log goes nowhere, as a
    module's does.
    """
    before = {name: os.environ.get(name) for name in environment}
    place = Path.cwd()
    level = logging.root.manager.disable
    os.environ.update(environment)
    os.chdir(directory)
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(level)
        os.chdir(place)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM take effect when the context ends. For the main thread only.

    Ansible ends a worker wherever it is. While it writes a line to Ansible's queue it holds the queue's lock, would take it along, and
    ansible-playbook would wait for that lock for ever.
    """
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)
