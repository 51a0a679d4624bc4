# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The work of the children: enumerating the devices, proving one of them, and keeping one at work."""

from __future__ import annotations

import time
from typing import Any, Dict

from . import codes, facts, kernels, output
from .bench import Bench
from .cuda import Cuda, Device
from .levels import LEVELS
from .library import CallError, error_fields
from .nvml import Nvml
from .process import Report
from .sustained import load

_ECC = "ecc"


def enumerate_devices(report: Report) -> None:
    """Send `devices` and `simulated`."""
    report.begin(facts.ENUMERATE)
    nvml = Nvml(report.entering)
    report.send(devices=list(facts.visible(nvml)), simulated=nvml.simulated)


def prove(record: Dict[str, Any], run: output.Run, report: Report) -> None:
    """Send `record` with everything that the level finds out about the device, also where it fails."""
    uuid = record["device"]["uuid"]
    report.begin("state", record=record)
    nvml = Nvml(report.entering)
    record["state"]["before"] = facts.state(nvml, uuid)
    began = time.monotonic()
    try:
        _check(record, run, report, nvml)
    except CallError as error:
        record["error"] = error.fields(report.during)
    record["figures"]["seconds"] = round(time.monotonic() - began, 2)
    _finish(record, report, nvml)


def keep_at_work(record: Dict[str, Any], run: output.Run, report: Report) -> None:
    """Keep a device that passed at work for the time of the load, and then send its `record` again."""
    report.begin("load", record=record)
    nvml = Nvml(report.entering)
    try:
        load(_bench(record, run, report, nvml))
    except CallError as error:
        record["error"] = error.fields(report.during)
    _finish(record, report, nvml)


def _finish(record: Dict[str, Any], report: Report, nvml: Nvml) -> None:
    report.begin("state", record=record)
    record["state"]["after"] = facts.state(nvml, record["device"]["uuid"])
    conclude(record)
    report.send(record=record)


def conclude(record: Dict[str, Any]) -> None:
    """Compare the states before and after, again if they have been before. An earlier error says why the device no longer answers."""
    record["checks"] = [check for check in record["checks"] if check["name"] != _ECC]
    state = record["state"]
    gone = facts.unknown_state() == state["after"] != state["before"]
    if gone and record["error"] is None:
        record["error"] = error_fields("state", None, codes.STATE_UNKNOWN)
    if not gone:
        record["checks"].append(_ecc(state))


def _check(record: Dict[str, Any], run: output.Run, report: Report, nvml: Nvml) -> None:
    report.begin("open", record=record)
    bench = _bench(record, run, report, nvml)
    for name, check in LEVELS[run.level]:
        report.begin(name, record=record)
        check(bench)


def _bench(record: Dict[str, Any], run: output.Run, report: Report, nvml: Nvml) -> Bench:
    uuid = record["device"]["uuid"]
    return Bench(open_device(Cuda(report.entering), 0, uuid), record, run, lambda: facts.state(nvml, uuid))


def open_device(cuda: Cuda, index: int, uuid: str) -> Device:
    """A device with the kernels loaded; it must be the one that was asked for."""
    device = cuda.device(index)
    found = device.uuid()
    if found is not None and found not in uuid:
        raise CallError("cuDeviceGetUuid_v2", codes.WRONG_DEVICE.more(f"It opened {found} instead of {uuid}."))
    device.load(kernels.PTX)
    return device


def _ecc(state: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    """The check of the error counters: nothing uncorrectable may be new, and no row may have failed to be remapped."""
    before, after = state["before"]["ecc_uncorrected"], state["after"]["ecc_uncorrected"]
    if state["after"]["remapped_failed"]:
        return {"name": _ECC, "passed": False, "detail": "the remapping of a broken memory row failed"}
    unread = [name for name in ("ecc_uncorrected", "remapped_failed") if state["before"][name] is not None and state["after"][name] is None]
    if unread:
        return {"name": _ECC, "passed": False, "detail": codes.COUNTERS_UNREAD.meaning, "code": codes.COUNTERS_UNREAD.code}
    if before is None or after is None:
        return {"name": _ECC, "passed": True, "detail": "the device has no counters"}
    return {"name": _ECC, "passed": after <= before, "detail": f"{max(0, after - before)} new uncorrectable errors"}
