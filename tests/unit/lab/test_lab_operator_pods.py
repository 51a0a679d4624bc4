# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pods of the GPU Operator show on a node of the lab, and in which order they get ready."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import bridge, nodes
from tests.lab.device_faults import OPERATOR_FAULTS
from tests.lab.gpu_operator.cuda import cuda_validator
from tests.lab.gpu_operator.faults import stops_containerd
from tests.lab.gpu_operator.host import STOPPED, host
from tests.lab.gpu_operator.marks import CHART_HOOK, CONTROLLER, CUDA_VALIDATOR, LABEL, NFD_PRUNE
from tests.lab.gpu_operator.operands import BY_NAME, DEVICE_PLUGIN, DRIVER, TOOLKIT, VALIDATOR, Operand
from tests.lab.gpu_operator.pod_progress import asks_for_cuda, pod_state
from tests.lab.gpu_operator.pod_states import PodState, status
from tests.lab.gpu_operator.policy import daemonsets
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

WITHOUT, WITH = pool(driver_installed=False), pool()
NAME = nodes.node_name(WITH, 0)
LONG = 3600.0
POLICY = {"metadata": {"name": "cluster-policy", "uid": "policy"}, "spec": {}}
TEMPLATES = {each["metadata"]["name"]: each["spec"]["template"] for each in daemonsets(POLICY, namespace="gpu-operator", systems=())}


def operand_pod(operand: Operand, *, ready: bool = True) -> dict[str, Any]:
    """A pod of the component on the node."""
    template = TEMPLATES[operand.name]
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": {**template["metadata"], "name": f"{operand.name}-x", "namespace": "gpu-operator", "uid": f"{operand.name}-uid"},
        "spec": {**template["spec"], "nodeName": NAME},
        "status": {"phase": "Running", "conditions": conditions},
    }


def marked(part: str) -> dict[str, Any]:
    """Another pod that the lab plays."""
    spec = {"nodeName": NAME, "containers": [{"name": "main", "image": "i"}]}
    return {"metadata": {"name": part, "namespace": "gpu-operator", "uid": part, "labels": {LABEL: part}}, "spec": spec, "status": {}}


VALIDATED = {**marked(CUDA_VALIDATOR), "status": {"phase": "Succeeded"}}
GPUS = ("1", "1")


def shown(
    operand: Operand,
    *beside: dict[str, Any],
    driver_of_aks: bool = False,
    gpus: tuple[str, str] | None = None,
    age_s: float = LONG,
    **kwargs: Any,
) -> PodState:
    """What a pod of the component shows on a node beside these pods."""
    made = operand_pod(operand, ready=False)
    found = host(one_node(WITH, gpus=gpus), [made, *beside], brings_driver=driver_of_aks, faults=kwargs.get("faults", ()))
    return pod_state(made, found, age_s=age_s, handler=kwargs.get("handler", ""))


def at(operand: Operand, seen: PodState) -> str:
    """The name of the container that the pod is at."""
    return [*operand.init, operand.main][seen.at]


@pytest.mark.parametrize(
    ("operand", "beside", "waits_in"),
    [
        pytest.param(TOOLKIT, [], "driver-validation", id="the toolkit for the driver"),
        pytest.param(TOOLKIT, [operand_pod(DRIVER, ready=False)], "driver-validation", id="the toolkit for a driver that is ready"),
        pytest.param(TOOLKIT, [operand_pod(DRIVER)], "", id="the toolkit for nothing else"),
        pytest.param(DEVICE_PLUGIN, [operand_pod(DRIVER)], "toolkit-validation", id="the plugin for the toolkit"),
        pytest.param(DEVICE_PLUGIN, [operand_pod(DRIVER), operand_pod(TOOLKIT)], "", id="the plugin for nothing else"),
        pytest.param(VALIDATOR, [operand_pod(DRIVER), operand_pod(TOOLKIT)], "cuda-validation", id="the validator for CUDA"),
        pytest.param(VALIDATOR, [operand_pod(DRIVER), operand_pod(TOOLKIT), VALIDATED], "plugin-validation", id="then for GPUs"),
    ],
)
def test_components_wait_for(operand: Operand, beside: list[dict[str, Any]], waits_in: str) -> None:
    seen = shown(operand, *beside)
    assert (at(operand, seen) if not seen.ready else "") == waits_in


def test_validator_is_ready_last() -> None:
    beside = (operand_pod(DRIVER), operand_pod(TOOLKIT), VALIDATED)
    seen = shown(VALIDATOR, *beside, gpus=GPUS)
    assert seen.ready
    assert seen.log == ("all validations are successful",)


def test_driver_takes_its_time() -> None:
    young = shown(DRIVER, age_s=1)
    assert (young.ready, at(DRIVER, young)) == (False, DRIVER.main)
    assert shown(DRIVER, age_s=DRIVER.takes_s).ready


def test_node_with_a_driver_of_aks_needs_none_of_the_operators() -> None:
    assert shown(VALIDATOR, VALIDATED, driver_of_aks=True, gpus=GPUS).ready
    assert shown(DEVICE_PLUGIN, driver_of_aks=True, handler="nvidia-container-runtime").ready


def test_values_of_one_set_on_a_pool_of_the_other_leave_pods_without_a_runtime() -> None:
    seen = shown(DEVICE_PLUGIN, driver_of_aks=True, handler="nvidia")
    assert seen.event is not None
    assert seen.event[1].endswith('no runtime for "nvidia" is configured')


def test_missing_runtime_is_not_told_while_the_toolkit_starts() -> None:
    assert shown(DEVICE_PLUGIN, operand_pod(DRIVER), operand_pod(TOOLKIT, ready=False), handler="nvidia").event is None
    assert shown(DEVICE_PLUGIN, operand_pod(DRIVER), operand_pod(TOOLKIT), handler="nvidia").ready


def test_cuda_program_is_asked_for_when_driver_and_toolkit_are_there() -> None:
    made = operand_pod(VALIDATOR, ready=False)
    assert asks_for_cuda(made, shown(VALIDATOR, operand_pod(DRIVER), operand_pod(TOOLKIT)))
    assert not asks_for_cuda(made, shown(VALIDATOR, operand_pod(DRIVER)))
    assert not asks_for_cuda(operand_pod(TOOLKIT), shown(TOOLKIT))


def test_cuda_program_succeeds() -> None:
    made = {**cuda_validator(operand_pod(VALIDATOR)), "status": {"phase": "Pending"}}
    seen = pod_state(made, host(one_node(WITH), [made], brings_driver=True), age_s=0)
    assert seen.ended == "Succeeded"
    assert status(made, seen, now="t", host_ip="10.0.0.1")["phase"] == "Succeeded"


PODS = {**{name: operand_pod(operand) for name, operand in BY_NAME.items() if name in TEMPLATES}, CONTROLLER: marked(CONTROLLER)}
PODS |= {part: marked(part) for part in (CHART_HOOK, NFD_PRUNE)}
PODS[CUDA_VALIDATOR] = cuda_validator(operand_pod(VALIDATOR))
# Fault → the pod that shows it, the reason and the end of its log or message.
BROKEN: dict[str, tuple[str, str, str]] = {
    "driver-no-headers": (DRIVER.name, "CrashLoopBackOff", "Could not resolve Linux kernel version"),
    "driver-secure-boot": (DRIVER.name, "CrashLoopBackOff", "Key was rejected by service"),
    "driver-no-image": (DRIVER.name, "ImagePullBackOff", ": not found"),
    "validation-hangs": (VALIDATOR.name, "", "waiting for nvidia container stack to be setup"),
    "cuda-fails": (CUDA_VALIDATOR, "CrashLoopBackOff", "no CUDA-capable device is detected)!"),
    "chart-hook-hangs": (CHART_HOOK, "ImagePullBackOff", ": not found"),
    "nfd-prune-hangs": (NFD_PRUNE, "ImagePullBackOff", ": not found"),
    "operator-out-of-memory": (CONTROLLER, "OOMKilled", ""),
}
# These change the node itself.
OF_NODES = {"driver-upgrade-failed", "toolkit-stops-containerd", "runtime-configuration-lost"}


@pytest.mark.parametrize("fault", BROKEN)
def test_fault_is_shown_by_its_pod_and_no_other(fault: str) -> None:
    part, reason, said = BROKEN[fault]
    for name, pod in PODS.items():
        found = host(one_node(WITH, gpus=GPUS), [operand_pod(DRIVER), operand_pod(TOOLKIT), VALIDATED], brings_driver=False, faults=[fault])
        seen = pod_state(pod, found, age_s=LONG)
        healthy = pod_state(
            pod, host(one_node(WITH, gpus=GPUS), [operand_pod(DRIVER), operand_pod(TOOLKIT), VALIDATED], brings_driver=False), age_s=LONG
        )
        assert (seen != healthy) == (name == part), name
    shown_by = status(PODS[part], pod_state(PODS[part], found, age_s=LONG), now="t", host_ip="10.0.0.1")
    told = pod_state(PODS[part], found, age_s=LONG)
    statuses = [*shown_by["initContainerStatuses"], *shown_by["containerStatuses"]]
    reasons = {word.get("reason") for each in statuses for word in (*each["state"].values(), *each["lastState"].values())}
    assert not reason or reason in reasons
    messages = [word.get("message", "") for each in statuses for word in each["state"].values()]
    assert any(text.endswith(said) for text in (*told.log, *messages))


def test_each_fault_is_shown() -> None:
    assert {*BROKEN, *OF_NODES} == {*OPERATOR_FAULTS}


def test_toolkit_stops_containerd_unless_it_reads_the_file() -> None:
    fault = ["toolkit-stops-containerd"]
    assert stops_containerd(TOOLKIT.name, fault, {})
    assert not stops_containerd(TOOLKIT.name, fault, {"RUNTIME_CONFIG_SOURCE": "file"})
    assert not stops_containerd(TOOLKIT.name, [], {})
    assert not stops_containerd(DRIVER.name, fault, {})


def test_pods_on_a_node_without_containerd_get_no_sandbox() -> None:
    node = one_node(WITH)
    node["metadata"]["annotations"][STOPPED] = "true"
    seen = pod_state(operand_pod(VALIDATOR), host(node, [], brings_driver=False), age_s=LONG)
    assert seen.event is not None
    assert "containerd.sock: connect: connection refused" in seen.event[1]
    assert status(operand_pod(VALIDATOR), seen, now="t", host_ip="")["phase"] == "Pending"


@pytest.mark.parametrize(
    ("view", "beside", "served"),
    [
        pytest.param(WITHOUT, (DRIVER, TOOLKIT, DEVICE_PLUGIN), True, id="all three"),
        pytest.param(WITHOUT, (TOOLKIT, DEVICE_PLUGIN), False, id="no driver"),
        pytest.param(WITHOUT, (DRIVER, DEVICE_PLUGIN), False, id="no toolkit"),
        pytest.param(WITHOUT, (DRIVER, TOOLKIT), False, id="no plugin"),
        pytest.param(WITH, (DEVICE_PLUGIN,), True, id="a driver of AKS"),
    ],
)
def test_gpus_are_allocatable_with(view: Any, beside: tuple[Operand, ...], served: bool) -> None:
    decided = bridge.plan([view], [one_node(view)], list(map(operand_pod, beside)), era=ERA_2026, subscription="sub", services_of={})
    gpus = [patch["status"]["allocatable"] for _name, patch in decided.update_status]
    assert gpus == ([{"nvidia.com/gpu": "1"}] if served else [])
