# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.diagnosis import (
    Scene,
    device_plugins,
    diagnose,
    mounts_device_plugins_dir,
    pod_ready,
    pod_state,
)
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.findings import Finding

from .builders import (
    DEDICATED_IMAGE,
    GPU_NODE,
    PLUGINS_DIR,
    SKU_TAINT,
    SKU_TOLERATION,
    Json,
    daemonset,
    node,
    plugin_pod,
    pod,
    scene,
    waiting,
)

BLIND = daemonset()
PLUGIN = daemonset(tolerations=[SKU_TOLERATION])
PLUGIN_POD = plugin_pod(PLUGIN)
PULLING = plugin_pod(PLUGIN, ready=False, statuses=[waiting("ImagePullBackOff", "denied")])
POD_NAME = "gpu-resources/nvidia-device-plugin-daemonset-x7k2p"


def served(made: Json, *pods: Json) -> Scene:
    """A node with the plugin's pod on it."""
    return scene(made, daemonsets=[PLUGIN], pods=[PLUGIN_POD, *pods])


def only(shown: Scene) -> Finding:
    findings = diagnose(shown)
    assert len(findings) == 1, [finding.sentence() for finding in findings]
    return findings[0]


# One row a cause: what the cluster shows, the code, how bad, about whom, and the words that a user needs.
CAUSES = [
    pytest.param(scene(), "NoGpuNodes", "error", ("node pool gpunp",), ["no GPU node in node pool gpunp", "pool step"],
                 id="no nodes in the pool"),
    pytest.param(scene(pool=""), "NoGpuNodes", "error", ("the cluster",), ["no GPU node in the cluster"], id="no nodes at all"),
    pytest.param(scene(node(ready=False)), "NodeNotReady", "error", (GPU_NODE,), [f"kubectl describe node {GPU_NODE}"],
                 id="node not ready"),
    pytest.param(served(node(cordoned=True)), "NodeCordoned", "warning", (GPU_NODE,), [f"kubectl uncordon {GPU_NODE}"], id="cordoned"),
    pytest.param(scene(node(gpus=None)), "NoDevicePlugin", "error", (GPU_NODE,), [PLUGINS_DIR, "gpuops.aks.nvidia_device_plugin"],
                 id="no plugin"),
    pytest.param(scene(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[BLIND]), "PluginLacksToleration", "error", (GPU_NODE,),
                 [SKU_TAINT, "DaemonSet gpu-resources/nvidia-device-plugin-daemonset", f"node_taints: ['{SKU_TAINT}']"],
                 id="plugin lacks the toleration"),
    pytest.param(scene(node(gpus=None), daemonsets=[daemonset(node_selector={"gpu": "yes"})]), "PluginSelectorMisses", "error", (GPU_NODE,),
                 ["nodeSelector gpu=yes"], id="plugin selects other nodes"),
    pytest.param(scene(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[PLUGIN]), "NoPluginPod", "warning", (GPU_NODE,),
                 ["kubectl describe daemonset nvidia-device-plugin-daemonset -n gpu-resources"], id="plugin's pod still to come"),
    pytest.param(scene(node(gpus=None, taints=["node.kubernetes.io/disk-pressure:NoSchedule"]), daemonsets=[BLIND]),
                 "NoPluginPod", "warning", (GPU_NODE,), ["no pod there yet"], id="pressure on the node is no taint for a DaemonSet"),
    pytest.param(scene(node(gpus=None), daemonsets=[PLUGIN], pods=[PULLING]),
                 "PluginPodNotReady", "warning", (POD_NAME,), ["ImagePullBackOff: denied", "kubectl logs"], id="plugin's pod is not ready"),
    pytest.param(served(node(gpus=None)), "PluginServesNothing", "warning", (GPU_NODE,), ["no device", "NVML"],
                 id="plugin finds no device"),
    pytest.param(scene(node(gpus=None, image=DEDICATED_IMAGE)), "NodeServesNoGpu", "error", (GPU_NODE,), [DEDICATED_IMAGE, "kubectl drain"],
                 id="the dedicated image serves nothing"),
    pytest.param(served(node(gpus=1, capacity=2)), "DevicesUnhealthy", "error", (GPU_NODE,), ["1 of capacity 2", "Xid"],
                 id="a device is lost"),
    pytest.param(served(node(), pod("train-0", gpus=1, namespace="team")), "AllGpusInUse", "warning", (GPU_NODE,),
                 ["team/train-0 (1)", "max_count"], id="all in use"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "code", "severity", "subjects", "words"), CAUSES)
def test_what_blocks_a_gpu_is_named(shown: Scene, code: str, severity: str, subjects: Sequence[str], words: list[str]) -> None:
    finding = only(shown)
    assert (finding.code, finding.severity, finding.subjects) == (code, severity, tuple(subjects))
    missing = [word for word in words if word not in finding.sentence()]
    assert not missing, f"{missing} not in: {finding.sentence()}"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(served(node()), id="served by a pod"),
        pytest.param(served(node(taints=[SKU_TAINT])), id="with a taint that the plugin tolerates"),
        pytest.param(scene(node(image=DEDICATED_IMAGE)), id="the dedicated image"),
        pytest.param(served(node(gpus=2), pod(gpus=1)), id="one of two in use"),
        pytest.param(scene(node("a"), node("b"), daemonsets=[PLUGIN], pods=[pod(on="a", gpus=1)]), id="one node of two in use"),
    ],
)
def test_a_healthy_cluster_has_no_findings(shown: Scene) -> None:
    assert diagnose(shown) == []


def test_a_plugin_that_lacks_the_toleration_is_named_with_taint_and_remedy() -> None:
    two = ["sku=gpu:NoSchedule", "team=a:NoExecute"]
    finding = only(scene(node(gpus=None, taints=[*two, "wish=b:PreferNoSchedule"]), daemonsets=[BLIND]))
    assert finding.cause.startswith("DaemonSet gpu-resources/nvidia-device-plugin-daemonset does not tolerate the taint")
    assert finding.remedy == f"Give gpuops.aks.nvidia_device_plugin the pool's taints: node_taints: {two}."


def test_devices_that_a_lost_plugin_left_behind_are_withdrawn() -> None:
    findings = diagnose(scene(node(gpus=0, capacity=1)))
    assert [finding.code for finding in findings] == ["NoDevicePlugin", "DevicesWithdrawn"]
    assert findings[1].subjects == (GPU_NODE,)


def test_what_only_a_person_can_end_comes_first() -> None:
    nodes = [node("a", cordoned=True), node("b", ready=False), node("c", gpus=1, capacity=2), node("d", gpus=None)]
    findings = diagnose(scene(*nodes, daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN, on=name) for name in "ac"]))
    assert [finding.code for finding in findings] == ["NodeNotReady", "DevicesUnhealthy", "NoPluginPod", "NodeCordoned"]


def test_nodes_with_one_cause_share_a_finding() -> None:
    assert only(scene(node("a", gpus=None), node("b", gpus=None))).subjects == ("a", "b")
    assert only(scene(node("a", ready=False), node("b", ready=False))).subjects == ("a", "b")


def test_of_several_plugins_each_one_that_keeps_away_is_named() -> None:
    other = daemonset("other-plugin", node_selector={"gpu": "yes"})
    findings = diagnose(scene(node(gpus=None, taints=[SKU_TAINT]), daemonsets=[BLIND, other]))
    assert [finding.code for finding in findings] == ["PluginLacksToleration", "PluginLacksToleration"]


def test_a_node_that_is_not_ready_is_not_blamed_on_the_plugin() -> None:
    assert only(scene(node(ready=False, gpus=None), daemonsets=[BLIND])).code == "NodeNotReady"


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
def test_a_device_plugin_is_known_by_the_kubelets_directory(volumes: list[Json] | None, mounts: bool) -> None:
    assert mounts_device_plugins_dir({"volumes": volumes}) is mounts


def test_a_plugin_is_found_with_its_own_pods_only() -> None:
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
def test_a_pod_that_is_on_its_way_out_is_not_ready(made: Json, ready: bool) -> None:
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
def test_a_pods_state_is_what_kubectl_would_show(made: Json, state: str) -> None:
    assert pod_state(made) == state


def test_an_init_containers_state_comes_before_the_others() -> None:
    made = pod(statuses=[waiting("PodInitializing")])
    made["status"]["initContainerStatuses"] = [waiting("ImagePullBackOff")]
    assert pod_state(made) == "ImagePullBackOff"
