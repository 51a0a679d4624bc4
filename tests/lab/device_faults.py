# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of single GPUs, which hold from the next start of a container on them, and of what nodes run, until they are cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

MISSING = "missing"
NEIGHBOR = "neighbor"

# Fault → what happens. All but the last two happen in the libraries that stand in for NVIDIA's.
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "lost": "the GPU is lost while a program uses it",
        "lost_before": "the GPU is lost before a program uses it",
        "ecc": "an ECC error that cannot be corrected",
        "bit_flip": "memory returns something other than what was written",
        "peer_bit_flip": "copies between GPUs return something other than what was written",
        "slow_memory": "a tenth of the memory bandwidth",
        "ptx": "the driver does not support the version of the PTX",
        "hang": "a kernel never ends",
        "wrong_result": "the result of the arithmetic is wrong",
        "no_slice": "the GPU is in MIG mode and has no slice",
        "other_uuid": "CUDA opens another GPU than the one that was asked for",
        MISSING: "the container sees one GPU fewer than it was given",
        NEIGHBOR: "the container also sees a GPU of another pod, or else one that is free, if the node has one",
    }
)


# Of the services that AKS runs on the nodes of a managed pool, whatever their GPUs: tests/lab/services.py.
EXPORTER_LATE, EXPORTER_NEVER = "exporter-late", "exporter-never"
PLUGIN_LATE, PLUGIN_STOPPED = "plugin-late", "plugin-stopped"
NO_PROBLEM_DETECTOR = "no-problem-detector"
SERVICE_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        EXPORTER_LATE: "the DCGM exporter only starts 10 minutes after the node",
        EXPORTER_NEVER: "the DCGM exporter never starts",
        PLUGIN_LATE: "the device plugin only starts 10 minutes after the node, as where it restarts to divide its GPUs (MIG)",
        PLUGIN_STOPPED: "the device plugin has stopped",
        NO_PROBLEM_DETECTOR: "no node problem detector runs, so the node never has conditions about its services",
    }
)


# Of the components of NVIDIA's GPU Operator, where it runs: tests/lab/gpu_operator/faults.py.
DRIVER_NO_HEADERS, DRIVER_SECURE_BOOT, DRIVER_NO_IMAGE = "driver-no-headers", "driver-secure-boot", "driver-no-image"
DRIVER_UPGRADE_FAILED = "driver-upgrade-failed"
TOOLKIT_STOPS_CONTAINERD = "toolkit-stops-containerd"
VALIDATION_HANGS, CUDA_FAILS = "validation-hangs", "cuda-fails"
OPERATOR_OUT_OF_MEMORY = "operator-out-of-memory"
HOOK_HANGS, PRUNE_HANGS = "chart-hook-hangs", "nfd-prune-hangs"
RUNTIME_LOST = "runtime-configuration-lost"
OPERATOR_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        DRIVER_NO_HEADERS: "the GPU Operator's driver finds no headers of the node's kernel, and keeps failing",
        DRIVER_SECURE_BOOT: "the kernel rejects the GPU Operator's driver, which is not signed, as with Secure Boot",
        DRIVER_NO_IMAGE: "the registry has no image of the GPU Operator's driver for the node's operating system",
        DRIVER_UPGRADE_FAILED: "the GPU Operator has failed to upgrade the driver",
        TOOLKIT_STOPS_CONTAINERD: "the GPU Operator's toolkit stops containerd for good, unless RUNTIME_CONFIG_SOURCE is file",
        VALIDATION_HANGS: "the GPU Operator's validator never finds the container toolkit",
        CUDA_FAILS: "the GPU Operator's CUDA program fails",
        OPERATOR_OUT_OF_MEMORY: "the GPU Operator itself was killed for its memory, if it runs on the node",
        RUNTIME_LOST: "containerd has lost what the GPU Operator's toolkit has configured, so the node's GPUs disappear",
        HOOK_HANGS: "the registry has no image for the Jobs of the GPU Operator's chart (Helm's hooks) on the node, which never end",
        PRUNE_HANGS: "the registry has no image for the Job of node feature discovery on the node, which never ends",
    }
)
# Faults of a whole node, of which it has all that are set.
NODE_FAULTS: Mapping[str, str] = MappingProxyType({**SERVICE_FAULTS, **OPERATOR_FAULTS})


class DeviceFaultError(ValueError):
    """An unknown fault, or a device that is not named as it should be; the message says which."""


@dataclass(frozen=True)
class DeviceFault:
    """A fault of the GPU with that index, or of what the node runs if device is None, on one node, or on each node of a pool."""

    fault: str
    device: int | None
    node: str | None = None
    pool: str | None = None

    def describe(self) -> dict[str, str | int | None]:
        """The fault as JSON."""
        return asdict(self)

    def is_on(self, node: str, pool: str) -> bool:
        """Whether the fault is one of this node."""
        return self.node == node or (self.pool is not None and self.pool == pool)


class DeviceFaults:
    """The faults that are set; a GPU has one at a time, the one that was set last, and a node has all of its own."""

    def __init__(self) -> None:
        self._set: list[DeviceFault] = []

    def set(self, fault: DeviceFault) -> None:
        """Give the GPU, or what the node runs, this fault."""
        known = NODE_FAULTS if fault.device is None else FAULTS
        if fault.fault not in known:
            raise DeviceFaultError(f"There is no device fault '{fault.fault}'. These are: {', '.join(known)}")
        if (fault.node is None) == (fault.pool is None):
            raise DeviceFaultError("a device fault needs either a node or a pool")
        self._set.append(fault)

    def clear(self) -> None:
        """Repair all GPUs and nodes."""
        self._set.clear()

    def all(self) -> list[DeviceFault]:
        """The faults, in the order in which they were set."""
        return list(self._set)

    def of(self, *, node: str, pool: str, device: int) -> str:
        """The fault of a GPU; "" if it has none."""
        return next((fault.fault for fault in reversed(self._set) if fault.device == device and fault.is_on(node, pool)), "")

    def of_node(self, *, node: str, pool: str) -> frozenset[str]:
        """The faults of what a node runs."""
        return frozenset(fault.fault for fault in self._set if fault.device is None and fault.is_on(node, pool))
