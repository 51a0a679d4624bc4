# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab's control API for what Azure would not let anyone set: faults, quotas, restrictions, limits on requests.

from __future__ import annotations

from typing import Any

from tests.lab.arm.control import PREFIX
from tests.lab.arm.errors.gateway import LabControlError
from tests.lab.arm.faults.armed import FaultError
from tests.lab.arm.faults.table import FAULTS
from tests.lab.arm.model.compute.limits import EVERYWHERE, Restriction
from tests.lab.arm.model.subscription.regions import normalized_location
from tests.lab.arm.routing import Call, Reply, Route


def list_faults(call: Call) -> Reply:
    """The available faults, and the armed ones."""
    known = [{"name": fault.name, "summary": fault.summary, "values": dict(fault.defaults)} for fault in FAULTS.values()]
    return Reply(body={"armed": [armed.describe() for armed in call.state.faults.armed()], "known": known})


def arm_fault(call: Call) -> Reply:
    """Arm a fault: {name, times, method, path, values}; times null means until cleared."""
    asked = call.json()
    times, values = asked.get("times", 1), call.json_object("values")
    _require(isinstance(asked.get("name"), str), "name must be the name of a fault")
    _require(times is None or (_whole(times) and times > 0), "times must be a whole number above 0, or null")
    _require(all(isinstance(asked.get(name), str | None) for name in ("method", "path")), "method and path must be strings")
    try:
        armed = call.state.faults.arm(
            asked["name"],
            times=times,
            method=asked.get("method"),
            path=asked.get("path"),
            values={name: str(value) for name, value in values.items()},
        )
    except FaultError as error:
        raise LabControlError(str(error)) from error
    return Reply(body=armed.describe())


def clear_faults(call: Call) -> Reply:
    """Disarm all."""
    call.state.faults.clear()
    return list_faults(call)


def set_quotas(call: Call) -> Reply:
    """Limits in vCPUs: {location or *: {quota: limit}}; a quota is a family, cores or lowPriorityCores."""
    for location, limits in call.json().items():
        _require(isinstance(limits, dict) and all(_whole(limit) for limit in limits.values()), "limits must be whole numbers")
        for quota, limit in limits.items():
            call.state.compute.set_limit(normalized_location(location), quota, limit)
    return Reply(body=call.json())


def set_restrictions(call: Call) -> Reply:
    """Close sizes to the subscription: {size: [{location, zones, reason}]}; no zones mean the whole location, an empty list opens it."""
    for size, entries in call.json().items():
        _require(isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries), "restrictions must be lists of objects")
        call.state.compute.restrict(size, [_restriction(entry) for entry in entries])
    return Reply(body=call.json())


def _restriction(entry: dict[str, Any]) -> Restriction:
    zones = entry.get("zones") or []
    _require(isinstance(zones, list) and all(isinstance(zone, str) for zone in zones), "zones must be a list of strings")
    reason = entry.get("reason", "NotAvailableForSubscription")
    return Restriction(normalized_location(str(entry.get("location", EVERYWHERE))), tuple(zones), str(reason))


def reimage(call: Call) -> Reply:
    """Replace nodes as a reimage of their virtual machines does: {pool, indexes}; without indexes all nodes of the pool."""
    asked = call.json()
    indexes = asked.get("indexes")
    _require(isinstance(asked.get("pool"), str), "pool must be the name of a pool of the backed cluster")
    _require(indexes is None or (isinstance(indexes, list) and all(map(_whole, indexes))), "indexes must be a list of whole numbers")
    call.state.reimage(asked["pool"], indexes)
    return Reply(body=asked)


def get_settings(call: Call) -> Reply:
    """How the simulator behaves where Azure's behavior is unknown or would get in the way of a test."""
    state = call.state
    return Reply(
        body={
            "throttling": state.throttle.factor,
            "page_size": state.page_size,
            "managed_gpu_needs_feature": state.aks.admission.managed_gpu_needs_feature,
            "node_image_release": state.aks.admission.node_image_release,
        }
    )


def set_settings(call: Call) -> Reply:
    """Change settings: throttling (a factor on Azure's limits, null for none), page_size, managed_gpu_needs_feature, node_image_release."""
    asked, state = call.json(), call.state
    for name, value in asked.items():
        match name:
            case "throttling":
                _require(value is None or (isinstance(value, int | float) and value > 0), "throttling must be a number above 0, or null")
                state.throttle.factor = value
            case "page_size":
                _require(_whole(value) and value > 0, "page_size must be a whole number above 0")
                state.page_size = value
            case "managed_gpu_needs_feature":
                _require(isinstance(value, bool), "managed_gpu_needs_feature must be true or false")
                state.aks.admission.managed_gpu_needs_feature = value
            case "node_image_release":
                _require(isinstance(value, str | None), "node_image_release must be a string, as 202611.01.0, or null")
                state.aks.admission.node_image_release = value
            case _:
                _require(False, f"there is no setting '{name}'")
    return get_settings(call)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _require(sound: bool, message: str) -> None:
    if not sound:
        raise LabControlError(message)


ROUTES = (
    Route("GET", f"{PREFIX}faults", list_faults, public=True),
    Route("POST", f"{PREFIX}faults", arm_fault, public=True),
    Route("DELETE", f"{PREFIX}faults", clear_faults, public=True),
    Route("POST", f"{PREFIX}quotas", set_quotas, public=True),
    Route("POST", f"{PREFIX}restrictions", set_restrictions, public=True),
    Route("POST", f"{PREFIX}reimage", reimage, public=True),
    Route("GET", f"{PREFIX}settings", get_settings, public=True),
    Route("POST", f"{PREFIX}settings", set_settings, public=True),
)
