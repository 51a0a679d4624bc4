# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The JSON lines that the proof program prints: the form of their fields, version 1. A value that does not exist is null."""

from __future__ import annotations

from typing import Any, List, Optional, TypedDict

SCHEMA = "gpuops.aks/gpu-proof/1"
# How every such line begins, whatever its version.
PREFIX = '{"schema": "gpuops.aks/gpu-proof/'
# The error code in the last line of a program that was stopped.
INTERRUPTED = "Interrupted"


class Device(TypedDict, total=False):
    """What NVML and CUDA say of a device; of one that does not answer, not even the UUID is known."""

    uuid: Optional[str]
    index: Optional[int]
    parent_uuid: Optional[str]
    name: Optional[str]
    pci_bus_id: Optional[str]
    compute_capability: Optional[str]
    memory_bytes: Optional[int]
    mig_mode: Any
    driver_version: Optional[str]
    cuda_version: Optional[str]


class Counters(TypedDict, total=False):
    """The state of a device at one moment."""

    ecc_mode: Any
    ecc_corrected: Optional[int]
    ecc_uncorrected: Optional[int]
    remapped_correctable: Optional[int]
    remapped_uncorrectable: Optional[int]
    remapped_pending: Any
    remapped_failed: Any
    sm_clock_mhz: Optional[float]
    memory_clock_mhz: Optional[float]
    throttle_reasons: Optional[List[str]]
    temperature_c: Optional[float]
    power_w: Optional[float]


class State(TypedDict, total=False):
    """Its state before, during and after the proof."""

    before: Optional[Counters]
    under_load: Optional[Counters]
    after: Optional[Counters]


class _Check(TypedDict):
    name: str
    passed: bool


class Check(_Check, total=False):
    """One check of a device. code is that of the error that kept it from a result."""

    detail: Optional[str]
    code: Optional[str]


class Figures(TypedDict, total=False):
    """What was measured."""

    host_to_device_gb_s: Optional[float]
    device_to_host_gb_s: Optional[float]
    memory_gb_s: Optional[float]
    sgemm_tflops: Optional[float]
    memory_tested_bytes: Optional[int]
    memory_errors: Optional[int]
    train_accuracy: Optional[float]
    train_steps: Optional[int]
    train_curve: Optional[List[List[float]]]
    seconds: Optional[float]


class ProofError(TypedDict, total=False):
    """Why a device, or the whole program, could not go on."""

    during: Optional[str]
    call: Optional[str]
    code: Optional[str]
    number: Optional[int]
    meaning: Optional[str]
    timeout: Optional[bool]


class _Line(TypedDict):
    schema: str
    kind: str
    nonce: str
    node: str
    pod_uid: str


class Line(_Line, total=False):
    """What every line has."""

    level: Optional[str]
    simulated: Optional[bool]
    error: Optional[ProofError]


class _DeviceLine(Line):
    device: Device
    checks: List[Check]
    figures: Figures


class DeviceLine(_DeviceLine, total=False):
    """The line about one device."""

    challenge: Optional[str]
    state: Optional[State]
    peers: Any


class _RunLine(Line):
    visible: int


class RunLine(_RunLine, total=False):
    """The last line, about all devices."""

    granted: Optional[List[str]]
    passed: Optional[int]
