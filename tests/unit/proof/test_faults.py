# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault of the stand-in is found, and named as NVIDIA names it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .proof_runs import Result, check, failed, gpu, prove

Run = Callable[[str], tuple[Result, dict[str, Any]]]


@pytest.fixture(scope="module")
def run_with(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with a fault, one for all tests of the same fault."""

    @cache
    def run(fault: str) -> tuple[Result, dict[str, Any]]:
        result = prove(tmp_path_factory.mktemp(fault), gpu(fault=fault), timeout="4" if fault == "hang" else "60")
        (device,) = result.devices
        return result, device

    return run


@pytest.mark.parametrize(
    ("fault", "during", "code", "number"),
    [
        ("lost", "sgemm", "CUDA_ERROR_DEVICE_UNAVAILABLE", 46),
        ("ecc", "memory", "CUDA_ERROR_ECC_UNCORRECTABLE", 214),
        ("ptx", "open", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", 222),
    ],
)
def test_failed_call_is_named_and_explained(run_with: Run, fault: str, during: str, code: str, number: int) -> None:
    result, device = run_with(fault)
    error = device["error"]
    assert (error["during"], error["code"], error["number"], error["timeout"]) == (during, code, number, False)
    assert error["call"].startswith("cu")
    assert error["meaning"]
    assert (result.status, result.run["passed"], result.run["visible"]) == (1, 0, 1)
    assert any("FAILED" in line and code in line for line in result.lines)


def test_driver_says_why_it_refuses_the_kernels(run_with: Run) -> None:
    _result, device = run_with("ptx")
    assert "Unsupported .version" in device["error"]["meaning"]
    assert device["challenge"] is None


def test_state_of_a_lost_device_is_unknown(run_with: Run) -> None:
    _result, device = run_with("lost")
    assert device["state"]["before"]["temperature_c"] is not None
    assert set(device["state"]["after"].values()) == {None}


def test_ecc_error_is_in_the_counters(run_with: Run) -> None:
    _result, device = run_with("ecc")
    assert failed(device) == ["ecc"]
    assert [device["state"][when]["ecc_uncorrected"] for when in ("before", "after")] == [0, 1]


def test_checks_before_a_failed_call_are_kept(run_with: Run) -> None:
    _result, device = run_with("ecc")
    assert check(device, "sgemm")["passed"]
    assert device["figures"]["sgemm_tflops"] is not None


@pytest.mark.parametrize(("fault", "name"), [("bit_flip", "memory"), ("wrong_result", "sgemm")])
def test_wrong_data_fails_the_check(run_with: Run, fault: str, name: str) -> None:
    result, device = run_with(fault)
    assert failed(device) == [name]
    assert device["error"] is None
    assert (result.status, result.run["passed"]) == (1, 0)


def test_changed_words_are_counted(run_with: Run) -> None:
    _result, device = run_with("bit_flip")
    assert device["figures"]["memory_errors"] == 2  # one in each of the two passes


def test_slow_memory_shows_in_the_figure_alone(run_with: Run, tmp_path: Path) -> None:
    result, slow = run_with("slow_memory")
    (sound,) = prove(tmp_path, gpu()).devices
    assert result.status == 0  # how fast is fast enough is for the other side to decide
    assert slow["figures"]["memory_gb_s"] == pytest.approx(sound["figures"]["memory_gb_s"] / 10, rel=0.01)
    assert slow["figures"]["sgemm_tflops"] == sound["figures"]["sgemm_tflops"]


def test_hang_ends_at_the_time_limit_and_says_where(run_with: Run) -> None:
    result, device = run_with("hang")
    error = device["error"]
    assert (error["during"], error["code"], error["number"], error["timeout"]) == ("sgemm", "Timeout", None, True)
    assert error["call"] == "cuEventSynchronize"
    assert device["challenge"] is not None
    assert result.status == 1


def test_sound_devices_are_proven_beside_a_faulty_one(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2, fault="lost"), gpu(3))
    assert [device["error"] is None for device in result.devices] == [True, False, True]
    assert (result.status, result.run["passed"], result.run["visible"]) == (1, 2, 3)
