# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation that is told to end cleans up first, and then ends as it would have without that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._termination import clean_termination

COLLECTIONS = Path(__file__).parents[3] / "collections"
PROGRAM = """
import os, signal, time
from ansible_collections.gpuops.aks.plugins.module_utils._termination import clean_termination
with clean_termination():
    try:
        print("working", flush=True)
        time.sleep(60)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
        print("clean", flush=True)
print("not reached")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_process_after_the_cleanup_which_a_second_one_does_not_interrupt(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        assert process.stdout.read() == "clean\n"
        assert process.wait(timeout=10) == -number


def test_handlers_are_the_same_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with clean_termination():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_changes_in_another_thread() -> None:
    seen: list[object] = []

    def look() -> None:
        with clean_termination():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
