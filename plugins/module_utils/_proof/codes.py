# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The codes that CUDA's driver API and NVML return: number, name and meaning.

Source: the documentation of CUresult in NVIDIA's cuda.h and of nvmlReturn_t in nvml.h, in our own words.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

Codes = Dict[int, Tuple[str, str]]


class Meaning(NamedTuple):
    """A code's name and its meaning."""

    code: str
    meaning: str

    def more(self, detail: str) -> Meaning:
        """The explanation with what is known in this case."""
        return Meaning(self.code, f"{self.meaning} {detail}".strip())


CUDA: Codes = {
    1: ("CUDA_ERROR_INVALID_VALUE", "An argument of the call is outside its range."),
    2: ("CUDA_ERROR_OUT_OF_MEMORY", "The device or the driver doesn't have enough free memory for the request."),
    3: ("CUDA_ERROR_NOT_INITIALIZED", "The driver isn't initialized in this process."),
    4: ("CUDA_ERROR_DEINITIALIZED", "The driver is shutting down."),
    5: ("CUDA_ERROR_PROFILER_DISABLED", "The profiler isn't available for this run."),
    6: ("CUDA_ERROR_PROFILER_NOT_INITIALIZED", "The profiler was used without being initialized."),
    7: ("CUDA_ERROR_PROFILER_ALREADY_STARTED", "The profiler is already on."),
    8: ("CUDA_ERROR_PROFILER_ALREADY_STOPPED", "The profiler is already off."),
    34: ("CUDA_ERROR_STUB_LIBRARY", "The library is the stub of the CUDA toolkit, not the driver."),
    36: ("CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", "The call needs a newer driver than the one installed."),
    46: ("CUDA_ERROR_DEVICE_UNAVAILABLE", "The device can't be used now: it is in exclusive use by another process, or in a failed state."),
    47: ("CUDA_ERROR_MULTICAST_RESOURCE_FULL", "The hardware has no resource left to bind memory to the multicast object."),
    100: ("CUDA_ERROR_NO_DEVICE", "The driver finds no CUDA device that this process may use."),
    101: ("CUDA_ERROR_INVALID_DEVICE", "The device doesn't exist, or the operation isn't valid for it."),
    102: ("CUDA_ERROR_DEVICE_NOT_LICENSED", "The driver has no valid license for this device (GRID)."),
    200: ("CUDA_ERROR_INVALID_IMAGE", "The kernels' image is invalid."),
    201: ("CUDA_ERROR_INVALID_CONTEXT", "No valid context is current, often because an earlier error destroyed it."),
    202: ("CUDA_ERROR_CONTEXT_ALREADY_CURRENT", "The context is already current."),
    205: ("CUDA_ERROR_MAP_FAILED", "Mapping memory failed."),
    206: ("CUDA_ERROR_UNMAP_FAILED", "Unmapping memory failed."),
    207: ("CUDA_ERROR_ARRAY_IS_MAPPED", "The array is mapped and can't be destroyed."),
    208: ("CUDA_ERROR_ALREADY_MAPPED", "The resource is already mapped."),
    209: ("CUDA_ERROR_NO_BINARY_FOR_GPU", "The kernels' image has no code for this device's architecture."),
    210: ("CUDA_ERROR_ALREADY_ACQUIRED", "The resource is already acquired."),
    211: ("CUDA_ERROR_NOT_MAPPED", "The resource isn't mapped."),
    212: ("CUDA_ERROR_NOT_MAPPED_AS_ARRAY", "The resource isn't mapped as an array."),
    213: ("CUDA_ERROR_NOT_MAPPED_AS_POINTER", "The resource isn't mapped as a pointer."),
    214: ("CUDA_ERROR_ECC_UNCORRECTABLE", "The device's memory had an error that ECC can't correct."),
    215: ("CUDA_ERROR_UNSUPPORTED_LIMIT", "The device doesn't support this limit."),
    216: ("CUDA_ERROR_CONTEXT_ALREADY_IN_USE", "The context is in use by another thread."),
    217: ("CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", "These two devices can't access each other's memory."),
    218: ("CUDA_ERROR_INVALID_PTX", "The driver's compiler rejected the kernels' PTX."),
    219: ("CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", "The graphics context is invalid."),
    220: ("CUDA_ERROR_NVLINK_UNCORRECTABLE", "NVLink had an error that can't be corrected."),
    221: ("CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "The driver's PTX compiler (libnvidia-ptxjitcompiler) is missing."),
    222: ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "The driver is too old for the version of the kernels' PTX."),
    223: ("CUDA_ERROR_JIT_COMPILATION_DISABLED", "Compiling PTX is turned off (CUDA_DISABLE_PTX_JIT)."),
    224: ("CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY", "The device doesn't support this execution affinity."),
    225: ("CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC", "The kernels call cudaDeviceSynchronize, which this device doesn't support."),
    226: ("CUDA_ERROR_CONTAINED", "A hardware error occurred and was contained; this process can't go on."),
    227: ("CUDA_ERROR_INSUFFICIENT_LOADER_VERSION", "The loader is too old for the kernels' image."),
    300: ("CUDA_ERROR_INVALID_SOURCE", "The kernels' source is invalid, or was compiled for something other than a GPU."),
    301: ("CUDA_ERROR_FILE_NOT_FOUND", "A file wasn't found."),
    302: ("CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND", "A library that the driver uses lacks a function."),
    303: ("CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", "A library that the driver uses couldn't be initialized."),
    304: ("CUDA_ERROR_OPERATING_SYSTEM", "A call to the operating system failed, for example for lack of access to the device file."),
    400: ("CUDA_ERROR_INVALID_HANDLE", "A handle passed to the call is invalid."),
    401: ("CUDA_ERROR_ILLEGAL_STATE", "A resource isn't in the state that the call needs."),
    402: ("CUDA_ERROR_LOSSY_QUERY", "The answer would leave out information that matters."),
    500: ("CUDA_ERROR_NOT_FOUND", "The driver found no symbol with this name."),
    600: ("CUDA_ERROR_NOT_READY", "The work isn't finished yet."),
    700: ("CUDA_ERROR_ILLEGAL_ADDRESS", "A kernel accessed an invalid address; this process can't go on."),
    701: ("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "The kernel needs more registers or other resources than the device has."),
    702: ("CUDA_ERROR_LAUNCH_TIMEOUT", "The kernel ran too long and was stopped by the device's watchdog."),
    703: ("CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING", "The kernel uses an incompatible texturing mode."),
    704: ("CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", "Access to the peer's memory is already on."),
    705: ("CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", "Access to the peer's memory isn't on."),
    708: ("CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", "The device's primary context is already in use."),
    709: ("CUDA_ERROR_CONTEXT_IS_DESTROYED", "The context was destroyed."),
    710: ("CUDA_ERROR_ASSERT", "An assertion in a kernel failed."),
    711: ("CUDA_ERROR_TOO_MANY_PEERS", "The device can't map the memory of more peers."),
    712: ("CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "The host memory is already registered."),
    713: ("CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "The host memory isn't registered."),
    714: ("CUDA_ERROR_HARDWARE_STACK_ERROR", "The device's call stack was corrupted."),
    715: ("CUDA_ERROR_ILLEGAL_INSTRUCTION", "A kernel ran into an instruction that the device doesn't know."),
    716: ("CUDA_ERROR_MISALIGNED_ADDRESS", "A kernel accessed a misaligned address."),
    717: ("CUDA_ERROR_INVALID_ADDRESS_SPACE", "A kernel accessed an address in the wrong memory space."),
    718: ("CUDA_ERROR_INVALID_PC", "The device's program counter left the kernel's code."),
    719: ("CUDA_ERROR_LAUNCH_FAILED", "A kernel failed on the device, for example through an invalid access."),
    720: ("CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "The cooperative launch has more blocks than fit on the device."),
    721: ("CUDA_ERROR_TENSOR_MEMORY_LEAK", "A kernel ended without freeing its tensor memory."),
    800: ("CUDA_ERROR_NOT_PERMITTED", "The operation isn't permitted."),
    801: ("CUDA_ERROR_NOT_SUPPORTED", "The device or the system doesn't support the operation."),
    802: (
        "CUDA_ERROR_SYSTEM_NOT_READY",
        "The system isn't ready for CUDA work: on machines with NVSwitch, the fabric manager may not be running.",
    ),
    803: ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "The kernel driver and the CUDA library have different versions."),
    804: (
        "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
        "A compatibility library newer than the kernel driver was loaded, which this device doesn't support.",
    ),
    805: ("CUDA_ERROR_MPS_CONNECTION_FAILED", "The MPS client couldn't connect to the MPS control daemon."),
    806: ("CUDA_ERROR_MPS_RPC_FAILURE", "A call between the MPS client and the MPS server failed."),
    807: ("CUDA_ERROR_MPS_SERVER_NOT_READY", "The MPS server can't accept clients now."),
    808: ("CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", "The MPS server has as many clients as it can take."),
    809: ("CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", "The device has as many MPS connections as it can take."),
    810: ("CUDA_ERROR_MPS_CLIENT_TERMINATED", "The MPS server ended this client."),
    811: ("CUDA_ERROR_CDP_NOT_SUPPORTED", "The kernels launch kernels themselves, which isn't supported here."),
    812: ("CUDA_ERROR_CDP_VERSION_MISMATCH", "The kernels use different versions of dynamic parallelism."),
    900: ("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "The operation isn't permitted while the stream is being captured."),
    901: ("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "An earlier error made the stream's capture invalid."),
    902: ("CUDA_ERROR_STREAM_CAPTURE_MERGE", "The operation would merge two separate captures."),
    903: ("CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "The capture didn't begin in this stream."),
    904: ("CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "The capture has a branch that wasn't joined to its stream."),
    905: ("CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "A dependency would leave the captured sequence."),
    906: ("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "The operation would wait for the stream that is being captured."),
    907: ("CUDA_ERROR_CAPTURED_EVENT", "The event was last recorded in a capture."),
    908: ("CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "The capture was ended by another thread than the one that began it."),
    909: ("CUDA_ERROR_TIMEOUT", "The driver's time limit for the operation passed."),
    910: ("CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", "The graph can't be updated in this way."),
    911: ("CUDA_ERROR_EXTERNAL_DEVICE", "Another device than the GPU reported an asynchronous error."),
    912: ("CUDA_ERROR_INVALID_CLUSTER_SIZE", "The launch's cluster size is invalid."),
    913: ("CUDA_ERROR_FUNCTION_NOT_LOADED", "The kernel isn't loaded."),
    914: ("CUDA_ERROR_INVALID_RESOURCE_TYPE", "A resource has the wrong type for the call."),
    915: ("CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION", "The resources can't be combined in this way."),
    916: ("CUDA_ERROR_KEY_ROTATION", "A confidential GPU is changing its keys."),
    917: ("CUDA_ERROR_STREAM_DETACHED", "The stream is detached and can't be used."),
    918: ("CUDA_ERROR_GRAPH_RECAPTURE_FAILURE", "Capturing the graph again failed."),
    919: ("CUDA_ERROR_FABRIC_NOT_READY", "The NVLink fabric isn't ready yet; the fabric manager may still be starting."),
    999: ("CUDA_ERROR_UNKNOWN", "The driver reports an internal error without a cause; the kernel log of the node (Xid) may have it."),
}

NVML: Codes = {
    1: ("NVML_ERROR_UNINITIALIZED", "NVML isn't initialized in this process."),
    2: ("NVML_ERROR_INVALID_ARGUMENT", "An argument of the call is invalid."),
    3: ("NVML_ERROR_NOT_SUPPORTED", "The device doesn't support this."),
    4: ("NVML_ERROR_NO_PERMISSION", "This process may not do this."),
    5: ("NVML_ERROR_ALREADY_INITIALIZED", "NVML is already initialized."),
    6: ("NVML_ERROR_NOT_FOUND", "The object wasn't found."),
    7: ("NVML_ERROR_INSUFFICIENT_SIZE", "The buffer is too small for the answer."),
    8: ("NVML_ERROR_INSUFFICIENT_POWER", "The device's external power cables aren't connected properly."),
    9: ("NVML_ERROR_DRIVER_NOT_LOADED", "The NVIDIA driver isn't loaded on the node."),
    10: ("NVML_ERROR_TIMEOUT", "NVML's own time limit passed."),
    11: ("NVML_ERROR_IRQ_ISSUE", "The kernel has a problem with the device's interrupts."),
    12: ("NVML_ERROR_LIBRARY_NOT_FOUND", "A library that NVML uses is missing."),
    13: ("NVML_ERROR_FUNCTION_NOT_FOUND", "The installed driver doesn't have this function."),
    14: ("NVML_ERROR_CORRUPTED_INFOROM", "The device's infoROM is corrupted."),
    15: ("NVML_ERROR_GPU_IS_LOST", "The device fell off the bus or can't be reached otherwise."),
    16: ("NVML_ERROR_RESET_REQUIRED", "The device needs a reset before it can be used again."),
    17: ("NVML_ERROR_OPERATING_SYSTEM", "The operating system or a control group denies access to the device."),
    18: ("NVML_ERROR_LIB_RM_VERSION_MISMATCH", "The driver's kernel module and its libraries have different versions."),
    19: ("NVML_ERROR_IN_USE", "The device is in use."),
    20: ("NVML_ERROR_MEMORY", "The host has too little memory."),
    21: ("NVML_ERROR_NO_DATA", "There is no data."),
    22: ("NVML_ERROR_VGPU_ECC_NOT_SUPPORTED", "The virtual GPU can't be used, because ECC is on."),
    23: ("NVML_ERROR_INSUFFICIENT_RESOURCES", "Too few resources other than memory are left."),
    24: ("NVML_ERROR_FREQ_NOT_SUPPORTED", "The device doesn't support this frequency."),
    25: ("NVML_ERROR_ARGUMENT_VERSION_MISMATCH", "The driver doesn't know this version of the structure."),
    26: ("NVML_ERROR_DEPRECATED", "The function was removed from NVML."),
    27: ("NVML_ERROR_NOT_READY", "The system isn't ready for the request."),
    28: ("NVML_ERROR_GPU_NOT_FOUND", "NVML found no GPU."),
    29: ("NVML_ERROR_INVALID_STATE", "The resource isn't in the state that the call needs."),
    30: ("NVML_ERROR_RESET_TYPE_NOT_SUPPORTED", "The device doesn't support this kind of reset."),
    999: ("NVML_ERROR_UNKNOWN", "The driver reports an internal error without a cause."),
}

# What the program itself finds.
LIBRARY_MISSING = Meaning(
    "LibraryMissing",
    "The library couldn't be loaded: the container was given no GPU, or the NVIDIA container runtime didn't prepare it.",
)
FUNCTION_MISSING = Meaning("FunctionMissing", "The installed driver doesn't have this function.")
NO_DEVICE = Meaning("NoDevice", "The NVIDIA driver is there, but no GPU is visible in the container.")
NO_SLICE = Meaning("NoSlice", "A GPU with MIG mode on is visible, but none of its slices.")
STATE_UNKNOWN = Meaning("StateUnknown", "NVML answered before the proof and no longer says anything about the device.")
COUNTERS_UNREAD = Meaning("CountersUnread", "The error counters can no longer be read.")
WRONG_DEVICE = Meaning("WrongDevice", "CUDA opened another device than the one that was asked for.")
TIMEOUT = Meaning("Timeout", "The device didn't answer within the time limit. Its process was ended.")
UNKILLABLE = Meaning("Timeout", "The device didn't answer within the time limit. Its process can't be ended: it hangs in the driver.")
PROCESS_ENDED = Meaning("ProcessEnded", "The process that used the device ended unexpectedly.")
INTERRUPTED = Meaning("Interrupted", "The pod was told to stop (SIGTERM) before the proof was finished.")


def explain(table: Codes, number: int) -> Meaning:
    """What a code means."""
    return Meaning(*table.get(number, (f"code {number}", "This code is newer than this program.")))
