# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's exporters: their values follow who holds a device, and the network leads to them only where one runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.cluster_network import ClusterNetwork, GpuLoads, egress_configuration
from tests.lab.config import Settings
from tests.lab.device_faults import DeviceFaults
from tests.lab.device_manager import DeviceManager
from tests.lab.exporters import MANAGED_PORT, exporter_of
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

GPU = "nvidia.com/gpu"
IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"
A10_SHARE = "Standard_NV6ads_A10_v5"


def gpu_node(**changes: Any) -> dict[str, Any]:
    made = one_node(pool(**changes))
    made["metadata"]["uid"] = "node-1"
    made["status"]["capacity"][GPU] = "1"
    return made


def exporter_pod(node: dict[str, Any], *, mapped: bool = True, ready: bool = True) -> dict[str, Any]:
    volumes = [{"name": "pods", "hostPath": {"path": "/var/lib/kubelet/pod-resources"}}] if mapped else []
    env = [{"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"}] if mapped else []
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": {"name": "dcgm-exporter-x", "namespace": "gpu", "uid": "exporter"},
        "spec": {"nodeName": node["metadata"]["name"], "volumes": volumes, "containers": [{"image": IMAGE, "env": env}]},
        "status": {"phase": "Running", "podIP": "10.244.0.7", "conditions": conditions},
    }


def workload() -> dict[str, Any]:
    containers = [{"name": "main", "resources": {"limits": {GPU: "1"}}}]
    return {"metadata": {"uid": "w", "name": "train-0", "namespace": "team"}, "spec": {"containers": containers}}


def values(shown: str, name: str) -> list[float]:
    return [float(line.rpartition(" ")[2]) for line in shown.splitlines() if line.startswith(f"{name}{{")]


@pytest.fixture
def manager() -> DeviceManager:
    return DeviceManager(DeviceFaults())


def test_values_follow_the_container_that_holds_the_device(manager: DeviceManager) -> None:
    node, loads = gpu_node(), GpuLoads(ERA_2026, manager, DeviceFaults())
    idle = loads.exposition(node, mapped=True)
    manager.admit(workload(), node, ERA_2026.sizes["standard_nc4as_t4_v3"])
    busy = loads.exposition(node, mapped=True)
    manager.release("w")
    for name in ("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_POWER_USAGE"):
        assert values(busy, name) > values(idle, name)
    assert values(loads.exposition(node, mapped=True), "DCGM_FI_DEV_GPU_UTIL") == [0.0]
    assert ('pod="train-0"' in busy, 'pod="train-0"' in idle) == (True, False)


def test_exporter_that_cannot_ask_the_kubelet_names_no_pod(manager: DeviceManager) -> None:
    node = gpu_node()
    manager.admit(workload(), node, ERA_2026.sizes["standard_nc4as_t4_v3"])
    assert "train-0" not in GpuLoads(ERA_2026, manager, DeviceFaults()).exposition(node, mapped=False)


def test_share_of_a_gpu_has_no_profiling_metrics(manager: DeviceManager) -> None:
    shown = GpuLoads(ERA_2026, manager, DeviceFaults()).exposition(gpu_node(vm_size=A10_SHARE), mapped=False)
    assert "DCGM_FI_DEV_FB_USED" in shown
    assert "DCGM_FI_PROF" not in shown


def test_slices_are_shown_each_and_have_no_utilization(manager: DeviceManager) -> None:
    node = gpu_node(vm_size="Standard_NC24ads_A100_v4", gpu_instance_profile="MIG1g")
    shown = GpuLoads(ERA_2026, manager, DeviceFaults()).exposition(node, mapped=False)
    assert len(values(shown, "DCGM_FI_DEV_FB_USED")) == 7
    assert values(shown, "DCGM_FI_DEV_GPU_UTIL") == []
    assert shown.count('GPU_I_PROFILE="1g.10gb"') >= 7


def network(node: dict[str, Any], *pods: dict[str, Any], exporter_runs: bool = False) -> ClusterNetwork:
    settings = Settings.new(era="2026", speed=60.0)
    loads = GpuLoads(ERA_2026, DeviceManager(DeviceFaults()), DeviceFaults())
    return ClusterNetwork(settings, loads, pods=pods, nodes=[node], exporter_runs=lambda _name: exporter_runs)


def address_of(node: dict[str, Any]) -> str:
    return str(next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"))


def test_network_leads_to_exporters_that_run_and_to_nothing_else() -> None:
    node = gpu_node()
    with_pod = network(node, exporter_pod(node))
    assert with_pod.route("10.244.0.7", 9400) is not None
    assert with_pod.route("10.244.0.7", 80) is None
    assert with_pod.route("10.244.0.8", 9400) is None
    assert network(node, exporter_pod(node, ready=False)).route("10.244.0.7", 9400) is None
    assert network(node, exporter_runs=True).route(address_of(node), MANAGED_PORT) is not None
    assert network(node).route(address_of(node), MANAGED_PORT) is None


def test_pod_is_an_exporter_by_its_image() -> None:
    node = gpu_node()
    found = exporter_of(exporter_pod(node))
    assert found is not None
    assert (found.port, found.mapped) == (9400, True)
    assert exporter_of({"spec": {"containers": [{"image": "registry.k8s.io/pause:3.10"}]}}) is None


def test_socket_is_one_of_this_lab() -> None:
    names = [egress_configuration(Settings.new(era="2026", speed=60.0)) for _unused in range(2)]
    assert names[0] != names[1]
