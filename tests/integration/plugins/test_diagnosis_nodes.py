# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cause of a GPU that can't be used, brought about in the lab: by the real scheduler, controllers and admission, or by its kubelet.

A test's marker names the findings that it proves; docs/diagnosis.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, DEVICE_CLASSES, PODS, RESOURCE_QUOTAS, Kind
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json, autoscaler_status, proving
from tests.lab.programs import BROKEN_DEVICE_PLUGIN

pytestmark = pytest.mark.lab

DAEMONSET = "nvidia-device-plugin-daemonset"
SLICES = Kind("apis/resource.k8s.io/v1", "resourceslices", namespaced=False)


def look(cluster: Cluster, **params: Any) -> dict[str, Json]:
    """What a look at the test's pool finds, by code."""
    facts = cluster.run(FACTS, pool=cluster.name, **params)["ansible_facts"]["gpu_schedulable"]
    return {finding["code"]: finding for finding in facts["findings"]}


def until_found(cluster: Cluster, code: str) -> Json:
    """The finding of this code, as soon as the cluster shows it; nothing else is the matter then."""
    found = cluster.until(lambda: (seen := look(cluster)).keys() == {code} and seen)
    finding: Json = found[code]
    return finding


def install(cluster: Cluster, **params: Any) -> str:
    """The plugin, in a namespace of the test's; nobody waits for it."""
    namespace = f"{cluster.name}-plugin"
    cluster.run(PLUGIN, namespace=namespace, wait=False, **params)
    return namespace


def apply_changed(cluster: Cluster, pod_spec: Json, *, name: str = DAEMONSET) -> str:
    """The plugin as somebody else has made it, with something of its own in its pods."""
    namespace = f"{cluster.name}-plugin"
    manifest = cluster.run(PLUGIN, check=True, namespace=namespace, name=name)["diff"][-1]["after"]
    manifest["spec"]["template"]["spec"].update(pod_spec)
    cluster.make_namespace(namespace)
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply")
    return namespace


@pytest.mark.proves("PluginLacksToleration")
@pytest.mark.parametrize(
    ("taint", "words"), [(SKU, [SKU]), ("kubernetes.azure.com/scalesetpriority=spot:NoSchedule", ["scalesetpriority=spot", "spot pools"])]
)
def test_plugin_that_lacks_the_toleration_has_no_pod(cluster: Cluster, taint: str, words: list[str]) -> None:
    node = cluster.add_node(taints=[taint])
    namespace = install(cluster)
    finding = until_found(cluster, "PluginLacksToleration")
    assert finding["subjects"] == [node]
    assert all(word in finding["cause"] for word in words)
    assert f"node_taints: ['{taint}']" in finding["remedy"]
    assert cluster.client.list(PODS, namespace=namespace) == []


@pytest.mark.proves("PluginWaitsForStartupTaint")
def test_plugin_that_does_not_tolerate_a_startup_taint(cluster: Cluster) -> None:
    taint = "startup-taint.cluster-autoscaler.kubernetes.io/gpu=true:NoSchedule"
    cluster.add_node(taints=[taint])
    install(cluster)
    assert look(cluster).keys() == {"PluginWaitsForStartupTaint", "NodeNotOpen"}
    install(cluster, node_taints=[taint])
    cluster.until(lambda: look(cluster).keys() == {"PluginServesNothing", "NodeNotOpen"})


@pytest.mark.parametrize(
    ("fault", "fail", "line", "code"),
    [
        proving("DriverMissing", "no-driver", "true", "Incompatible strategy detected auto"),
        proving("DriverMissing", "no-driver", "false", "Incompatible strategy detected auto"),
        proving("DriverLibraryMismatch", "nvml-mismatch", "true", "Driver/library version mismatch"),
        proving("PluginConfigInvalid", "config", "true", "error parsing config"),
        proving("DeviceXid", "xid", "true", "XidCriticalError: Xid=79"),
    ],
)
def test_plugins_log_explains_missing_gpus(cluster: Cluster, fault: str, fail: str, line: str, code: str) -> None:
    node = cluster.add_node()
    install(cluster, image=BROKEN_DEVICE_PLUGIN, env={"LAB_FAULT": fault, "FAIL_ON_INIT_ERROR": fail})
    finding = until_found(cluster, code)
    assert finding["subjects"] == [node]
    assert line in finding["evidence"]


@pytest.mark.proves("PluginCrashes")
def test_plugin_that_cannot_start_is_reported_with_its_state(cluster: Cluster) -> None:
    cluster.add_node()
    apply_changed(cluster, {"containers": [{"name": "plugin", "image": BROKEN_DEVICE_PLUGIN, "command": ["/no/such/program"]}]})
    finding = until_found(cluster, "PluginCrashes")
    assert "/no/such/program" in finding["evidence"]
    assert "kubectl logs --previous" in finding["remedy"]


@pytest.mark.proves("DevicesUnhealthy")
def test_lost_device_is_reported_with_the_xid_from_the_log(cluster: Cluster) -> None:
    node = cluster.add_node()
    install(cluster, image=BROKEN_DEVICE_PLUGIN, env={"LAB_FAULT": "xid"})
    until_found(cluster, "DeviceXid")
    cluster.show_gpus(node, capacity=4, allocatable=3)
    finding = until_found(cluster, "DevicesUnhealthy")
    assert finding["evidence"].startswith("allocatable 3 of capacity 4; the plugin's log: XidCriticalError: Xid=79 on Device=GPU-")


@pytest.mark.parametrize(
    ("image", "said", "code"),
    [
        proving("RegistryUnreachable", "registry.invalid/nobody:1", "no such host"),
        proving("ImageNotFound", "mcr.microsoft.com/gpuops.aks-lab/missing:1", "not found"),
        proving("ImageAccessDenied", "gpuopslab.azurecr.io/private:1", "401 Unauthorized"),
    ],
)
def test_plugins_image_that_cannot_be_had(cluster: Cluster, image: str, said: str, code: str) -> None:
    cluster.add_node()
    install(cluster, image=image)
    finding = until_found(cluster, code)
    assert said in finding["evidence"]
    assert finding["cause"].startswith("The device plugin's image")
    assert "image of gpuops.aks.nvidia_device_plugin" in finding["remedy"]


@pytest.mark.proves("PluginPodNotReady")
def test_plugin_pod_without_a_status_from_its_kubelet_is_reported(cluster: Cluster) -> None:
    cluster.add_node()
    with cluster.silent_kubelets():
        namespace = install(cluster)
        assert "Pending" in until_found(cluster, "PluginPodNotReady")["evidence"]
    cluster.client.delete(DAEMONSETS, DAEMONSET, namespace)


@pytest.mark.proves("PluginPodUnscheduled")
def test_plugin_that_finds_no_room_on_its_node(cluster: Cluster) -> None:
    cluster.add_node()
    install(cluster, resources={"requests": {"cpu": "100"}})
    assert "Insufficient cpu" in until_found(cluster, "PluginPodUnscheduled")["evidence"]


@pytest.mark.proves("RuntimeClassMissing")
def test_plugin_that_wants_a_runtime_class_which_is_not_there(cluster: Cluster) -> None:
    cluster.add_node()
    apply_changed(cluster, {"runtimeClassName": "nvidia"})
    finding = until_found(cluster, "RuntimeClassMissing")
    assert 'RuntimeClass "nvidia" not found' in finding["evidence"]
    assert "runtimeClassName" in finding["remedy"]


@pytest.mark.proves("QuotaTooSmall")
def test_plugin_whose_namespace_has_no_room_for_its_pods(cluster: Cluster) -> None:
    cluster.add_node()
    namespace = f"{cluster.name}-plugin"
    cluster.make_namespace(namespace)
    cluster.client.create(RESOURCE_QUOTAS, {"metadata": {"name": "no-pods", "namespace": namespace}, "spec": {"hard": {"pods": "0"}}})
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, "no-pods", namespace).get("status", {}).get("hard"))
    install(cluster)
    found = until_found(cluster, "QuotaTooSmall")
    assert "exceeded quota: no-pods" in found["evidence"]
    assert f"In the ResourceQuota no-pods of the namespace {namespace}, raise pods to at least 1" in found["remedy"]


@pytest.mark.proves("TwoDevicePlugins")
def test_two_plugins_on_a_node(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    namespace = install(cluster)
    cluster.run(PLUGIN, namespace=namespace, name="nvidia-second", allow_second_plugin=True, wait=False)
    finding = until_found(cluster, "TwoDevicePlugins")
    assert finding["subjects"] == [node]
    assert f"kubectl delete daemonset nvidia-second -n {namespace}" in finding["remedy"]


@pytest.mark.proves("PluginBesideNodesOwn")
def test_plugin_on_a_node_that_brings_its_own(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    install(cluster)
    cluster.until(lambda: cluster.client.list(PODS, namespace=f"{cluster.name}-plugin"))
    cluster.lab.kubectl("label", "node", node, "kubernetes.azure.com/dcgm-exporter=enabled")
    assert "AKS manages its GPU" in until_found(cluster, "PluginBesideNodesOwn")["evidence"]


@pytest.mark.proves("NodePluginStarting")
def test_new_managed_node_is_given_time_and_no_plugin(cluster: Cluster) -> None:
    cluster.add_node(labels={"kubernetes.azure.com/dcgm-exporter": "enabled"})
    remedy = until_found(cluster, "NodePluginStarting")["remedy"]
    assert "recreate" not in remedy
    assert "nvidia_device_plugin" not in remedy


@pytest.mark.proves("NodeServesNoGpu")
def test_managed_node_that_serves_nothing_is_not_given_a_plugin(cluster: Cluster) -> None:
    node = cluster.add_node(labels={"kubernetes.azure.com/dcgm-exporter": "enabled"})
    cluster.patch_status(node, {"conditions": [{"type": "Ready", "lastTransitionTime": "2026-01-01T00:00:00Z"}]})
    assert "nvidia_device_plugin" not in until_found(cluster, "NodeServesNoGpu")["remedy"]


@pytest.mark.proves("OtherResourceName")
@pytest.mark.parametrize("name", ["nvidia.com/mig-1g.10gb", "nvidia.com/gpu.shared"])
def test_gpus_under_another_name(cluster: Cluster, name: str) -> None:
    node = cluster.add_node()
    cluster.patch_status(node, {"capacity": {name: "7"}, "allocatable": {name: "7"}})
    assert f"resource_name: {name}" in until_found(cluster, "OtherResourceName")["remedy"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        proving("GpusPassedThrough", "nvidia.com/pgpu"),
        proving("GpusPassedThrough", "nvidia.com/GA102GL_A10"),
        ("nvidia.com/hostdev", "NoDevicePlugin"),
    ],
)
def test_resources_of_nvidia_that_no_container_gets(cluster: Cluster, name: str, code: str) -> None:
    node = cluster.add_node()
    cluster.patch_status(node, {"capacity": {name: "8"}, "allocatable": {name: "8"}})
    cluster.until(lambda: code in look(cluster))
    assert "OtherResourceName" not in look(cluster)


@pytest.mark.proves("WindowsNode")
def test_windows_pool_gets_no_plugin_and_no_advice_on_one(cluster: Cluster) -> None:
    node = cluster.add_node(labels={"kubernetes.io/os": "windows"})
    linux = cluster.add_node("linux")
    cluster.patch_status(node, {"capacity": {"microsoft.com/directx": "1"}, "allocatable": {"microsoft.com/directx": "1"}})
    namespace = install(cluster)
    pods = cluster.until(lambda: cluster.client.list(PODS, namespace=namespace))
    assert {pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0]
            ["matchFields"][0]["values"][0] for pod in pods} == {linux}  # fmt: skip
    finding = cluster.until(lambda: look(cluster).get("WindowsNode"))
    assert finding["subjects"] == [node]


@pytest.mark.proves("FewerGpusThanSize")
def test_node_that_offers_fewer_gpus_than_its_size_has(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=3, labels={"node.kubernetes.io/instance-type": "Standard_NC64as_T4_v3"})
    finding = until_found(cluster, "FewerGpusThanSize")
    assert (finding["subjects"], finding["severity"]) == ([node], "warning")
    cluster.show_gpus(node, capacity=4, allocatable=4)
    cluster.until(lambda: not look(cluster))


@pytest.mark.parametrize(
    ("label", "code"),
    [
        proving("MigChanging", "nvidia.com/mig.config.state=pending"),
        proving("MigConfigFailed", "nvidia.com/mig.config.state=failed"),
        proving("DriverUpgrading", "nvidia.com/gpu-driver-upgrade-state=drain-required"),
        proving("DriverUpgradeFailed", "nvidia.com/gpu-driver-upgrade-state=upgrade-failed"),
        proving("OperatorAtWork", "nvidia.com/gpu.deploy.device-plugin=paused-for-vgpu-change"),
    ],
)
def test_node_in_the_hands_of_the_gpu_operator(cluster: Cluster, label: str, code: str) -> None:
    node = cluster.add_node()
    cluster.lab.kubectl("label", "node", node, label)
    cluster.lab.kubectl("cordon", node)
    finding = until_found(cluster, code)
    assert label.replace("=", " is ") in finding["evidence"]
    assert "kubectl logs -n gpu-operator" in finding["remedy"]


@pytest.fixture
def claimable(cluster: Cluster) -> Iterator[str]:
    """A node whose GPU a DRA driver hands out; its device class is known to nobody by the resource's name, yet."""
    node = cluster.add_node()
    driver = "gpu.nvidia.com"
    pool = {"name": node, "generation": 1, "resourceSliceCount": 1}
    spec = {"driver": driver, "nodeName": node, "pool": pool, "devices": [{"name": "gpu-0"}]}
    cluster.client.create(SLICES, {"metadata": {"name": cluster.name}, "spec": spec})
    expression = {"cel": {"expression": f"device.driver == '{driver}'"}}
    cluster.client.create(DEVICE_CLASSES, {"metadata": {"name": "gpu.nvidia.com"}, "spec": {"selectors": [expression]}})
    yield node
    cluster.client.delete(SLICES, cluster.name)
    cluster.client.delete(DEVICE_CLASSES, "gpu.nvidia.com")


@pytest.mark.proves("DraOnly")
def test_gpus_that_only_dra_hands_out(cluster: Cluster, claimable: str) -> None:
    waited = cluster.run(FACTS, pool=cluster.name, wait=True)["ansible_facts"]["gpu_schedulable"]
    assert (waited["dra"], waited["schedulable_gpus"], waited["findings"]) == ({"devices": 1, "allocated": 0, "free": 1}, 1, [])

    pod = {"containers": [{"name": "train", "image": "example.com/train", "resources": {"limits": {GPU: 1}}}]}
    found = look(cluster, pod=pod)
    assert found.keys() == {"DraOnly"}
    assert found["DraOnly"]["subjects"] == [claimable]
    patch = yaml.safe_dump({"spec": {"extendedResourceName": GPU}})
    cluster.lab.kubectl("patch", "deviceclass", "gpu.nvidia.com", "--patch", patch)
    cluster.until(lambda: not look(cluster, pod=pod))


# Types, reasons and messages of AKS' node problem detector: Azure/AgentBaker e2e/validators.go.
CONDITIONS = [
    ("GPUMissing", "GPUMissing", "Expected to see 8 GPUs but found 7. FaultCode: NHC2009"),
    ("XIDErrors", "XIDErrors", "Xid 79"),
    ("UnhealthyNvidiaDevicePlugin", "UnhealthyNvidiaDevicePlugin", "Systemd service nvidia-device-plugin is not active"),
    ("UnhealthyNvidiaDCGMServices", "UnhealthyNvidiaDCGMServices", "Systemd service(s) nvidia-dcgm are not active"),
    ("NVIDIAGRIDStatusInvalid", "NVIDIAGRIDStatusInvalid", "nvidia-gridd is not active"),
    ("IBLinkFlapping", "IBLinkFlapping", "ib0 flapped"),
    ("NVLinkStatusInactive", "NVLinkStatusInactive", "link 0 is down"),
    ("GPUClockThrottling", "GPUClockThrottling", "GPU 0 is throttled"),
]


@pytest.mark.proves(*(code for _type, code, _message in CONDITIONS))
def test_conditions_of_the_node_problem_detector(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)

    def tell(status: str) -> None:
        told = [{"type": kind, "status": status, "reason": code, "message": message} for kind, code, message in CONDITIONS]
        cluster.patch_status(node, {"conditions": told})

    tell("False")
    assert look(cluster) == {}
    tell("True")
    found = look(cluster)
    assert found.keys() == {code for _type, code, _message in CONDITIONS}
    for kind, code, message in CONDITIONS:
        assert found[code]["evidence"] == f"condition {kind} is True ({code}: {message})"


@pytest.mark.parametrize(
    ("taint", "code"),
    [
        proving("NodeBeingDeleted", "ToBeDeletedByClusterAutoscaler=1:NoSchedule"),
        proving("NodeShutDown", "node.cloudprovider.kubernetes.io/shutdown:NoSchedule"),
        proving("NodeNotOpen", "node.cilium.io/agent-not-ready:NoExecute"),
    ],
)
def test_node_that_a_controller_closes(cluster: Cluster, taint: str, code: str) -> None:
    node = cluster.add_node(gpus=1)
    cluster.lab.kubectl("taint", "node", node, taint)
    assert taint in until_found(cluster, code)["evidence"]


@pytest.mark.proves("NodeUnderPressure")
def test_node_whose_disk_is_full(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1)
    cluster.patch_status(node, {"conditions": [{"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"}]})
    # The taint is the work of the real node lifecycle controller.
    assert "node.kubernetes.io/disk-pressure" in until_found(cluster, "NodeUnderPressure")["evidence"]


def look_at_pool(cluster: Cluster) -> Mapping[str, Json]:
    """As look, at a pool whose name the autoscaler can have: an AKS pool's has letters and digits only."""
    result = cluster.run(FACTS, pool=cluster.name.replace("-", ""))["ansible_facts"]["gpu_schedulable"]
    return {finding["code"]: finding for finding in result["findings"]}


@pytest.mark.proves("PoolAtZero", "NodesNotJoined", "ScaleUpFailed", "AutoscalerAtMaximum", "AllGpusInUse")
def test_autoscalers_event_about_a_pool_is_reported(cluster: Cluster) -> None:
    with autoscaler_status(cluster, cluster.name.replace("-", "")) as autoscaler:
        the_autoscaler_says(cluster, autoscaler)


def the_autoscaler_says(cluster: Cluster, autoscaler: Callable[..., None]) -> None:
    pool = cluster.name.replace("-", "")
    assert "minSize 0, maxSize 3" in look_at_pool(cluster)["PoolAtZero"]["evidence"]
    autoscaler(target=1, maximum=3)
    assert look_at_pool(cluster).keys() == {"NodesNotJoined"}
    autoscaler(target=1, maximum=3, failure="QuotaExceeded: no cores of the family")
    assert "no cores of the family" in look_at_pool(cluster)["ScaleUpFailed"]["evidence"]

    node = cluster.add_node(gpus=1, labels={"kubernetes.azure.com/agentpool": pool})
    autoscaler(target=1, maximum=1)
    assert look_at_pool(cluster) == {}
    pod = {"containers": [{"name": "main", "image": "example.com/a:1", "resources": {"limits": {GPU: "1"}}}], "nodeName": node}
    cluster.client.create(PODS, {"metadata": {"name": "busy", "namespace": cluster.name}, "spec": pod})
    found = look_at_pool(cluster)
    assert found.keys() == {"AllGpusInUse", "AutoscalerAtMaximum"}
    assert "max_count" in found["AutoscalerAtMaximum"]["remedy"]
    autoscaler(target=2, maximum=3)
    assert look_at_pool(cluster).keys() == {"AllGpusInUse", "NodesNotJoined"}


def container_statuses(cluster: Cluster, namespace: str) -> list[Json]:
    """What the kubelets report of the containers there."""
    return [dict(status) for pod in cluster.client.list(PODS, namespace=namespace) for status in pod["status"].get("containerStatuses", [])]


def test_plugin_that_crashes_is_not_taken_for_a_ready_one_between_two_crashes(cluster: Cluster) -> None:
    node = cluster.add_node()
    crashing = {"namespace": f"{cluster.name}-plugin", "image": BROKEN_DEVICE_PLUGIN, "env": {"LAB_FAULT": "config"}}
    cluster.run(PLUGIN, **crashing, wait=False)
    cluster.until(lambda: any(status["restartCount"] for status in container_statuses(cluster, crashing["namespace"])))
    failed = cluster.fail(PLUGIN, **crashing, wait_timeout=2)
    assert failed["error"]["code"] == "PluginConfigInvalid"
    assert node in failed["error"]["message"]


def test_wait_for_the_plugin_ends_with_the_diagnosis_of_its_nodes(cluster: Cluster) -> None:
    node = cluster.add_node()
    namespace, image = f"{cluster.name}-plugin", "registry.invalid/nobody:1"
    cluster.run(PLUGIN, namespace=namespace, image=image, wait=False)
    cluster.until(lambda: container_statuses(cluster, namespace))
    failed = cluster.fail(PLUGIN, namespace=namespace, image=image, wait_timeout=1)
    assert failed["error"]["code"] == "RegistryUnreachable"
    assert node in failed["error"]["message"]
    assert "lookup registry.invalid" in failed["error"]["cause"]
