# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which DaemonSets serve GPUs, told by whole words where a name means something."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugin_kinds import serves_gpus, serves_other_devices
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import device_plugin, device_plugins
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK

from ...builders import Json, daemonset

NVIDIAS = "nvidia/k8s-device-plugin:v0.18.2"
NAME = "nvidia-device-plugin-daemonset"
OTHER_WORDS = [
    "sgx", "sriov", "rdma", "infiniband", "amdgpu", "rocm", "intel", "qat", "fpga", "kubevirt", "kvm", "habana", "neuron", "directx",
    "smarter-device", "akri",
]  # fmt: skip


@pytest.mark.parametrize("word", OTHER_WORDS)
@pytest.mark.parametrize("place", ["{word}.azurecr.io/", "{word}igence.azurecr.io:5000/", "mirror.example.com/{word}-lab/", "r/{word}/x/"])
def test_nvidias_plugin_is_nvidias_wherever_its_image_is_mirrored(place: str, word: str) -> None:
    image = place.format(word=word) + NVIDIAS
    assert not serves_other_devices(NAME, [image])
    assert serves_gpus("private-name", [image])


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("sgx-plugin", "mcr.microsoft.com/aks/acc/sgx-device-plugin:1"),
        ("device-plugin", "mcr.microsoft.com/aks/acc/sgx-device-plugin:1"),
        ("rdma-shared-dp-ds", "nvcr.io/nvidia/mellanox/k8s-rdma-shared-dev-plugin@sha256:0"),
        ("kube-sriov-device-plugin", "nvcr.io/nvidia/mellanox/sriov-network-device-plugin:v3"),
        ("amdgpu-device-plugin-daemonset", "registry.example.com:5000/rocm/k8s-device-plugin"),
        ("amdgpu-device-plugin-daemonset", "registry.example.com/k8s-device-plugin:1"),
        ("intel-gpu-plugin", "intel/intel-gpu-plugin:0.32"),
        ("plugin", "intel/intel-qat-plugin:0.32"),
        ("nvidia-kubevirt-gpu-dp-daemonset", "nvcr.io/nvidia/kubevirt-gpu-device-plugin:v1.4"),
        ("nvidia-sandbox-device-plugin-daemonset", "registry.example.com/plugin:1"),
        ("directx-device-plugin", "example.com/plugin:1"),
        ("smarter-device-manager", "example.com/smarter-device-manager:1"),
    ],
)
def test_plugin_of_another_device_is_recognized_by_name_or_image(name: str, image: str) -> None:
    assert serves_other_devices(name, [image])


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("nvidia-device-plugin-rdma-nodes", "example.com/plugin:1"),
        ("kvm-host-plugin", "example.com/" + NVIDIAS),
        ("hami-device-plugin", "projecthami/hami:v2.7.0"),
        ("gpushare-device-plugin-ds", "registry.example.com/acs/k8s-plugin:v2"),
        ("plugin", "4pdosc/k8s-vdevice:latest"),
        ("team-plugin", "example.com/team-gpu-plugin:1"),
    ],
)
def test_gpu_plugin_is_recognized_by_name_or_image(name: str, image: str) -> None:
    assert not serves_other_devices(name, [image])
    assert serves_gpus(name, [image])


@pytest.mark.parametrize(("name", "image"), [("qatar-plugin", "contosointelligence.azurecr.io/kvmware/plugin:intel-1"), ("gpuless", "a/b")])
def test_part_of_a_word_does_not_match(name: str, image: str) -> None:
    assert not serves_other_devices(name, [image])
    assert not serves_gpus(name, [image])


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_plugin_of_the_collection_is_recognized_whatever_its_name(word: str) -> None:
    made: Json = daemonset(f"{word}-plugin", image=f"example.com/{word}:1")
    assert device_plugins([made], []) == []
    assert device_plugin(made).name == f"{word}-plugin"
    made["metadata"]["labels"] = MARK
    (plugin,) = device_plugins([made], [])
    assert plugin.is_gpu_plugin


def test_serving_container_mounts_the_kubelets_directory() -> None:
    made = daemonset()
    serving = {"name": "nvidia-device-plugin", "image": NVIDIAS, "volumeMounts": [{"name": "config"}, {"name": "device-plugin"}]}
    made["spec"]["template"]["spec"]["containers"] = [{"name": "config-manager", "volumeMounts": [{"name": "config"}]}, serving]
    assert device_plugin(made).container == "nvidia-device-plugin"
    assert device_plugin(daemonset()).container == "main"
