# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.dra import NodeDevices
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.cluster_resources import OwnerResources
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.autoscaler import PoolSize
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import device_plugins, mounts_device_plugins_dir
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.pods import pod_ready, pod_state
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose, events_wanted, logs_wanted

from ...builders import (
    DEDICATED_IMAGE,
    GPU,
    GPU_NODE,
    PLUGINS_DIR,
    SKU_TAINT,
    SKU_TOLERATION,
    Json,
    daemonset,
    event,
    node,
    plugin_pod,
    pod,
    snapshot,
    waiting,
)

STARTUP_TAINT = "startup-taint.cluster-autoscaler.kubernetes.io/gpu=true:NoSchedule"
SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
# NVIDIA/k8s-device-plugin deployments/helm/nvidia-device-plugin/values.yaml
NFD_AFFINITY = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "nvidia.com/gpu.present", "operator": "In", "values": ["true"]}]}]}}}  # fmt: skip
OF_PLUGIN = {"kind": "DaemonSet", "name": "nvidia-device-plugin-daemonset", "namespace": "gpu-resources"}
NO_CLASS = 'Error creating: pods "nvidia-device-plugin-daemonset-" is forbidden: pod rejected: RuntimeClass "nvidia" not found'
NO_HOST_PATH = 'Error creating: pods "nvidia-x" is forbidden: violates PodSecurity "baseline:latest": hostPath volumes'
NO_ROOM = 'Error creating: pods "nvidia-x" is forbidden: exceeded quota: critical, requested: pods=1, used: pods=1, limited: pods=1'
MISMATCH = "Starting NVIDIA device plugin\nFailed to initialize NVML: Driver/library version mismatch\n"
NO_DRIVER = "Detected non-NVML platform\nIncompatible strategy detected auto\nNo devices found. Waiting indefinitely.\n"
OPERATOR = daemonset(namespace="gpu-operator", made_by="ClusterPolicy", image="nvcr.io/nvidia/k8s-device-plugin:v0.19.2")
OPERATOR["metadata"]["uid"] = "by-operator"
POLICY = {"metadata": {"name": "cluster-policy"}, "spec": {"driver": {"enabled": True}}, "status": {"state": "ready"}}
BYO = {"karpenter.azure.com/aksnodeclass": "byo"}
BYO_CLASS = {"metadata": {"name": "byo"}, "spec": {"gpu": {"mode": "None"}}}

BLIND = daemonset()
PLUGIN = daemonset(tolerations=[SKU_TOLERATION])
PLUGIN_POD = plugin_pod(PLUGIN)
PULLING = plugin_pod(PLUGIN, ready=False, statuses=[waiting("ImagePullBackOff", "denied")])
CRASHING = plugin_pod(PLUGIN, ready=False, statuses=[waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container")])
# Azure/AKS#5871
NOT_STARTED = plugin_pod(PLUGIN, ready=False, statuses=[waiting("RunContainerError", "failed to create the automatic CDI modifier: "
                         "failed to generate CDI spec: failed to initialize NVML: Driver/library version mismatch")])  # fmt: skip
HOMELESS = plugin_pod(PLUGIN, on="", ready=False, phase="Pending")
HOMELESS["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [GPU_NODE]}]}]}}}  # fmt: skip
HOMELESS["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                     "message": "0/2 nodes are available: 1 Insufficient cpu."}]  # fmt: skip
MIG_PENDING = {"nvidia.com/mig.config": "all-1g.10gb", "nvidia.com/mig.config.state": "pending"}
UPGRADE = "nvidia.com/gpu-driver-upgrade-state"
SWITCHED = daemonset(node_selector={"nvidia.com/gpu.deploy.device-plugin": "true"})
SWITCHED["metadata"]["ownerReferences"] = OPERATOR["metadata"]["ownerReferences"]
WAITING_FOR_DRIVER = plugin_pod(OPERATOR, ready=False, phase="Pending", statuses=[waiting("PodInitializing")])
WAITING_FOR_DRIVER["status"]["initContainerStatuses"] = [{"name": "toolkit-validation", "state": {"running": {}}}]
STARTING = node(gpus=None, labels=MANAGED)
STARTING["status"]["conditions"][-1]["lastTransitionTime"] = "2026-11-28T10:00:00Z"
PLUGIN_HEALTHY = {"type": "UnhealthyNvidiaDevicePlugin", "status": "False", "reason": "HealthyNvidiaDevicePlugin", "message": "It runs."}
PLUGIN_STOPPED = {**PLUGIN_HEALTHY, "status": "True", "reason": "UnhealthyNvidiaDevicePlugin",
                  "message": "Systemd service nvidia-device-plugin is not active"}  # fmt: skip
NO_EXPORTER = {"type": "UnhealthyNvidiaDCGMServices", "status": "True", "reason": "UnhealthyNvidiaDCGMServices",
               "message": "Systemd service(s) nvidia-dcgm-exporter are not active"}  # fmt: skip
SISTER = "aks-gpunp-28993262-vmss000001"
POD_NAME = "gpu-resources/nvidia-device-plugin-daemonset-x7k2p"


def served(made: Json, *pods: Json) -> ClusterSnapshot:
    """A node with the plugin's pod on it."""
    return snapshot(made, daemonsets=[PLUGIN], pods=[PLUGIN_POD, *pods])


def served_by_two(made: Json) -> ClusterSnapshot:
    """A node with pods of two DaemonSets that serve GPUs."""
    other = daemonset("nvidia-by-hand", namespace="kube-system")
    return snapshot(made, daemonsets=[PLUGIN, other], pods=[PLUGIN_POD, plugin_pod(other)])


def only(shown: ClusterSnapshot) -> Finding:
    findings = diagnose(shown, by_name=True)
    assert len(findings) == 1, [finding.sentence() for finding in findings]
    return findings[0]


# Two findings: what is seen without the configuration, and that it can't be read.
CONFIG_UNREAD = snapshot(
    node(gpus=None, resources={"nvidia.com/t4": 1}), daemonsets=[PLUGIN], pods=[PLUGIN_POD],
    unread_configs={"gpu-resources/plugin-config": "configmaps \"plugin-config\" is forbidden"},
)  # fmt: skip


# One row a cause: what the cluster shows, the code, how bad, about whom, and the words that a user needs.
CAUSES = [
    pytest.param(snapshot(), "NoGpuNodes", "error", ("node pool gpunp",), ["no GPU node in node pool gpunp", "pool step"],
                 id="no nodes in the pool"),
    pytest.param(snapshot(pool=""), "NoGpuNodes", "error", ("the cluster",), ["no GPU node in the cluster"], id="no nodes at all"),
    pytest.param(
        snapshot(node(gpus=None), node(SISTER), daemonsets=[PLUGIN], pods=[PLUGIN_POD, plugin_pod(PLUGIN, on=SISTER)],
                 plugin_logs={POD_NAME: "No devices found. Waiting indefinitely."}),
        "NodeLacksCdiSpec", "error", (GPU_NODE,), [SISTER, "kubectl drain"], id="a node without CDI specification beside a good one"),
    pytest.param(
        snapshot(node(gpus=None, labels={"karpenter.sh/nodepool": "gpu"}), daemonsets=[PLUGIN], pods=[PLUGIN_POD],
                 plugin_logs={POD_NAME: MISMATCH}),
        "KarpenterDriverMismatch", "error", (GPU_NODE,), ["July 2026", "NodeClaims"], id="libraries of a node of Karpenter"),
    pytest.param(snapshot(node(ready=False)), "NodeNotReady", "error", (GPU_NODE,), [f"kubectl describe node {GPU_NODE}"],
                 id="node not ready"),
    pytest.param(served(node(cordoned=True)), "NodeCordoned", "warning", (GPU_NODE,), [f"kubectl uncordon {GPU_NODE}"], id="cordoned"),
    pytest.param(snapshot(node(gpus=None)), "NoDevicePlugin", "error", (GPU_NODE,), [PLUGINS_DIR, "gpuops.aks.nvidia_device_plugin"],
                 id="no plugin"),
    pytest.param(snapshot(node(labels={**MANAGED, "nvidia.com/gpu.present": "true"}), resources=OwnerResources([POLICY], [], [])),
                 "TwoDriverOwners", "error", (GPU_NODE,), ["ClusterPolicy cluster-policy: driver.enabled is true",
                 f"kubectl label node {GPU_NODE} nvidia.com/gpu.deploy.driver=false"], id="a driver of AKS, and the operator's"),
    pytest.param(snapshot(node(gpus=None, labels=BYO), resources=OwnerResources([], [], [BYO_CLASS])), "NoDriver", "error",
                 (GPU_NODE,), ["AKSNodeClass byo: gpu.mode is None; there is no ClusterPolicy"],
                 id="a driver of nobody's"),
    pytest.param(snapshot(node(gpus=None, vm_size="Standard_D4s_v5")), "SizeWithoutGpu", "error", (GPU_NODE,),
                 ["Standard_D4s_v5", "Standard_NC4as_T4_v3"], id="a pool whose size has no GPU"),
    pytest.param(snapshot(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[BLIND]), "PluginLacksToleration", "error", (GPU_NODE,),
                 [SKU_TAINT, "DaemonSet gpu-resources/nvidia-device-plugin-daemonset", f"node_taints: ['{SKU_TAINT}']"],
                 id="plugin lacks the toleration"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[daemonset(node_selector={"gpu": "yes"})]), "PluginSelectorMisses", "error",
                 (GPU_NODE,),
                 ["nodeSelector gpu=yes"], id="plugin selects other nodes"),
    pytest.param(snapshot(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[PLUGIN]), "NoPluginPod", "warning", (GPU_NODE,),
                 ["kubectl describe daemonset nvidia-device-plugin-daemonset -n gpu-resources"], id="plugin's pod still to come"),
    pytest.param(snapshot(node(gpus=None, taints=[SPOT_TAINT]), daemonsets=[PLUGIN]), "PluginLacksToleration", "error", (GPU_NODE,),
                 ["spot pools", f"node_taints: ['{SPOT_TAINT}']"], id="plugin lacks the spot toleration"),
    pytest.param(snapshot(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[OPERATOR]), "PluginLacksToleration", "error", (GPU_NODE,),
                 ["daemonsets.tolerations", "node-feature-discovery.worker.tolerations"], id="the GPU Operator lacks the toleration"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[daemonset(affinity=NFD_AFFINITY)]), "PluginSelectorMisses", "error", (GPU_NODE,),
                 ["node affinity nvidia.com/gpu.present In true"], id="the chart's affinity without node feature discovery"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], events=[event("FailedCreate", NO_CLASS, **OF_PLUGIN)]),
                 "RuntimeClassMissing", "error", (GPU_NODE,), ['RuntimeClass "nvidia" not found'], id="runtime class missing"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], events=[event("FailedCreate", NO_ROOM, **OF_PLUGIN)]),
                 "QuotaExceeded", "error", (GPU_NODE,), ["exceeded quota: critical", "--namespace gpu-resources"],
                 id="no quota for the plugin's pods"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], events=[event("FailedCreate", NO_HOST_PATH, **OF_PLUGIN)]),
                 "PodSecurityViolated", "error", (GPU_NODE,), ["namespace gpu-resources pod-security.kubernetes.io/enforce=privileged"],
                 id="the plugin's namespace is too strict"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN, ready=False)]), "PluginPodNotReady", "warning",
                 (GPU_NODE,), [POD_NAME, "Running", "kubectl logs -n gpu-resources nvidia-device-plugin-daemonset-x7k2p"],
                 id="plugin's pod is not ready"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[PULLING]), "ImageAccessDenied", "error", (GPU_NODE,),
                 [POD_NAME, "ImagePullBackOff: denied", "image of gpuops.aks.nvidia_device_plugin"], id="plugin's image can't be pulled"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[CRASHING]), "PluginCrashes", "error", (GPU_NODE,),
                 ["CrashLoopBackOff", "kubectl logs --previous"], id="plugin crash-looping, without its log"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[CRASHING], plugin_logs={POD_NAME: "starting\nodd thing\n"}),
                 "PluginCrashes", "error", (GPU_NODE,), ["its log ends with: odd thing"], id="plugin crash-looping, its log unknown"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[CRASHING], plugin_logs={POD_NAME: MISMATCH}),
                 "DriverLibraryMismatch", "error", (GPU_NODE,), ["log: Failed to initialize NVML: Driver/library version mismatch"],
                 id="plugin crash-looping, with its log"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[PLUGIN_POD], plugin_logs={POD_NAME: NO_DRIVER}),
                 "DriverMissing", "error", (GPU_NODE,), ["gpu_driver: Install", "Incompatible strategy detected auto"],
                 id="no driver, and the plugin waits"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[NOT_STARTED]), "DriverLibraryMismatch", "error", (GPU_NODE,),
                 ["RunContainerError"], id="the runtime can't start the plugin"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[PLUGIN], pods=[HOMELESS]), "PluginPodUnscheduled", "error", (GPU_NODE,),
                 ["Insufficient cpu", "priority_class_name"], id="no room for the plugin's pod"),
    pytest.param(served(node(taints=["ToBeDeletedByClusterAutoscaler=1:NoSchedule"])), "NodeBeingDeleted", "warning", (GPU_NODE,),
                 ["autoscaler is removing"], id="the autoscaler removes the node"),
    pytest.param(served(node(taints=["node.cloudprovider.kubernetes.io/shutdown:NoSchedule"])), "NodeShutDown", "warning", (GPU_NODE,),
                 ["stopped or deallocated", "az aks nodepool start"], id="the machine is stopped"),
    pytest.param(served(node(taints=["node.kubernetes.io/disk-pressure:NoSchedule"])), "NodeUnderPressure", "warning", (GPU_NODE,),
                 ["disk is full"], id="disk pressure"),
    pytest.param(served(node(taints=["node.cilium.io/agent-not-ready:NoExecute"])), "NodeNotOpen", "warning", (GPU_NODE,),
                 ["node.cilium.io/agent-not-ready"], id="the node's network is being set up"),
    pytest.param(snapshot(node(gpus=0, resources={"nvidia.com/mig-1g.10gb": 7}), daemonsets=[PLUGIN], pods=[PLUGIN_POD]),
                 "OtherResourceName", "error", (GPU_NODE,), ["nvidia.com/mig-1g.10gb: 7", "resource_name: nvidia.com/mig-1g.10gb"],
                 id="MIG mixed"),
    pytest.param(snapshot(node(gpus=None, resources={"nvidia.com/gpu.shared": 10}), daemonsets=[PLUGIN], pods=[PLUGIN_POD]),
                 "OtherResourceName", "error", (GPU_NODE,), ["resource_name: nvidia.com/gpu.shared"], id="shared GPUs, renamed"),
    pytest.param(snapshot(node(gpus=None), dra_devices={GPU_NODE: 2}), "DraOnly", "warning", (GPU_NODE,),
                 ["2 devices in ResourceSlices", "ResourceClaim", "extendedResourceName: nvidia.com/gpu"], id="DRA only"),
    pytest.param(served_by_two(node()), "TwoDevicePlugins", "error", (GPU_NODE,),
                 ["DaemonSet gpu-resources/nvidia-device-plugin-daemonset", "DaemonSet kube-system/nvidia-by-hand",
                  "kubectl delete daemonset nvidia-by-hand -n kube-system"], id="two plugins on a node"),
    pytest.param(snapshot(node(), daemonsets=[PLUGIN, OPERATOR], pods=[PLUGIN_POD, plugin_pod(OPERATOR)]), "TwoDevicePlugins", "error",
                 (GPU_NODE,), ["of the GPU Operator", "kubectl delete daemonset nvidia-device-plugin-daemonset -n gpu-resources"],
                 id="a plugin beside the GPU Operator's"),
    pytest.param(served(node(image=DEDICATED_IMAGE)), "PluginBesideNodesOwn", "error", (GPU_NODE,),
                 [DEDICATED_IMAGE, "no device-plugin DaemonSet"],
                 id="a plugin on a dedicated-image node"),
    pytest.param(served(node(labels=MANAGED)), "PluginBesideNodesOwn", "error", (GPU_NODE,),
                 ["AKS manages its GPU", "no device-plugin DaemonSet"],
                 id="a plugin on a managed node"),
    pytest.param(snapshot(node(labels=MANAGED), daemonsets=[OPERATOR], pods=[plugin_pod(OPERATOR)]), "PluginBesideNodesOwn", "error",
                 (GPU_NODE,), ["GPU Operator", f"kubectl label node {GPU_NODE} nvidia.com/gpu.deploy.operands=false"],
                 id="the GPU Operator's plugin on a managed node"),
    pytest.param(snapshot(node(gpus=None, labels=MANAGED)), "NodeServesNoGpu", "error", (GPU_NODE,),
                 ["Do not install a device-plugin DaemonSet", "no condition UnhealthyNvidiaDevicePlugin"],
                 id="a managed node serves nothing"),
    pytest.param(snapshot(node(gpus=0, labels=MANAGED, conditions=[PLUGIN_HEALTHY])), "NodeServesNoGpu", "error", (GPU_NODE,),
                 ["condition UnhealthyNvidiaDevicePlugin is False"], id="a managed node serves nothing, though its plugin runs"),
    pytest.param(snapshot(STARTING, taken="2026-11-28T10:14:59Z"), "NodePluginStarting", "warning", (GPU_NODE,),
                 ["Wait", "restarts once", "Ready since 2026-11-28T10:00:00Z"], id="a managed node that has just become Ready"),
    pytest.param(snapshot(STARTING, taken="2026-11-28T10:15:00Z"), "NodeServesNoGpu", "error", (GPU_NODE,),
                 ["kubectl drain", "recreate the pool"], id="a managed node that has had the time"),
    pytest.param(snapshot(node(gpus=None, labels=MANAGED, conditions=[PLUGIN_STOPPED])),
                 "UnhealthyNvidiaDevicePlugin", "error", (GPU_NODE,), ["kubectl drain"], id="the plugin of a managed node has stopped"),
    pytest.param(snapshot(node(labels=MANAGED, conditions=[NO_EXPORTER])),
                 "UnhealthyNvidiaDCGMServices", "warning", (GPU_NODE,), ["metrics", "Wait"], id="the exporter of a managed node is late"),
    pytest.param(snapshot(pools={"gpunp": PoolSize(0, 0, 3)}), "PoolAtZero", "warning", ("node pool gpunp",),
                 ["cloudProviderTarget 0, minSize 0, maxSize 3", "min_count: 1"], id="pool at zero"),
    pytest.param(snapshot(pools={"gpunp": PoolSize(1, 0, 3)}), "NodesNotJoined", "warning", ("node pool gpunp",),
                 ["cloudProviderTarget 1", "az aks nodepool show --name gpunp"], id="machines that have not joined"),
    pytest.param(snapshot(pools={"gpunp": PoolSize(1, 0, 3, "QuotaExceeded: Family Cores")}), "ScaleUpFailed", "error",
                 ("node pool gpunp",),
                 ["QuotaExceeded: Family Cores"], id="Azure gives no machine"),
    pytest.param(served(node(gpus=None)), "PluginServesNothing", "warning", (GPU_NODE,), ["not registered", "NVML"],
                 id="plugin finds no device"),
    pytest.param(snapshot(node(gpus=None, image=DEDICATED_IMAGE)), "NodeServesNoGpu", "error", (GPU_NODE,), [DEDICATED_IMAGE,
                 "kubectl drain"],
                 id="the dedicated image serves nothing"),
    pytest.param(served(node(gpus=1, capacity=2)), "DevicesUnhealthy", "error", (GPU_NODE,), ["1 of capacity 2", "Xid"],
                 id="a device is lost"),
    pytest.param(snapshot(node(gpus=None, labels=MIG_PENDING), daemonsets=[OPERATOR]), "MigChanging", "warning", (GPU_NODE,),
                 ["label nvidia.com/mig.config.state is pending", "nvidia-mig-manager"], id="the MIG manager is at work"),
    pytest.param(snapshot(node(gpus=None, labels={**MIG_PENDING, "nvidia.com/mig.config.state": "failed"}), daemonsets=[OPERATOR]),
                 "MigConfigFailed", "error", (GPU_NODE,), ["nvidia-mig-manager"], id="the MIG manager has failed"),
    pytest.param(snapshot(node(gpus=None, labels={UPGRADE: "drain-required"}), daemonsets=[OPERATOR]), "DriverUpgrading", "warning",
                 (GPU_NODE,), ["nvidia-driver-daemonset"], id="a driver upgrade"),
    pytest.param(snapshot(node(gpus=None, labels={UPGRADE: "upgrade-failed"}), daemonsets=[OPERATOR]), "DriverUpgradeFailed", "error",
                 (GPU_NODE,), ["nvidia-driver-daemonset"], id="a driver upgrade that failed"),
    pytest.param(snapshot(node(gpus=None, labels={"nvidia.com/gpu.deploy.device-plugin": "false"}), daemonsets=[SWITCHED]),
                 "OperatorPluginOff", "warning", (GPU_NODE,),
                 ["another device plugin", f"label node {GPU_NODE} nvidia.com/gpu.deploy.device-plugin=true"], id="switched off"),
    pytest.param(snapshot(node(gpus=None, labels={"nvidia.com/gpu.deploy.operands": "false"}), daemonsets=[SWITCHED]),
                 "OperatorPluginOff", "warning", (GPU_NODE,), ["nvidia.com/gpu.deploy.operands is false"], id="all of it switched off"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[SWITCHED]), "PluginSelectorMisses", "error", (GPU_NODE,),
                 ["nvidia.com/gpu.deploy.device-plugin=true"], id="a node that the operator has not labelled"),
    pytest.param(snapshot(node(gpus=None, labels={"nvidia.com/gpu.deploy.device-plugin": "paused-for-vgpu-change"}), daemonsets=[OPERATOR]),
                 "OperatorAtWork", "warning", (GPU_NODE,), ["paused-for-vgpu-change"], id="the operator is at work"),
    pytest.param(snapshot(node(gpus=None), daemonsets=[OPERATOR], pods=[WAITING_FOR_DRIVER]), "OperatorDriverNotReady", "warning",
                 (GPU_NODE,),
                 ["toolkit-validation", "app=nvidia-driver-daemonset", "scale-down mode to Delete"],
                 id="the operator's driver isn't ready"),
    pytest.param(served(node(), pod("train-0", gpus=1, namespace="team")), "AllGpusInUse", "warning", (GPU_NODE,),
                 ["team/train-0 (1)", "max_count"], id="all in use"),
    pytest.param(snapshot(node(gpus=None, labels={"kubernetes.io/os": "windows"}, resources={"microsoft.com/directx": 1})),
                 "WindowsNode", "error", (GPU_NODE,), ["kubernetes.io/os is windows", "microsoft.com/directx", "Linux pool"],
                 id="a Windows pool"),
    pytest.param(snapshot(node(gpus=None, resources={"nvidia.com/pgpu": 8})), "GpusPassedThrough", "error", (GPU_NODE,),
                 ["nvidia.com/pgpu: 8", "nvidia.com/gpu.workload.config=container"], id="GPUs of virtual machines"),
    pytest.param(served(node(vm_size="Standard_NC64as_T4_v3", gpus=3)), "FewerGpusThanSize", "warning", (GPU_NODE,),
                 ["capacity has 3", "Standard_NC64as_T4_v3 has 4 GPUs", "GPUMissing"], id="fewer GPUs than the size has"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "code", "severity", "subjects", "words"), CAUSES)
def test_obstacle_to_a_gpu_is_reported(shown: ClusterSnapshot, code: str, severity: str, subjects: Sequence[str], words: list[str]) -> None:
    finding = only(shown)
    assert (finding.code, finding.severity, finding.subjects) == (code, severity, tuple(subjects))
    missing = [word for word in words if word not in finding.sentence()]
    assert not missing, f"{missing} not in: {finding.sentence()}"


def test_missing_toleration_of_a_plugin_is_reported_with_taint_and_remedy() -> None:
    two = ["sku=gpu:NoSchedule", "team=a:NoExecute"]
    finding = only(snapshot(node(gpus=None, taints=[*two, "wish=b:PreferNoSchedule"]), daemonsets=[BLIND]))
    assert finding.explanation.cause.startswith("DaemonSet gpu-resources/nvidia-device-plugin-daemonset does not tolerate the taint")
    assert f"node_taints: {two} for gpuops.aks.nvidia_device_plugin" in finding.explanation.remedy


BUSY = {"daemonsets": [PLUGIN], "pods": [PLUGIN_POD, pod("train-0", gpus=1, namespace="team")]}


@pytest.mark.parametrize(
    ("pools", "codes"),
    [
        pytest.param({}, ["AllGpusInUse"], id="nothing known of the pool"),
        pytest.param({"gpunp": PoolSize(1, 0, 3)}, ["AllGpusInUse"], id="a pool that may grow"),
        pytest.param({"gpunp": PoolSize(3, 0, 3)}, ["NodesNotJoined", "AllGpusInUse"], id="all it may have, on its way"),
        pytest.param({"gpunp": PoolSize(1, 1, 1)}, ["AllGpusInUse", "AutoscalerAtMaximum"], id="all it may have"),
        pytest.param({"gpunp": PoolSize(1, 0, 3, "no quota")}, ["ScaleUpFailed", "AllGpusInUse"], id="a pool that Azure gives nothing"),
    ],
)
def test_whether_a_pool_whose_gpus_are_all_taken_will_have_more(pools: dict[str, PoolSize], codes: list[str]) -> None:
    findings = diagnose(snapshot(node(), **BUSY, pools=pools))
    assert [finding.code for finding in findings] == codes


@pytest.mark.parametrize(
    ("devices", "codes"),
    [
        pytest.param(NodeDevices(2, 1, (("team/a", 1),)), [], id="one of them is free"),
        pytest.param(NodeDevices(1, 1, (("team/a", 1),)), ["AllGpusInUse"], id="a claim has it"),
    ],
)
def test_gpus_that_dra_hands_out_count_among_those_that_may_be_taken(devices: NodeDevices, codes: list[str]) -> None:
    shown = snapshot(node(), node("b", gpus=None), **BUSY, dra_devices={"b": devices.devices}, dra_resources=[GPU])
    findings = diagnose(replace(shown, nodes=[shown.nodes[0], replace(shown.nodes[1], dra=devices)]))
    assert [finding.code for finding in findings] == codes
    assert all("team/train-0 (1), team/a (1)" in finding.evidence for finding in findings)


def test_one_pool_that_can_grow_is_enough_to_wait() -> None:
    nodes = [node("a", pool="one"), node("b", pool="two")]
    busy = [pod("x", on="a", gpus=1), pod("y", on="b", gpus=1)]
    pools = {"one": PoolSize(1, 0, 1), "two": PoolSize(1, 0, 2)}
    assert [finding.code for finding in diagnose(snapshot(*nodes, pool="", daemonsets=[PLUGIN], pods=busy, pools=pools))] == [
        "AllGpusInUse"
    ]


def test_lost_device_is_reported_with_the_plugins_log_line() -> None:
    line = "XidCriticalError: Xid=79 on Device=GPU-1; marking device as unhealthy."
    (finding,) = diagnose(
        snapshot(node(gpus=1, capacity=2), daemonsets=[PLUGIN], pods=[PLUGIN_POD], plugin_logs={POD_NAME: f"a\n{line}\nb"})
    )
    assert finding.evidence == f"allocatable 1 of capacity 2; the plugin's log: {line}"


def test_devices_that_a_lost_plugin_left_behind_are_withdrawn() -> None:
    findings = diagnose(snapshot(node(gpus=0, capacity=1)))
    assert [finding.code for finding in findings] == ["NoDevicePlugin", "DevicesWithdrawn"]
    assert findings[1].subjects == (GPU_NODE,)


def test_causes_that_need_a_person_come_first() -> None:
    nodes = [node("a", cordoned=True), node("b", ready=False), node("c", gpus=1, capacity=2), node("d", gpus=None)]
    findings = diagnose(snapshot(*nodes, daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN, on=name) for name in "ac"]))
    assert [finding.code for finding in findings] == ["NodeNotReady", "DevicesUnhealthy", "NoPluginPod", "NodeCordoned"]


def test_nodes_with_one_cause_share_a_finding() -> None:
    assert only(snapshot(node("a", gpus=None), node("b", gpus=None))).subjects == ("a", "b")
    assert only(snapshot(node("a", ready=False), node("b", ready=False))).subjects == ("a", "b")


def test_only_the_plugin_for_the_node_is_blamed() -> None:
    other = daemonset("other-plugin", node_selector={"gpu": "yes"})
    assert only(snapshot(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[other, BLIND])).code == "PluginLacksToleration"


def test_without_a_plugin_for_the_node_each_one_is_named_with_its_obstacles() -> None:
    one, two = daemonset("one", node_selector={"gpu": "a"}), daemonset("two", node_selector={"gpu": "b"}, tolerations=[SKU_TOLERATION])
    findings = diagnose(snapshot(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[one, two]))
    assert [finding.code for finding in findings] == ["PluginSelectorMisses", "PluginLacksToleration", "PluginSelectorMisses"]


STARTING_UP = snapshot(node(gpus=None, taints=[STARTUP_TAINT]), daemonsets=[PLUGIN])


def test_plugin_that_waits_for_what_may_wait_for_it_is_told_beside_the_closed_node() -> None:
    waits, closed = diagnose(STARTING_UP)
    assert [(each.code, each.severity) for each in (waits, closed)] == [
        ("PluginWaitsForStartupTaint", "warning"),
        ("NodeNotOpen", "warning"),
    ]
    assert f"node_taints: ['{STARTUP_TAINT}']" in waits.explanation.remedy
    key, _sign, _value = STARTUP_TAINT.partition("=")
    tolerating = daemonset(tolerations=[{"key": key, "operator": "Exists"}])
    assert [each.code for each in diagnose(replace(STARTING_UP, plugins=device_plugins([tolerating], [])))] == [
        "NoPluginPod",
        "NodeNotOpen",
    ]


def test_daemonset_is_expected_on_a_node_under_pressure() -> None:
    findings = diagnose(snapshot(node(gpus=None, taints=["node.kubernetes.io/disk-pressure:NoSchedule"]), daemonsets=[BLIND]))
    assert [finding.code for finding in findings] == ["NoPluginPod", "NodeUnderPressure"]


def test_no_advice_to_tolerate_a_nodes_state() -> None:
    findings = diagnose(snapshot(node(gpus=None, taints=["ToBeDeletedByClusterAutoscaler=1:NoSchedule"]), daemonsets=[BLIND]))
    assert [finding.code for finding in findings] == ["NodeBeingDeleted"]


def test_one_cause_on_a_thousand_nodes_is_one_short_finding() -> None:
    finding = only(snapshot(*(node(f"n{number:04}", gpus=None) for number in range(1000)), daemonsets=[PLUGIN]))
    assert len(finding.subjects) == 1000
    assert "n0004, 995 more" in finding.sentence()


def test_causes_of_one_kind_that_differ_show_what_differs() -> None:
    finding = only(snapshot(node("a", gpus=1, capacity=2), node("b", gpus=3, capacity=4), daemonsets=[PLUGIN]))
    assert finding.evidence == "a: allocatable 1 of capacity 2; b: allocatable 3 of capacity 4"


def test_logs_are_read_of_pods_that_have_run_and_serve_nothing() -> None:
    running = plugin_pod(PLUGIN, on="a", statuses=[{"name": "main", "state": {"running": {}}}])
    again = plugin_pod(PLUGIN, on="b", ready=False, statuses=[{**waiting("CrashLoopBackOff"), "restartCount": 3}])
    nodes = [node("a", gpus=None), node("b", gpus=None), node("c", gpus=None), node("d")]
    shown = snapshot(*nodes, daemonsets=[PLUGIN], pods=[running, again, plugin_pod(PLUGIN, on="c", statuses=[waiting("ErrImagePull")])])
    name = "nvidia-device-plugin-daemonset-x7k2p"
    assert logs_wanted(shown) == [("gpu-resources", name, "main")] * 2


def test_log_is_read_of_the_container_that_serves() -> None:
    plugin = daemonset()
    containers = plugin["spec"]["template"]["spec"]["containers"]
    containers[0]["volumeMounts"] = [{"name": "device-plugin", "mountPath": "/var/lib/kubelet/device-plugins"}]
    containers.insert(0, {"name": "config-manager", "image": "example.com/manager:1", "volumeMounts": [{"name": "config"}]})
    ran = plugin_pod(plugin, on="a", statuses=[{"name": "config-manager", "state": {"running": {}}}])
    assert logs_wanted(snapshot(node("a", gpus=None), daemonsets=[plugin], pods=[ran]))[0][2] == "main"


def test_events_are_read_of_plugins_without_a_pod_on_a_node() -> None:
    nodes = [node("a", gpus=None), node("b")]
    elsewhere = daemonset("elsewhere", node_selector={"gpu": "yes"})
    assert events_wanted(snapshot(*nodes, daemonsets=[PLUGIN, elsewhere])) == [("gpu-resources", "nvidia-device-plugin-daemonset")]
    assert events_wanted(snapshot(nodes[1], daemonsets=[PLUGIN])) == []


@pytest.mark.parametrize("name", ["sgx-plugin", "rdma-shared-dp-ds", "sriov-device-plugin", "amdgpu-device-plugin-daemonset"])
def test_plugins_of_other_devices_are_not_blamed(name: str) -> None:
    other = daemonset(name, namespace="kube-system")
    assert only(snapshot(node(gpus=None), daemonsets=[other], pods=[plugin_pod(other)])).code == "NoDevicePlugin"
    assert diagnose(snapshot(node(), daemonsets=[PLUGIN, other], pods=[PLUGIN_POD, plugin_pod(other)])) == []


CONDITIONS = {
    # Azure/AgentBaker e2e/validators.go; https://learn.microsoft.com/azure/aks/gpu-health-monitoring
    "GPUMissing": ("GPUMissing", "error", "Expected to see 8 GPUs but found 7. FaultCode: NHC2009"),
    "XIDErrors": ("XIDErrors", "error", "Xid 79"),
    "GPUXIDErrors": ("XIDErrors", "error", "Xid 79"),
    "UnhealthyNvidiaDevicePlugin": ("UnhealthyNvidiaDevicePlugin", "error", "Systemd service nvidia-device-plugin is not active"),
    "UnhealthyNvidiaDCGMServices": ("UnhealthyNvidiaDCGMServices", "warning", "Systemd service(s) nvidia-dcgm are not active"),
    "NVIDIAGRIDStatusInvalid": ("NVIDIAGRIDStatusInvalid", "error", "nvidia-gridd is not active"),
    "NVIDIA GRID Status Invalid": ("NVIDIAGRIDStatusInvalid", "error", "nvidia-gridd is not active"),
    "IBLinkFlapping": ("IBLinkFlapping", "warning", "link flapped"),
    "NVLinkStatusInactive": ("NVLinkStatusInactive", "warning", "NVLink inactive"),
    "GPUClockThrottling": ("GPUClockThrottling", "warning", "throttled"),
    "VMEventScheduled": ("VMEventScheduled", "warning", "PreemptScheduled"),
}


@pytest.mark.parametrize("kind", CONDITIONS)
def test_node_problem_detector_conditions_are_reported(kind: str) -> None:
    code, severity, message = CONDITIONS[kind]
    finding = only(served(node(conditions=[{"type": kind, "status": "True", "reason": "Found", "message": message}])))
    assert (finding.code, finding.severity, finding.subjects) == (code, severity, (GPU_NODE,))
    assert finding.evidence == f"condition {kind} is True (Found: {message})"
    assert "{" not in finding.explanation.remedy


@pytest.mark.parametrize(
    ("message", "code", "severity", "word"),
    [
        ("NVRM: Xid (PCI:0002:00:00): 78, pid=0, Guest driver is incompatible with host driver", "VgpuHostMismatch", "error", "node-image"),
        ("NVRM: Xid (PCI:0001:00:00): 31, pid=7", "ApplicationXid", "warning", "workload"),
        ("Xid 13", "ApplicationXid", "warning", "workload"),
        ("XID errors: 43", "ApplicationXid", "warning", "workload"),
        ("NVRM: Xid (PCI:0001:00:00): 31; NVRM: Xid (PCI:0001:00:00): 79", "XIDErrors", "error", "kubectl drain"),
        ("Xid 13, Xid 48", "XIDErrors", "error", "kubectl drain"),
        ("", "XIDErrors", "error", "kubectl drain"),
    ],
)
def test_driver_message_in_a_condition_is_classified(message: str, code: str, severity: str, word: str) -> None:
    finding = only(served(node(conditions=[{"type": "XIDErrors", "status": "True", "message": message}])))
    assert (finding.code, finding.severity) == (code, severity)
    assert word in finding.explanation.remedy


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("FreezeScheduled", "a few seconds"),
        ("RebootScheduled", "kubectl drain"),
        ("RedeployScheduled", "AKS drains the node"),
        ("PreemptScheduled", "spot"),
        ("TerminateScheduled", "termination notices"),
        ("VMEventScheduled", "30 seconds"),
    ],
)
def test_scheduled_event_is_explained_by_its_kind(reason: str, word: str) -> None:
    finding = only(served(node(conditions=[{"type": "VMEventScheduled", "status": "True", "reason": reason, "message": ""}])))
    assert (finding.code, finding.severity) == ("VMEventScheduled", "warning")
    assert word in f"{finding.explanation.cause} {finding.explanation.remedy}"


A10, OLD_IMAGE = "Standard_NV36ads_A10_v5", "AKSUbuntu-2204gen2containerd-202604.12.0"


@pytest.mark.parametrize(
    ("size", "image", "log", "code"),
    [
        pytest.param(A10, OLD_IMAGE, "No devices found. Waiting indefinitely.", "VgpuHostMismatch", id="an old image"),
        pytest.param(A10, OLD_IMAGE, "", "VgpuHostMismatch", id="an old image, without the log"),
        pytest.param(A10, "AKSUbuntu-2204gen2containerd-202606.08.1", "No devices found. Waiting indefinitely.", "PluginFoundNoDevice",
                     id="an image that fits"),
        pytest.param(A10, "a-name-without-version", "No devices found. Waiting indefinitely.", "PluginFoundNoDevice", id="any image"),
        pytest.param("Standard_NC4as_T4_v3", OLD_IMAGE, "No devices found. Waiting indefinitely.", "PluginFoundNoDevice", id="no vGPU"),
        pytest.param(A10, OLD_IMAGE, NO_DRIVER, "DriverMissing", id="no driver at all"),
    ],
)  # fmt: skip
def test_vgpu_node_without_a_usable_gpu_is_explained_by_its_image(size: str, image: str, log: str, code: str) -> None:
    made = node(gpus=None, vm_size=size, image=image)
    finding = only(snapshot(made, daemonsets=[PLUGIN], pods=[PLUGIN_POD], plugin_logs={POD_NAME: log}))
    assert finding.code == code


@pytest.mark.parametrize("status", ["False", "Unknown"])
@pytest.mark.parametrize("kind", CONDITIONS)
def test_condition_that_is_not_true_is_not_a_finding(kind: str, status: str) -> None:
    assert (
        diagnose(served(node(conditions=[{"type": kind, "status": status, "reason": "NoGPUMissing", "message": "All GPUs are present"}])))
        == []
    )


def test_node_that_is_not_ready_is_reported_with_its_reason() -> None:
    made = node(ready=False)
    made["status"]["conditions"][-1]["message"] = "Kubelet stopped posting node status."
    assert only(snapshot(made)).evidence == "condition Ready is Unknown (NodeStatusUnknown: Kubelet stopped posting node status.)"


def test_gpus_under_another_resource_name_are_a_warning() -> None:
    nodes = [node("a"), node("b", gpus=0, resources={"nvidia.com/mig-1g.10gb": 7})]
    finding = only(snapshot(*nodes, daemonsets=[PLUGIN]))
    assert (finding.code, finding.severity, finding.subjects) == ("OtherResourceName", "warning", ("b",))


def test_node_that_is_not_ready_is_not_blamed_on_the_plugin() -> None:
    assert only(snapshot(node(ready=False, gpus=None), daemonsets=[BLIND])).code == "NodeNotReady"


@pytest.mark.parametrize(
    ("volumes", "mounts"),
    [
        ([{"hostPath": {"path": "/var/lib/kubelet/device-plugins"}}], True),
        ([{"hostPath": {"path": "/var/lib/kubelet/device-plugins/"}}], True),
        ([{"emptyDir": {}}, {"hostPath": {"path": "/var/lib/kubelet/device-plugins"}}], True),
        ([{"hostPath": {"path": "/var/lib/kubelet/pod-resources"}}], False),
        ([{"hostPath": None}, {"configMap": {"name": "c"}}], False),
        (None, False),
    ],
)
def test_device_plugin_is_recognized_by_the_kubelets_directory(volumes: list[Json] | None, mounts: bool) -> None:
    assert mounts_device_plugins_dir({"volumes": volumes}) is mounts


def test_plugin_is_paired_with_its_own_pods_only() -> None:
    other = daemonset("other")
    exporter = daemonset("dcgm-exporter", mounts="/var/lib/kubelet/pod-resources")
    pods = [plugin_pod(PLUGIN, on="a"), plugin_pod(PLUGIN, on="b"), plugin_pod(other, on="a"), plugin_pod(exporter, on="a"), pod(on="a")]
    unbound = {**PLUGIN_POD, "spec": {key: value for key, value in PLUGIN_POD["spec"].items() if key != "nodeName"}}
    found = device_plugins([PLUGIN, exporter, other], [*pods, unbound])
    assert [(plugin.name, sorted(plugin.pods)) for plugin in found] == [("nvidia-device-plugin-daemonset", ["a", "b"]), ("other", ["a"])]
    assert str(found[0]) == "DaemonSet gpu-resources/nvidia-device-plugin-daemonset"


@pytest.mark.parametrize(
    ("made", "ready"),
    [
        (pod(), True),
        (pod(ready=False), False),
        (pod(going=True), False),
        ({"metadata": {}, "status": {}}, False),
        ({"metadata": {}}, False),
    ],
)
def test_pod_being_deleted_is_not_ready(made: Json, ready: bool) -> None:
    assert pod_ready(made) is ready


@pytest.mark.parametrize(
    ("made", "state"),
    [
        pytest.param(pod(phase="Pending"), "Pending", id="the phase"),
        pytest.param({"metadata": {}}, "Pending", id="no status yet"),
        pytest.param(pod(statuses=[waiting("ErrImagePull")]), "ErrImagePull", id="waiting"),
        pytest.param(
            pod(statuses=[waiting("CrashLoopBackOff", "back-off 10s")]), "CrashLoopBackOff: back-off 10s", id="waiting, with a message"
        ),
        pytest.param(
            pod(statuses=[{"state": {"running": {}}}, waiting("ErrImagePull")]), "ErrImagePull", id="the container that isn't well"
        ),
        pytest.param(pod(statuses=[{"state": {"terminated": {"reason": "OOMKilled"}}}]), "OOMKilled", id="ended badly"),
        pytest.param(pod(phase="Succeeded", statuses=[{"state": {"terminated": {"reason": "Completed"}}}]), "Succeeded", id="ended well"),
    ],
)
def test_pod_state_is_kubectls(made: Json, state: str) -> None:
    assert pod_state(made) == state


def test_state_of_an_init_container_comes_first() -> None:
    made = pod(statuses=[waiting("PodInitializing")])
    made["status"]["initContainerStatuses"] = [waiting("ImagePullBackOff")]
    assert pod_state(made) == "ImagePullBackOff"
