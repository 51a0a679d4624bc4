# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A node as the diagnosis and the scheduler's rules see it: its GPU counts, who holds them, its capacity and hardware.

A plain type at the bottom, so that everything that judges nodes can share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Mapping, NamedTuple, Sequence

from ..sizes.lookup import may_have_gpus
from .conditions import NodeCondition
from .dra import NO_DEVICES, NodeDevices
from .managed import UNHEALTHY, service_states
from .taints import Taint


class Resource(NamedTuple):
    """Counts of one GPU resource of a node, in whole devices."""

    capacity: int
    allocatable: int
    requested: int
    free: int


STARTING_SECONDS = 15 * 60  # until the GPUs of a new node can be allocated; a node with MIG restarts once before that


@dataclass(frozen=True)
class NodeInfo:
    """What the scheduler's filters use of a node. used is None if not all pods of the node were read."""

    taints: Sequence[Taint]
    allocatable: Mapping[str, Decimal]
    used: Mapping[str, Decimal] | None
    pods: int
    holders: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


# The lab's nodes have this label, so that a proof from the lab is not mistaken for one from Azure.
SIMULATED_LABEL = "gpuops-aks-lab/simulated"


@dataclass(frozen=True)
class Hardware:
    """The machine's GPUs, as opposed to what the node offers. physical is 0 if unknown; replicas is the number of shares of each GPU."""

    physical: int = 0
    replicas: int = 1
    sharing: str = "none"


@dataclass(frozen=True)
class GpuNode:
    """The state of a node with regard to one GPU resource. Counts are whole devices; holders are (namespace/pod, units)."""

    name: str
    pool: str
    vm_size: str
    gpu_model: str
    image_version: str
    ready: bool
    cordoned: bool
    capacity: int
    allocatable: int
    holders: tuple[tuple[str, int], ...]
    taints: tuple[str, ...]
    builtin_plugin: str | None
    info: NodeInfo
    conditions: tuple[NodeCondition, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    hardware: Hardware = Hardware()
    dra: NodeDevices = NO_DEVICES
    unlisted: Mapping[str, int] = field(default_factory=dict)  # offered under NVIDIA's prefix, and not known as GPUs for containers
    windows: bool = False
    containerd: str = ""  # the container runtime and its version, as in containerd://2.1.4
    driver: str = ""  # the version of NVIDIA's driver, if GPU feature discovery runs
    uid: str = ""  # a node that is created anew under the same name has another one

    @property
    def requested(self) -> int:
        """Devices that pods on the node use."""
        return sum(units for _unused, units in self.holders)

    @property
    def free(self) -> int:
        """Devices that a new pod could get if the node were schedulable. DRA's devices count if the kubelet offers none."""
        return max(0, self.allocatable - self.requested) if self.allocatable else self.dra.free

    @property
    def offered(self) -> int:
        """Devices that the node offers, in use or not, through a device plugin or DRA."""
        return self.allocatable or self.dra.devices

    @property
    def schedulable(self) -> bool:
        """Whether a pod that tolerates the node's taints would get a GPU here now."""
        return self.ready and not self.cordoned and self.free > 0

    @property
    def serves(self) -> bool:
        """Whether the node offers all its GPUs to Kubernetes, in use or not, and nothing says that its own device plugin is broken."""
        by_plugin = 0 < self.capacity == self.allocatable and not self.plugin_is_broken
        return self.ready and (by_plugin or (not self.capacity and self.dra.devices > 0))

    @property
    def services(self) -> dict[str, str]:
        """The states of the services of a node of a managed pool; empty for any other node."""
        return service_states(self.labels, self.conditions)

    @property
    def plugin_is_broken(self) -> bool:
        """Whether AKS reports that the device plugin of the managed node does not run."""
        return self.services.get("device_plugin") == UNHEALTHY

    @property
    def ready_since(self) -> str:
        """When the node last became Ready, in Kubernetes' form; "" if it is not, or is not known."""
        return next((each.since for each in self.conditions if (each.type, each.status) == ("Ready", "True")), "")

    @property
    def versions(self) -> list[str]:
        """What is known of the versions that run on the node."""
        known = {"node image": self.image_version, "driver": self.driver, "container runtime": self.containerd}
        return [f"{name} {version}" for name, version in known.items() if version]

    @property
    def has_no_gpu(self) -> bool:
        """Whether the machine has no GPU, according to its size and everything else known about it."""
        return not (
            may_have_gpus(self.vm_size) or self.offered or self.capacity or self.hardware.physical or self.unlisted or self.resources
        )

    @property
    def has_lost_devices(self) -> bool:
        """Whether the node still offers some devices but no longer all of them."""
        return self.ready and 0 < self.allocatable < self.capacity

    def is_alike(self, other: GpuNode) -> bool:
        """Whether the two have the same size and the same image, so that what differs is the machine."""
        return bool(self.image_version) and (self.vm_size, self.image_version) == (other.vm_size, other.image_version)

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {
            "name": self.name,
            "pool": self.pool,
            "vm_size": self.vm_size,
            "gpu_model": self.gpu_model,
            "image_version": self.image_version,
            "driver_version": self.driver,
            "container_runtime": self.containerd,
            "simulated": self.labels.get(SIMULATED_LABEL) == "true",
            "ready": self.ready,
            "cordoned": self.cordoned,
            "capacity": self.capacity,
            "allocatable": self.allocatable,
            "requested": self.requested,
            "free": self.free,
            "resources": {name: counts._asdict() for name, counts in self.resources.items()},
            "physical": self.hardware.physical,
            "replicas": self.hardware.replicas,
            "sharing": self.hardware.sharing,
            "dra": {"devices": self.dra.devices, "allocated": self.dra.allocated, "free": self.dra.free},
            "taints": list(self.taints),
            "conditions": [
                {"type": each.type, "status": each.status, "reason": each.reason, "message": each.message}
                for each in self.conditions
                if each.concerns_gpu
            ],
            "services": self.services,
            "schedulable": self.schedulable,
        }
