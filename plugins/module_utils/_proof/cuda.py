# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The part of CUDA's driver API that the proof uses: devices, memory, the kernels' module, launches, and the device's own clock."""

from __future__ import annotations

import ctypes
import re
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from . import codes
from .library import CallError, Library

Pointer = ctypes.c_uint64
_NAME_BYTES = 256
_LOG_BYTES = 4096
_MULTIPROCESSORS, _CAPABILITY_MAJOR, _CAPABILITY_MINOR = 16, 75, 76
_JIT_ERROR_LOG, _JIT_ERROR_LOG_BYTES = 5, 6
_DEFAULT_EVENT = 0
_THREADS_IN_A_BLOCK = 256
# Enough blocks to fill every multiprocessor several times over.
_BLOCKS_ON_A_MULTIPROCESSOR = 32
_PEER_ACCESS_ALREADY_ENABLED = 704


class Cuda:
    """The initialized driver and the devices that CUDA_VISIBLE_DEVICES leaves."""

    def __init__(self, entering: Callable[[str], None]) -> None:
        self.call = Library("libcuda.so.1", codes.CUDA, entering)
        self.call("cuInit", ctypes.c_uint(0))

    @property
    def simulated(self) -> bool:
        """Whether this is the lab's stand-in."""
        return self.call.simulated

    def device(self, index: int = 0) -> Device:
        """A visible device."""
        handle = ctypes.c_int()
        self.call("cuDeviceGet", ctypes.byref(handle), ctypes.c_int(index))
        return Device(self.call, handle)


class Device:
    """A device with its primary context, which is made current, and with the kernels once they are loaded."""

    def __init__(self, call: Library, handle: ctypes.c_int) -> None:
        self.call = call
        self.handle = handle
        self.context = ctypes.c_void_p()
        self._functions: Dict[str, ctypes.c_void_p] = {}
        self._module = ctypes.c_void_p()
        call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), handle)
        self.use()
        self._most_blocks = self._attribute(_MULTIPROCESSORS) * _BLOCKS_ON_A_MULTIPROCESSOR
        self._begin, self._end = self._event(), self._event()

    def use(self) -> None:
        """Make this device the one that the following calls are about."""
        self.call("cuCtxSetCurrent", self.context)

    def name(self) -> str:
        """The product's name."""
        text = ctypes.create_string_buffer(_NAME_BYTES)
        self.call("cuDeviceGetName", text, ctypes.c_int(_NAME_BYTES), self.handle)
        return text.value.decode(errors="replace")

    def uuid(self) -> Optional[str]:
        """The UUID without its prefix; of the slice where the device is one. None if the driver can't say it."""
        if not self.call.has("cuDeviceGetUuid_v2"):  # before driver 470, which has only the UUID of the whole GPU
            return None
        octets = (ctypes.c_ubyte * 16)()
        self.call("cuDeviceGetUuid_v2", ctypes.byref(octets), self.handle)
        return re.sub("^(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", bytes(octets).hex())

    def compute_capability(self) -> str:
        """The architecture, as in 7.5."""
        return f"{self._attribute(_CAPABILITY_MAJOR)}.{self._attribute(_CAPABILITY_MINOR)}"

    def _attribute(self, attribute: int) -> int:
        number = ctypes.c_int()
        self.call("cuDeviceGetAttribute", ctypes.byref(number), ctypes.c_int(attribute), self.handle)
        return number.value

    def load(self, ptx: str) -> None:
        """Have the driver compile the kernels for this device."""
        log = ctypes.create_string_buffer(_LOG_BYTES)
        options = (ctypes.c_int * 2)(_JIT_ERROR_LOG, _JIT_ERROR_LOG_BYTES)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), _LOG_BYTES)
        try:
            self.call("cuModuleLoadDataEx", ctypes.byref(self._module), ctypes.c_char_p(ptx.encode()), ctypes.c_uint(2), options, values)
        except CallError as error:
            reason = " ".join(log.value.decode(errors="replace").split())
            raise CallError(error.call, error.explanation.more(reason), error.number) from error

    def free_bytes(self) -> int:
        """Memory that is free on the device."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    @contextmanager
    def memory(self, *sizes: int) -> Iterator[Tuple[Pointer, ...]]:
        """Memory on the device, a pointer for each size in bytes; freed at the end."""
        pointers = tuple(map(self._allocated, sizes))
        yield pointers
        # Not in a finally: after a failed call, freeing fails as well and would hide the first error.
        for pointer in pointers:
            self.call("cuMemFree_v2", pointer)

    def _allocated(self, size: int) -> Pointer:
        pointer = Pointer()
        self.call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(size))
        return pointer

    @contextmanager
    def host_memory(self, size: int) -> Iterator[int]:
        """The address of host memory that the device can copy from and to directly."""
        address = ctypes.c_void_p()
        self.call("cuMemAllocHost_v2", ctypes.byref(address), ctypes.c_size_t(size))
        yield address.value or 0
        self.call("cuMemFreeHost", address)

    def write(self, target: Pointer, data: bytes) -> None:
        """Copy bytes to the device."""
        self.call("cuMemcpyHtoD_v2", target, ctypes.c_char_p(data), ctypes.c_size_t(len(data)))

    def read(self, source: Pointer, size: int) -> bytes:
        """Copy bytes from the device."""
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, source, ctypes.c_size_t(size))
        return data.raw

    def upload(self, target: Pointer, address: int, size: int) -> None:
        """Copy from host memory in the order of the device's work."""
        self.call("cuMemcpyHtoDAsync_v2", target, ctypes.c_void_p(address), ctypes.c_size_t(size), None)

    def download(self, address: int, source: Pointer, size: int) -> None:
        """Copy to host memory in the order of the device's work."""
        self.call("cuMemcpyDtoHAsync_v2", ctypes.c_void_p(address), source, ctypes.c_size_t(size), None)

    def copy_to_peer(self, target: Pointer, peer: Device, source: Pointer, size: int) -> None:
        """Copy to another device's memory in the order of this device's work."""
        self.call("cuMemcpyPeerAsync", target, peer.context, source, self.context, ctypes.c_size_t(size), None)

    def reach(self, peer: Device) -> bool:
        """Whether the two devices copy directly; otherwise the driver copies through the host's memory."""
        possible = ctypes.c_int()
        self.call("cuDeviceCanAccessPeer", ctypes.byref(possible), self.handle, peer.handle)
        if possible.value:
            try:
                self.call("cuCtxEnablePeerAccess", peer.context, ctypes.c_uint(0))
            except CallError as error:
                if error.number != _PEER_ACCESS_ALREADY_ENABLED:
                    raise
        return bool(possible.value)

    def launch(self, kernel: str, items: int, *arguments: Any) -> None:
        """Run a kernel over a number of items, at most one a thread; the arguments are ctypes values in the kernel's order."""
        blocks = max(1, min(-(-items // _THREADS_IN_A_BLOCK), self._most_blocks))
        addresses = (ctypes.c_void_p * len(arguments))(*map(ctypes.addressof, arguments))
        grid = (ctypes.c_uint(number) for number in (blocks, 1, 1, _THREADS_IN_A_BLOCK, 1, 1, 0))
        self.call("cuLaunchKernel", self._function(kernel), *grid, None, addresses, None)

    def _function(self, kernel: str) -> ctypes.c_void_p:
        if kernel not in self._functions:
            function = ctypes.c_void_p()
            self.call("cuModuleGetFunction", ctypes.byref(function), self._module, ctypes.c_char_p(kernel.encode()))
            self._functions[kernel] = function
        return self._functions[kernel]

    def finish(self) -> None:
        """Wait until the device has done everything; errors of kernels come up here."""
        self.call("cuCtxSynchronize")

    def seconds(self, work: Callable[[], None]) -> float:
        """How long the device worked, by its own clock."""
        milliseconds = ctypes.c_float()
        self.call("cuEventRecord", self._begin, None)
        work()
        self.call("cuEventRecord", self._end, None)
        self.call("cuEventSynchronize", self._end)
        self.call("cuEventElapsedTime", ctypes.byref(milliseconds), self._begin, self._end)
        return milliseconds.value / 1000

    def _event(self) -> ctypes.c_void_p:
        event = ctypes.c_void_p()
        self.call("cuEventCreate", ctypes.byref(event), ctypes.c_uint(_DEFAULT_EVENT))
        return event
