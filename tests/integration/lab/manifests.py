# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that the lab's tests create."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from tests.integration.running_lab import RunningLab

MNIST = "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"
PYTHON = "mcr.microsoft.com/azurelinux/base/python:3.12"
# What a program is told about its pod.
FIELDS = {"NODE_NAME": "spec.nodeName", "POD_NAME": "metadata.name", "POD_UID": "metadata.uid", "POD_NAMESPACE": "metadata.namespace"}
TAINT = "sku=gpu:NoSchedule"
TOLERATION = {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}


def plugin(*tolerations: dict[str, str], selector: dict[str, str] | None = None) -> dict[str, Any]:
    """A DaemonSet that nothing but its mount tells to be a device plugin."""
    labels = {"app": "anything"}
    container = {"name": "main", "image": "example.com/plugin:1", "volumeMounts": [{"name": "sockets", "mountPath": "/plugins"}]}
    volume = {"name": "sockets", "hostPath": {"path": "/var/lib/kubelet/device-plugins/", "type": "Directory"}}
    spec = {"containers": [container], "volumes": [volume], "tolerations": list(tolerations), "nodeSelector": selector or {}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "plugin", "namespace": "default"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def pod(name: str, *, gpus: int = 0, policy: str = "Never", **container: Any) -> dict[str, Any]:
    """A pod that the lab's kubelet runs."""
    limits = {"limits": {"nvidia.com/gpu": gpus}} if gpus else {}
    main = {"name": "main", "image": MNIST, "resources": limits, **container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"restartPolicy": policy, "containers": [main], "tolerations": [TOLERATION]},
    }


def config_map(name: str, source: str = "", **files: str) -> dict[str, Any]:
    """A program: a package's __main__.py, or its files by name without .py."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default", "labels": {"test": "yes"}},
        "immutable": True,
        "data": {f"{file}.py": text for file, text in (files or {"__init__": "", "__main__": source}).items()},
    }


def program_pod(name: str, *, program: str = "show", module: str = "program.__main__", gpus: int = 0, **container: Any) -> dict[str, Any]:
    """A pod that runs a module of the package that the ConfigMap of this name is."""
    made = pod(
        name,
        gpus=gpus,
        image=PYTHON,
        command=["python3", "-B", "-m", module],
        workingDir="/opt/work",
        env=[{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in FIELDS.items()],
        volumeMounts=[{"name": "program", "mountPath": f"/opt/work/{module.partition('.')[0]}", "readOnly": True}],
        **container,
    )
    made["spec"]["volumes"] = [{"name": "program", "configMap": {"name": program}}]
    return made


def apply(lab: RunningLab, *objects: dict[str, Any]) -> None:
    """Creates or changes the objects with kubectl."""
    _kubectl(lab, "apply", objects)


def create(lab: RunningLab, *objects: dict[str, Any]) -> None:
    """Creates objects, also one that is too large for the annotation in which kubectl apply keeps it."""
    _kubectl(lab, "create", objects)


def _kubectl(lab: RunningLab, verb: str, objects: Sequence[dict[str, Any]]) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    subprocess.run(["kubectl", verb, "-f", "-"], input=text, env=lab.env, capture_output=True, text=True, check=True)


def gpus(lab: RunningLab) -> dict[str, tuple[str | None, str | None]]:
    """Capacity and allocatable GPUs by node."""
    items = lab.get("nodes")["items"]
    return {
        item["metadata"]["name"]: tuple(item["status"][key].get("nvidia.com/gpu") for key in ("capacity", "allocatable")) for item in items
    }
