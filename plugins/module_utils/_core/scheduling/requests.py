# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How much of a resource a pod takes from its node, by the scheduler's rules, and which resources are GPUs."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any, Dict, Mapping

from ..shared.mappings import Json
from .pods import pod_ended

Amounts = Dict[str, Decimal]

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15), "E": Decimal(10**18),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?)"
    r"(?P<suffix>[numkMGTPE]?|[KMGTPE]i)"
)
_MILLI = Decimal("0.001")
_MOST = Decimal(2**63 - 1)  # a greater one is stored as this
GPU_PREFIX = "nvidia.com/"
GPU_RESOURCE = "nvidia.com/gpu"
# NVIDIA/k8s-device-plugin README and api/config/v1: whole GPUs, shared ones that are renamed, MIG slices of the strategy mixed.
_GPU_NAME = re.compile(r"nvidia\.com/(?:gpu(?:\.shared)?|mig-.{1,60})")
# NVIDIA/kubevirt-gpu-device-plugin: the chip as in pci.ids (GA102GL_A10) or the vGPU type (NVIDIA_A10-12Q, GRID_T4-2Q), or one alias for
# all: pgpu, vgpu, as in NVIDIA/cloud-native-docs on confidential containers.
_PASSED_THROUGH = re.compile(
    r"nvidia\.com/(?:[pv]gpu|[A-Z]{2}[0-9]{2,3}[0-9A-Z]{0,4}_.{0,60}|(?:GRID|NVIDIA)_.{1,60}|.{1,60}-[0-9]{1,3}[ABCQ])"
)


def is_quantity(text: Any) -> bool:
    """Whether this is a Kubernetes quantity."""
    return _QUANTITY.fullmatch(str(text)) is not None


@lru_cache(maxsize=4096)
def quantity(text: str | int) -> Decimal:
    """The value of a Kubernetes quantity such as 1, 500m or 2Gi; 0 for a string that is not one, and at most what a quantity may be."""
    match = _QUANTITY.fullmatch(str(text))
    value = Decimal(match["number"]) * _SUFFIXES[match["suffix"]] if match else Decimal(0)
    return max(-_MOST, min(_MOST, value))


def effective_requests(pod: Json) -> Amounts:
    """What a pod takes from its node, by the rules of the scheduler and of kubectl describe (k8s.io/component-helpers/resource).

    The sum over containers and sidecars, which run together, or the peak during initialization, whichever is greater; the pod's own
    requests of cpu and memory override that; the pod's overhead is added. A limit counts as the request that the API server would derive
    from it.
    """
    spec = pod["spec"]
    actual = _actual(pod)
    together: Amounts = {}
    for container in spec["containers"]:
        _add(together, _asked(container, actual))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        if container.get("restartPolicy") == "Always":
            asked = _asked(container, actual)
            _add(together, asked)
            _add(sidecars, asked)
            _raise_to(peak, sidecars)
        else:
            moment = dict(sidecars)
            _add(moment, _asked(container, {}))
            _raise_to(peak, moment)
    _raise_to(together, peak)
    together.update(_of_the_pod_itself(pod, together))
    _add(together, _amounts(spec.get("overhead")))
    return together


def _amounts(named: Json | None) -> Amounts:
    return {name: _stored(text) for name, text in (named or {}).items()}


@lru_cache(maxsize=4096)
def _stored(text: str | int) -> Decimal:
    """The amount that the API server stores: each is rounded up to thousandths before they are added."""
    return quantity(text).quantize(_MILLI, rounding=ROUND_CEILING)


def _add(total: Amounts, more: Mapping[str, Decimal]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, Decimal(0)) + amount


def _raise_to(total: Amounts, least: Mapping[str, Decimal]) -> None:
    for name, amount in least.items():
        total[name] = max(total.get(name, amount), amount)


def _asked(container: Json, actual: Mapping[str, Json]) -> Amounts:
    """A container's requests; while it is resized in place, the greater of what it requests and what it has."""
    resources = container.get("resources") or {}
    asked = {**_amounts(resources.get("limits")), **_amounts(resources.get("requests"))}
    status = actual.get(container.get("name", ""))
    return asked if status is None else _with_held(asked, status, infeasible=status["infeasible"])


def _with_held(asked: Amounts, status: Json, *, infeasible: bool) -> Amounts:
    """What counts while the kubelet reports what it has allocated; the requests do not if the resize is infeasible."""
    counted = {} if infeasible else asked
    for held in ((status.get("resources") or {}).get("requests"), status.get("allocatedResources")):
        _raise_to(counted, _amounts(held))
    return counted


def _actual(pod: Json) -> dict[str, Json]:
    """What containers have according to the kubelet, by their name."""
    status = pod.get("status") or {}
    infeasible = _resize_is_infeasible(status)
    statuses = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    # {} is a report too: the container has no requests yet.
    return {each["name"]: {**each, "infeasible": infeasible} for each in statuses if each.get("resources") is not None}


def _resize_is_infeasible(status: Json) -> bool:
    conditions = status.get("conditions") or ()
    return any(each["type"] == "PodResizePending" and each.get("reason") == "Infeasible" for each in conditions)


def _of_the_pod_itself(pod: Json, of_containers: Mapping[str, Decimal]) -> Amounts:
    """What the pod requests as a whole, or has while it is resized; its limit is a request only if no container has one."""
    resources, status = pod["spec"].get("resources") or {}, pod.get("status") or {}
    limits = _amounts(resources.get("limits"))
    asked = {**{name: amount for name, amount in limits.items() if name not in of_containers}, **_amounts(resources.get("requests"))}
    counted = asked
    if status.get("resources") is not None:
        counted = _with_held(dict(asked), status, infeasible=_resize_is_infeasible(status))
    supported = [name for name in asked if name in ("cpu", "memory") or name.startswith("hugepages-")]
    return {name: counted.get(name, Decimal(0)) for name in supported}


def holds_node(pod: Json) -> bool:
    """Whether the pod counts against its node: bound and not finished; a terminating pod still counts."""
    return bool(pod["spec"].get("nodeName")) and not pod_ended(pod)


def asks_for_gpus(pod: Json) -> bool:
    """Whether a container of the pod names a GPU resource."""
    containers = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
    lists = ((each.get("resources") or {}).get(kind) for each in containers for kind in ("limits", "requests"))
    return any(name.startswith(GPU_PREFIX) for named in lists for name in named or ())


def is_gpu_resource(name: str, labels: Mapping[str, Any] | None = None) -> bool:
    """Whether a resource gives containers a GPU, or a share or slice of one.

    NVIDIA's plugin uses these names, and GPU feature discovery labels the node with every resource that the plugin's configuration
    renames. The prefix alone is not enough: nvidia.com/hostdev is a network card, nvidia.com/pgpu a GPU for virtual machines.
    """
    return bool(_GPU_NAME.fullmatch(name)) or (name.startswith(GPU_PREFIX) and f"{name}.product" in (labels or {}))


def passes_to_machines(name: str) -> bool:
    """Whether a resource passes GPUs or vGPUs through to virtual machines, so that containers cannot use them."""
    return bool(_PASSED_THROUGH.fullmatch(name))


def gpu_resources(*resource_lists: Mapping[str, Any] | None, labels: Mapping[str, Any] | None = None) -> list[str]:
    """The GPU resources named in any of the lists, sorted: nvidia.com/gpu, its shared form, MIG slices."""
    return sorted({name for resources in resource_lists for name in resources or () if is_gpu_resource(name, labels)})
