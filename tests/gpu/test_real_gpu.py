# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof on the GPUs of this machine, with NVIDIA's own driver; skipped by name where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.proof.proof_runs import NONCE, Result, command, place, result
from tests.unit.proof.test_challenge import answer

TIME_LIMIT = "120"
EVIDENCE = Path(__file__).parents[2] / "build" / "gpu"


def prove(directory: Path, level: str) -> Result:
    """Run the program as the pod does, without the lab."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LAB_GPUS", "CUDA_VISIBLE_DEVICES")}
    run = command(level=level, timeout=TIME_LIMIT)
    done = subprocess.run(run, cwd=place(directory), env=environment, capture_output=True, text=True, timeout=3600, check=False)
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / f"{level}.log").write_text(done.stdout)
    return result(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The smoke level, which also finds out whether there is a GPU."""
    ended = prove(tmp_path_factory.mktemp("smoke"), "smoke")
    if ended.run["visible"] == 0:
        pytest.skip(f"no GPU on this machine: {ended.run['error']['code']}: {ended.run['error']['meaning']}")
    return ended


def described(ended: Result) -> str:
    return json.dumps([(device["error"], device["checks"]) for device in ended.devices], indent=1)


def test_smoke(smoke: Result) -> None:
    assert smoke.status == 0, described(smoke)
    assert not smoke.run["simulated"]
    assert smoke.run["passed"] == smoke.run["visible"] == len(smoke.devices)


def test_challenge_is_answered_by_the_device(smoke: Result) -> None:
    assert [device["challenge"] for device in smoke.devices] == [answer(NONCE, device["device"]["uuid"]) for device in smoke.devices]


def test_figures_are_those_of_a_gpu(smoke: Result) -> None:
    for device in smoke.devices:
        figures = device["figures"]
        assert figures["memory_gb_s"] > 50, figures
        assert figures["sgemm_tflops"] > 0.5, figures
        assert figures["seconds"] < 30, figures


def test_device_is_described(smoke: Result) -> None:
    for record in smoke.devices:
        device: dict[str, Any] = record["device"]
        assert None not in (device["name"], device["compute_capability"], device["memory_bytes"], device["driver_version"])
        assert record["state"]["after"]["sm_clock_mhz"] or device["parent_uuid"]


@pytest.mark.parametrize("level", ["train", "stress"])
def test_longer_levels(smoke: Result, tmp_path: Path, level: str) -> None:
    ended = prove(tmp_path, level)
    assert ended.status == 0, described(ended)
    assert len(ended.devices) == len(smoke.devices)
    assert all(device["figures"]["train_accuracy"] >= 0.9 for device in ended.devices)


def test_device_that_is_not_there_is_an_error(smoke: Result, tmp_path: Path) -> None:
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "GPU-00000000-0000-0000-0000-000000000000"}
    program = "from proof import cuda; cuda.Cuda(print).device()"
    run = [sys.executable, "-B", "-c", program]
    done = subprocess.run(run, cwd=place(tmp_path), env=hidden, capture_output=True, text=True, check=False)
    assert smoke.devices
    assert "CUDA_ERROR_NO_DEVICE" in done.stderr
