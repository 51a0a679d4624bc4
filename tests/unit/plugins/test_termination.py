# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation that is told to end cleans up first, and then ends as it would have without that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._termination import clean_termination

COLLECTIONS = Path(__file__).parents[3] / "collections"
PROGRAM = """
import os, signal, time
from ansible_collections.gpuops.aks.plugins.module_utils._termination import clean_termination
def clean_up():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.1)
    print("clean", flush=True)
with clean_termination(clean_up):
    print("working", flush=True)
    time.sleep(60)
print("not reached")
"""
# Python ignores what is raised in a finalizer.
IN_A_FINALIZER = """
import os, signal, time
from ansible_collections.gpuops.aks.plugins.module_utils._termination import clean_termination
class Buffer:
    def __del__(self):
        print("working", flush=True)
        time.sleep(60)
with clean_termination(lambda: print("clean", flush=True)):
    Buffer()
    print("ignored", flush=True)
    time.sleep(60)
"""


Run = Callable[[str], AbstractContextManager[subprocess.Popen[str]]]


@pytest.fixture
def run() -> Run:
    """Starts a program that says when it works."""
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}

    @contextmanager
    def start(program: str) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "working\n"
            yield process

    return start


def rest_of(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What it prints after that, and its exit status."""
    assert process.stdout is not None
    return process.stdout.read(), process.wait(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_process_after_the_cleanup_which_a_second_one_does_not_interrupt(run: Run, number: signal.Signals) -> None:
    with run(PROGRAM) as process:
        process.send_signal(number)
        assert rest_of(process) == ("clean\n", -number)


def test_signal_that_is_lost_in_a_finalizer_ends_the_process_all_the_same(run: Run) -> None:
    with run(IN_A_FINALIZER) as process:
        process.send_signal(signal.SIGTERM)
        assert rest_of(process) == ("ignored\nclean\n", -signal.SIGTERM)


def test_cleanup_happens_without_a_signal_too() -> None:
    done: list[str] = []
    with pytest.raises(ValueError, match="its own"), clean_termination(lambda: done.append("clean")):
        raise ValueError("its own")
    assert done == ["clean"]


def test_handlers_are_the_same_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with clean_termination(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_signals_are_left_alone_in_another_thread() -> None:
    seen: list[object] = []

    def look() -> None:
        with clean_termination(lambda: seen.append("clean")):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM), "clean"]
