# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of pods and where they fit, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.lab.programs import BROKEN_DEVICE_PLUGIN

DEVICE_PLUGINS_DIRECTORY = "/var/lib/kubelet/device-plugins"

Pod = Mapping[str, Any]

_SUFFIXES = {
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}
_BLOCKING_EFFECTS = frozenset({"NoSchedule", "NoExecute"})


def is_device_plugin(pod: Pod) -> bool:
    """Whether a pod can register devices with its kubelet: a container mounts the directory of the kubelet's sockets.

    Names, labels and images differ from one manifest to the next; no plugin works without this mount.
    """
    volumes = {
        volume["name"]
        for volume in pod["spec"].get("volumes", [])
        if volume.get("hostPath", {}).get("path", "").rstrip("/") == DEVICE_PLUGINS_DIRECTORY
    }
    containers = [container for container in pod["spec"]["containers"] if container["image"] != BROKEN_DEVICE_PLUGIN]
    return any(mount["name"] in volumes for container in containers for mount in container.get("volumeMounts", []))


def mig_strategy(plugin: Pod) -> str:
    """The MIG strategy of a device plugin, as it reads it: arguments before environment. A configuration file isn't looked at."""
    containers = plugin["spec"]["containers"]
    words: list[str] = [word for container in containers for word in (*container.get("command", ()), *container.get("args", ()))]
    for word, following in pairwise([*words, ""]):
        name, given, value = word.partition("=")
        if name == "--mig-strategy":
            return value if given else following
    env: dict[str, str] = {item["name"]: item.get("value", "") for container in containers for item in container.get("env", ())}
    return env.get("MIG_STRATEGY") or "none"


def is_serving(pod: Pod) -> bool:
    """Whether a pod runs, is ready and is not being deleted."""
    conditions = {condition["type"]: condition["status"] for condition in pod["status"].get("conditions", [])}
    return "deletionTimestamp" not in pod["metadata"] and pod["status"].get("phase") == "Running" and conditions.get("Ready") == "True"


def is_unschedulable(pod: Pod) -> bool:
    """Whether the scheduler has found no node for a pod."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod["status"].get("conditions", [])
    return any(condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable" for condition in conditions)


def names_its_node(pod: Pod) -> bool:
    """Whether the pod's affinity requires a node by its name, so that no new node takes it."""
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ()
    return bool(terms) and all(term.get("matchFields") for term in terms)


def fits(pod: Pod, *, labels: Mapping[str, str], taints: Sequence[Mapping[str, str]], free: Mapping[str, Decimal]) -> bool:
    """Whether a node with these free resources admits the pod, by taints, node selector and requests; affinity is ignored."""
    spec = pod["spec"]
    tolerated = all(_tolerated(taint, spec.get("tolerations", [])) for taint in taints if taint["effect"] in _BLOCKING_EFFECTS)
    selected = spec.get("nodeSelector", {}).items() <= labels.items()
    return tolerated and selected and all(free.get(name, Decimal(0)) >= need for name, need in requests(pod).items())


def _tolerated(taint: Mapping[str, str], tolerations: Sequence[Mapping[str, str]]) -> bool:
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def _tolerates(toleration: Mapping[str, str], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key", taint["key"]) == taint["key"]
    return toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", "")


def requests(pod: Pod) -> dict[str, Decimal]:
    """The sum of the pod's requests; the API server has set requests where only limits were given."""
    total: dict[str, Decimal] = {}
    for container in pod["spec"]["containers"]:
        for name, text in container.get("resources", {}).get("requests", {}).items():
            total[name] = total.get(name, Decimal(0)) + quantity(text)
    return total


def quantity(text: str) -> Decimal:
    """A Kubernetes quantity as a number."""
    suffix = next((suffix for suffix in sorted(_SUFFIXES, key=len, reverse=True) if text.endswith(suffix)), "")
    return Decimal(text.removesuffix(suffix)) * _SUFFIXES.get(suffix, Decimal(1))
