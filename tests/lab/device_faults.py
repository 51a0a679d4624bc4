# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of single GPUs, which hold from the next start of a container on them until they are cleared."""

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


class DeviceFaultError(ValueError):
    """An unknown fault, or a device that is not named as it should be; the message says which."""


@dataclass(frozen=True)
class DeviceFault:
    """A fault of the GPU with that index on one node, or on each node of a pool."""

    fault: str
    device: int
    node: str | None = None
    pool: str | None = None

    def describe(self) -> dict[str, str | int | None]:
        """The fault as JSON."""
        return asdict(self)

    def meets(self, node: str, pool: str, device: int) -> bool:
        """Whether the GPU with this index on this node is the fault's."""
        return self.device == device and (self.node == node or (self.pool is not None and self.pool == pool))


class DeviceFaults:
    """The faults that are set; a GPU has one at a time, the one that was set last."""

    def __init__(self) -> None:
        self._set: list[DeviceFault] = []

    def set(self, fault: DeviceFault) -> None:
        """Give the GPU this fault."""
        if fault.fault not in FAULTS:
            raise DeviceFaultError(f"There is no device fault '{fault.fault}'. These are: {', '.join(FAULTS)}")
        if (fault.node is None) == (fault.pool is None):
            raise DeviceFaultError("a device fault needs either a node or a pool")
        self._set.append(fault)

    def clear(self) -> None:
        """Repair all GPUs."""
        self._set.clear()

    def all(self) -> list[DeviceFault]:
        """The faults, in the order in which they were set."""
        return list(self._set)

    def of(self, *, node: str, pool: str, device: int) -> str:
        """The fault of a GPU; "" if it has none."""
        return next((fault.fault for fault in reversed(self._set) if fault.meets(node, pool, device)), "")
