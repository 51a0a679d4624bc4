# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab import machine_gpus, visible_gpus
from tests.lab.device_faults import FAULTS, MISSING, NEIGHBOR, NODE_FAULTS, DeviceFault, DeviceFaultError, DeviceFaults
from tests.lab.device_manager import AdmissionError, DeviceManager
from tests.lab.gpu import build
from tests.lab.gpu_meters import XIDS
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

GPU, SLICES = "nvidia.com/gpu", "nvidia.com/mig-1g.10gb"
EIGHT, A100 = ERA_2026.sizes["standard_nd96asr_v4"], ERA_2026.sizes["standard_nc24ads_a100_v4"]
NODE = "aks-gpunp-0-vmss000000"


def node(uid: str = "node-1", name: str = NODE) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": uid, "labels": {"agentpool": "gpunp"}}, "status": {}}


def divided(shown: dict[str, str]) -> dict[str, Any]:
    """A node with an A100 in seven slices, whose plugin shows it like this."""
    made = one_node(pool(vm_size=A100.name, gpu_instance_profile="MIG1g"))
    made["metadata"]["uid"] = "node-1"
    made["status"]["capacity"].update(shown)
    return made


def pod(uid: str, **counts: int) -> dict[str, Any]:
    """A pod with a container for each of these numbers of GPUs."""
    containers = [{"name": name, "resources": {"limits": {GPU: str(count)} if count else {}}} for name, count in counts.items()]
    return {"metadata": {"uid": uid}, "spec": {"containers": containers}}


def slices(uid: str, count: int) -> dict[str, Any]:
    return {"metadata": {"uid": uid}, "spec": {"containers": [{"name": "main", "resources": {"limits": {SLICES: str(count)}}}]}}


@pytest.fixture
def faults() -> DeviceFaults:
    return DeviceFaults()


@pytest.fixture
def manager(faults: DeviceFaults) -> DeviceManager:
    return DeviceManager(faults)


def test_gpus_of_a_machine_have_identities_of_their_own_that_stay() -> None:
    first = machine_gpus.of_machine(node(), EIGHT, GPU)
    again, other = machine_gpus.of_machine(node(), EIGHT, GPU), machine_gpus.of_machine(node("node-2"), EIGHT, GPU)
    assert first == again
    assert len({device.uuid for device in (*first, *other)}) == 16
    assert [device.gpus[0].pci_bus_id for device in first[:2]] == ["00000001:00:00.0", "00000002:00:00.0"]
    assert all(device.uuid.startswith("GPU-") and len(device.uuid) == 40 for device in first)


def test_two_containers_and_two_pods_share_no_device(manager: DeviceManager) -> None:
    manager.admit(pod("a", one=3, two=2, three=0), node(), EIGHT)
    manager.admit(pod("b", one=3), node(), EIGHT)
    grants = [manager.grant("a", "one"), manager.grant("a", "two"), manager.grant("b", "one")]
    assert [len(grant.uuids) for grant in grants] == [3, 2, 3]
    assert len({uuid for grant in grants for uuid in grant.uuids}) == 8
    assert manager.grant("a", "three").uuids == ()
    with pytest.raises(AdmissionError) as caught:
        manager.admit(pod("c", one=1), node(), EIGHT)
    assert "unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which" in str(caught.value)


def test_refused_pod_holds_nothing(manager: DeviceManager) -> None:
    with pytest.raises(AdmissionError):
        manager.admit(pod("a", one=5, two=5), node(), EIGHT)
    manager.admit(pod("b", one=8), node(), EIGHT)


def test_devices_of_an_ended_pod_are_given_again(manager: DeviceManager) -> None:
    manager.admit(pod("a", one=8), node(), EIGHT)
    before = manager.grant("a", "one")
    manager.release("a")
    manager.release("a")
    assert manager.grant("a", "one").uuids == ()
    manager.admit(pod("b", one=8), node(), EIGHT)
    assert manager.grant("b", "one") == before


def test_pod_on_another_node_gets_other_devices(manager: DeviceManager) -> None:
    manager.admit(pod("a", one=8), node(), EIGHT)
    manager.admit(pod("b", one=8), node("node-2", "other"), EIGHT)
    assert not {*manager.grant("a", "one").uuids} & {*manager.grant("b", "one").uuids}


@pytest.mark.parametrize("shown", [{SLICES: "7"}, {GPU: "7"}], ids=["mixed", "single"])
def test_slices_are_devices_of_their_own(manager: DeviceManager, shown: dict[str, str]) -> None:
    resource = next(iter(shown))
    made = divided(shown)
    wanted = {"metadata": {"uid": "a"}, "spec": {"containers": [{"name": "main", "resources": {"limits": {resource: "2"}}}]}}
    manager.admit(wanted, made, A100)
    grant = manager.grant("a", "main")
    parents = {gpu.parent for gpu in grant.visible}
    assert [gpu.uuid for gpu in grant.visible] == list(grant.uuids)
    assert all(uuid.startswith("MIG-") for uuid in grant.uuids)
    assert len(parents) == 1
    assert parents.pop().startswith("GPU-")
    assert [(gpu.slice, round(gpu.memory_bytes / 2**30, 2)) for gpu in grant.visible] == [("1g.10gb", 9.89)] * 2


def test_undivided_count_of_a_divided_gpu_comes_with_all_its_slices(manager: DeviceManager) -> None:
    made = divided({GPU: "1"})
    manager.admit(pod("a", main=1), made, A100)
    grant = manager.grant("a", "main")
    assert grant.uuids == (grant.visible[0].parent,)
    assert len(grant.visible) == 7
    with pytest.raises(AdmissionError):
        manager.admit(slices("b", 1), made, A100)


def test_fault_meets_the_gpu_of_that_index_on_that_node(manager: DeviceManager, faults: DeviceFaults) -> None:
    manager.admit(pod("a", one=8), node(), EIGHT)
    manager.admit(pod("b", one=8), node("node-2", "other"), EIGHT)
    faults.set(DeviceFault("ecc", 3, node=NODE))
    assert [gpu.fault for gpu in manager.grant("a", "one").visible] == ["", "", "", "ecc", "", "", "", ""]
    assert not any(gpu.fault for gpu in manager.grant("b", "one").visible)
    faults.set(DeviceFault("hang", 3, pool="gpunp"))
    assert [manager.grant(uid, "one").visible[3].fault for uid in ("a", "b")] == ["hang", "hang"]
    faults.clear()
    assert not any(gpu.fault for gpu in manager.grant("a", "one").visible)


def test_missing_device_is_granted_and_not_seen(manager: DeviceManager, faults: DeviceFaults) -> None:
    faults.set(DeviceFault(MISSING, 1, node=NODE))
    manager.admit(pod("a", one=2), node(), EIGHT)
    grant = manager.grant("a", "one")
    assert len(grant.uuids) == 2
    assert [gpu.uuid for gpu in grant.visible] == [grant.uuids[0]]


def test_neighbor_is_a_device_of_another_pod_or_else_a_free_one(manager: DeviceManager, faults: DeviceFaults) -> None:
    faults.set(DeviceFault(NEIGHBOR, 0, node=NODE))
    manager.admit(pod("a", one=1), node(), EIGHT)
    manager.admit(pod("gone", one=2), node(), EIGHT)
    manager.admit(pod("b", one=1), node(), EIGHT)
    manager.release("gone")
    own, neighbor = manager.grant("a", "one").visible
    assert (own.uuid,) == manager.grant("a", "one").uuids
    assert (neighbor.uuid,) == manager.grant("b", "one").uuids
    manager.release("b")
    assert len(manager.grant("a", "one").visible) == 2


@pytest.mark.parametrize("fault", [DeviceFault("nonsense", 0, node=NODE), DeviceFault("ecc", 0), DeviceFault("ecc", 0, NODE, "gpunp")])
def test_fault_that_cannot_be_set_is_refused(faults: DeviceFaults, fault: DeviceFault) -> None:
    with pytest.raises(DeviceFaultError):
        faults.set(fault)
    assert faults.all() == []


def test_programs_read_the_gpus_that_were_written(manager: DeviceManager, faults: DeviceFaults) -> None:
    faults.set(DeviceFault("ecc", 0, pool="gpunp"))
    made = divided({SLICES: "7"})
    manager.admit(slices("a", 2), made, A100)
    visible = manager.grant("a", "main").visible
    text = visible_gpus.encoded(visible)
    assert text.startswith(f"uuid={visible[0].uuid},name=NVIDIA A100 80GB PCIe,memory=")
    assert text.count(";") == 1
    assert [(gpu.uuid, gpu.slice, gpu.parent, gpu.fault) for gpu in visible_gpus.decoded(text)] == [
        (gpu.uuid, "1g.10gb", gpu.parent, "ecc") for gpu in visible
    ]
    assert visible_gpus.decoded("") == []


def test_faults_are_those_of_the_libraries_and_the_device_managers_own() -> None:
    sources = "".join(file.read_text() for file in Path(build.__file__).parent.glob("*.c"))
    in_libraries = set(re.findall(r'lab_has_fault\([^,]+, "(\w+)"\)', sources))
    assert {*in_libraries, MISSING, NEIGHBOR} == {*FAULTS}, "FAULTS of device_faults.py, and lab_has_fault in tests/lab/gpu/*.c"


# What the driver logs nothing of, because it does not notice it.
WITHOUT_XID = {
    "bit_flip", "peer_bit_flip", "slow_memory", "ptx", "hang", "wrong_result", "no_slice", "other_uuid", MISSING, NEIGHBOR,
}  # fmt: skip


def test_fault_has_its_xid_or_is_one_without() -> None:
    assert {*XIDS} | WITHOUT_XID == {*FAULTS}, "add the fault to XIDS of tests/lab/gpu_meters.py, or to WITHOUT_XID here"
    assert not {*XIDS} & WITHOUT_XID


@pytest.mark.parametrize("fault", [*FAULTS, *NODE_FAULTS])
def test_fault_is_described(fault: str) -> None:
    assert f"`{fault}`" in (Path(build.__file__).parents[1] / "FIDELITY.md").read_text(), "say in FIDELITY.md what the fault stands for"
