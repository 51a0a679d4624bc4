# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof runs in the lab unmodified, on GPUs that fail in every way that the lab knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.lab.manifests import TAINT, TOLERATION, apply, config_map, create, gpus, plugin, program_pod
from tests.integration.running_lab import RunningLab
from tests.lab.device_faults import MISSING, NEIGHBOR
from tests.unit.proof.proof_runs import NONCE, PACKAGE, Result, failed, result

pytestmark = pytest.mark.lab

GPUS = 8
IN_LIBRARIES = ["lost", "ecc", "bit_flip", "slow_memory", "ptx", "hang", "wrong_result"]


@pytest.fixture(scope="module")
def gpu_cluster(lab: RunningLab) -> Iterator[RunningLab]:
    lab.create_cluster()
    lab.create_pool("gpunp", vmSize="Standard_ND96asr_v4", nodeTaints=[TAINT])
    apply(lab, plugin(TOLERATION))
    lab.until(lambda: (str(GPUS), str(GPUS)) in gpus(lab).values())
    create(lab, config_map("proof", **{file.stem: file.read_text() for file in PACKAGE.glob("*.py")}))
    yield lab
    lab.delete_cluster()


@pytest.fixture
def gpu_lab(gpu_cluster: RunningLab) -> Iterator[RunningLab]:
    yield gpu_cluster
    gpu_cluster.clear_faults()
    gpu_cluster.kubectl("delete", "pods", "--selector", "app!=anything", "--grace-period=1")


def set_fault(lab: RunningLab, fault: str, device: int) -> None:
    lab.set_fault(fault, pool="gpunp", device=device)


def proof_pod(name: str, count: int, *, timeout: str = "60") -> dict[str, Any]:
    return program_pod(
        name, program="proof", module="proof.main", gpus=count, args=["--level", "smoke", "--nonce", NONCE, "--timeout", timeout]
    )


def proven(lab: RunningLab, name: str) -> Result:
    """What the program of a pod has printed, once it has ended."""

    def ended() -> Any:
        status = lab.get("pod", name)["status"]
        return status.get("phase") in {"Succeeded", "Failed"} and status

    (container,) = lab.until(ended)["containerStatuses"]
    return result(container["state"]["terminated"]["exitCode"], lab.kubectl("logs", name))


def test_each_gpu_of_a_node_is_proven(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, proof_pod("good", GPUS))
    found = proven(gpu_lab, "good")
    pod = gpu_lab.get("pod", "good")
    granted = [record["device"]["uuid"] for record in found.devices]
    assert (found.status, found.run["passed"], found.run["visible"], found.run["granted"]) == (0, GPUS, GPUS, granted)
    assert (found.run["node"], found.run["pod_uid"]) == (pod["spec"]["nodeName"], pod["metadata"]["uid"])
    assert found.run["simulated"]
    assert {record["device"]["name"] for record in found.devices} == {"NVIDIA A100-SXM4-40GB (gpuops.aks lab)"}
    assert len({record["device"]["pci_bus_id"] for record in found.devices}) == GPUS


def test_each_fault_is_found_on_its_gpu(gpu_lab: RunningLab) -> None:
    for device, fault in enumerate(IN_LIBRARIES):
        set_fault(gpu_lab, fault, device)
    apply(gpu_lab, proof_pod("bad", GPUS, timeout="15"))  # on a busy machine, a healthy GPU takes more than 5 s
    found = proven(gpu_lab, "bad")
    by_fault = dict(zip([*IN_LIBRARIES, "good"], found.devices, strict=True))
    codes = {fault: record["error"]["code"] for fault, record in by_fault.items() if record["error"] and not record["error"]["timeout"]}
    assert found.status == 1
    assert codes["ecc"] == "CUDA_ERROR_ECC_UNCORRECTABLE"
    assert codes["ptx"] == "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"
    assert by_fault["lost"]["error"]
    assert by_fault["hang"]["error"]["timeout"]
    for fault in ("bit_flip", "wrong_result"):
        assert failed(by_fault[fault]), by_fault[fault]
    assert by_fault["slow_memory"]["figures"]["memory_gb_s"] < by_fault["good"]["figures"]["memory_gb_s"] / 2
    assert not by_fault["good"]["error"]
    assert not failed(by_fault["good"])


@pytest.mark.parametrize(("fault", "visible"), [(MISSING, 1), (NEIGHBOR, 3)])
def test_program_sees_other_devices_than_it_was_granted(gpu_lab: RunningLab, fault: str, visible: int) -> None:
    set_fault(gpu_lab, fault, 0)
    apply(gpu_lab, proof_pod("bad", 2))
    found = proven(gpu_lab, "bad")
    assert (found.run["visible"], len(found.devices), len(found.run["granted"])) == (visible, visible, 2)
    assert {record["device"]["uuid"] for record in found.devices} != {*found.run["granted"]}


def test_pod_without_a_gpu_finds_no_library(gpu_lab: RunningLab) -> None:
    apply(gpu_lab, proof_pod("none", 0))
    found = proven(gpu_lab, "none")
    assert (found.status, found.run["visible"], found.run["error"]["code"]) == (1, 0, "LibraryMissing")
