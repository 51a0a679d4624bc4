# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The order that the plugin step can't refuse: the DaemonSet was there first.

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.builtin_plugin import builtin_plugin, refuse_reached
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import DevicePlugin
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import SKU_TAINT, SKU_TOLERATION, Json, assert_explained

DEDICATED = {"UseGPUDedicatedVHD": "true"}
MANAGED = {"gpuProfile": {"nvidia": {"managementMode": "Managed"}}}
EVERYTHING = {"operator": "Exists"}
POOL = "kubernetes.azure.com/agentpool"
MODE = "kubernetes.azure.com/mode"
SKU, ARCH, OS = "kubernetes.azure.com/os-sku", "kubernetes.io/arch", "kubernetes.io/os"
LINUX3: dict[str, Any] = {"osSKU": "AzureLinux3"}
WINDOWS: dict[str, Any] = {"osType": "Windows", "osSKU": "Windows2022"}
ARM: dict[str, Any] = {"vmSize": "Standard_ND128isr_NDR_GB200_v6"}


def pool(headers: dict[str, str] | None = None, **properties: Any) -> DesiredPool:
    return DesiredPool("gpunp", {"vmSize": "Standard_NC4as_T4_v3", **properties}, headers or {})


def plugin(*tolerations: Json, name: str = "nvidia-device-plugin-daemonset", **fields: Any) -> DevicePlugin:
    return DevicePlugin(name, "gpu-resources", tolerations, **{"node_selector": {}, "pods": {}, **fields})


def held_to(*pools: str) -> Json:
    rule = {"key": POOL, "operator": "In", "values": [*pools]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}}}


def test_owner_of_the_plugin_follows_from_image_and_management() -> None:
    assert "image" in builtin_plugin(pool(DEDICATED))
    assert "AKS" in builtin_plugin(pool(**MANAGED))
    assert not builtin_plugin(pool(gpuProfile={"driver": "Install"}))


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        pytest.param(pool(DEDICATED), plugin(), id="no taint keeps it off"),
        pytest.param(pool(**MANAGED), plugin(), id="a managed pool"),
        pytest.param(pool(DEDICATED, nodeTaints=[SKU_TAINT]), plugin(SKU_TOLERATION), id="it tolerates the pool's taint"),
        pytest.param(pool(DEDICATED, scaleSetPriority="Spot"), plugin(EVERYTHING), id="it tolerates everything"),
        pytest.param(pool(DEDICATED), plugin(node_selector={"accelerator": "nvidia"}), id="it wants a label of AKS' GPU nodes"),
        pytest.param(pool(DEDICATED), plugin(node_selector={MODE: "user"}), id="it wants the mode that a new pool has"),
        pytest.param(pool(DEDICATED, nodeLabels={"team": "a"}), plugin(node_selector={"team": "a"}), id="it wants a label of the task's"),
        pytest.param(pool(DEDICATED), plugin(affinity=held_to("other", "gpunp")), id="it is held to this pool, too"),
        pytest.param(pool(**MANAGED), plugin(node_selector={SKU: "Ubuntu", ARCH: "amd64", OS: "linux"}), id="it wants what most pools are"),
        pytest.param(pool(**MANAGED, osSKU="AzureLinux"), plugin(node_selector={SKU: "AzureLinux"}), id="it wants Azure Linux"),
        pytest.param(pool(**MANAGED, **LINUX3), plugin(node_selector={f"{SKU}-effective": "AzureLinux3"}), id="it wants its version"),
        pytest.param(pool(**MANAGED, **WINDOWS), plugin(node_selector={SKU: "Windows2022", OS: "windows"}), id="it wants Windows"),
        pytest.param(pool(**MANAGED, **ARM), plugin(node_selector={ARCH: "arm64"}), id="it wants Arm"),
        pytest.param(pool(**MANAGED, vmSize="Standard_New_v9"), plugin(node_selector={ARCH: "amd64"}), id="a size that nobody knows"),
    ],
)
def test_pool_that_a_daemonset_would_reach_is_rejected(wanted: DesiredPool, there: DevicePlugin) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_reached(wanted, [there])
    assert_explained(refusal.value, "PluginReachesPool", "gpunp", "gpu-resources", "manual_plugin_pools", "kubectl delete daemonset")


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        pytest.param(pool(DEDICATED, nodeTaints=[SKU_TAINT]), plugin(), id="the taint keeps it off"),
        pytest.param(pool(DEDICATED, scaleSetPriority="Spot"), plugin(), id="AKS' taint of spot nodes keeps it off"),
        pytest.param(pool(DEDICATED), plugin(affinity=held_to("other")), id="it is held to another pool"),
        pytest.param(pool(DEDICATED), plugin(node_selector={"nvidia.com/gpu.present": "true"}), id="it wants a label that AKS doesn't set"),
        pytest.param(pool(DEDICATED), plugin(name="fluent-bit"), id="it serves something else"),
        pytest.param(pool(**MANAGED, osSKU="AzureLinux"), plugin(node_selector={SKU: "Ubuntu"}), id="it wants another Linux"),
        pytest.param(pool(**MANAGED, **WINDOWS), plugin(node_selector={OS: "linux"}), id="it wants no Windows"),
        pytest.param(pool(**MANAGED, osType="Windows"), plugin(node_selector={SKU: "Windows2022"}), id="which Windows nobody knows"),
        pytest.param(pool(**MANAGED, **LINUX3), plugin(node_selector={SKU: "AzureLinux3"}), id="what it says of a version nobody knows"),
        pytest.param(pool(**MANAGED, **ARM), plugin(node_selector={ARCH: "amd64"}), id="it wants no Arm"),
    ],
)
def test_daemonset_kept_off_the_nodes_is_no_conflict(wanted: DesiredPool, there: DevicePlugin) -> None:
    refuse_reached(wanted, [there])


DEPLOYS = "nvidia.com/gpu.deploy.device-plugin"
OPERATORS = plugin({"key": "nvidia.com/gpu", "operator": "Exists"}, name="x", by_operator=True, node_selector={DEPLOYS: "true"})


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        pytest.param(pool(**MANAGED), True, id="it labels the nodes where it finds a GPU"),
        pytest.param(pool(**MANAGED, nodeTaints=["nvidia.com/gpu=present:NoSchedule"]), True, id="it tolerates NVIDIA's taint"),
        pytest.param(pool(**MANAGED, nodeTaints=[SKU_TAINT]), False, id="it doesn't tolerate the pool's"),
        pytest.param(pool(**MANAGED, nodeLabels={"nvidia.com/gpu.deploy.operands": "false"}), False, id="kept off as a whole"),
        pytest.param(pool(**MANAGED, nodeLabels={DEPLOYS: "false"}), False, id="its plugin kept off"),
    ],
)
def test_gpu_operator_is_kept_off_by_a_label_of_the_pool(wanted: DesiredPool, reached: bool) -> None:
    if not reached:
        refuse_reached(wanted, [OPERATORS])
        return
    with pytest.raises(InvalidInputError) as refusal:
        refuse_reached(wanted, [OPERATORS])
    assert_explained(refusal.value, "PluginReachesPool", "node_labels", "nvidia.com/gpu.deploy.operands: 'false'")
