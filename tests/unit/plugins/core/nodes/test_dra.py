# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.dra import NodeDevices, classes_for, dynamic_devices

from ...builders import GPU, Json

DRIVER = "gpu.nvidia.com"
# The expression of NVIDIA's own class, https://github.com/kubernetes-sigs/dra-driver-nvidia-gpu
NVIDIA = "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'"


def device_class(name: str = DRIVER, *, resource: str = GPU, expression: str = NVIDIA) -> Json:
    selectors = [{"cel": {"expression": expression}}] if expression else []
    return {"metadata": {"name": name}, "spec": {"selectors": selectors, **({"extendedResourceName": resource} if resource else {})}}


def device(name: str, *, kind: str = "gpu", **fields: Any) -> Json:
    return {"name": name, "attributes": {"type": {"string": kind}, "productName": {"string": "Tesla T4"}}, **fields}


def resource_slice(node: str, *devices: Json, pool: str = "", generation: int = 1, slices: int = 1, driver: str = DRIVER) -> Json:
    place = {"name": pool or node, "generation": generation, "resourceSliceCount": slices}
    return {"metadata": {"name": f"{node}-{driver}"}, "spec": {"driver": driver, "nodeName": node, "pool": place, "devices": list(devices)}}


def claim(*held: tuple[str, str], user: str = "train-0", driver: str = DRIVER, admin: bool = False) -> Json:
    results = [{"driver": driver, "pool": pool, "device": name, **({"adminAccess": True} if admin else {})} for pool, name in held]
    status = {"allocation": {"devices": {"results": results}}, "reservedFor": [{"resource": "pods", "name": user}] if user else []}
    return {"metadata": {"name": "claim-1", "namespace": "team"}, "status": status}


def on_a(*slices: Json, claims: tuple[Json, ...] = (), expression: str = NVIDIA) -> NodeDevices:
    return dynamic_devices([device_class(expression=expression)], slices, claims).on("a")


def test_devices_of_the_class_are_counted_by_node() -> None:
    found = dynamic_devices(
        [device_class()], [resource_slice("a", device("gpu-0"), device("gpu-1")), resource_slice("b", device("gpu-0"))], []
    )
    assert ({name: each.devices for name, each in found.nodes.items()}, found.classes) == ({"a": 2, "b": 1}, (DRIVER,))
    assert found.on("elsewhere").free == 0


def test_claimed_devices_are_not_free_and_have_a_holder() -> None:
    devices = on_a(resource_slice("a", device("gpu-0"), device("gpu-1"), device("gpu-2")), claims=(claim(("a", "gpu-0"), ("a", "gpu-2")),))
    assert (devices.devices, devices.allocated, devices.free, devices.holders) == (3, 2, 1, (("team/train-0", 2),))


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(claim(("a", "gpu-0"), driver="other.example.com"), id="another driver's device of that name"),
        pytest.param(claim(("b", "gpu-0")), id="another pool's"),
        pytest.param(claim(("a", "gpu-0"), admin=True), id="an administrator's look"),
        pytest.param({"metadata": {"name": "new", "namespace": "team"}}, id="a claim that has nothing yet"),
    ],
)
def test_unclaimed_device_stays_free(held: Json) -> None:
    assert on_a(resource_slice("a", device("gpu-0")), claims=(held,)).free == 1


def test_unused_claim_holds_its_device() -> None:
    assert on_a(resource_slice("a", device("gpu-0")), claims=(claim(("a", "gpu-0"), user=""),)).holders == (("team/claim-1", 1),)


@pytest.mark.parametrize(
    ("slices", "devices"),
    [
        pytest.param([resource_slice("a", device("mig-0", kind="mig"))], 0, id="a device that the class doesn't select"),
        pytest.param([resource_slice("a", device("gpu-0"), driver="other.example.com")], 0, id="another driver's"),
        pytest.param([resource_slice("a", device("gpu-0", taints=[{"key": "xid", "effect": "NoSchedule"}]))], 0, id="tainted"),
        pytest.param([resource_slice("a", device("gpu-0", taints=[{"key": "xid", "effect": "None"}]))], 1, id="tainted for information"),
        pytest.param([resource_slice("a", device("gpu-0"), slices=2)], 0, id="a pool that is not whole yet"),
        pytest.param([resource_slice("a", device("gpu-0"), slices=2), resource_slice("a", device("gpu-1"), slices=2)], 2, id="two slices"),
        pytest.param([resource_slice("a", device("old")), resource_slice("a", device("new"), generation=2)], 1, id="the newest generation"),
    ],
)
def test_only_what_the_scheduler_would_consider_counts(slices: list[Json], devices: int) -> None:
    assert on_a(*slices).devices == devices


@pytest.mark.parametrize(
    ("expression", "devices"),
    [
        ("", 1),
        ('device.driver == "gpu.nvidia.com"', 1),
        ("device.driver=='gpu.nvidia.com'&&device.attributes['gpu.nvidia.com'].productName=='Tesla T4'", 1),
        ("device.attributes['other.example.com'].type == 'gpu'", 0),
    ],
)
def test_a_class_selects_by_driver_and_attributes(expression: str, devices: int) -> None:
    assert on_a(resource_slice("a", device("gpu-0")), expression=expression).devices == devices


def test_unsupported_device_class_is_named_and_its_devices_are_ignored() -> None:
    clever = device_class("clever", expression="device.capacity['gpu.nvidia.com'].memory.isGreaterThan(quantity('40Gi'))")
    found = dynamic_devices([clever], [resource_slice("a", device("gpu-0"))], [])
    assert (found.unread, found.on("a").devices) == (("clever",), 0)


def test_classes_of_a_resource_are_those_that_name_it() -> None:
    classes = [device_class(), device_class("mig", resource="nvidia.com/mig"), device_class("plain", resource="")]
    assert [each["metadata"]["name"] for each in classes_for(classes, GPU)] == [DRIVER]


def gpu(index: int, **fields: Any) -> Json:
    """A whole GPU, as NVIDIA's driver publishes it."""
    return {"name": f"gpu-{index}", "attributes": {"type": {"string": "gpu"}, "uuid": {"string": f"GPU-{index}"}}, **fields}


def part(index: int, number: int) -> Json:
    """A MIG slice of a GPU."""
    texts = {"type": "mig", "uuid": f"MIG-{index}-{number}", "parentUUID": f"GPU-{index}"}
    return {"name": f"gpu-{index}-mig-{number}", "attributes": {name: {"string": text} for name, text in texts.items()}}


def plain(*devices: Json, claims: tuple[Json, ...] = (), driver: str = DRIVER) -> NodeDevices:
    """What is counted where no class names the resource."""
    return dynamic_devices([], [resource_slice("a", *devices, driver=driver)], claims).on("a")


@pytest.mark.parametrize(
    ("devices", "count"),
    [
        pytest.param([gpu(0), gpu(1)], 2, id="whole GPUs"),
        pytest.param([part(0, 0), part(0, 1), part(0, 2)], 3, id="the slices of a divided GPU"),
        pytest.param([gpu(0), part(0, 0), part(0, 1)], 1, id="a GPU and the slices that it may be had in"),
        pytest.param([gpu(0), part(0, 0), part(1, 0), part(1, 1)], 3, id="one GPU whole, one in slices"),
        pytest.param([device("gpu-0"), device("gpu-1")], 2, id="GPUs without a UUID"),
        pytest.param([device("gpu-0", kind="vfio")], 0, id="a GPU for virtual machines"),
        pytest.param([gpu(0, taints=[{"key": "xid", "effect": "NoSchedule"}])], 0, id="tainted"),
    ],
)
def test_gpus_that_only_a_claim_can_request_are_counted_once(devices: list[Json], count: int) -> None:
    assert plain(*devices).devices == count


def test_devices_of_another_driver_are_not_gpus() -> None:
    assert plain(gpu(0), driver="dra.cpu").devices == 0


def test_gpu_is_held_if_one_of_its_slices_is() -> None:
    claims = (claim(("a", "gpu-0-mig-0"), ("a", "gpu-0-mig-1")), claim(("a", "gpu-0-mig-1"), user="train-1"))
    devices = plain(gpu(0), part(0, 0), part(0, 1), gpu(1), claims=claims)
    assert (devices.devices, devices.allocated, devices.free) == (2, 1, 1)
    assert {pod for pod, _units in devices.holders} <= {"team/train-0", "team/train-1"}


def test_class_that_selects_whole_gpus_and_slices_counts_each_gpu_once() -> None:
    devices = on_a(resource_slice("a", gpu(0), part(0, 0)), expression="device.driver == 'gpu.nvidia.com'")
    assert devices.devices == 1
