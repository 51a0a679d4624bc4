# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a process: its arguments, a signal half-way, and a child that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._proof.limits import MOST_SECONDS

from .proof_runs import NONCE, children, command, environment, gpu, place, prove, result, uuid

# Printed right before the multiplication, in which the fault hangs.
LAST_LINE_BEFORE_THE_HANG = "memory_bandwidth:"


@contextmanager
def hanging(directory: Path, *gpus: str) -> Iterator[subprocess.Popen[str]]:
    """The program at the moment when its first device hangs."""
    with subprocess.Popen(command(), cwd=place(directory), env=environment(";".join(gpus)), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            while not process.stdout.readline().startswith(LAST_LINE_BEFORE_THE_HANG):
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_half_way_ends_the_child_and_is_reported(tmp_path: Path, number: signal.Signals) -> None:
    with hanging(tmp_path, gpu(1, fault="hang"), gpu(2)) as process:
        (child,) = children(process.pid)
        process.send_signal(number)
        output, _errors = process.communicate(timeout=20)
    ended = result(process.returncode, output)
    assert ended.status == 1
    assert not is_alive(child)
    assert [device["device"]["uuid"] for device in ended.devices] == [uuid(1)]  # the second one was not begun
    assert ended.devices[0]["error"]["code"] == ended.run["error"]["code"] == "Interrupted"
    assert (ended.run["visible"], ended.run["passed"]) == (2, 0)


def test_child_that_dies_is_reported_and_the_next_device_proven(tmp_path: Path) -> None:
    with hanging(tmp_path, gpu(1, fault="hang"), gpu(2)) as process:
        (child,) = children(process.pid)
        time.sleep(0.2)
        os.kill(child, signal.SIGSEGV)
        output, _errors = process.communicate(timeout=60)
    died, proven = result(process.returncode, output).devices
    assert (died["error"]["code"], died["error"]["during"], died["error"]["timeout"]) == ("ProcessEnded", "sgemm", False)
    assert str(int(signal.SIGSEGV)) in died["error"]["meaning"]
    assert died["challenge"] is not None
    assert proven["error"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--level", "smoke", "--nonce", NONCE],
        ["--level", "quick", "--nonce", NONCE, "--timeout", "60"],
        ["--level", "smoke", "--nonce", NONCE[1:], "--timeout", "60"],
        ["--level", "smoke", "--nonce", NONCE.replace("a", "g"), "--timeout", "60"],
        ["--level", "smoke", "--nonce", NONCE, "--timeout", "0"],
        ["--level", "smoke", "--nonce", NONCE, "--timeout", "nan"],
        ["--level", "smoke", "--nonce", NONCE, "--timeout", str(MOST_SECONDS + 1)],
        ["--level", "smoke", "--nonce", NONCE, "--timeout", "60", "more"],
    ],
)
def test_bad_arguments_end_with_status_2(tmp_path: Path, arguments: list[str]) -> None:
    program = command()[:4]
    done = subprocess.run([*program, *arguments], cwd=place(tmp_path), env=environment(gpu()), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage:")


@pytest.fixture(name="crowded")
def crowded_processor() -> Iterator[int]:
    """A processor on which eight other processes are always at work."""
    processor = min(os.sched_getaffinity(0))
    busy = f"import os; os.sched_setaffinity(0, {{{processor}}}); print(flush=True)\nwhile True: pass"
    others = [subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE) for _unused in range(8)]
    try:
        for other in others:
            assert other.stdout is not None
            other.stdout.readline()
        yield processor
    finally:
        for other in others:
            other.kill()
            other.communicate()


# A child that computes, on a thread of its own and on the first one, for more than its limit of 1 s and less than the most of 3 s, and then
# does something. Beside the eight others, it gets a ninth of that time at most, however busy the machine is.
CHILD = """
import os, sys, threading, time
from proof.process import Child, Stop

def compute(seconds):
    while time.monotonic() < began + seconds:
        pass

def work(report):
    driver = threading.Thread(target=compute, args=[0.9])
    driver.start()
    driver.join()
    compute(1.3)
    if sys.argv[2] == "hangs":
        time.sleep(60)
    if sys.argv[2] == "asks":
        compute(60)

os.sched_setaffinity(0, {int(sys.argv[1])})
began = time.monotonic()
outcome = Child(work, 1.0, Stop(), {}).outcome()
print(outcome.error["code"] if outcome.error else "ended", time.monotonic() - began)
"""


@pytest.mark.parametrize(
    ("does", "code"),
    [
        ("ends", "ended"),
        ("hangs", "Timeout"),
        pytest.param("asks", "Timeout", id="asks a device that hangs again and again"),
    ],
)
def test_wait_for_a_busy_processor_does_not_count_as_time_of_the_device(tmp_path: Path, crowded: int, does: str, code: str) -> None:
    program = [sys.executable, "-c", CHILD, str(crowded), does]
    done = subprocess.run(program, cwd=place(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    found, seconds = done.stdout.split()
    assert found == code, f"after {seconds} s"
    assert float(seconds) > 1.0, "the processor was not busy enough to show anything"


def test_longest_timeout_of_the_module_is_accepted(tmp_path: Path) -> None:
    assert prove(tmp_path, gpu(), timeout=str(MOST_SECONDS)).status == 0
