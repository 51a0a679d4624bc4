# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes in the hands of NVIDIA's GPU Operator, and plugins whose pods hold more than the container that serves."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.gpu_operator import OperatorPart
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import PodDemand, why_pending
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.causes_operator import parts_wanted
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose, events_wanted, logs_wanted

from ...builders import GPU, GPU_NODE, Json, daemonset, event, facts_of, node, plugin_pod, snapshot, waiting

DEPLOY = "nvidia.com/gpu.deploy.device-plugin"
OPERATORS = daemonset(
    namespace="gpu-operator", made_by="ClusterPolicy", image="nvcr.io/nvidia/k8s-device-plugin:v0.19.2", node_selector={DEPLOY: "true"}
)
MIG_PENDING = {"nvidia.com/mig.config": "all-1g.10gb", "nvidia.com/mig.config.state": "pending", DEPLOY: "paused-for-mig-change"}
MIG_FAILED = {**MIG_PENDING, "nvidia.com/mig.config.state": "failed", DEPLOY: "true"}
UPGRADING = {"nvidia.com/gpu-driver-upgrade-state": "pod-restart-required", DEPLOY: "paused-for-driver-upgrade"}
MIG_LOG, DRIVER_LOG = (
    "kubectl logs -n gpu-operator -l app=nvidia-mig-manager",
    "kubectl logs -n gpu-operator -l app=nvidia-driver-daemonset",
)
POD_NAME = "nvidia-device-plugin-daemonset-x7k2p"


REBOOTING = {**MIG_PENDING, "nvidia.com/mig.config.state": "rebooting"}
GAVE_UP = {"nvidia.com/gpu-driver-upgrade-state": "upgrade-failed"}
VGPU = {DEPLOY: "paused-for-vgpu-change"}


@pytest.mark.parametrize(
    ("made", "code", "severity", "words"),
    [
        pytest.param(node(gpus=None, labels=MIG_PENDING), "MigChanging", "warning", ["all-1g.10gb", "Wait", MIG_LOG], id="MIG"),
        pytest.param(node(gpus=0, capacity=1, labels={DEPLOY: "paused-for-mig-change"}), "MigChanging", "warning", [MIG_LOG], id="paused"),
        pytest.param(node(gpus=0, labels=REBOOTING, cordoned=True), "MigChanging", "warning", ["rebooting"], id="MIG, with a restart"),
        pytest.param(
            node(gpus=0, labels=REBOOTING, ready=False),
            "MigChanging",
            "warning",
            ["rebooting", "the node is not Ready", f"kubectl describe node {GPU_NODE}"],
            id="MIG, while the node restarts",
        ),
        pytest.param(node(gpus=0, labels=MIG_FAILED), "MigConfigFailed", "error", [MIG_LOG, "all-1g.10gb"], id="MIG has failed"),
        pytest.param(node(gpus=1, labels=MIG_FAILED), "MigConfigFailed", "warning", [MIG_LOG], id="and the GPU serves as before"),
        pytest.param(
            node(gpus=0, capacity=1, cordoned=True, labels=UPGRADING), "DriverUpgrading", "warning", ["Wait", DRIVER_LOG], id="driver"
        ),
        pytest.param(node(gpus=0, cordoned=True, labels=GAVE_UP), "DriverUpgradeFailed", "error", [DRIVER_LOG], id="driver has failed"),
        pytest.param(node(gpus=0, labels=VGPU), "OperatorAtWork", "warning", ["Wait"], id="vGPU"),
    ],
)
@pytest.mark.parametrize("pods", [(), (plugin_pod(OPERATORS),)], ids=["paused", "running"])
def test_operators_work_on_a_node_is_waited_for(made: Json, code: str, severity: str, words: list[str], pods: tuple[Json, ...]) -> None:
    (finding,) = diagnose(snapshot(made, daemonsets=[OPERATORS], pods=pods))
    assert (finding.code, finding.severity, finding.subjects) == (code, severity, (GPU_NODE,))
    assert not [word for word in words if word not in finding.sentence()], finding.sentence()
    assert not [word for word in ("{", "plugin step", "uncordon", "Label the node") if word in finding.sentence()]


@pytest.mark.parametrize("state", ["upgrade-done", "upgrade-required", ""])
def test_node_without_the_operators_work_is_healthy(state: str) -> None:
    labels = {"nvidia.com/gpu-driver-upgrade-state": state, "nvidia.com/mig.config.state": "success", DEPLOY: "true"}
    assert diagnose(snapshot(node(labels=labels), daemonsets=[OPERATORS], pods=[plugin_pod(OPERATORS)])) == []


def test_waiting_pod_gets_no_advice_to_uncordon_the_operators_node() -> None:
    made = node(gpus=0, cordoned=True, labels=UPGRADING)
    (finding,) = why_pending("default/train", PodDemand({}, GPU, 1), facts_of(made))
    assert (finding.code, finding.severity) == ("DriverUpgrading", "warning")
    assert DRIVER_LOG in finding.explanation.remedy


def waits_for_driver() -> Json:
    """The operator's plugin pod while its init container looks for the driver."""
    made = plugin_pod(OPERATORS, ready=False, phase="Pending", statuses=[waiting("PodInitializing")])
    made["status"]["initContainerStatuses"] = [{"name": "toolkit-validation", "state": {"running": {}}}]
    return made


@pytest.mark.parametrize(
    ("part", "severity"),
    [
        ("", "warning"),
        ("pod gpu-operator/nvidia-driver-x: CrashLoopBackOff, its log ends with: Could not resolve Linux kernel version", "error"),
    ],
)
def test_plugin_waiting_for_the_operators_driver_is_reported(part: str, severity: str) -> None:
    labels = {DEPLOY: "true"}
    wanted = OperatorPart("nvidia-driver-daemonset", GPU_NODE)
    shown = snapshot(node(gpus=None, labels=labels), daemonsets=[OPERATORS], pods=[waits_for_driver()], operator_parts={wanted: part})
    assert parts_wanted(shown) == [wanted]
    (finding,) = diagnose(shown)
    assert (finding.code, finding.severity) == ("OperatorDriverNotReady", severity)
    assert part in finding.evidence
    assert DRIVER_LOG in finding.explanation.remedy
    assert "scale-down mode to Delete" in finding.explanation.remedy


def with_config_manager() -> Json:
    """The DaemonSet of NVIDIA's chart once it has a configuration."""
    made = daemonset()
    spec = made["spec"]["template"]["spec"]
    spec["initContainers"] = [{"name": "nvidia-device-plugin-init", "image": "example.com/main:1"}]
    spec["containers"] = [
        {"name": "nvidia-device-plugin-sidecar", "image": "example.com/main:1"},
        {"name": "nvidia-device-plugin-ctr", "image": "example.com/main:1", "volumeMounts": [{"name": "device-plugin"}]},
    ]
    return made


RUNNING = {"running": {}}
CRASHED = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}


SIDECAR, SERVING, INIT = "nvidia-device-plugin-sidecar", "nvidia-device-plugin-ctr", "nvidia-device-plugin-init"


@pytest.mark.parametrize(
    ("states", "read"),
    [
        pytest.param({SIDECAR: RUNNING, SERVING: RUNNING}, SERVING, id="both run"),
        pytest.param({SIDECAR: RUNNING, SERVING: CRASHED}, SERVING, id="it crashes"),
        pytest.param({SIDECAR: CRASHED, SERVING: RUNNING}, SIDECAR, id="its sidecar crashes"),
        pytest.param({INIT: CRASHED}, INIT, id="its init container crashes"),
        pytest.param({"istio-proxy": CRASHED, SERVING: RUNNING}, SERVING, id="a mesh's proxy crashes"),
    ],
)
def test_log_is_read_of_the_container_that_serves_or_fails(states: dict[str, Json], read: str) -> None:
    plugin = with_config_manager()
    statuses = [{"name": name, "state": state, "restartCount": 1} for name, state in states.items()]
    made = plugin_pod(plugin, ready=False, statuses=statuses)
    shown = snapshot(
        node(gpus=None), daemonsets=[plugin], pods=[made], plugin_logs={f"gpu-resources/{POD_NAME}": "specified config x does not exist"}
    )
    assert logs_wanted(shown) == [("gpu-resources", POD_NAME, read)]
    (finding,) = diagnose(shown)
    assert finding.code == "PluginConfigInvalid"
    assert (f"log of {read}: " in finding.evidence) is (read != "nvidia-device-plugin-ctr")


@pytest.mark.parametrize(("name", "code"), [(INIT, "ImageAccessDenied"), (SERVING, "ImageAccessDenied"), ("istio-proxy", "DriverMissing")])
def test_image_of_an_injected_container_is_not_the_plugins(name: str, code: str) -> None:
    plugin = with_config_manager()
    denied = {"waiting": {"reason": "ImagePullBackOff", "message": "401 Unauthorized"}}
    statuses = [{"name": each, "state": denied if each == name else RUNNING} for each in (INIT, SERVING, "istio-proxy")]
    logs = {f"gpu-resources/{POD_NAME}": "Incompatible strategy detected auto"}
    (finding,) = diagnose(
        snapshot(node(gpus=None), daemonsets=[plugin], pods=[plugin_pod(plugin, ready=False, statuses=statuses)], plugin_logs=logs)
    )
    assert finding.code == code


NO_RUNTIME = "Failed to create pod sandbox: fork/exec /usr/bin/nvidia-container-runtime: no such file or directory: unknown"


def test_plugin_pod_that_never_ran_is_explained_by_its_event() -> None:
    plugin = daemonset()
    made = plugin_pod(plugin, ready=False, phase="Pending", statuses=[waiting("ContainerCreating")])
    shown = snapshot(node(gpus=None), daemonsets=[plugin], pods=[made])
    assert events_wanted(shown) == [("gpu-resources", POD_NAME)]
    assert [finding.code for finding in diagnose(shown)] == ["PluginPodNotReady"]
    told = event("FailedCreatePodSandBox", NO_RUNTIME, name=POD_NAME, namespace="gpu-resources")
    (finding,) = diagnose(snapshot(node(gpus=None), daemonsets=[plugin], pods=[made], events=[told]))
    assert finding.code == "SandboxFailed"
    assert "event FailedCreatePodSandBox" in finding.evidence
    assert "nvidia-container-runtime" in finding.evidence


@pytest.mark.parametrize(
    "told",
    [
        event("FailedCreatePodSandBox", NO_RUNTIME, name="another", namespace="gpu-resources"),
        event("FailedCreatePodSandBox", NO_RUNTIME, name=POD_NAME, namespace="default"),
        event("FailedCreatePodSandBox", NO_RUNTIME, name=POD_NAME, namespace="gpu-resources", kind="DaemonSet"),
        event("Pulled", "odd", name=POD_NAME, namespace="gpu-resources"),
    ],
)
def test_events_of_others_explain_nothing(told: Json) -> None:
    plugin = daemonset()
    made = plugin_pod(plugin, ready=False, phase="Pending", statuses=[waiting("ContainerCreating")])
    (finding,) = diagnose(snapshot(node(gpus=None), daemonsets=[plugin], pods=[made], events=[told]))
    assert finding.code == "PluginPodNotReady"


def test_two_plugins_are_seen_also_where_neither_is_called_nvidias() -> None:
    hami = daemonset("hami-device-plugin", image="projecthami/hami:v2.7.0")
    nvidias = daemonset("plugin", namespace="kube-system", image="mirror.example.com/nvidia/k8s-device-plugin:v0.18.2")
    (finding,) = diagnose(snapshot(node(), daemonsets=[hami, nvidias], pods=[plugin_pod(hami), plugin_pod(nvidias)]))
    assert finding.code == "TwoDevicePlugins"
