# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node offers under NVIDIA's prefix, as Windows, or less than its size has."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.node_facts import is_gpu_node
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.requests import is_gpu_resource, passes_to_machines
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.criteria import WaitCriteria
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose

from ...builders import GPU, GPU_NODE, Json, daemonset, node, plugin_pod, snapshot
from .test_diagnosis import CONFIG_UNREAD

PLUGIN = daemonset()
H100 = "Standard_ND96isr_H100_v5"
WINDOWS = {"kubernetes.io/os": "windows"}
SELECTS_LINUX = daemonset(node_selector={"kubernetes.io/os": "linux"})


def codes(*nodes: Json, served: bool = False, **more: object) -> list[str]:
    pods = [plugin_pod(PLUGIN, on=each["metadata"]["name"]) for each in nodes] if served else []
    shown = {"daemonsets": [PLUGIN] if served else [], "pods": pods, **more}
    return [finding.code for finding in diagnose(snapshot(*nodes, **shown))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", [GPU, "nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb", "nvidia.com/mig-1g.5gb.me", "nvidia.com/mig-3g.20gb.shared"]
)
def test_these_are_gpus_for_containers(name: str) -> None:
    assert is_gpu_resource(name)
    assert not passes_to_machines(name)
    assert is_gpu_node(node(gpus=None, accelerator=False, resources={name: 1}))


@pytest.mark.parametrize(
    "name",
    ["nvidia.com/hostdev", "nvidia.com/rdma_shared_device_a", "nvidia.com/nvswitch", "nvidia.com/gpumem", "nvidia.com/gpucores",
     "nvidia.com/bf3", "nvidia.com/sriov_vf", "nvidia.com/GPU"],
)  # fmt: skip
def test_resource_prefix_alone_does_not_make_a_gpu(name: str) -> None:
    assert not is_gpu_node(node(gpus=None, accelerator=False, resources={name: 2}))
    assert codes(node(gpus=None, vm_size=H100, resources={name: 8})) == ["NoDevicePlugin"]


@pytest.mark.parametrize(
    "name",
    ["nvidia.com/pgpu", "nvidia.com/vgpu", "nvidia.com/GA102GL_A10", "nvidia.com/GH100_H100_SXM5_80GB", "nvidia.com/TU104GL_Tesla_T4",
     "nvidia.com/GRID_T4-2Q", "nvidia.com/NVIDIA_A10-12Q", "nvidia.com/A10-24Q"],
)  # fmt: skip
def test_gpus_of_virtual_machines_need_no_plugin(name: str) -> None:
    assert not is_gpu_node(node(gpus=None, accelerator=False, resources={name: 2}))
    assert codes(node(gpus=None, resources={name: 1})) == ["GpusPassedThrough"]


def test_resource_described_by_gpu_feature_discovery_is_a_gpu() -> None:
    labels = {"nvidia.com/t4.product": "Tesla-T4", "nvidia.com/t4.count": "1"}
    assert codes(node(gpus=None, labels=labels, resources={"nvidia.com/t4": 1}), served=True) == ["OtherResourceName"]


def test_resource_named_by_the_plugins_configuration_is_a_gpu() -> None:
    made = node(gpus=None, resources={"nvidia.com/t4": 1})
    assert codes(made, served=True) == ["PluginServesNothing"]
    assert codes(made, served=True, configured_names={"nvidia.com/t4"}) == ["OtherResourceName"]


def test_unreadable_configuration_is_reported_with_the_other_findings() -> None:
    assert [each.code for each in diagnose(CONFIG_UNREAD)] == ["PluginServesNothing", "PluginConfigUnread"]
    made, unread = node(gpus=None, resources={"nvidia.com/t4": 1}), CONFIG_UNREAD.unread_configs
    assert codes(made, served=True, unread_configs=unread, configured_names={"nvidia.com/t4"}) == ["OtherResourceName"]
    assert codes(node(gpus=1), served=True, unread_configs=unread) == []


@pytest.mark.parametrize("label", ["kubernetes.io/os", "beta.kubernetes.io/os"])
def test_windows_gpu_node_does_not_count_for_nvidias_resource(label: str) -> None:
    made = node(gpus=None, labels={label: "windows"}, resources={"microsoft.com/directx": 1})
    if label != "kubernetes.io/os":
        del made["metadata"]["labels"]["kubernetes.io/os"]
    assert not is_gpu_node(made)
    assert is_gpu_node(node())


@pytest.mark.parametrize("plugin", [PLUGIN, SELECTS_LINUX])
def test_windows_pool_gets_its_own_finding_without_plugin_advice(plugin: Json) -> None:
    made = node(gpus=None, labels=WINDOWS, resources={"microsoft.com/directx": 1})
    (finding,) = diagnose(snapshot(made, daemonsets=[plugin]))
    assert (finding.code, finding.subjects) == ("WindowsNode", (GPU_NODE,))
    assert not WaitCriteria(1).reached(snapshot(made, daemonsets=[plugin]))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(node(vm_size="Standard_NC64as_T4_v3", gpus=4), [], id="all of them"),
        pytest.param(node(vm_size="Standard_NV6ads_A10_v5", gpus=1), [], id="a sixth of one"),
        pytest.param(node(vm_size="Standard_NC24ads_A100_v4", gpus=7), [], id="slices of one"),
        pytest.param(node(vm_size="Standard_Unknown_v9", gpus=1), [], id="a size that nobody knows"),
        pytest.param(node(vm_size=H100, gpus=1, resources={"nvidia.com/mig-1g.10gb": 49}), [], id="MIG on seven of eight"),
        pytest.param(node(vm_size=H100, gpus=4, resources={"nvidia.com/pgpu": 4}), [], id="half of them to virtual machines"),
        pytest.param(node(vm_size=H100, gpus=7, labels={"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3-MIG-7g.80gb"}), [], id="MIG"),
        pytest.param(node(vm_size=H100, gpus=7, labels={"nvidia.com/gpu.count": "7"}), ["FewerGpusThanSize"], id="the driver sees seven"),
        pytest.param(node(vm_size="Standard_Unknown_v9", gpus=1, labels={"nvidia.com/gpu.count": "2"}), ["FewerGpusThanSize"], id="GFD"),
        pytest.param(node(vm_size=H100, gpus=6, capacity=7), ["DevicesUnhealthy"], id="one more is lost"),
        pytest.param(node(vm_size=H100, gpus=7, conditions=[{"type": "GPUMissing", "status": "True", "message": "7 of 8"}]), ["GPUMissing"],
                     id="AKS has said so"),
    ],
)  # fmt: skip
def test_fewer_gpus_than_the_size_has_are_reported_unless_explained(made: Json, expected: list[str]) -> None:
    assert codes(made, served=True) == expected
