# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ClusterPolicy says, as far as the stand-in reads it, and the DaemonSets that follow from it; pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.lab.gpu_operator.marks import LABEL
from tests.lab.gpu_operator.operands import DCGM_EXPORTER, DEVICE_PLUGIN, DRIVER, OPERANDS, TOOLKIT, Operand
from tests.lab.pods import DEVICE_PLUGINS_DIRECTORY

Object = dict[str, Any]

HASH = "nvidia.com/last-applied-hash"
# The chart's dcgmExporter.env.
_EXPORTER_ENVIRONMENT = {"DCGM_EXPORTER_LISTEN": ":9400", "DCGM_EXPORTER_KUBERNETES": "true"}
# Parts that are on unless the policy says otherwise; the others are off.
_OFF_BY_DEFAULT = frozenset({"dcgm", "nodeStatusExporter"})


def enabled(policy: Mapping[str, Any], operand: Operand) -> bool:
    """Whether the policy wants the component."""
    part = (policy.get("spec") or {}).get(operand.part) or {}
    wanted: bool = part.get("enabled", operand.part not in _OFF_BY_DEFAULT)
    return wanted


def runtime_class(policy: Mapping[str, Any]) -> str:
    """The RuntimeClass of components that use the GPU; "" where the container runtime needs none (NRI)."""
    spec = policy.get("spec") or {}
    if (spec.get("cdi") or {}).get("nriPluginEnabled"):
        return ""
    name: str = (spec.get("operator") or {}).get("runtimeClass") or "nvidia"
    return name


def runtime_classes(policy: Mapping[str, Any]) -> list[Object]:
    """The RuntimeClasses that the operator creates before anything else."""
    name = runtime_class(policy)
    return [
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": each, "ownerReferences": [owner(policy)]},
            "handler": each,
        }
        for each in ((name, f"{name}-cdi", f"{name}-legacy") if name == "nvidia" else (name,) if name else ())
    ]


def owner(policy: Mapping[str, Any]) -> Object:
    """The reference by which what the operator makes goes with its ClusterPolicy."""
    metadata = policy["metadata"]
    names = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "name": metadata["name"], "uid": metadata["uid"]}
    return {**names, "controller": True, "blockOwnerDeletion": True}


def daemonsets(policy: Mapping[str, Any], *, namespace: str, systems: Iterable[str]) -> list[Object]:
    """The DaemonSets of the components that the policy wants. systems: the nodes' operating systems, such as ubuntu22.04."""
    system = min(systems, default="ubuntu22.04")
    return [_daemonset(policy, operand, namespace, system) for operand in OPERANDS if enabled(policy, operand)]


def _daemonset(policy: Mapping[str, Any], operand: Operand, namespace: str, system: str) -> Object:
    labels = {"app": operand.name, "app.kubernetes.io/managed-by": "gpu-operator"}
    strategy = "OnDelete" if operand is DRIVER else "RollingUpdate"
    spec = {
        "selector": {"matchLabels": {"app": operand.name}},
        "updateStrategy": {"type": strategy},
        "template": {"metadata": {"labels": {**labels, LABEL: operand.name}}, "spec": _pod(policy, operand, system)},
    }
    digest = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": operand.name,
            "namespace": namespace,
            "labels": labels,
            "annotations": {HASH: digest},
            "ownerReferences": [owner(policy)],
        },
        "spec": spec,
    }


def _pod(policy: Mapping[str, Any], operand: Operand, system: str) -> Object:
    spec = policy.get("spec") or {}
    daemonsets = spec.get("daemonsets") or {}
    helper = image(spec.get("validator") or {}, default="nvcr.io/nvidia/gpu-operator")
    uses_gpu = operand not in {DRIVER, TOOLKIT}
    name = runtime_class(policy) if uses_gpu else ""
    main = {
        "name": operand.main,
        "image": _image(spec, operand, system),
        "env": _environment(spec, operand),
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": "host", "mountPath": _host_path(operand)}],
    }
    return {
        "nodeSelector": {operand.label: "true"},
        "tolerations": daemonsets.get("tolerations") or [],
        "priorityClassName": daemonsets.get("priorityClassName") or "system-node-critical",
        **({"runtimeClassName": name} if name else {}),
        "initContainers": [{"name": each, "image": helper, "securityContext": {"privileged": True}} for each in operand.init],
        "containers": [main],
        "volumes": [{"name": "host", "hostPath": {"path": _host_path(operand)}}],
    }


def _host_path(operand: Operand) -> str:
    return DEVICE_PLUGINS_DIRECTORY if operand is DEVICE_PLUGIN else "/run/nvidia"


def _environment(spec: Mapping[str, Any], operand: Operand) -> list[Object]:
    given: list[Object] = list((spec.get(operand.part) or {}).get("env") or ())
    own = {
        DCGM_EXPORTER: _EXPORTER_ENVIRONMENT,
        DEVICE_PLUGIN: {"MIG_STRATEGY": (spec.get("mig") or {}).get("strategy") or "single"},
    }.get(operand, {})
    names = {each["name"] for each in given}
    return [*({"name": name, "value": value} for name, value in own.items() if name not in names), *given]


def _image(spec: Mapping[str, Any], operand: Operand, system: str) -> str:
    part = spec.get(operand.part) or {}
    found = image(part, default=f"nvcr.io/nvidia/{operand.name}")
    return f"{found}-{system}" if operand is DRIVER else found


def image(part: Mapping[str, Any], *, default: str) -> str:
    """The image of a part of the policy: repository, name and version."""
    name = f"{part['repository']}/{part['image']}" if part.get("repository") and part.get("image") else default
    version = part.get("version") or "v26.7.0"
    return f"{name}@{version}" if version.startswith("sha256:") else f"{name}:{version}"
