# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container prints stays data: it makes no terminal do anything, and it bounds neither memory nor time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION

from tests.integration.plugins.entry_points import ENTRY_POINTS, play, task
from tests.integration.plugins.log_server import STAMP, log_server
from tests.integration.plugins.task_runs import run_task

DEVICE = b"Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla T4, pci bus id: 0, compute capability: 7.5)\n"
EVIL = "\x1b[2J\x1b]0;title\x07failed call to cuInit\x9b31m \u202e\x08"
RAW = ("\x1b", "\x07", "\x9b", "\x08", "\u202e")


def result_of(address: str, **params: Any) -> dict[str, Any]:
    """What mnist_job returns of a Job on this server."""
    return run_task(OPERATION, {"host": address, "api_key": "token", "wait_timeout": 30, **params})


def stamped(*lines: bytes) -> list[bytes]:
    return [b"".join(STAMP + line for line in (DEVICE, *lines))]


def test_control_characters_in_a_log_are_escaped_at_both_entry_points(tmp_path: Path) -> None:
    evil = EVIL.encode() + b" \xed\xa0\x80\xff\n"
    with log_server(stamped(evil)) as address:
        job = task("job", "mnist_job", {"host": address, "api_key": "token", "name": "{{ entry_point }}"})
        played = play(tmp_path, [job], options=("-vvv",))
    for entry_point in ENTRY_POINTS:
        result = played.result("job", entry_point)
        assert result["error"]["code"] == "FailureInLog"
        assert r"\x1b[2J\x1b]0;title\x07failed call to cuInit\x9b31m \u202e\x08" in result["msg"]
        assert not set(RAW) & set(f"{result['msg']}{result['error']}".replace("\\\\", "\\"))
    assert not set(RAW) & set(played.output)


def test_log_file_equals_the_log(tmp_path: Path) -> None:
    file = tmp_path / "job.log"
    with log_server(stamped(b"10%\r\x1b[1m20%\n", b"\n", b"no newline")) as address:
        done = result_of(address, log_path=str(file))
    assert done["job"]["succeeded"]
    assert file.read_bytes() == DEVICE + b"10%\r\x1b[1m20%\n\nno newline\n"
    assert list(tmp_path.glob(".*")) == []


def test_failed_job_whose_pod_is_seen_late_is_explained_by_its_log() -> None:
    log = stamped(b"CUDA driver version is insufficient for CUDA runtime version\n")
    with log_server(log, succeeds=False, late=True) as address:
        failed = result_of(address)
    assert failed["error"]["code"] == "JobFailed"
    assert [found["code"] for found in failed["job"]["findings"]] == ["DriverTooOldForCuda"]
    assert failed["job"]["pod"] == "samples-tf-mnist-demo-pod"


def test_succeeded_job_whose_pod_is_seen_late_is_proven_by_its_log() -> None:
    with log_server(stamped(b"Accuracy at step 10: 0.99\n"), late=True) as address:
        job = result_of(address)["job"]
    assert (job["succeeded"], job["gpu_device"], job["final_accuracy"]) == (True, "Tesla T4", 0.99)


def test_job_whose_end_and_removal_are_seen_at_once_is_proven_by_its_log() -> None:
    with log_server(stamped(b"Accuracy at step 10: 0.99\n"), late=True, removed=True) as address:
        assert result_of(address)["job"]["succeeded"]


def test_last_accuracy_of_a_progress_bar_counts() -> None:
    shown = b"\r 10% epoch 1 acc 0.10\r100% epoch 1 acc 0.40\n"
    with log_server(stamped(shown, b"epoch 9 acc 0.99\n")) as address:
        job = result_of(address, accuracy_pattern=r"epoch (?P<step>\d+) acc (?P<accuracy>\S+)", min_accuracy=0.9)["job"]
    assert (job["accuracy"], job["steps"]) == ([[1, 0.4], [9, 0.99]], 9)
    assert job["log_tail"][-2:] == ["100% epoch 1 acc 0.40", "epoch 9 acc 0.99"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "9" * 400])
def test_accuracy_that_is_not_a_number_is_a_failure(value: str) -> None:
    with log_server(stamped(b"acc 5 0.95\n", f"acc 10 {value}\n".encode())) as address:
        failed = result_of(address, accuracy_pattern=r"acc (?P<step>\d+) (?P<accuracy>\S+)", min_accuracy=0.9)
    assert (failed["error"]["code"], failed["job"]["final_accuracy"]) == ("FailureInLog", 0.95)


def endless_line(size: int, *, chunk: int) -> Iterator[bytes]:
    yield from stamped(b"Accuracy at step 10: 0.99\n")
    yield STAMP + b"failed call to cuInit "
    yield from (b"x" * chunk for _unused in range(size // chunk))
    yield b" the end\n"


class Pieces:
    """A log that is made each time that it is read."""

    def __init__(self, size: int, chunk: int) -> None:
        self.size, self.chunk = size, chunk

    def __iter__(self) -> Iterator[bytes]:
        return endless_line(self.size, chunk=self.chunk)


@pytest.mark.parametrize("chunk", [4096, 1024 * 1024])
def test_line_of_100_megabytes_takes_little_memory_and_time(chunk: int) -> None:
    with log_server(Pieces(100_000_000, chunk)) as address:
        started = time.monotonic()
        tracemalloc.start()
        failed = result_of(address, wait_timeout=120)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert failed["error"]["code"] == "FailureInLog"
    assert len(str(failed)) < 20_000
    assert failed["job"]["log_tail"][-1].endswith("x the end")
    assert "left out" in failed["job"]["log_tail"][-1]
    assert most < 40_000_000
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("option", ["device_pattern", "failure_pattern"])
def test_catastrophic_pattern_is_stopped(option: str) -> None:
    started = time.monotonic()
    with log_server(stamped(b"gpu " + b"a" * 100 + b"!\n")) as address:
        failed = result_of(address, wait_timeout=5, **{option: "gpu (a+)+$"})
    assert failed["error"]["code"] == "PatternTooSlow"
    assert f"{option} is too slow: the Job's log" in failed["msg"]
    assert "The Job is left as it is" in failed["error"]["remedy"]
    assert time.monotonic() - started < 15
