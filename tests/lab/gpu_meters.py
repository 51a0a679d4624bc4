# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What NVIDIA's DCGM would measure on the lab's GPUs: numbers of the lab's own that follow which container holds which device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.lab.visible_gpus import VisibleGpu

_MIB = 2**20
# NVIDIA/DCGM dcgm_fields.h: what stands for a value that the device does not have.
BLANK = 9223372036854775794
# Watts at full load, as NVIDIA's data sheets give them; the lab's own number for all other models.
_POWER_W: Mapping[str, float] = MappingProxyType({"Tesla T4": 70.0, "NVIDIA A100 80GB PCIe": 300.0, "NVIDIA H100 NVL": 400.0})
_DEFAULT_POWER_W = 250.0
_RESERVED_SHARE = 0.02
# A device's fault as its libraries know it → the Xid that the driver logs of it (NVIDIA's catalog of Xid errors).
XIDS: Mapping[str, int] = MappingProxyType({"ecc": 48, "lost": 79, "lost_before": 79})
_WITHOUT_MEMORY_SENSOR = ("Tesla T4", "Tesla K80")


@dataclass(frozen=True)
class Holder:
    """The container that holds a device."""

    namespace: str
    pod: str
    container: str


@dataclass(frozen=True)
class Load:
    """A device, who holds it, and the fault that it has."""

    gpu: VisibleGpu
    holder: Holder | None = None
    fault: str = ""

    @property
    def vgpu(self) -> bool:
        """Whether it is a share of a GPU, of which DCGM's profiling module knows nothing."""
        return self.gpu.model.endswith("Q")


class Meters:
    """The counters of energy, which go on from one reading to the next."""

    def __init__(self) -> None:
        self._energy: dict[str, tuple[float, float]] = {}

    def values(self, load: Load, now: float) -> Iterator[tuple[str, float]]:
        """DCGM's fields and their values; now in seconds."""
        yield from _device(load, now)
        yield "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", self._consumed(load, now)
        if not load.vgpu:
            yield from _profiling(load, now)

    def _consumed(self, load: Load, now: float) -> float:
        """Thousandths of a joule since the first reading, at the present power."""
        since, before = self._energy.get(load.gpu.uuid, (now, 0.0))
        consumed = before + max(0.0, now - since) * power(load, now) * 1000
        self._energy[load.gpu.uuid] = (now, consumed)
        return round(consumed)


def utilization(load: Load, now: float) -> float:
    """Percent; a device that is held works, and its number moves."""
    return 88.0 + (int(now) * 7 + load.gpu.gpu * 3) % 11 if load.holder else 0.0


def power(load: Load, now: float) -> float:
    """Watts."""
    most = _POWER_W.get(load.gpu.model, _DEFAULT_POWER_W)
    return round(most * (0.13 + 0.6 * utilization(load, now) / 100), 3)


def _device(load: Load, now: float) -> Iterator[tuple[str, float]]:
    share = utilization(load, now)
    total = load.gpu.memory_bytes // _MIB
    reserved = round(total * _RESERVED_SHARE)
    used = round(total * 0.6) if load.holder else 0
    if not load.gpu.slice:
        yield "DCGM_FI_DEV_GPU_UTIL", share
        yield "DCGM_FI_DEV_MEM_COPY_UTIL", round(share / 2)
    yield "DCGM_FI_DEV_ENC_UTIL", 0
    yield "DCGM_FI_DEV_DEC_UTIL", 0
    yield "DCGM_FI_DEV_FB_USED", used
    yield "DCGM_FI_DEV_FB_FREE", total - reserved - used
    yield "DCGM_FI_DEV_FB_RESERVED", reserved
    yield "DCGM_FI_DEV_GPU_TEMP", 34 + round(share * 0.3)
    yield "DCGM_FI_DEV_MEMORY_TEMP", BLANK if load.gpu.model in _WITHOUT_MEMORY_SENSOR else 32 + round(share * 0.4)
    yield "DCGM_FI_DEV_POWER_USAGE", power(load, now)
    yield "DCGM_FI_DEV_SM_CLOCK", 1590 if load.holder else 300
    yield "DCGM_FI_DEV_MEM_CLOCK", 5000 if load.holder else 405
    yield "DCGM_FI_DEV_XID_ERRORS", XIDS.get(load.fault, 0)


def _profiling(load: Load, now: float) -> Iterator[tuple[str, float]]:
    share = utilization(load, now) / 100
    yield "DCGM_FI_PROF_GR_ENGINE_ACTIVE", round(share * 0.98, 6)
    yield "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", round(share * 0.2, 6)
    yield "DCGM_FI_PROF_DRAM_ACTIVE", round(share * 0.4, 6)
    yield "DCGM_FI_PROF_PCIE_TX_BYTES", round(share * 2e8)
    yield "DCGM_FI_PROF_PCIE_RX_BYTES", round(share * 5e8)
