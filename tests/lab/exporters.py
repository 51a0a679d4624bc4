# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVIDIA's DCGM exporter as the lab stands in for it: which pods are one, and the text that one of a node shows. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.gpu_meters import Load, Meters

STAND_IN = "gpuops.aks lab: a stand-in for NVIDIA's DCGM exporter; its values are the lab's own"
MANAGED_PORT = 19400
_DEFAULT_PORT = 9400
_POD_RESOURCES = "/var/lib/kubelet/pod-resources"
_DRIVER = "580.105.08"
# "true" on nodes where the GPU Operator installs the driver; AKS' own is "pre-installed".
_OPERATOR_DRIVER = "nvidia.com/gpu.deploy.driver"
_COUNTERS = frozenset({"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"})


@dataclass(frozen=True)
class Exporter:
    """What an exporter's own pod says about it; mapped: it tells which pod holds a device."""

    port: int
    mapped: bool


def exporter_of(pod: Mapping[str, Any]) -> Exporter | None:
    """The exporter that a pod runs, by its image and environment; None for every other pod."""
    for container in pod["spec"]["containers"]:
        if "dcgm-exporter" in container["image"]:
            env = {each["name"]: each.get("value", "") for each in container.get("env") or ()}
            port = env.get("DCGM_EXPORTER_LISTEN", "").rpartition(":")[2] or str(_DEFAULT_PORT)
            return Exporter(int(port), mapped=env.get("DCGM_EXPORTER_KUBERNETES") == "true" and _sees_pods(pod))
    return None


def reaches_gpus(pod: Mapping[str, Any], node_labels: Mapping[str, str]) -> bool:
    """Whether the pod's container has the GPUs of its node, of which it requests none.

    AKS makes NVIDIA's runtime the default of nodes that get its driver. The toolkit of the GPU Operator only adds one, for pods with its
    RuntimeClass, if CDI is on, which it is by default.
    """
    return node_labels.get(_OPERATOR_DRIVER) != "true" or bool(pod["spec"].get("runtimeClassName"))


def _sees_pods(pod: Mapping[str, Any]) -> bool:
    """Whether it can ask the kubelet; the operator's pods can, whose volumes the lab leaves out."""
    paths = {volume.get("hostPath", {}).get("path", "").rstrip("/") for volume in pod["spec"].get("volumes") or ()}
    return _POD_RESOURCES in paths or pod["metadata"].get("labels", {}).get("app") == "nvidia-dcgm-exporter"


def exposition(node: str, loads: Iterable[Load], meters: Meters, *, mapped: bool, now: float) -> str:
    """The text of /metrics: the devices of a node, metric by metric."""
    found: dict[str, list[str]] = {}
    for load in loads:
        labels = _labels(node, load, mapped=mapped)
        for name, value in meters.values(load, now):
            found.setdefault(name, []).append(f"{name}{{{labels}}} {value}")
    lines = [f"# {STAND_IN}"]
    for name, rows in found.items():
        kind = "counter" if name in _COUNTERS else "gauge"
        lines += [f"# HELP {name} {STAND_IN}", f"# TYPE {name} {kind}", *rows]
    return "\n".join(lines) + "\n"


def _labels(node: str, load: Load, *, mapped: bool) -> str:
    gpu = load.gpu
    labels = {
        "gpu": str(gpu.gpu),
        "UUID": gpu.parent or gpu.uuid,
        "pci_bus_id": gpu.pci_bus_id,
        "device": f"nvidia{gpu.gpu}",
        "modelName": gpu.model,
        **({"GPU_I_PROFILE": gpu.slice, "GPU_I_ID": gpu.uuid[-4:]} if gpu.slice else {}),
        "Hostname": node,
        "DCGM_FI_DRIVER_VERSION": _DRIVER,
    }
    if mapped and load.holder:
        labels |= {"container": load.holder.container, "namespace": load.holder.namespace, "pod": load.holder.pod}
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
