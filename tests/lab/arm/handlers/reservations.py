# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Capacity reservation groups, which tests make (Compute.reservations); shaped as the examples of Microsoft.Compute's reference have them.

from __future__ import annotations

from typing import Any

from tests.lab.arm.errors.resource import ResourceNotFoundError
from tests.lab.arm.model.compute.limits import Reservation
from tests.lab.arm.paging import page
from tests.lab.arm.routing import Call, Reply, Route

_TYPE = "Microsoft.Compute/capacityReservationGroups"
_LOCATION = "eastus"


def get(call: Call) -> Reply:
    """A group, with the machines in each of its reservations if the instance view is asked for."""
    group, members = _group(call)
    properties: dict[str, Any] = {"capacityReservations": [{"id": _id(group, each)} for each in members]}
    if call.query.get("$expand", "").lower() == "instanceview":
        used = call.state.compute.allocated(group)
        properties["instanceView"] = {"capacityReservations": [_utilization(each, used[each.name]) for each in members]}
    return Reply(body={"id": group, "name": call.params["name"], "type": _TYPE, "location": _LOCATION, "properties": properties})


def list_members(call: Call) -> Reply:
    """The reservations of a group."""
    group, members = _group(call)
    return page(call, [_reservation(group, each) for each in members])


def _group(call: Call) -> tuple[str, list[Reservation]]:
    """The ID of the group and its reservations, or 404."""
    group = _GROUP.format_map(call.params)
    members = call.state.compute.reservations.get(group.lower())
    if members is None:
        raise ResourceNotFoundError(resource=f"{_TYPE}/{call.params['name']}", group=call.params["group"])
    return group, members


def _id(group: str, reservation: Reservation) -> str:
    return f"{group}/capacityReservations/{reservation.name}"


def _utilization(reservation: Reservation, used: int) -> dict[str, Any]:
    machines = [{"id": f"/subscriptions/lab/virtualMachines/{number}"} for number in range(used)]
    return {"name": reservation.name, "utilizationInfo": {"currentCapacity": reservation.capacity, "virtualMachinesAllocated": machines}}


def _reservation(group: str, reservation: Reservation) -> dict[str, Any]:
    return {
        "id": _id(group, reservation),
        "name": reservation.name,
        "type": f"{_TYPE}/capacityReservations",
        "location": _LOCATION,
        "sku": {"name": reservation.size, "capacity": reservation.capacity},
        **({"zones": [reservation.zone]} if reservation.zone else {}),
        "properties": {"provisioningState": "Succeeded"},
    }


_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{_TYPE}/{{name}}"

ROUTES = (Route("GET", _GROUP, get), Route("GET", f"{_GROUP}/capacityReservations", list_members))
