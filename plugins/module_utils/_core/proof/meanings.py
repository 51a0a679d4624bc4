# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What an error or a failed check of the program means, and whether that is the device's failure."""

from __future__ import annotations

from ..shared.explanation import Explanation
from ..signatures.driver import DRIVER, TOO_OLD
from ..signatures.signature import recognize
from .findings import (
    CALL_FAILED,
    CHALLENGE_FAILED,
    CHECK_FAILED,
    COUNT_MISMATCH,
    DUPLICATE_UUID,
    ECC_ERRORS,
    GPU_LOST,
    GPU_SLOW,
    GPU_TIMEOUT,
    MEMORY_ERRORS,
    MEMORY_TAKEN,
    NEIGHBOR_GPU,
    NO_REPORT,
    NOT_A_GPU,
    NOT_SET_UP,
    PROCESS_ENDED,
    PTX_REFUSED,
    TRAINING_FAILED,
    WRONG_RESULT,
)
from .report_shapes import INTERRUPTED

# By the name that NVIDIA's headers give the code (cuda.h, nvml.h).
_BY_ERROR = {
    INTERRUPTED: NO_REPORT,
    "CountersUnread": NO_REPORT,
    "ProcessEnded": PROCESS_ENDED,
    "CUDA_ERROR_OUT_OF_MEMORY": MEMORY_TAKEN,
    "NVML_ERROR_MEMORY": MEMORY_TAKEN,
    "CUDA_ERROR_ECC_UNCORRECTABLE": ECC_ERRORS,
    "CUDA_ERROR_UNSUPPORTED_PTX_VERSION": PTX_REFUSED,
    "CUDA_ERROR_INVALID_PTX": PTX_REFUSED,
    "CUDA_ERROR_NO_BINARY_FOR_GPU": PTX_REFUSED,
    "CUDA_ERROR_JIT_COMPILER_NOT_FOUND": PTX_REFUSED,
    "CUDA_ERROR_DEVICE_UNAVAILABLE": GPU_LOST,
    "CUDA_ERROR_LAUNCH_TIMEOUT": GPU_TIMEOUT,
    "NVML_ERROR_GPU_IS_LOST": GPU_LOST,
    "StateUnknown": GPU_LOST,
    "LibraryMissing": NOT_A_GPU,
    "NoDevice": NOT_A_GPU,
    "NoSlice": NOT_A_GPU,
    "CUDA_ERROR_NO_DEVICE": NOT_A_GPU,
    "NVML_ERROR_LIBRARY_NOT_FOUND": NOT_A_GPU,
    "NVML_ERROR_DRIVER_NOT_LOADED": NOT_A_GPU,
}
# What the driver says of itself, of MPS or of the container, and not of the GPU.
_OF_THE_SURROUNDINGS = frozenset(
    {
        "CUDA_ERROR_STUB_LIBRARY", "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", "CUDA_ERROR_DEVICE_NOT_LICENSED",
        "CUDA_ERROR_JIT_COMPILATION_DISABLED", "CUDA_ERROR_INSUFFICIENT_LOADER_VERSION", "CUDA_ERROR_FILE_NOT_FOUND",
        "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND", "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", "CUDA_ERROR_OPERATING_SYSTEM",
        "CUDA_ERROR_NOT_PERMITTED", "CUDA_ERROR_MPS_CONNECTION_FAILED", "CUDA_ERROR_MPS_RPC_FAILURE", "CUDA_ERROR_MPS_SERVER_NOT_READY",
        "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", "CUDA_ERROR_MPS_CLIENT_TERMINATED",
        "CUDA_ERROR_EXTERNAL_DEVICE", "CUDA_ERROR_KEY_ROTATION", "NVML_ERROR_NO_PERMISSION", "NVML_ERROR_FUNCTION_NOT_FOUND",
        "NVML_ERROR_OPERATING_SYSTEM", "NVML_ERROR_IN_USE", "NVML_ERROR_VGPU_ECC_NOT_SUPPORTED", "NVML_ERROR_INSUFFICIENT_RESOURCES",
        "NVML_ERROR_NOT_READY", "FunctionMissing", "WrongDevice",
    }
)  # fmt: skip
_BY_CHECK = {
    "challenge": CHALLENGE_FAILED,
    "copy": WRONG_RESULT,
    "memory_bandwidth": WRONG_RESULT,
    "sgemm": WRONG_RESULT,
    "memory": MEMORY_ERRORS,
    "train": TRAINING_FAILED,
    "ecc": ECC_ERRORS,
}


# What shows that a GPU, or its isolation, does not work. Any other error leaves it open whether it does.
_FAILURES = frozenset(
    each.code
    for each in (
        COUNT_MISMATCH, NEIGHBOR_GPU, DUPLICATE_UUID, CHALLENGE_FAILED, NOT_A_GPU, MEMORY_ERRORS, ECC_ERRORS, WRONG_RESULT, TRAINING_FAILED,
        CHECK_FAILED, GPU_TIMEOUT, GPU_LOST, PTX_REFUSED, CALL_FAILED, GPU_SLOW,
    )
)  # fmt: skip


def is_failure(explanation: Explanation) -> bool:
    """Whether the error shows that a GPU, or its isolation, does not work."""
    return explanation.code in _FAILURES


def explanation_of_error(code: str, *, timeout: bool = False) -> Explanation:
    """What an error of the program means."""
    if timeout:
        return GPU_TIMEOUT
    return _BY_ERROR.get(code) or _of_surroundings(code) or CALL_FAILED


def _of_surroundings(code: str) -> Explanation | None:
    known = recognize(code, (*DRIVER, TOO_OLD))
    if known is not None:
        return known[0].explanation
    return NOT_SET_UP if code in _OF_THE_SURROUNDINGS else None


def explanation_of_check(name: str, code: str | None = None) -> Explanation:
    """What it means that a check of the program failed.

    Args:
        name: The check.
        code: The error that kept it from its result, None if it has one.
    """
    found = explanation_of_error(code) if code else CALL_FAILED
    return found if not is_failure(found) else _BY_CHECK.get(name, CHECK_FAILED)


def explanation_without_device(code: str | None) -> Explanation:
    """Why the program has found no device at all, by the error that it reports, None for none."""
    found = explanation_of_error(code) if code else NOT_A_GPU
    return found if not is_failure(found) else NOT_A_GPU
