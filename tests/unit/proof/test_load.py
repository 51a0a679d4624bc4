# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load at the end: every device that passed works for the time that was asked for, all at once."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from .proof_runs import SLICE, Result, check, children, command, environment, gpu, place, prove, result, uuid

SECONDS = 2.0
WORKING = "All devices that passed work for 2 s."


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, float]:
    """Two sound devices and one that fails, and how long the program took."""
    began = time.monotonic()
    gpus = (gpu(1), gpu(2, fault="bit_flip"), gpu(3))
    found = prove(tmp_path_factory.mktemp("load"), *gpus, load=f"{SECONDS:g}")
    return found, time.monotonic() - began


def test_devices_that_passed_work_for_the_time_and_the_others_do_not(loaded: tuple[Result, float]) -> None:
    found, seconds = loaded
    assert WORKING in found.lines
    assert seconds > SECONDS
    checks = [[each["name"] for each in device["checks"]] for device in found.devices]
    assert ["load" in names for names in checks] == [True, False, True]
    assert all(names.count("ecc") == 1 for names in checks), "the error counters are compared once more, in the place of the first time"
    assert "are right" in check(found.devices[0], "load")["detail"]
    assert found.devices[0]["state"]["under_load"]["power_w"] is not None
    assert (found.status, found.run["passed"]) == (1, 2)


def test_speed_of_the_load_is_no_figure(loaded: tuple[Result, float]) -> None:
    device = loaded[0].devices[0]
    assert f"{device['figures']['sgemm_tflops']:.2f} TFLOP/s" in check(device, "sgemm")["detail"]


def test_slices_work_too(tmp_path: Path) -> None:
    found = prove(tmp_path, *(gpu(number, **SLICE, uuid=uuid(number, "MIG")) for number in (1, 2)), load="0.5")
    assert [check(device, "load")["passed"] for device in found.devices] == [True, True]


def test_without_a_load_nothing_works_for_longer(tmp_path: Path) -> None:
    found = prove(tmp_path, gpu())
    assert not [line for line in found.lines if "work for" in line]


def test_signal_while_the_devices_work_ends_them_all(tmp_path: Path) -> None:
    line = command("--load-seconds", "60")
    with subprocess.Popen(line, cwd=place(tmp_path), env=environment(f"{gpu(1)};{gpu(2)}"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = []
        while not shown or not shown[-1].startswith("All devices"):
            shown.append(process.stdout.readline())
            assert shown[-1], "".join(shown)
        while len(children(process.pid)) < 2:
            assert process.poll() is None, "the devices did not work at once"
        process.send_signal(signal.SIGTERM)
        output, _errors = process.communicate(timeout=20)
    ended = result(process.returncode, output)
    assert ended.status == 1
    assert [device["error"]["code"] for device in ended.devices] == ["Interrupted"] * 2
    assert ended.run["error"]["code"] == "Interrupted"
