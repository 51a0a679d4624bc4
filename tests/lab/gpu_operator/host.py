# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node is for the operator's pods on it: who brought the driver, what its containerd knows, what has been validated; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab import devices, pods
from tests.lab.gpu_operator.marks import CUDA_VALIDATOR, part_of
from tests.lab.gpu_operator.operands import DRIVER, TOOLKIT

# On a node whose containerd has stopped; only another machine gets rid of it. KWOK leaves such a node's conditions alone.
STOPPED = "gpuops-aks-lab/stopped"
# The name of a part of the operator, and its pod.
_Part = tuple[str, Mapping[str, Any]]
_AKS_RUNTIME, _TOOLKIT_RUNTIME = "nvidia-container-runtime", ("nvidia", "nvidia-cdi", "nvidia-legacy")


@dataclass(frozen=True)
class Host:
    """brings_driver: AKS has installed it. driver, toolkit: whether the node has one that works. runtimes: those of containerd.

    toolkit_comes: a pod of the operator's toolkit is on the node and not ready yet. validated: the CUDA program has run.
    offers: GPUs are allocatable. faults: of the operator's components on this node.
    """

    brings_driver: bool
    driver: bool
    toolkit: bool
    toolkit_comes: bool
    runtimes: frozenset[str]
    validated: bool
    offers: bool
    stopped: bool
    faults: frozenset[str]


def host(node: Mapping[str, Any], pods_on_it: Iterable[Mapping[str, Any]], *, brings_driver: bool, faults: Collection[str] = ()) -> Host:
    """The node as its pods find it."""
    parts = [(part_of(pod), pod) for pod in pods_on_it]
    has_toolkit = _serves(parts, TOOLKIT.name)
    comes = _has(parts, TOOLKIT.name) and not has_toolkit
    own = (_AKS_RUNTIME,) if brings_driver else ()
    return Host(
        brings_driver=brings_driver,
        driver=brings_driver or _serves(parts, DRIVER.name),
        toolkit=has_toolkit or (brings_driver and not comes),
        toolkit_comes=comes,
        runtimes=frozenset({*own, *(_TOOLKIT_RUNTIME if has_toolkit else ())}),
        validated=_has(parts, CUDA_VALIDATOR, _has_succeeded),
        offers=bool(devices.available(node)),
        stopped=STOPPED in (node["metadata"].get("annotations") or {}),
        faults=frozenset(faults),
    )


def _serves(parts: Iterable[_Part], name: str) -> bool:
    return _has(parts, name, pods.is_serving)


def _has(parts: Iterable[_Part], name: str, is_so: Callable[[Mapping[str, Any]], bool] = bool) -> bool:
    """Whether a pod of that part is so; without a question, whether there is one."""
    return any(part == name and is_so(pod) for part, pod in parts)


def _has_succeeded(pod: Mapping[str, Any]) -> bool:
    return bool(pod["status"].get("phase") == "Succeeded")


def driven(current_pods: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The names of nodes on which the operator's driver and toolkit are ready."""
    serving = [(part_of(pod), pod["spec"].get("nodeName", "")) for pod in current_pods if pods.is_serving(pod)]
    drivers, toolkits = ({node for part, node in serving if part == operand.name} for operand in (DRIVER, TOOLKIT))
    return frozenset(drivers & toolkits)
