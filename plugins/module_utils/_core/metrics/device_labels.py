# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which device, and whose, a sample is about, by its labels: they are spelled differently by version, and a Prometheus renames some."""

from __future__ import annotations

from sys import intern
from typing import Mapping, NamedTuple

# NVIDIA/dcgm-exporter internal/pkg/rendermetrics: Hostname became hostname with #655 (2026-05-12); pod_name and so on are of 2020.
_HOSTS = ("Hostname", "hostname")
# A Prometheus that does not honor labels keeps pod, namespace and container for the exporter's own, and renames the workload's
# (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config, honor_labels).
_PLAIN = {name: name for name in ("pod", "namespace", "container")}
_RENAMED = {name: f"exported_{name}" for name in _PLAIN}
_OLD = {"pod": "pod_name", "namespace": "pod_namespace", "container": "container_name"}
_EXPORTER = "dcgm-exporter"
_FACTS = {"uuid": "UUID", "model": "modelName", "pci_bus_id": "pci_bus_id", "mig_profile": "GPU_I_PROFILE", "mig_id": "GPU_I_ID"}
Labels = Mapping[str, str]


class DeviceKey(NamedTuple):
    """A GPU of a node, or an instance of one that is divided by MIG: what identifies a sample where other labels are dropped."""

    node: str
    gpu: str
    mig_id: str


def device_key(labels: Labels, node: str = "") -> DeviceKey | None:
    """The device of a sample, None if it is not about one. node: that of the exporter, if it is known better than by labels."""
    gpu = labels.get("gpu", "")
    host = node or host_of(labels)
    return DeviceKey(intern(host), intern(gpu), intern(labels.get("GPU_I_ID", ""))) if gpu and host else None


def host_of(labels: Labels) -> str:
    """The node that a sample is from: as the exporter calls it, or else the instance, which is the node's name on managed pools."""
    named = next((labels[name] for name in _HOSTS if labels.get(name)), "")
    return named or labels.get("node", "") or labels.get("instance", "").partition(":")[0]


def device_facts(labels: Labels) -> dict[str, str | None]:
    """What the labels tell about the device and its workload; None where they don't."""
    told = {name: labels.get(label) or None for name, label in _FACTS.items()}
    return {**told, **_workload(labels)}


def _workload(labels: Labels) -> dict[str, str | None]:
    spelled = next((names for names in (_RENAMED, _OLD) if not labels.keys().isdisjoint(names.values())), _PLAIN)
    if spelled is _PLAIN and _EXPORTER in labels.get("pod", ""):  # an idle device, whose only pod is the exporter's own
        return dict.fromkeys(_PLAIN)
    return {name: labels.get(label) or None for name, label in spelled.items()}
