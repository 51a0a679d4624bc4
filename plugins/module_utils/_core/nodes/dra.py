# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Devices that Kubernetes allocates with dynamic resource allocation (DRA): published, allocated and free ones for each node."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable, Iterable, Mapping, NamedTuple, Sequence, Tuple

from ..shared.mappings import Json

Device = Tuple[str, str, str]  # driver, pool, name
Terms = Sequence[Tuple[str, str, str]]  # what a class demands of a device: domain, attribute, value
GPU_DRIVER = "gpu.nvidia.com"  # kubernetes-sigs/dra-driver-nvidia-gpu
# The selectors that NVIDIA's driver and its documentation use; https://kubernetes.io/docs/reference/using-api/cel/ has more.
_TERM = re.compile(
    r"""\s*device\.(?:(?P<driver>driver)|attributes\[(?P<q>['"])(?P<domain>[^'"]+)(?P=q)\]\.(?P<name>\w+))"""
    r"""\s*==\s*(?P<v>['"])(?P<value>[^'"]*)(?P=v)\s*"""
)


@dataclass(frozen=True)
class NodeDevices:
    """Devices that a DRA driver publishes on one node, and the claims that hold them: (namespace/pod, devices)."""

    devices: int = 0
    allocated: int = 0
    holders: tuple[tuple[str, int], ...] = ()

    @property
    def free(self) -> int:
        """Devices that are not held by a claim."""
        return self.devices - self.allocated


NO_DEVICES = NodeDevices()


@dataclass(frozen=True)
class DynamicDevices:
    """Devices that Kubernetes allocates with DRA.

    classes: the device classes for pods that request the extended resource; without one, only a ResourceClaim can request them.
    unread: classes whose selectors cannot be evaluated here; their devices are not counted.
    """

    classes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    nodes: Mapping[str, NodeDevices] = field(default_factory=dict)

    def on(self, node: str) -> NodeDevices:
        """The devices of one node."""
        return self.nodes.get(node, NO_DEVICES)


def classes_for(classes: Iterable[Json], resource: str) -> list[Json]:
    """The device classes for pods that request this extended resource."""
    return [each for each in classes if (each.get("spec") or {}).get("extendedResourceName") == resource]


def dynamic_devices(classes: Sequence[Json], slices: Sequence[Json], claims: Iterable[Json]) -> DynamicDevices:
    """The devices of these classes on each node, with the claims that hold them.

    Args:
        classes: The device classes of the resource. Without one, all GPUs that NVIDIA's driver publishes count.
        slices: All ResourceSlices of the cluster.
        claims: All ResourceClaims of the cluster.
    """
    terms = {each["metadata"]["name"]: _terms(each) for each in classes}
    known = [each for each in terms.values() if each is not None]

    def selected(driver: str, device: Json) -> bool:
        return any(_selected(each, driver, device) for each in known) if terms else _is_gpu(driver, device)

    places = _places(selected, slices)
    taken = _taken(claims)
    return DynamicDevices(
        classes=tuple(sorted(terms)),
        unread=tuple(sorted(name for name, selectors in terms.items() if selectors is None)),
        nodes={node: _on_node(units, taken) for node, units in sorted(places.items())},
    )


class _Unit(NamedTuple):
    """A device, with the UUID of the GPU that it is or is a slice of, "" if it has none."""

    key: Device
    card: str
    is_slice: bool


def _places(selected: Callable[[str, Json], bool], slices: Sequence[Json]) -> dict[str, list[_Unit]]:
    """Node → its devices that are selected and have no taint."""
    places: dict[str, list[_Unit]] = {}
    for driver, key, node, device in _published(slices):
        if not _tainted(device) and selected(driver, device):
            parent = _attribute(device, driver, driver, "parentUUID")
            card = parent or _attribute(device, driver, driver, "uuid") or ""
            places.setdefault(node, []).append(_Unit(key, card, parent is not None))
    return places


def _is_gpu(driver: str, device: Json) -> bool:
    """Whether NVIDIA's driver publishes the device for containers, as a GPU or a MIG slice."""
    return driver == GPU_DRIVER and _attribute(device, driver, driver, "type") in ("gpu", "mig", None)


def _on_node(units: Sequence[_Unit], taken: Mapping[Device, str]) -> NodeDevices:
    """The devices of a node. A GPU counts once if it can also be had in slices, and is held if one of them is."""
    groups = _groups(units)
    pods = [{taken[key] for key in keys if key in taken} for keys in groups]
    held = [pod for each in pods for pod in each]
    return NodeDevices(len(groups), sum(map(bool, pods)), tuple(sorted({pod: held.count(pod) for pod in held}.items())))


def _groups(units: Sequence[_Unit]) -> list[list[Device]]:
    """The devices, those together that are one GPU: the whole and its slices."""
    whole = {unit.card for unit in units if not unit.is_slice and unit.card}
    groups: dict[object, list[Device]] = {}
    for unit in units:
        groups.setdefault(unit.card if unit.card in whole else unit.key, []).append(unit.key)
    return list(groups.values())


def _published(slices: Sequence[Json]) -> Iterable[tuple[str, Device, str, Json]]:
    """Driver, key, node and content of each device that the scheduler considers: of a pool's newest generation, if that is complete."""
    pools: dict[tuple[str, str], list[Json]] = {}
    for each in slices:
        pools.setdefault((each["spec"]["driver"], each["spec"]["pool"]["name"]), []).append(each["spec"])
    for (driver, pool), specs in pools.items():
        for spec in _current(specs):
            for device in spec.get("devices") or ():
                node = spec.get("nodeName") or device.get("nodeName")
                if node:
                    yield driver, (driver, pool, device["name"]), node, device


def _current(specs: Sequence[Json]) -> Sequence[Json]:
    """The slices of a pool's newest generation, or none while the generation is incomplete."""
    newest = max(spec["pool"].get("generation", 0) for spec in specs)
    current = [spec for spec in specs if spec["pool"].get("generation", 0) == newest]
    return current if len(current) >= current[0]["pool"].get("resourceSliceCount", 1) else ()


def _terms(device_class: Json) -> Terms | None:
    """What the class requires of a device: (domain, attribute, value), the driver under domain "". None if it requires anything else."""
    terms: list[tuple[str, str, str]] = []
    for selector in (device_class.get("spec") or {}).get("selectors") or ():
        for text in ((selector.get("cel") or {}).get("expression") or "").split("&&"):
            match = _TERM.fullmatch(text)
            if match is None:
                return None
            terms.append((match["domain"] or "", match["name"] or "", match["value"]))
    return terms


def _selected(terms: Terms, driver: str, device: Json) -> bool:
    return all(value == (_attribute(device, driver, domain, name) if domain else driver) for domain, name, value in terms)


def _attribute(device: Json, driver: str, domain: str, name: str) -> str | None:
    """An attribute's string value; an attribute without a domain is in the driver's domain."""
    attributes = device.get("attributes") or (device.get("basic") or {}).get("attributes") or {}
    found = attributes.get(f"{domain}/{name}") or (attributes.get(name) if domain == driver else None)
    return (found or {}).get("string")


def _tainted(device: Json) -> bool:
    """Whether a taint of the driver or an administrator keeps new pods off the device."""
    return any(taint.get("effect") in ("NoSchedule", "NoExecute") for taint in device.get("taints") or ())


def _holder(claim: Json) -> str:
    """The pod that uses a claim, or else the claim itself."""
    users = (claim.get("status") or {}).get("reservedFor") or [claim["metadata"]]
    return f"{claim['metadata']['namespace']}/{users[0]['name']}"


def _taken(claims: Iterable[Json]) -> dict[Device, str]:
    """Allocated devices with their holders. Admin access does not occupy a device."""
    taken: dict[Device, str] = {}
    for claim in claims:
        status = claim.get("status") or {}
        for result in ((status.get("allocation") or {}).get("devices") or {}).get("results") or ():
            if not result.get("adminAccess"):
                taken[(result["driver"], result["pool"], result["device"])] = _holder(claim)
    return taken
