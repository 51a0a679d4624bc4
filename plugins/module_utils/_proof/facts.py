# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What NVML says about each visible device: which one it is, and the state that it is in."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Sequence

from . import codes
from .library import CallError, error_fields
from .nvml import Handle, Nvml

ENUMERATE = "enumerate"
DEVICE_FIELDS = (
    "index", "uuid", "parent_uuid", "name", "pci_bus_id", "compute_capability", "memory_bytes", "mig_mode", "driver_version",
    "cuda_version",
)  # fmt: skip
STATE_FIELDS = (
    "ecc_mode", "ecc_corrected", "ecc_uncorrected", "remapped_correctable", "remapped_uncorrectable", "remapped_pending", "remapped_failed",
    "sm_clock_mhz", "memory_clock_mhz", "throttle_reasons", "temperature_c", "power_w",
)  # fmt: skip


def visible(nvml: Nvml) -> Iterator[Dict[str, Any]]:
    """Each visible GPU, or its MIG slices in its place, as {device, error}; a GPU that can't be asked has an error."""
    index = 0
    for number in range(nvml.count()):
        for found in _gpu(nvml, number):
            found["device"]["index"] = index
            yield found
            index += 1


def _gpu(nvml: Nvml, number: int) -> Iterator[Dict[str, Any]]:
    device: Dict[str, Any] = dict.fromkeys(DEVICE_FIELDS)
    try:
        handle = nvml.device(number)
        device["uuid"] = nvml.uuid(handle)
        slices = _slices(nvml, handle)
    except CallError as error:
        yield {"device": device, "error": error.fields(ENUMERATE)}
        return
    for each in slices:
        yield {"device": {**device, **_facts(nvml, handle, each)}, "error": None}
    if not slices:
        no_slice = nvml.mig_mode(handle) == "enabled"
        yield {"device": {**device, **_facts(nvml, handle)}, "error": error_fields(ENUMERATE, None, codes.NO_SLICE) if no_slice else None}


def _slices(nvml: Nvml, handle: Handle) -> List[Handle]:
    return list(nvml.slices(handle)) if nvml.mig_mode(handle) == "enabled" else []


def _facts(nvml: Nvml, gpu: Handle, mig: Optional[Handle] = None) -> Dict[str, Any]:
    """The device as the output has it; of a slice, the GPU knows what the slice doesn't."""
    device = mig or gpu
    return {
        "uuid": nvml.uuid(device),
        "parent_uuid": nvml.uuid(gpu) if mig else None,
        "name": nvml.name(device),
        "pci_bus_id": nvml.bus_id(gpu),
        "compute_capability": nvml.compute_capability(gpu),
        "memory_bytes": nvml.memory_bytes(device),
        "mig_mode": nvml.mig_mode(gpu),
        "driver_version": nvml.driver_version(),
        "cuda_version": nvml.cuda_version(),
    }


def state(nvml: Nvml, uuid: str) -> Dict[str, Any]:
    """Error counters, clocks and temperature of a device now; None for what it doesn't support or can't say anymore."""
    try:
        handle = nvml.device_by_uuid(uuid)
    except CallError:
        return unknown_state()
    corrected, uncorrected = nvml.ecc_errors(handle)
    rows: Sequence[Optional[int]] = nvml.remapped_rows(handle) or [None] * 4
    sm_clock, memory_clock = nvml.clocks_mhz(handle)
    return {
        "ecc_mode": nvml.ecc_mode(handle),
        "ecc_corrected": corrected,
        "ecc_uncorrected": uncorrected,
        "remapped_correctable": rows[0],
        "remapped_uncorrectable": rows[1],
        "remapped_pending": None if rows[2] is None else bool(rows[2]),
        "remapped_failed": None if rows[3] is None else bool(rows[3]),
        "sm_clock_mhz": sm_clock,
        "memory_clock_mhz": memory_clock,
        "throttle_reasons": nvml.throttle_reasons(handle),
        "temperature_c": nvml.temperature_c(handle),
        "power_w": nvml.power_w(handle),
    }


def unknown_state() -> Dict[str, Any]:
    """The state of a device that says nothing."""
    return dict.fromkeys(STATE_FIELDS)
