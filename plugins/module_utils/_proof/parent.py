# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The proof as a whole: enumerates the devices, proves one after the other, each in a process of its own, and prints what it found.

Last, if the run has a load, it keeps all that passed at work at once.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, List, Optional, Tuple

from . import codes, facts, output, peers, process, worker
from .library import error_fields

Record = Dict[str, Any]
_PROVEN, _NOT_PROVEN = 0, 1
# Nowhere to keep what the driver compiles, and no kernel that is loaded while it is measured.
_SETTINGS = {"CUDA_CACHE_DISABLE": "1", "CUDA_MODULE_LOADING": "EAGER"}


def prove(run: output.Run) -> int:
    """Prove every visible device; returns the exit status."""
    return _Proof(run).prove()


class _Proof:
    """A run of the program."""

    def __init__(self, run: output.Run) -> None:
        self._run = run
        self._stop = process.Stop()
        self._simulated = False

    def prove(self) -> int:
        """Enumerate, prove, print."""
        found, error = self._enumerate()
        records = [self._device(**each) for each in found if not self._stop.requested]
        self._peers(records)
        records = self._keep_at_work(records)
        for record in records:
            output.emit(record)
        if self._stop.requested:
            error = error_fields("proof", None, codes.INTERRUPTED)
        result = output.run_record(self._run, records, len(found), error, simulated=self._simulated)
        output.say(f"{result['passed']} of {len(found)} devices passed.")
        output.emit(result)
        return _PROVEN if error is None and 0 < len(found) == result["passed"] else _NOT_PROVEN

    def _enumerate(self) -> Tuple[List[Record], Optional[Record]]:
        """The visible devices as {device, error}, and why there are none."""
        outcome = self._child(worker.enumerate_devices, self._run.seconds).outcome()
        found = outcome.fields.get("devices", [])
        self._simulated = outcome.fields.get("simulated", False)
        error = outcome.error
        if error is None and not found:
            error = error_fields(facts.ENUMERATE, None, codes.NO_DEVICE)
        output.say(_introduction(self._run, len(found), simulated=self._simulated))
        if error is not None:
            output.say(output.describe(error))
        return found, error

    def _device(self, device: Record, error: Optional[Record]) -> Record:
        """The record of a device, proven unless it couldn't even be asked what it is."""
        record = output.device_record(self._run, device, simulated=self._simulated)
        record["error"] = error
        output.say(f"{device['uuid'] or 'device ' + str(device['index'])}: {device['name'] or 'unknown'}")
        if error is None:
            return _told(record, self._child(partial(worker.prove, record, self._run), self._run.seconds, device["uuid"]).outcome())
        output.say(output.describe(error))
        return record

    def _peers(self, records: List[Record]) -> None:
        """Measure between the devices that passed. Slices are left out: CUDA gives a process only one."""
        sound = [record for record in records if output.passed(record) and not record["device"]["parent_uuid"]]
        if len(sound) <= 1 or self._stop.requested:
            return
        uuids = [record["device"]["uuid"] for record in sound]
        outcome = self._child(partial(peers.measure, uuids, self._run), self._run.seconds, ",".join(uuids)).outcome()
        for record in sound:
            peers.add(record, outcome)

    def _keep_at_work(self, records: List[Record]) -> List[Record]:
        """The records after all devices that passed have worked, at once, for the time of the load."""
        if not self._run.load_seconds or self._stop.requested:
            return records
        output.say(f"All devices that passed work for {self._run.load_seconds:g} s.")
        seconds = self._run.seconds + self._run.load_seconds
        working = [(record, self._worker(record, seconds) if output.passed(record) else None) for record in records]
        return [_told(record, child.outcome()) if child else record for record, child in working]

    def _worker(self, record: Record, seconds: float) -> process.Child:
        return self._child(partial(worker.keep_at_work, record, self._run), seconds, record["device"]["uuid"])

    def _child(self, work: process.Work, seconds: float, visible: Optional[str] = None) -> process.Child:
        """A child at work. visible: the only devices that it sees, None for all."""
        seen = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
        return process.Child(work, seconds, self._stop, {**_SETTINGS, **seen})


def _told(record: Record, outcome: process.Outcome) -> Record:
    """The record as the child has told it, with the error by which the child ended."""
    found: Record = outcome.fields.get("record", record)
    found["error"] = found["error"] or outcome.error
    if found["error"] is not None:
        output.say(output.describe(found["error"]))
    return found


def _introduction(run: output.Run, devices: int, *, simulated: bool) -> str:
    text = f"GPU proof, level {run.level}, on {run.node or 'this machine'}: {devices} visible."
    return f"SIMULATED by the lab of gpuops.aks: no GPU computes this. {text}" if simulated else text
