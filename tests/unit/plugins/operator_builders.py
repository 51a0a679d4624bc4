# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVIDIA's GPU Operator as its controller writes it: a ClusterPolicy, DaemonSets, pods and labels; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.view import OperatorView, operator_view

from .builders import GPU_NODE, PLUGINS_DIR, Json, daemonset, node, plugin_pod, pod

NAMESPACE = "gpu-operator"
DEPLOY = "nvidia.com/gpu.deploy"
TOLERATED = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
DISCOVERED = {"feature.node.kubernetes.io/pci-10de.present": "true"}
# The DaemonSet's name → the label that selects its nodes, and its image.
OPERANDS = {
    "nvidia-driver-daemonset": ("driver", "nvcr.io/nvidia/driver:595.91.07-ubuntu24.04"),
    "nvidia-container-toolkit-daemonset": ("container-toolkit", "nvcr.io/nvidia/k8s/container-toolkit:v1.20.0"),
    "nvidia-operator-validator": ("operator-validator", "nvcr.io/nvidia/gpu-operator:v26.7.0"),
    "nvidia-device-plugin-daemonset": ("device-plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"),
}
DRIVER, TOOLKIT, VALIDATOR, PLUGIN = OPERANDS
LABELED = {**DISCOVERED, "nvidia.com/gpu.present": "true", **{f"{DEPLOY}.{label}": "true" for label, _image in OPERANDS.values()}}
RECONCILED = ("ready", "True", "Reconciled")
NOT_READY = ("notReady", "False", "Error")


def policy(
    state: tuple[str, str, str] = RECONCILED,
    *,
    name: str = "cluster-policy",
    error: tuple[str, str] = ("", ""),
    driver: bool = True,
    **of_driver: Any,
) -> Json:
    """A ClusterPolicy. state: status.state, and status and reason of its condition Ready; error: reason and message of Error.

    driver, of_driver: spec.driver.enabled, and its other fields.
    """
    conditions = [
        {"type": "Ready", "status": state[1], "reason": state[2], "message": ""},
        {"type": "Error", "status": "True" if error[0] else "False", "reason": error[0] or "Ready", "message": error[1]},
    ]
    status = {"state": state[0], "namespace": NAMESPACE, "conditions": conditions}
    return {"metadata": {"name": name, "uid": name}, "spec": {"driver": {"enabled": driver, **of_driver}}, "status": status}


IGNORED = {"metadata": {"name": "second", "uid": "second"}, "status": {"state": "ignored"}}


def gpu_node(name: str = GPU_NODE, *, labels: Mapping[str, str] = LABELED, **fields: Any) -> Json:
    """A node on which the operator has found a GPU."""
    return node(name, vm_size="Standard_NC4as_T4_v3", labels=labels, **fields)


def operand(name: str, *, tolerations: Sequence[Mapping[str, Any]] = (TOLERATED,)) -> Json:
    """A DaemonSet of the operator."""
    label, image = OPERANDS[name]
    mounts = PLUGINS_DIR if name == PLUGIN else "/run/nvidia"
    return daemonset(
        name,
        namespace=NAMESPACE,
        made_by="ClusterPolicy",
        image=image,
        node_selector={f"{DEPLOY}.{label}": "true"},
        tolerations=tolerations,
        mounts=mounts,
    )


def worker(*, tolerations: Sequence[Mapping[str, Any]] = (TOLERATED,)) -> Json:
    """The DaemonSet of node feature discovery."""
    return daemonset("gpu-operator-node-feature-discovery-worker", namespace=NAMESPACE, tolerations=tolerations, mounts="/etc")


def operand_pod(name: str, *, on: str = GPU_NODE, **fields: Any) -> Json:
    """A pod of one of the operator's DaemonSets."""
    return plugin_pod(operand(name), on=on, **fields)


def labeled_pod(app: str, *, on: str = GPU_NODE, phase: str = "Running", **fields: Any) -> Json:
    """Another pod of the operator, known by its label app."""
    made = pod(f"{app}-x7k2p", on=on, namespace=NAMESPACE, phase=phase, **fields)
    made["metadata"]["labels"] = {"app": app}
    return made


def validated(on: str = GPU_NODE, phase: str = "Succeeded") -> Json:
    """The pod that has run the operator's CUDA program on a node."""
    return labeled_pod("nvidia-cuda-validator", on=on, phase=phase)


def healthy_pods(*nodes: str) -> list[Json]:
    """Every pod that the operator has on these nodes when all is well."""
    return [each for on in nodes for each in (*(operand_pod(name, on=on) for name in OPERANDS), validated(on))]


def operated(
    *nodes: Json,
    policies: Sequence[Json] | None = (policy(),),
    drivers: Sequence[Json] = (),
    daemonsets: Sequence[Json] | None = None,
    pods: Iterable[Json] | None = None,
    without: Sequence[str] = (),
    and_pods: Sequence[Json] = (),
    pool: str | None = None,
    **evidence: Any,
) -> OperatorView:
    """A cluster with the operator; without a word on its pods, all are there and ready, except those of `without`."""
    shown = nodes or (gpu_node(),)
    names = [each["metadata"]["name"] for each in shown]
    present = [each for each in healthy_pods(*names) if not each["metadata"]["name"].startswith(tuple(without) or ("-",))]
    view = operator_view(
        namespace=NAMESPACE,
        pool=pool,
        policies=policies,
        drivers=drivers,
        nodes=shown,
        daemonsets=[worker(), *map(operand, OPERANDS)] if daemonsets is None else daemonsets,
        pods=[*(present if pods is None else pods), *and_pods],
    )
    return replace(view, **evidence)
