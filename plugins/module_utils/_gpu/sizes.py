# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GpuSize:
    """An Azure VM size with GPUs.

    gpus: devices that Kubernetes sees on a node. retired: the date (ISO) after which Azure no longer provisions it, or "".
    successor: the size to move to, "" when none is needed.
    """

    name: str
    gpu_model: str
    gpus: int
    retired: str = ""
    successor: str = ""


# Sources: Azure's size pages and "retirements and capacity restrictions" (2026-09), NC/NCv2 per Azure/AKS#4847.
_SIZES = (
    GpuSize("Standard_NC6", "Tesla K80", 1, "2023-09-06", "Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12", "Tesla K80", 2, "2023-09-06", "Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC24", "Tesla K80", 4, "2023-09-06", "Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC6s_v2", "Tesla P100-PCIE-16GB", 1, "2023-09-06", "Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12s_v2", "Tesla P100-PCIE-16GB", 2, "2023-09-06", "Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC24s_v2", "Tesla P100-PCIE-16GB", 4, "2023-09-06", "Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC6s_v3", "Tesla V100-PCIE-16GB", 1, "2025-09-30", "Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12s_v3", "Tesla V100-PCIE-16GB", 2, "2025-09-30", "Standard_NC24ads_A100_v4"),
    GpuSize("Standard_NC24s_v3", "Tesla V100-PCIE-16GB", 4, "2025-09-30", "Standard_NC48ads_A100_v4"),
    GpuSize("Standard_NC4as_T4_v3", "Tesla T4", 1),
    GpuSize("Standard_NC8as_T4_v3", "Tesla T4", 1),
    GpuSize("Standard_NC16as_T4_v3", "Tesla T4", 1),
    GpuSize("Standard_NC64as_T4_v3", "Tesla T4", 4),
    GpuSize("Standard_NC24ads_A100_v4", "NVIDIA A100 80GB PCIe", 1),
    GpuSize("Standard_NC48ads_A100_v4", "NVIDIA A100 80GB PCIe", 2),
    GpuSize("Standard_NC96ads_A100_v4", "NVIDIA A100 80GB PCIe", 4),
    GpuSize("Standard_NC40ads_H100_v5", "NVIDIA H100 NVL", 1),
    GpuSize("Standard_NC80adis_H100_v5", "NVIDIA H100 NVL", 2),
    GpuSize("Standard_ND96asr_v4", "NVIDIA A100-SXM4-40GB", 8),
    GpuSize("Standard_ND96amsr_A100_v4", "NVIDIA A100-SXM4-80GB", 8),
    GpuSize("Standard_ND96isr_H100_v5", "NVIDIA H100 80GB HBM3", 8),
    GpuSize("Standard_ND96isr_H200_v5", "NVIDIA H200", 8),
    GpuSize("Standard_NV6ads_A10_v5", "NVIDIA A10", 1),
    GpuSize("Standard_NV12ads_A10_v5", "NVIDIA A10", 1),
    GpuSize("Standard_NV18ads_A10_v5", "NVIDIA A10", 1),
    GpuSize("Standard_NV36ads_A10_v5", "NVIDIA A10", 1),
    GpuSize("Standard_NV72ads_A10_v5", "NVIDIA A10", 2),
)
_BY_NAME = {size.name.lower(): size for size in _SIZES}


def known_size(name: str) -> GpuSize | None:
    """What this table knows of a size; Azure ignores the case of its name. None is no verdict: Azure adds sizes before we do."""
    return _BY_NAME.get(name.lower())


def gpu_model(vm_size: str) -> str:
    """The GPU as NVIDIA's tools print it, or "" for a size that the table doesn't have."""
    size = known_size(vm_size)
    return size.gpu_model if size else ""


def size_advice(vm_size: str, *, parameter: str = "vm_size") -> str:
    """What to do about a size that Azure doesn't offer, as one sentence; parameter is where the user sets it."""
    size = known_size(vm_size)
    if size and size.retired:
        return f"{size.name} ({size.gpu_model}) was retired on {size.retired}; set {parameter} to {size.successor}."
    return f"Set {parameter} to one that 'az vm list-skus --location LOCATION --size Standard_N --output table' offers."
