# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the proof asks NVML: which devices are visible, what they are, and the state that they are in."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Iterator, List, Optional, Tuple

from . import codes
from .library import CallError, Library

Handle = ctypes.c_void_p
_TEXT_BYTES = 96
_SM_CLOCK, _MEMORY_CLOCK = 1, 2
_CORRECTED, _UNCORRECTED = 0, 1
_SINCE_DRIVER_LOAD = 0
_GPU_TEMPERATURE = 0
# nvmlClocksEventReason..., called nvmlClocksThrottleReason... before driver 535.
_THROTTLE_REASONS = {
    0x1: "gpu_idle",
    0x2: "applications_clocks_setting",
    0x4: "sw_power_cap",
    0x8: "hw_slowdown",
    0x10: "sync_boost",
    0x20: "sw_thermal_slowdown",
    0x40: "hw_thermal_slowdown",
    0x80: "hw_power_brake_slowdown",
    0x100: "display_clock_setting",
}


class _Memory(ctypes.Structure):
    """nvmlMemory_t."""

    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class _PciInfo(ctypes.Structure):
    """nvmlPciInfo_t, version 3."""

    _fields_ = [
        ("bus_id_legacy", ctypes.c_char * 16),
        ("domain", ctypes.c_uint),
        ("bus", ctypes.c_uint),
        ("device", ctypes.c_uint),
        ("device_id", ctypes.c_uint),
        ("subsystem_id", ctypes.c_uint),
        ("bus_id", ctypes.c_char * 32),
    ]


class _Temperature(ctypes.Structure):
    """nvmlTemperature_t, version 1."""

    _fields_ = [("version", ctypes.c_uint), ("sensor", ctypes.c_int), ("degrees", ctypes.c_int)]


class Nvml:
    """An initialized NVML; what a device or the installed version doesn't support is None."""

    def __init__(self, entering: Callable[[str], None]) -> None:
        self._call = Library("libnvidia-ml.so.1", codes.NVML, entering)
        self._call("nvmlInit_v2")

    @property
    def simulated(self) -> bool:
        """Whether this is the lab's stand-in."""
        return self._call.simulated

    def count(self) -> int:
        """How many GPUs are visible, whole ones."""
        count = ctypes.c_uint()
        self._call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        return count.value

    def device(self, index: int) -> Handle:
        """A visible GPU."""
        handle = Handle()
        self._call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle))
        return handle

    def device_by_uuid(self, uuid: str) -> Handle:
        """A visible GPU or MIG slice."""
        handle = Handle()
        self._call("nvmlDeviceGetHandleByUUID", ctypes.c_char_p(uuid.encode()), ctypes.byref(handle))
        return handle

    def mig_mode(self, handle: Handle) -> Optional[str]:
        """enabled, disabled, or None where the device has no MIG."""
        return _mode(self._numbers("nvmlDeviceGetMigMode", handle, ctypes.c_uint, 2))

    def slices(self, handle: Handle) -> Iterator[Handle]:
        """The visible MIG slices of a GPU."""
        most = self._numbers("nvmlDeviceGetMaxMigDeviceCount", handle, ctypes.c_uint, 1)
        for index in range(most[0] if most else 0):
            mig = Handle()
            if self._try("nvmlDeviceGetMigDeviceHandleByIndex", handle, ctypes.c_uint(index), ctypes.byref(mig)):
                yield mig

    def uuid(self, handle: Handle) -> str:
        """The UUID as CUDA_VISIBLE_DEVICES takes it."""
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        self._call("nvmlDeviceGetUUID", handle, text, ctypes.c_uint(_TEXT_BYTES))
        return text.value.decode(errors="replace")

    def name(self, handle: Handle) -> Optional[str]:
        """The product's name."""
        return self._text("nvmlDeviceGetName", handle)

    def driver_version(self) -> Optional[str]:
        """The version of the driver, as in 580.126.09."""
        return self._text("nvmlSystemGetDriverVersion")

    def cuda_version(self) -> Optional[str]:
        """The newest CUDA version that the driver supports, as in 13.0."""
        version = ctypes.c_int()
        if not self._try("nvmlSystemGetCudaDriverVersion_v2", ctypes.byref(version)):
            return None
        return f"{version.value // 1000}.{version.value % 1000 // 10}"

    def bus_id(self, handle: Handle) -> Optional[str]:
        """The PCI address."""
        pci = _PciInfo()
        return pci.bus_id.decode() if self._try("nvmlDeviceGetPciInfo_v3", handle, ctypes.byref(pci)) else None

    def compute_capability(self, handle: Handle) -> Optional[str]:
        """The architecture, as in 7.5."""
        numbers = self._numbers("nvmlDeviceGetCudaComputeCapability", handle, ctypes.c_int, 2)
        return f"{numbers[0]}.{numbers[1]}" if numbers else None

    def memory_bytes(self, handle: Handle) -> Optional[int]:
        """All memory of the device."""
        memory = _Memory()
        return int(memory.total) if self._try("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory)) else None

    def ecc_mode(self, handle: Handle) -> Optional[str]:
        """enabled, disabled, or None where the device has no ECC."""
        return _mode(self._numbers("nvmlDeviceGetEccMode", handle, ctypes.c_uint, 2))

    def ecc_errors(self, handle: Handle) -> Tuple[Optional[int], Optional[int]]:
        """Corrected and uncorrected errors since the driver was loaded."""
        return self._ecc_errors(handle, _CORRECTED), self._ecc_errors(handle, _UNCORRECTED)

    def _ecc_errors(self, handle: Handle, kind: int) -> Optional[int]:
        count = ctypes.c_ulonglong()
        arguments = handle, ctypes.c_uint(kind), ctypes.c_uint(_SINCE_DRIVER_LOAD), ctypes.byref(count)
        return count.value if self._try("nvmlDeviceGetTotalEccErrors", *arguments) else None

    def remapped_rows(self, handle: Handle) -> Optional[List[int]]:
        """Rows remapped for correctable and for uncorrectable errors; whether a remapping is pending; whether one failed."""
        return self._numbers("nvmlDeviceGetRemappedRows", handle, ctypes.c_uint, 4)

    def clocks_mhz(self, handle: Handle) -> Tuple[Optional[int], Optional[int]]:
        """The clocks of the multiprocessors and of the memory."""
        return self._selected("nvmlDeviceGetClockInfo", handle, _SM_CLOCK), self._selected("nvmlDeviceGetClockInfo", handle, _MEMORY_CLOCK)

    def throttle_reasons(self, handle: Handle) -> Optional[List[str]]:
        """Why the clocks are lower than they could be."""
        for function in ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"):
            reasons = self._numbers(function, handle, ctypes.c_ulonglong, 1)
            if reasons is not None:
                return [name for bit, name in _THROTTLE_REASONS.items() if reasons[0] & bit]
        return None

    def temperature_c(self, handle: Handle) -> Optional[int]:
        """The GPU's temperature. The second function is that of drivers before 570; NVIDIA announced its end."""
        temperature = _Temperature(ctypes.sizeof(_Temperature) | 1 << 24, _GPU_TEMPERATURE)
        if self._try("nvmlDeviceGetTemperatureV", handle, ctypes.byref(temperature)):
            return int(temperature.degrees)
        return self._selected("nvmlDeviceGetTemperature", handle, _GPU_TEMPERATURE)

    def power_w(self, handle: Handle) -> Optional[float]:
        """The power that the board draws."""
        milliwatts = self._numbers("nvmlDeviceGetPowerUsage", handle, ctypes.c_uint, 1)
        return milliwatts[0] / 1000 if milliwatts else None

    def _try(self, function: str, *arguments: Any) -> bool:
        """Whether the call succeeded. Every failure counts as not supported: the proof itself finds out whether the device works."""
        try:
            self._call(function, *arguments)
        except CallError:
            return False
        return True

    def _numbers(self, function: str, handle: Handle, kind: Any, count: int) -> Optional[List[int]]:
        """The numbers that a call of the form f(handle, *out) returns, or None."""
        numbers = [kind() for _number in range(count)]
        return [each.value for each in numbers] if self._try(function, handle, *map(ctypes.byref, numbers)) else None

    def _selected(self, function: str, handle: Handle, which: int) -> Optional[int]:
        number = ctypes.c_uint()
        return number.value if self._try(function, handle, ctypes.c_uint(which), ctypes.byref(number)) else None

    def _text(self, function: str, *handle: Handle) -> Optional[str]:
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        return text.value.decode(errors="replace") if self._try(function, *handle, text, ctypes.c_uint(_TEXT_BYTES)) else None


def _mode(current_and_pending: Optional[List[int]]) -> Optional[str]:
    if current_and_pending is None:
        return None
    return "enabled" if current_and_pending[0] else "disabled"
