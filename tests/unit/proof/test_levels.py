# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each level checks and measures on a sound device."""

from __future__ import annotations

from pathlib import Path

import pytest

from .proof_runs import NONCE, Result, check, failed, gpu, prove, uuid

SMOKE = ["challenge", "copy", "memory_bandwidth", "sgemm", "memory", "ecc"]
ONLY_TRAINING_HAS = {"train_accuracy", "train_steps", "train_curve"}
# The program's start, which several devices share, is part of what a single device costs.
MOST_CPU_SECONDS_A_DEVICE = 0.25
DEVICES = 8


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return prove(tmp_path_factory.mktemp("smoke"), gpu())


@pytest.fixture(scope="module")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return prove(tmp_path_factory.mktemp("stress"), gpu(), level="stress", timeout="14")


def test_smoke_passes_every_check(smoke: Result) -> None:
    (device,) = smoke.devices
    assert smoke.status == 0
    assert [each["name"] for each in device["checks"]] == SMOKE
    assert failed(device) == []
    assert device["error"] is None


def test_smoke_measures_all_but_training(smoke: Result) -> None:
    figures = smoke.devices[0]["figures"]
    assert {name for name, value in figures.items() if value is None} == ONLY_TRAINING_HAS
    assert figures["memory_errors"] == 0
    assert figures["memory_tested_bytes"] >= 1 << 20


def test_device_is_described(smoke: Result) -> None:
    assert smoke.devices[0]["device"] == {
        "index": 0,
        "uuid": uuid(1),
        "parent_uuid": None,
        "name": "Tesla T4 (gpuops.aks lab)",
        "pci_bus_id": "00000001:00:00.0",
        "compute_capability": "7.5",
        "memory_bytes": 15637086208,
        "mig_mode": None,
        "driver_version": "580.126.09",
        "cuda_version": "13.0",
    }


def test_state_is_read_before_and_after(smoke: Result) -> None:
    for when in ("before", "after"):
        state = smoke.devices[0]["state"][when]
        assert (state["ecc_mode"], state["ecc_uncorrected"], state["throttle_reasons"]) == ("enabled", 0, [])
        assert state["remapped_failed"] is None  # a T4 has no row remapping
        assert None not in (state["sm_clock_mhz"], state["memory_clock_mhz"], state["temperature_c"], state["power_w"])


def test_lines_say_whose_they_are(smoke: Result) -> None:
    for record in (*smoke.devices, smoke.run):
        assert (record["nonce"], record["node"], record["pod_uid"], record["level"]) == (NONCE, "node-a", "uid-a", "smoke")
    assert (smoke.run["visible"], smoke.run["passed"], smoke.run["error"]) == (1, 1, None)


def test_stand_in_says_that_it_is_one(smoke: Result) -> None:
    assert smoke.lines[0].startswith("SIMULATED")
    assert smoke.run["simulated"]
    assert smoke.devices[0]["simulated"]


def test_smoke_is_cheap_enough_to_prove_hundreds_of_simulated_devices(tmp_path: Path) -> None:
    result = prove(tmp_path, *map(gpu, range(1, DEVICES + 1)))
    assert result.status == 0
    assert result.cpu_seconds / DEVICES < MOST_CPU_SECONDS_A_DEVICE


def test_stress_multiplies_and_reads_the_state_under_load(stress: Result) -> None:
    (device,) = stress.devices
    assert stress.status == 0
    assert [each["name"] for each in device["checks"]] == [*SMOKE[:-1], "train", "stress", "ecc"]
    assert device["state"]["under_load"]["temperature_c"] is not None
    assert device["figures"]["sgemm_tflops"] > 0


def test_stress_tests_most_of_the_memory(smoke: Result, stress: Result) -> None:
    tested = [result.devices[0]["figures"]["memory_tested_bytes"] for result in (smoke, stress)]
    assert tested[1] >= 3 * tested[0]


def test_detail_of_a_check_has_its_figure(smoke: Result) -> None:
    device = smoke.devices[0]
    assert f"{device['figures']['memory_gb_s']}" in check(device, "memory_bandwidth")["detail"]
