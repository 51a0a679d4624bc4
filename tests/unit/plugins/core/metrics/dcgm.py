# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in the form in which NVIDIA's DCGM exporter shows its metrics (NVIDIA/dcgm-exporter, 2026-05-12), with values of our own."""

from __future__ import annotations

from collections.abc import Mapping

UUID = "GPU-5c1f3a70-0b0e-4f43-9d3a-1b3a5a0d7c11"
BLANK = 9223372036854775794
BUSY: Mapping[str, float] = {
    "DCGM_FI_DEV_GPU_UTIL": 93,
    "DCGM_FI_DEV_FB_USED": 9012,
    "DCGM_FI_DEV_FB_FREE": 5600,
    "DCGM_FI_DEV_FB_RESERVED": 297,
    "DCGM_FI_DEV_MEMORY_TEMP": BLANK,
    "DCGM_FI_DEV_POWER_USAGE": 61.25,
    "DCGM_FI_DEV_XID_ERRORS": 0,
}
PROFILED: Mapping[str, float] = {**BUSY, "DCGM_FI_PROF_GR_ENGINE_ACTIVE": 0.91}


def labels(gpu: str = "0", **more: str) -> dict[str, str]:
    """The labels of a device, and those that the sample is to have besides."""
    own = {"gpu": gpu, "UUID": UUID, "pci_bus_id": "00000001:00:00.0", "device": f"nvidia{gpu}", "modelName": "Tesla T4"}
    return {**own, "Hostname": "aks-gpunp-1-vmss000000", **more}


def text(values: Mapping[str, float] = BUSY, **more: str) -> str:
    """What an exporter shows of one device."""
    shown = ",".join(f'{name}="{value}"' for name, value in labels(**more).items())
    lines = (f"# HELP {name} Help.\n# TYPE {name} gauge\n{name}{{{shown}}} {value}\n" for name, value in values.items())
    return "".join(lines)
