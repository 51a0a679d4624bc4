# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The results of CUDA's driver API and of NVML that are failures: whose fault each is, and what ends it.

Names and meanings are those of the proof program's table, which runs in a pod and can import nothing of this.
"""

from __future__ import annotations

from typing import Mapping

from ..._proof.codes import CUDA, NVML, Codes
from .fault import Action, Fault, Owner

_CUDA_SOURCE = "https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult)"
_NVML_SOURCE = "https://docs.nvidia.com/deploy/nvml-api/ (nvmlReturn_t)"
# What a call returns because the program asked for something wrong is the default: it is the application's fault.
_DEFAULT = (Owner.APPLICATION, Action.RESTART)
_JUDGED: Mapping[tuple[Owner, Action], frozenset[str]] = {
    (Owner.HARDWARE, Action.RESET): frozenset(
        {"CUDA_ERROR_ECC_UNCORRECTABLE", "CUDA_ERROR_HARDWARE_STACK_ERROR", "CUDA_ERROR_CONTAINED", "NVML_ERROR_RESET_REQUIRED"}
    ),
    (Owner.HARDWARE, Action.REPLACE): frozenset({"NVML_ERROR_GPU_IS_LOST", "NVML_ERROR_IRQ_ISSUE"}),
    (Owner.HARDWARE, Action.REPORT): frozenset({"NVML_ERROR_CORRUPTED_INFOROM", "NVML_ERROR_INSUFFICIENT_POWER"}),
    (Owner.FABRIC, Action.RESET): frozenset({"CUDA_ERROR_NVLINK_UNCORRECTABLE"}),
    (Owner.FABRIC, Action.REPLACE): frozenset({"CUDA_ERROR_SYSTEM_NOT_READY", "CUDA_ERROR_FABRIC_NOT_READY", "NVML_ERROR_NOT_READY"}),
    (Owner.DRIVER, Action.REPLACE): frozenset(
        {
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "CUDA_ERROR_DEVICE_NOT_LICENSED", "NVML_ERROR_LIB_RM_VERSION_MISMATCH",
            "NVML_ERROR_DRIVER_NOT_LOADED", "NVML_ERROR_VGPU_ECC_NOT_SUPPORTED",
        }
    ),
    (Owner.DRIVER, Action.UPGRADE): frozenset(
        {
            "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "CUDA_ERROR_INSUFFICIENT_LOADER_VERSION",
            "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "NVML_ERROR_FUNCTION_NOT_FOUND", "NVML_ERROR_ARGUMENT_VERSION_MISMATCH",
        }
    ),
    (Owner.HOST, Action.RESTART): frozenset(
        {
            "CUDA_ERROR_OPERATING_SYSTEM", "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND",
            "CUDA_ERROR_STUB_LIBRARY", "CUDA_ERROR_NO_DEVICE", "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "CUDA_ERROR_MPS_CONNECTION_FAILED",
            "CUDA_ERROR_MPS_RPC_FAILURE", "CUDA_ERROR_MPS_SERVER_NOT_READY", "NVML_ERROR_OPERATING_SYSTEM", "NVML_ERROR_MEMORY",
            "NVML_ERROR_LIBRARY_NOT_FOUND", "NVML_ERROR_GPU_NOT_FOUND",
        }
    ),
    (Owner.UNCLEAR, Action.RESTART): frozenset(
        {
            "CUDA_ERROR_UNKNOWN", "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA_ERROR_LAUNCH_TIMEOUT", "CUDA_ERROR_TIMEOUT",
            "CUDA_ERROR_EXTERNAL_DEVICE", "CUDA_ERROR_KEY_ROTATION", "NVML_ERROR_UNKNOWN", "NVML_ERROR_TIMEOUT",
        }
    ),
}  # fmt: skip
_BY_NAME = {name: judged for judged, names in _JUDGED.items() for name in names}


def _faults(kind: str, codes: Codes, source: str) -> dict[str, Fault]:
    return {
        name: Fault(kind, str(number), name, meaning.rstrip("."), *_BY_NAME.get(name, _DEFAULT), source)
        for number, (name, meaning) in codes.items()
    }


CUDA_RESULTS = _faults("CUDA error", CUDA, _CUDA_SOURCE)
NVML_RESULTS = _faults("NVML error", NVML, _NVML_SOURCE)
RESULTS = {**CUDA_RESULTS, **NVML_RESULTS}
