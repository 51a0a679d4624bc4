# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from decimal import Decimal
from typing import Any, Iterable, Mapping

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15), "E": Decimal(10**18),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
GPU_PREFIX = "nvidia.com/"
TERMINAL_PHASES = ("Succeeded", "Failed")


def quantity(text: str | int) -> Decimal:
    """Value of a Kubernetes quantity such as 1, 500m or 2Gi."""
    text = str(text)
    number = text.rstrip("numkKMGTPEi")
    return Decimal(number) * _SUFFIXES[text[len(number) :]]


def pod_requests(pod: Mapping[str, Any], resource: str) -> int:
    """Whole units of an extended resource that a pod takes from its node, by the scheduler's rule.

    The greater of what runs together (containers and sidecars) and the peak while initialising, plus the pod's overhead; requests on
    the pod itself win. For extended resources a limit counts as the request.
    """
    spec = pod["spec"]
    own = _amount(spec.get("resources"), resource)
    if own is not None:
        return int(own + _overhead(spec, resource))
    sidecars, peak = Decimal(0), Decimal(0)
    for container in spec.get("initContainers") or ():
        amount = _amount(container.get("resources"), resource) or Decimal(0)
        if container.get("restartPolicy") == "Always":
            sidecars += amount
            peak = max(peak, sidecars)
        else:
            peak = max(peak, sidecars + amount)
    together = sum((_amount(c.get("resources"), resource) or Decimal(0) for c in spec["containers"]), sidecars)
    return int(max(together, peak) + _overhead(spec, resource))


def _amount(resources: Mapping[str, Any] | None, resource: str) -> Decimal | None:
    for kind in ("requests", "limits"):
        named = ((resources or {}).get(kind) or {}).get(resource)
        if named is not None:
            return quantity(named)
    return None


def _overhead(spec: Mapping[str, Any], resource: str) -> Decimal:
    return quantity((spec.get("overhead") or {}).get(resource, 0))


def holds_node(pod: Mapping[str, Any]) -> bool:
    """Whether the pod counts against its node: bound and not finished; a terminating pod still counts."""
    return bool(pod["spec"].get("nodeName")) and pod.get("status", {}).get("phase") not in TERMINAL_PHASES


def gpu_resources(*resource_lists: Mapping[str, Any] | None) -> list[str]:
    """The GPU resources named in any of the lists, sorted: nvidia.com/gpu, its shared form, MIG slices."""
    return sorted({name for resources in resource_lists for name in resources or () if name.startswith(GPU_PREFIX)})


def requests_by_node(pods: Iterable[Mapping[str, Any]], resource: str) -> dict[str, list[tuple[str, int]]]:
    """Node name → (namespace/name, units) of every pod that holds units of the resource there."""
    holders: dict[str, list[tuple[str, int]]] = {}
    for pod in pods:
        units = pod_requests(pod, resource) if holds_node(pod) else 0
        if units:
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            holders.setdefault(pod["spec"]["nodeName"], []).append((name, units))
    return holders
