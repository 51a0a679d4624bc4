# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What NVIDIA's DRA driver publishes of a node's GPUs, as a ResourceSlice of the real API (kubernetes-sigs/dra-driver-nvidia-gpu)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab import devices, machine_gpus
from tests.lab.eras import VmSize
from tests.lab.visible_gpus import VisibleGpu

PATH = "/apis/resource.k8s.io/v1/resourceslices"
DRIVER = "gpu.nvidia.com"


def resource_slice(node: Mapping[str, Any], size: VmSize) -> dict[str, Any]:
    """The slice of a node, which goes with it: its GPUs, or where they are divided, their MIG slices."""
    name, uid = node["metadata"]["name"], node["metadata"]["uid"]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {
            "name": f"{name}-{DRIVER}-{uid[:5]}",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid, "controller": True}],
        },
        "spec": {
            "driver": DRIVER,
            "nodeName": name,
            "pool": {"name": name, "generation": 1, "resourceSliceCount": 1},
            "devices": [_device(index, gpu) for index, gpu in enumerate(_units(node, size))],
        },
    }


def _units(node: Mapping[str, Any], size: VmSize) -> Sequence[VisibleGpu]:
    names = {devices.slice_resource(name) for name in devices.slices(node)} or {devices.GPU_RESOURCE}
    found = [gpu for name in names for device in machine_gpus.of_machine(node, size, name) for gpu in device.gpus]
    return sorted(found, key=lambda gpu: (gpu.gpu, gpu.slice, gpu.uuid))


def _device(index: int, gpu: VisibleGpu) -> dict[str, Any]:
    texts = {"type": "mig" if gpu.slice else "gpu", "uuid": gpu.uuid, "productName": gpu.model}
    if gpu.slice:
        texts |= {"profile": gpu.slice, "parentUUID": gpu.parent}
    return {
        "name": f"gpu-{gpu.gpu}-mig-{gpu.slice.replace('.', '-')}-{index}" if gpu.slice else f"gpu-{gpu.gpu}",
        "attributes": {name: {"string": text} for name, text in texts.items()},
        "capacity": {"memory": {"value": str(gpu.memory_bytes)}},
    }
