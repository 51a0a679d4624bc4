# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes in the GPU Operator's components: the first one on a node that is not ready, because the others wait for it.

Also says which logs and events are worth reading.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterator, NamedTuple, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import driver_not_ready, operator_state
from ..scheduling.creation import NODE_LEVEL, explain_creation
from ..scheduling.pods import container_statuses, container_to_read, container_troubles, has_run, pod_name, pod_ready, pod_state
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from ..signatures.driver import DRIVER as DRIVER_LOG
from ..signatures.operator import OPERATOR_LOG
from ..signatures.pod import IMAGE, IMAGE_REASONS, RUNTIME_CLASS, STARTING
from ..signatures.signature import last_line, recognize
from .view import CUDA_VALIDATOR, Operand, OperatorView

_BACK_OFF = "CrashLoopBackOff"
_LOGS = 3
_DRIVER, _VALIDATOR, _PLUGIN = "driver", "validator", "device_plugin"
_NO_RUNTIME = "no runtime for"
_ONE_SET = (
    "Install the operator with one of the two sets of values that the filter gpuops.aks.gpu_operator_values computes: driver: aks if AKS "
    "has installed the driver, driver: operator if the pool has gpu_driver: None."
)


class Waiting(NamedTuple):
    """The component that a node waits for, None for the operator's CUDA program; and its pod there, None if it has none."""

    node: GpuNode
    operand: Operand | None
    pod: Json | None

    @property
    def name(self) -> str:
        """The component in messages."""
        return self.operand.name if self.operand else CUDA_VALIDATOR

    @property
    def is_driver(self) -> bool:
        """Whether it is the driver."""
        return self.operand is not None and self.operand.component == _DRIVER


class Observation(NamedTuple):
    """What a component shows."""

    explanation: Explanation
    evidence: str


def waiting(view: OperatorView) -> list[Waiting]:
    """What each node waits for that is not complete; a taint that keeps a component off is not waited for."""
    first = (_first(view, node) for node in view.served if node.ready)
    return [each for each in first if each is not None]


def _first(view: OperatorView, node: GpuNode) -> Waiting | None:
    expected = _expected(view, node)
    for operand in expected:
        pod = operand.pods.get(node.name)
        if pod is None or not pod_ready(pod):
            return _validation(view, node, operand) or Waiting(node, operand, pod)
    if any(operand.component == _VALIDATOR for operand in expected) and not view.validated(node.name):
        return Waiting(node, None, next(iter(view.validators(node.name)), None))
    return None


def _expected(view: OperatorView, node: GpuNode) -> list[Operand]:
    """The components that run on the node, or that nothing keeps off it."""
    return [each for each in view.operands_on(node) if node.name in each.pods or not each.reasons_against(node)]


def _validation(view: OperatorView, node: GpuNode, operand: Operand) -> Waiting | None:
    """The CUDA program for which the validator waits."""
    pods = view.validators(node.name) if operand.component == _VALIDATOR and not view.validated(node.name) else []
    return Waiting(node, None, pods[0]) if pods else None


def incomplete(view: OperatorView) -> Iterator[Finding]:
    """A component is not ready on a node."""
    shown: dict[Explanation, list[tuple[str, str]]] = {}
    for each in waiting(view):
        explanation, evidence = _observation(view, each)
        explanation = replace(explanation, remedy=explanation.remedy.replace("{operator}", view.namespace))
        shown.setdefault(explanation, []).append((each.node.name, f"{each.name}: {evidence}"))
    for explanation, where in shown.items():
        yield finding(explanation, where)


# NVIDIA/gpu-operator#1651: containerd's configuration is lost until the toolkit's pod starts again
def offers_nothing(view: OperatorView) -> Iterator[Finding]:
    """Every component is ready on a node, and it offers no GPU all the same."""
    awaited = {each.node.name for each in waiting(view)}
    silent = [node for node in view.served if node.ready and node.name not in awaited and lacks_gpus(view, node)]
    if silent:
        yield finding(
            Explanation(
                "OperatorGpusMissing",
                cause="Every component of the GPU Operator is ready on the node, but the node does not offer a GPU. After a restart of the "
                "node or of containerd, the container runtime may have lost the configuration of the container toolkit.",
                remedy="If this lasts for more than a minute, restart the toolkit and then the device plugin on the node: "
                f"'kubectl delete pod -n {view.namespace} -l app=nvidia-container-toolkit-daemonset --field-selector "
                "spec.nodeName={first}', and the same with app=nvidia-device-plugin-daemonset.",
                severity="warning",
            ),
            [(node.name, f"{view.snapshot.resource} is {node.allocatable}, and its device plugin is ready") for node in silent],
        )


def lacks_gpus(view: OperatorView, node: GpuNode) -> bool:
    """Whether the operator's device plugin runs on the node, and the node offers no GPU under any name."""
    served = any(operand.component == _PLUGIN and node.name in operand.pods for operand in view.operands_on(node))
    return served and not (node.allocatable or view.snapshot.offers_otherwise(node)) and operator_state(node.labels) is None


def _observation(view: OperatorView, each: Waiting) -> Observation:
    for read in _READINGS:
        observation = read(view, each)
        if observation is not None:
            return observation
    state = "no pod on the node" if each.pod is None else _pod_state(each.pod)
    failing = each.pod is not None and any(reason == _BACK_OFF for reason, _message in container_troubles(each.pod))
    said = last_line(view.logs.get(pod_name(each.pod), "")) if each.pod is not None else ""
    evidence = f"{state}, its log ends with: {said}" if said else state
    severity = "error" if failing else "warning"
    if each.is_driver:
        return Observation(driver_not_ready(severity), evidence)
    explanation = Explanation(
        "OperandNotReady",
        cause=f"The component {each.name} of the GPU Operator is not ready on the node.",
        remedy=f"Wait, or read its log: 'kubectl logs -n {view.namespace} -l app={each.name} --all-containers --tail 50'.",
        severity=severity,
    )
    return Observation(explanation, evidence)


def _pod_state(pod: Json) -> str:
    """The state of the pod, and the init container that it is in."""
    running = [str(each.get("name")) for each in container_statuses(pod) if "running" in (each.get("state") or {})]
    return f"{pod_state(pod)}{f', init container {running[0]} is running' if running and not _has_main(pod) else ''}"


def _has_main(pod: Json) -> bool:
    """Whether one of the pod's main containers runs."""
    return any("running" in (each.get("state") or {}) for each in (pod.get("status") or {}).get("containerStatuses") or ())


def _creation(view: OperatorView, each: Waiting) -> Observation | None:
    if each.pod is not None or each.operand is None:
        return None
    for message in _messages(view, "DaemonSet", each.operand.name, "FailedCreate"):
        known = explain_creation(message, view.namespace, NODE_LEVEL)
        if known:
            return Observation(_adapted(*known), known[1])
    return None


def _adapted(explanation: Explanation, line: str) -> Explanation:
    """The explanation with the operator's remedy where that of a workload does not help."""
    if explanation.code != RUNTIME_CLASS.explanation.code:
        return explanation
    if _NO_RUNTIME in line:
        return replace(explanation, cause="containerd on the node does not have the runtime that the component requests.", remedy=_ONE_SET)
    return replace(
        explanation,
        cause="The cluster does not have the RuntimeClass that the operator creates first.",
        remedy="Read the operator's log: 'kubectl logs -n {operator} -l app=gpu-operator --tail 50'. It creates the RuntimeClass unless "
        "cdi.nriPluginEnabled is true.",
    )


# NVIDIA/gpu-operator#722, #1436: nvcr.io has driver images for some operating systems and versions only
def _image(_view: OperatorView, each: Waiting) -> Observation | None:
    for reason, message in container_troubles(each.pod) if each.pod else ():
        known = recognize(f"{reason}: {message}", IMAGE) if reason in IMAGE_REASONS else None
        if known and each.is_driver and known[0].explanation.code == "ImageNotFound":
            return Observation(_NO_DRIVER_IMAGE, known[1])
        if known:
            cause = f"The image of the component {each.name} cannot be pulled. {known[0].explanation.cause}"
            remedy = "For a mirror, set registry in the facts of the filter gpuops.aks.gpu_operator_values, or repository of the component "
            return Observation(replace(known[0].explanation, cause=cause, remedy=f"{remedy}in the chart's values."), known[1])
    return None


_NO_DRIVER_IMAGE = Explanation(
    "DriverImageMissing",
    cause="The registry does not have an image of this driver version for the node's operating system.",
    remedy="Set driver.version to one that NVIDIA publishes for the system (the image's tag ends with it, such as ubuntu24.04), mirror the "
    "image, or leave the driver to AKS (gpu_driver: Install, and the values of driver: aks).",
)


def _log(view: OperatorView, each: Waiting) -> Observation | None:
    known = recognize(view.logs.get(pod_name(each.pod), ""), (*OPERATOR_LOG, *DRIVER_LOG)) if each.pod else None
    return Observation(known[0].explanation, f"log: {known[1]}") if known else None


def _state(_view: OperatorView, each: Waiting) -> Observation | None:
    for reason, message in container_troubles(each.pod) if each.pod else ():
        known = recognize(message, (*OPERATOR_LOG, *STARTING))
        if known:
            return Observation(_adapted(known[0].explanation, known[1]), f"{reason}: {known[1]}")
    return None


def _event(view: OperatorView, each: Waiting) -> Observation | None:
    if each.pod is None:
        return None
    for message in _messages(view, "Pod", str(each.pod["metadata"]["name"])):
        known = recognize(message, (*OPERATOR_LOG, RUNTIME_CLASS))
        if known:
            return Observation(_adapted(known[0].explanation, known[1]), f"event: {known[1]}")
    return None


def _validation_failed(view: OperatorView, each: Waiting) -> Observation | None:
    failed = each.operand is None and each.pod is not None and (each.pod.get("status") or {}).get("phase") == "Failed"
    if not failed or each.pod is None:
        return None
    said = last_line(view.logs.get(pod_name(each.pod), ""))
    known = next(row for row in OPERATOR_LOG if row.explanation.code == "CudaValidationFailed")
    return Observation(known.explanation, f"its log ends with: {said}" if said else pod_state(each.pod))


def _messages(view: OperatorView, kind: str, name: str, *reasons: str) -> Iterator[str]:
    """What events say about an object, the newest last."""
    for event in view.events:
        about = event.get("involvedObject") or {}
        if (about.get("kind"), about.get("name")) == (kind, name) and (not reasons or event.get("reason") in reasons):
            yield str(event.get("message") or "")


_READINGS: Sequence[Callable[[OperatorView, Waiting], Observation | None]] = (
    _creation, _image, _log, _state, _event, _validation_failed,
)  # fmt: skip


def logs_wanted(view: OperatorView) -> list[tuple[str, str]]:
    """(pod, container) of a few pods whose logs would show more."""
    pods = [each.pod for each in waiting(view) if each.pod is not None and has_run(each.pod)]
    return [(str(pod["metadata"]["name"]), _container(pod)) for pod in pods[:_LOGS]]


def _container(pod: Json) -> str:
    names = [str(each.get("name", "")) for each in container_statuses(pod)]
    return container_to_read(pod, str(pod["spec"]["containers"][0]["name"]), names)


OPERAND_CAUSES = (incomplete, offers_nothing)
