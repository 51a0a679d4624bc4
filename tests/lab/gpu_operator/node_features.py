# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What node feature discovery's worker publishes of a node, as a NodeFeature, from which the real master makes labels; pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.lab import mig
from tests.lab.eras import VmSize
from tests.lab.gpu_models import MODELS

Object = dict[str, Any]

_PREFIX = "feature.node.kubernetes.io/"
_NODE_LABEL = "nfd.node.kubernetes.io/node-name"
# How a node's kubelet names its operating system → the names in its /etc/os-release.
_SYSTEMS = (("Ubuntu ", "ubuntu"), ("Microsoft Azure Linux ", "azurelinux"))
# Of the operator's driver, and of AKS' in the lab.
DRIVER_VERSION = "595.91.07"
_MIB_PER_GIB = 1024


def node_feature(node: Mapping[str, Any], worker: Mapping[str, Any], size: VmSize | None, *, discovers_gpus: bool) -> Object:
    """What the worker's pod publishes of its node. discovers_gpus: GPU feature discovery runs there too."""
    labels = dict(_system(node))
    if size is not None and size.gpus:
        labels[f"{_PREFIX}pci-10de.present"] = "true"
        if discovers_gpus:
            labels |= _gpus(size)
    metadata = worker["metadata"]
    pod = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]}
    sets = [{name: each[name] for name in ("apiVersion", "kind", "name", "uid")} for each in metadata.get("ownerReferences") or ()]
    return {
        "apiVersion": "nfd.k8s-sigs.io/v1alpha1",
        "kind": "NodeFeature",
        "metadata": {
            "name": node["metadata"]["name"],
            "namespace": metadata["namespace"],
            "labels": {_NODE_LABEL: node["metadata"]["name"]},
            "ownerReferences": [pod, *sets],
        },
        "spec": {"features": {"flags": {}, "attributes": {}, "instances": {}}, "labels": labels},
    }


def _system(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    info = node["status"]["nodeInfo"]
    yield f"{_PREFIX}kernel-version.full", info["kernelVersion"]
    for start, name in _SYSTEMS:
        if info["osImage"].startswith(start):
            version = info["osImage"].removeprefix(start).split()[0]
            yield f"{_PREFIX}system-os_release.ID", name
            yield f"{_PREFIX}system-os_release.VERSION_ID", ".".join(version.split(".")[:2])


def _gpus(size: VmSize) -> dict[str, str]:
    """The labels of GPU feature discovery."""
    assert size.gpu_model is not None
    model = MODELS[size.gpu_model]
    major, minor, revision = DRIVER_VERSION.split(".")
    values = {
        "gpu.product": size.gpu_model.replace(" ", "-"),
        "gpu.count": size.gpus,
        "gpu.memory": round(model.memory_gib * _MIB_PER_GIB),
        "gpu.replicas": 1,
        "gpu.compute.major": model.capability[0],
        "gpu.compute.minor": model.capability[1],
        "gpu.machine": "Virtual-Machine",
        "mig.capable": "true" if mig.divides(size.gpu_model) else "false",
        "cuda.driver-version.full": DRIVER_VERSION,
        "cuda.driver-version.major": major,
        "cuda.driver-version.minor": minor,
        "cuda.driver-version.revision": revision,
    }
    return {f"nvidia.com/{name}": str(value) for name, value in values.items()}
