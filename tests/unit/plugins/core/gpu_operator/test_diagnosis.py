# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.causes_operands import logs_wanted
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.readiness import (
    PERMANENT,
    diagnose_operator,
    is_proven,
    operator_facts,
    operator_status,
    out_of_reach,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.view import OperatorView, may_be_served

from ...builders import GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, event, node, waiting
from ...operator_builders import (
    DEPLOY,
    DISCOVERED,
    DRIVER,
    IGNORED,
    LABELED,
    NAMESPACE,
    NOT_READY,
    OPERANDS,
    PLUGIN,
    TOOLKIT,
    VALIDATOR,
    gpu_node,
    labeled_pod,
    operand,
    operand_pod,
    operated,
    policy,
    validated,
    worker,
)

SECOND = "aks-gpunp-28993262-vmss000001"
DRIVER_POD = f"{NAMESPACE}/{DRIVER}-x7k2p"
BUSY = policy(NOT_READY, error=("OperandNotReady", "ClusterPolicy is not ready; states not ready: [state-driver]"))


def unready(name: str, reason: str = "PodInitializing", message: str = "") -> Json:
    """A component's pod whose container waits."""
    return operand_pod(name, ready=False, phase="Pending", statuses=[waiting(reason, message)])


def running(name: str) -> Json:
    """A component's pod that runs and is not ready."""
    return operand_pod(name, ready=False, statuses=[{"name": "main", "state": {"running": {}}}])


def logged(text: str) -> OperatorView:
    """A driver whose log ends with this."""
    return operated(policies=[BUSY], without=[DRIVER], and_pods=[running(DRIVER)], logs={DRIVER_POD: f"{text}\n"})


def told(kind: str, name: str, reason: str, message: str, **view: Any) -> OperatorView:
    """An event in the operator's namespace."""
    return operated(policies=[BUSY], events=[event(reason, message, kind=kind, name=name, namespace=NAMESPACE)], **view)


NO_CLASS = f'Error creating: pods "{PLUGIN}-" is forbidden: pod rejected: RuntimeClass "nvidia" not found'
NO_RUNTIME = 'Failed to create pod sandbox: rpc error: code = Unknown desc = no runtime for "nvidia" is configured'
NO_CONTAINERD = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"
NO_IMAGE = "failed to resolve reference nvcr.io/nvidia/driver:595.91.07-ubuntu26.10: not found"
OF_AKS = {**LABELED, f"{DEPLOY}.driver": "pre-installed"}
OUT_OF_MEMORY = {"name": "gpu-operator", "state": {"running": {}}, "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}


def mig(state: str) -> dict[str, str]:
    """A node whose MIG layout the operator's manager changes, or has changed."""
    paused = "paused-for-mig-change" if state in ("pending", "rebooting") else "true"
    named = {"nvidia.com/mig.config": "all-1g.10gb", "nvidia.com/mig.config.state": state}
    return {**LABELED, **named, f"{DEPLOY}.device-plugin": paused, f"{DEPLOY}.operator-validator": paused}


RUNTIME_DOWN = gpu_node(ready=False)
RUNTIME_DOWN["status"]["conditions"] = [{
    "type": "Ready", "status": "False", "reason": "KubeletNotReady",
    "message": "[container runtime is down, container runtime not ready: RuntimeReady=false]",
}]  # fmt: skip
TOOLKIT_BY_FILE = policy()
TOOLKIT_BY_FILE["spec"]["toolkit"] = {"env": [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}]}
CAUSES = [
    pytest.param(operated(node(labels={}), policies=None, daemonsets=[], pods=[]), "OperatorNotInstalled", id="no resource"),
    pytest.param(operated(node(labels={}), policies=[], daemonsets=[], pods=[]), "OperatorNotInstalled", id="no ClusterPolicy"),
    pytest.param(operated(policies=None, daemonsets=[], pods=[]), "OperatorLeftovers", id="labels"),
    pytest.param(operated(node(labels={}), policies=[], daemonsets=[operand(PLUGIN)], pods=[]), "OperatorLeftovers", id="a DaemonSet"),
    pytest.param(operated(policies=[policy(), IGNORED]), "ClusterPolicyIgnored", id="second"),
    pytest.param(
        operated(policies=[policy(NOT_READY, error=("ReconcileFailed", "Failed to reconcile state-driver: boom"))]),
        "OperatorReconcileFailed",
        id="refused",
    ),
    pytest.param(
        operated(drivers=[policy(NOT_READY, name="gpu", error=("ConflictingNodeSelector", "conflicts with default"))]),
        "OperatorReconcileFailed",
        id="driver refused",
    ),
    pytest.param(
        operated(and_pods=[labeled_pod("gpu-operator", on="aks-system", statuses=[OUT_OF_MEMORY])]), "OperatorOutOfMemory", id="memory"
    ),
    pytest.param(
        operated(gpu_node(labels={**LABELED, f"{DEPLOY}.operands": "false"}), pods=[]), "OperatorServesNoNode", id="all excluded"
    ),
    pytest.param(
        operated(gpu_node(labels={}, taints=[SKU_TAINT]), policies=[policy(("ready", "True", "NFDLabelsMissing"))], pods=[]),
        "NfdLacksToleration",
        id="NFD and a taint",
    ),
    pytest.param(operated(gpu_node(labels={}), daemonsets=[], pods=[]), "NfdMissing", id="no NFD"),
    pytest.param(operated(gpu_node(labels={}), pods=[]), "NfdLabelsMissing", id="NFD without labels"),
    pytest.param(
        operated(gpu_node(taints=[SKU_TAINT]), daemonsets=[worker(tolerations=[SKU_TOLERATION]), *map(operand, OPERANDS)], pods=[]),
        "OperandLacksToleration",
        id="components and a taint",
    ),
    pytest.param(
        operated(gpu_node(labels=OF_AKS), without=[DRIVER]), "DriverPreinstalled", id="driver of AKS"
    ),
    pytest.param(
        operated(gpu_node(labels={**LABELED, "nvidia.com/gpu-driver-upgrade-state": "upgrade-failed"})), "DriverUpgradeFailed", id="upgrade"
    ),
    pytest.param(operated(gpu_node(labels=mig("pending"))), "MigChanging", id="MIG"),
    pytest.param(operated(gpu_node(labels=mig("rebooting"), ready=False, gpus=0)), "MigChanging", id="MIG with a restart"),
    pytest.param(operated(gpu_node(labels=mig("failed"))), "MigConfigFailed", id="MIG has failed"),
    pytest.param(operated(gpu_node(ready=False)), "NodeNotReady", id="not ready"),
    pytest.param(operated(RUNTIME_DOWN, policies=[TOOLKIT_BY_FILE]), "NodeNotReady", id="containerd by itself"),
    pytest.param(operated(RUNTIME_DOWN), "ContainerdStopped", id="containerd by the toolkit"),
    pytest.param(operated(gpu_node(gpus=0)), "OperatorGpusMissing", id="no GPU although all is ready"),
    pytest.param(
        operated(policies=[BUSY], without=[DRIVER], and_pods=[unready(DRIVER, "ImagePullBackOff", NO_IMAGE)]),
        "DriverImageMissing",
        id="no driver for the system",
    ),
    pytest.param(
        operated(policies=[BUSY], without=[TOOLKIT], and_pods=[unready(TOOLKIT, "ErrImagePull", "nvcr.io/x: not found")]),
        "ImageNotFound",
        id="no other image",
    ),
    pytest.param(logged("Could not resolve Linux kernel version"), "KernelHeadersMissing", id="headers"),
    pytest.param(logged("could not insert 'nvidia': Key was rejected by service"), "SecureBootRejectsDriver", id="Secure Boot"),
    pytest.param(logged("Could not unload NVIDIA driver kernel modules, driver is in use"), "DriverInUse", id="in use"),
    pytest.param(logged("Compiling"), "OperatorDriverNotReady", id="compiling"),
    pytest.param(operated(policies=[BUSY], without=[VALIDATOR], and_pods=[unready(VALIDATOR)]), "OperandNotReady", id="validator"),
    pytest.param(told("DaemonSet", PLUGIN, "FailedCreate", NO_CLASS, without=[PLUGIN]), "RuntimeClassMissing", id="no RuntimeClass"),
    pytest.param(
        told("Pod", f"{PLUGIN}-x7k2p", "FailedCreatePodSandBox", NO_RUNTIME, without=[PLUGIN], and_pods=[unready(PLUGIN)]),
        "RuntimeClassMissing",
        id="no runtime",
    ),
    pytest.param(
        told("Pod", f"{TOOLKIT}-x7k2p", "FailedCreatePodSandBox", NO_CONTAINERD, without=[TOOLKIT], and_pods=[unready(TOOLKIT)]),
        "ContainerdStopped",
        id="containerd",
    ),
    pytest.param(
        operated(policies=[BUSY], without=[VALIDATOR, "nvidia-cuda"], and_pods=[unready(VALIDATOR), validated(phase="Failed")]),
        "CudaValidationFailed",
        id="validation",
    ),
]  # fmt: skip
NONE_AT_ALL = operated(policies=[policy(("ready", "True", "NoGPUNodes"))], pods=[])


@pytest.mark.parametrize(("view", "code"), CAUSES)
def test_cause_is_the_only_finding(view: OperatorView, code: str) -> None:
    (finding,) = diagnose_operator(view)
    assert finding.code == code
    assert finding.subjects
    assert not [part for part in ("{", "}") if part in finding.sentence()], finding.sentence()


SERVING = (
    "MigConfigFailed",
    "ClusterPolicyIgnored",
    "OperatorOutOfMemory",
    "OperatorReconcileFailed",
    "DriverUpgradeFailed",
    "DriverPreinstalled",
)


@pytest.mark.parametrize("view", [case.values[0] for case in CAUSES if case.values[1] not in SERVING])
def test_operator_with_a_cause_is_not_proven(view: OperatorView) -> None:
    assert not is_proven(view)


HEALTHY = {
    "one node": operated(),
    "two nodes": operated(gpu_node(), gpu_node(SECOND)),
    "a taint that is tolerated": operated(gpu_node(taints=["nvidia.com/gpu=present:NoSchedule"])),
    "a MIG layout that is applied": operated(gpu_node(labels=mig("success"))),
    "driver of AKS": operated(
        gpu_node(labels=OF_AKS), policies=[policy(driver=False)], without=[DRIVER, TOOLKIT],
        daemonsets=[worker(), operand(VALIDATOR), operand(PLUGIN)],
    ),
    "a node that is excluded": operated(gpu_node(), gpu_node(SECOND, labels={f"{DEPLOY}.operands": "false"}), without=[SECOND]),
}  # fmt: skip


@pytest.mark.parametrize("view", HEALTHY.values(), ids=HEALTHY)
def test_healthy_operator_is_proven_and_has_no_finding(view: OperatorView) -> None:
    assert diagnose_operator(view) == []
    assert is_proven(view)


UNPROVEN = {
    "no GPU node": operated(node("aks-system", accelerator=False, gpus=None, vm_size="Standard_D4s_v5"), policies=[policy()], pods=[]),
    "ready without a GPU": operated(policies=[policy(("ready", "True", "NoGPUNodes"))]),
    "ready without labels": operated(policies=[policy(("ready", "True", "NFDLabelsMissing"))]),
    "not reconciled": operated(policies=[BUSY]),
    "no ClusterPolicy": operated(policies=[]),
    "no validation": operated(without=["nvidia-cuda"]),
    "validation on one of two nodes": operated(gpu_node(), gpu_node(SECOND), pods=[*(operand_pod(name) for name in OPERANDS), validated()]),
    "validation that runs": operated(without=["nvidia-cuda"], and_pods=[validated(phase="Running")]),
}


@pytest.mark.parametrize("view", UNPROVEN.values(), ids=UNPROVEN)
def test_operator_that_calls_itself_ready_is_not_proven_without_evidence(view: OperatorView) -> None:
    assert not is_proven(view)


def test_operator_needs_as_many_nodes_as_are_asked_for() -> None:
    assert is_proven(operated(), 1)
    assert not is_proven(operated(), 2)


def test_only_nodes_of_a_named_pool_count() -> None:
    assert may_be_served(gpu_node(), "gpunp")
    assert not may_be_served(gpu_node(), "other")


NODES = {
    "the size": (node(gpus=None, accelerator=False, vm_size="Standard_NC4as_T4_v3"), True),
    "the label of AKS": (node(gpus=None, vm_size="Standard_New"), True),
    "the label of NFD": (node(gpus=None, accelerator=False, vm_size="Standard_New", labels=DISCOVERED), True),
    "the capacity": (node(gpus=1, accelerator=False, vm_size="Standard_New"), True),
    "AMD": (node(gpus=None, accelerator=False, vm_size="Standard_ND96is_MI300X_v5"), False),
    "no GPU": (node(gpus=None, accelerator=False, vm_size="Standard_D4s_v5"), False),
    "Windows": (node(vm_size="Standard_NC4as_T4_v3", labels={"kubernetes.io/os": "windows"}), False),
}


@pytest.mark.parametrize(("made", "expected"), NODES.values(), ids=NODES)
def test_node_with_a_sign_of_a_gpu_may_be_served(made: Json, expected: bool) -> None:
    assert may_be_served(made, None) is expected


def test_nodes_wait_for_the_first_component_only() -> None:
    view = operated(
        policies=[BUSY],
        without=list(OPERANDS),
        and_pods=[unready(name) for name in OPERANDS],
        logs={DRIVER_POD: "Compiling kernel module\n"},
    )
    (finding,) = diagnose_operator(view)
    assert (finding.code, finding.severity) == ("OperatorDriverNotReady", "warning")
    assert "Compiling kernel module" in finding.evidence


def test_component_that_keeps_failing_is_an_error() -> None:
    crashing = [operand_pod(DRIVER, ready=False, statuses=[waiting("CrashLoopBackOff", "back-off 5m0s")])]
    (finding,) = diagnose_operator(operated(policies=[BUSY], without=[DRIVER], and_pods=crashing))
    assert (finding.code, finding.severity) == ("OperatorDriverNotReady", "error")


def test_only_logs_of_components_that_are_waited_for_are_read() -> None:
    assert logs_wanted(operated()) == []
    assert logs_wanted(operated(without=[DRIVER], and_pods=[running(DRIVER)])) == [(f"{DRIVER}-x7k2p", "main")]
    assert logs_wanted(operated(without=[DRIVER], and_pods=[unready(DRIVER)])) == []


def test_status_says_on_how_many_nodes_the_component_is_ready() -> None:
    pods = [operand_pod(DRIVER, on=GPU_NODE), operand_pod(DRIVER, on=SECOND, ready=False, statuses=[waiting("PodInitializing")])]
    status = operator_status(operated(gpu_node(SECOND), gpu_node(), policies=[BUSY], without=[DRIVER], and_pods=pods))
    assert status.state == "driver: 1/2 nodes ready"
    assert status.awaited == f"{SECOND}: PodInitializing"


def test_status_of_nodes_that_wait_for_labels() -> None:
    status = operator_status(operated(gpu_node(labels={}), policies=[policy(("ready", "True", "NFDLabelsMissing"))], pods=[]))
    assert status.state == "0/1 nodes validated, ClusterPolicy NFDLabelsMissing"
    assert status.awaited == f"{GPU_NODE}: labels"


def test_facts_say_what_runs_where() -> None:
    operator = labeled_pod("gpu-operator", on="aks-system")
    operator["spec"]["containers"][0]["image"] = "nvcr.io/nvidia/gpu-operator:v26.7.0@sha256:0123"
    facts = operator_facts(operated(gpu_node(), gpu_node(SECOND), without=[DRIVER], and_pods=[operator, operand_pod(DRIVER)]), [], 1)
    assert (facts["installed"], facts["ready"], facts["state"], facts["reason"]) == (True, False, "ready", "Reconciled")
    assert facts["versions"]["operator"] == "v26.7.0"
    assert facts["versions"]["driver"] == "595.91.07-ubuntu24.04"
    assert facts["operands"][DRIVER] == {
        "component": "driver", "image": OPERANDS[DRIVER][1], "desired": 0, "nodes": 2, "ready": 1,
    }  # fmt: skip
    first, second = facts["nodes"]
    assert first["operands"] == {"driver": "ready", "toolkit": "ready", "validator": "ready", "device_plugin": "ready"}
    assert second["operands"]["driver"] == "missing"
    assert (first["complete"], second["complete"]) == (True, False)


def test_permanent_causes_exist_and_are_told_apart() -> None:
    known = {finding.code for case in CAUSES for finding in diagnose_operator(case.values[0])}
    assert set(PERMANENT) <= known
    codes = [out_of_reach(diagnose_operator(case.values[0])) for case in CAUSES if case.id in ("compiling", "driver of AKS")]
    assert [len(each) for each in codes] == [1, 0]
