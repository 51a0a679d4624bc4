# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab's control API for faults of single GPUs and of what nodes run.

from __future__ import annotations

from tests.lab.arm.control import PREFIX
from tests.lab.arm.errors.gateway import LabControlError
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.device_faults import FAULTS, NODE_FAULTS, DeviceFault, DeviceFaultError

_PATH = f"{PREFIX}device-faults"


def list_faults(call: Call) -> Reply:
    """The available faults, and those that are set."""
    known = [{"name": name, "summary": summary} for name, summary in {**FAULTS, **NODE_FAULTS}.items()]
    return Reply(body={"set": [fault.describe() for fault in call.state.device_faults.all()], "known": known})


def set_fault(call: Call) -> Reply:
    """Give a GPU, or what nodes run, a fault: {fault, device (of a GPU), node or pool}."""
    asked = call.json()
    device = asked.get("device", 0)
    if not isinstance(device, int) or isinstance(device, bool) or device < 0:
        message = "device must be the index of a GPU on its node"
        raise LabControlError(message)
    if not all(isinstance(asked.get(name), str | None) for name in ("fault", "node", "pool")):
        message = "fault, node and pool must be strings"
        raise LabControlError(message)
    name = str(asked.get("fault"))
    fault = DeviceFault(name, None if name in NODE_FAULTS else device, asked.get("node"), asked.get("pool"))
    try:
        call.state.device_faults.set(fault)
    except DeviceFaultError as error:
        raise LabControlError(str(error)) from error
    call.state.changed()
    return Reply(body=fault.describe())


def clear_faults(call: Call) -> Reply:
    """Repair all GPUs and nodes."""
    call.state.device_faults.clear()
    call.state.changed()
    return list_faults(call)


ROUTES = (
    Route("GET", _PATH, list_faults, public=True),
    Route("POST", _PATH, set_fault, public=True),
    Route("DELETE", _PATH, clear_faults, public=True),
)
