# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Any, Mapping

from .._errors import InvalidInputError
from .pool_values import value_at
from .sizes import known_size

_MANAGED = "https://learn.microsoft.com/azure/aks/aks-managed-gpu-nodes"


def validate_gpu(properties: Mapping[str, Any]) -> None:
    """Refuse GPU options that contradict each other or the size. Raises InvalidInputError."""
    if value_at(properties, ("gpuProfile", "nvidia", "managementMode")) == "Managed":
        _validate_managed(properties)
    if properties.get("gpuInstanceProfile"):
        _validate_mig(properties)


def _validate_managed(properties: Mapping[str, Any]) -> None:
    if value_at(properties, ("gpuProfile", "driver")) == "None":
        raise _contradiction(
            "gpu_management_mode is Managed and gpu_driver is None.",
            "A managed GPU pool includes the driver; Azure would ignore gpu_driver: None.",
            "Leave gpu_driver out, or set gpu_management_mode: Unmanaged and bring everything yourself.",
        )
    if properties.get("enableAutoScaling"):
        raise _contradiction(
            "gpu_management_mode is Managed and enable_auto_scaling is true.",
            f"The cluster autoscaler does not support managed GPU pools ({_MANAGED}).",
            "Set enable_auto_scaling: false and a count, or gpu_management_mode: Unmanaged with a device plugin of your own.",
        )
    if value_at(properties, ("osType",)) == "Windows":
        raise _contradiction(
            "gpu_management_mode is Managed and os_type is Windows.",
            f"Azure manages NVIDIA GPUs on Linux only ({_MANAGED}).",
            "Set gpu_management_mode: Unmanaged, or os_type: Linux.",
        )


def _validate_mig(properties: Mapping[str, Any]) -> None:
    profile = properties["gpuInstanceProfile"]
    size = known_size(properties.get("vmSize") or "")
    if size is not None and not size.series.mig:
        raise _contradiction(
            f"gpu_instance_profile is {profile}, and a {size.name} has {size.gpu_model} GPUs.",
            "Only A100, H100 and H200 GPUs can be divided (https://learn.microsoft.com/azure/aks/gpu-multi-instance).",
            "Leave gpu_instance_profile out, or set vm_size to a size with such GPUs, like Standard_NC24ads_A100_v4.",
        )
    if value_at(properties, ("osType",)) == "Windows":
        raise _contradiction(
            f"gpu_instance_profile is {profile} and os_type is Windows.",
            "AKS divides GPUs on Linux only (https://learn.microsoft.com/azure/aks/gpu-multi-instance).",
            "Leave gpu_instance_profile out, or set os_type: Linux.",
        )


def _contradiction(problem: str, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="ContradictingOptions", cause=cause, remedy=remedy)
