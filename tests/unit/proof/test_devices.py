# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which devices the program sees: none, several, slices, and one that can't be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._proof import output

from tests.lab.gpu import build

from .proof_runs import SLICE, check, failed, gpu, prove, uuid


def test_missing_library_is_named(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(), LD_LIBRARY_PATH=str(tmp_path))
    assert (result.status, result.devices, result.run["visible"]) == (1, [], 0)
    assert (result.run["error"]["code"], result.run["error"]["call"]) == ("LibraryMissing", "libnvidia-ml.so.1")
    assert not result.run["simulated"]


def test_no_device_is_an_error(tmp_path: Path) -> None:
    result = prove(tmp_path)
    assert (result.status, result.devices, result.run["visible"]) == (1, [], 0)
    assert result.run["error"]["code"] == "NoDevice"


def test_each_device_has_its_line(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2), gpu(3))
    assert [(device["device"]["index"], device["device"]["uuid"]) for device in result.devices] == [(n - 1, uuid(n)) for n in (1, 2, 3)]
    assert len({device["challenge"] for device in result.devices}) == 3
    assert (result.status, result.run["visible"], result.run["passed"]) == (0, 3, 3)


def test_bandwidth_to_every_other_device_is_measured(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2), gpu(3))
    for device in result.devices:
        others = [uuid(n) for n in (1, 2, 3) if uuid(n) != device["device"]["uuid"]]
        assert [peer["uuid"] for peer in device["peers"]] == others
        assert all(peer["gb_s"] > 0 for peer in device["peers"])
        assert check(device, "peers")["passed"]


def test_changed_data_fails_the_device_that_all_wrong_pairs_have_in_common(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2), gpu(3, fault="peer_bit_flip"))
    assert [failed(device) for device in result.devices] == [[], [], ["peers"]]
    assert (result.status, result.run["passed"]) == (1, 2)


def test_changed_data_fails_both_devices_of_a_single_pair(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1), gpu(2, fault="peer_bit_flip"))
    assert [failed(device) for device in result.devices] == [["peers"], ["peers"]]
    assert uuid(2) in check(result.devices[0], "peers")["detail"]


def test_single_device_has_no_peers(tmp_path: Path) -> None:
    (device,) = prove(tmp_path, gpu()).devices
    assert device["peers"] == []
    assert "peers" not in [each["name"] for each in device["checks"]]


def test_slices_take_the_place_of_their_gpu(tmp_path: Path) -> None:
    result = prove(tmp_path, *(gpu(n, **SLICE, uuid=uuid(n, "MIG")) for n in (1, 2)))
    assert result.status == 0
    for number, device in enumerate(result.devices, start=1):
        described = device["device"]
        assert (described["uuid"], described["parent_uuid"], described["mig_mode"]) == (uuid(number, "MIG"), uuid(9), "enabled")
        assert (described["compute_capability"], described["memory_bytes"]) == ("8.0", 9985589248)
        assert "MIG 1g.10gb" in described["name"]
        assert device["state"]["after"]["power_w"] is None  # the GPU's, not the slice's
        assert device["peers"] == []  # CUDA gives a process only one slice


def test_gpu_that_could_be_divided_but_is_not(tmp_path: Path) -> None:
    (device,) = prove(tmp_path, gpu(name=SLICE["name"], capability="8.0")).devices
    assert (device["device"]["mig_mode"], device["device"]["parent_uuid"]) == ("disabled", None)


def test_divided_gpu_without_a_visible_slice_is_named(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(name=SLICE["name"], capability="8.0", fault="no_slice"))
    (device,) = result.devices
    assert (device["error"]["during"], device["error"]["code"]) == ("enumerate", "NoSlice")
    assert (result.status, result.run["visible"], result.run["passed"]) == (1, 1, 0)


def test_device_that_is_lost_from_the_start_has_a_line_and_the_others_are_proven(tmp_path: Path) -> None:
    result = prove(tmp_path, gpu(1, fault="lost_before"), gpu(2))
    lost, sound = result.devices
    assert (lost["device"]["uuid"], lost["error"]["code"], lost["error"]["number"]) == (None, "NVML_ERROR_GPU_IS_LOST", 15)
    assert sound["error"] is None
    assert (result.status, result.run["visible"], result.run["passed"]) == (1, 2, 1)


def test_another_device_than_the_one_asked_for_is_refused(tmp_path: Path) -> None:
    (device,) = prove(tmp_path, gpu(fault="other_uuid")).devices
    assert (device["error"]["during"], device["error"]["code"]) == ("open", "WrongDevice")


def test_driver_without_the_newer_functions_will_do(tmp_path: Path) -> None:
    old = str(build.libraries("LAB_OLD_DRIVER"))
    result = prove(tmp_path, gpu(fault="other_uuid"), LD_LIBRARY_PATH=old)  # which nothing in such a driver could tell
    state = result.devices[0]["state"]["after"]
    assert result.status == 0
    assert (state["throttle_reasons"], state["temperature_c"]) == ([], 41)


@pytest.mark.parametrize(
    ("value", "granted"),
    [
        (f"{uuid(1)},{uuid(2)}", [uuid(1), uuid(2)]),
        (uuid(1, "MIG"), [uuid(1, "MIG")]),
        ("all", None),
        ("void", None),
        ("0,1", None),
        ("", None),
    ],
)
def test_granted_devices_are_those_that_the_container_names(value: str, granted: list[str] | None) -> None:
    assert output.granted(value) == granted


def test_granted_devices_are_in_the_output(tmp_path: Path) -> None:
    assert prove(tmp_path, gpu(), NVIDIA_VISIBLE_DEVICES=uuid(1)).run["granted"] == [uuid(1)]
