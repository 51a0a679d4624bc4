# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Long-running operations on the wire: the first answer carries no Retry-After, only operation GETs hint at a pace.

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.arm.model.timeline import Operation
from tests.lab.arm.resource_errors import OperationNotFoundError
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.state import ArmState

_FINAL_STATES = frozenset({"Succeeded", "Failed", "Canceled", "Registered", "NotRegistered", "Unregistered"})
_API_VERSION = "api-version=2016-03-30"  # what AKS puts into these URLs, whatever the request's own was


def started_headers(call: Call, operation: Operation) -> Mapping[str, str]:
    """The header of a PUT's first answer."""
    return {"Azure-AsyncOperation": _aks_url(call, operation, "operations")}


def deleting_headers(call: Call, operation: Operation) -> Mapping[str, str]:
    """The headers of a DELETE's first answer."""
    return {**started_headers(call, operation), "Location": _aks_url(call, operation, "operationresults")}


def group_deletion_location(call: Call, operation: Operation) -> str:
    """Where the end of a resource group's deletion shows."""
    return f"{call.base_url}/subscriptions/{call.params['subscription']}/operationresults/{operation.identifier}?{_API_VERSION}"


def pace(state: ArmState) -> Mapping[str, str]:
    """How soon to ask again: nothing at the lab's speed 1, as in life, else azure-core's default at the lab's speed."""
    milliseconds = state.poll_milliseconds()
    return {} if milliseconds is None else {"x-ms-retry-after-ms": str(milliseconds)}


def unfinished_pace(state: ArmState, shown: str) -> Mapping[str, str]:
    """The lab's own addition: whoever polls the resource instead of the operation is told the lab's pace too, until it is done."""
    return {} if shown in _FINAL_STATES else pace(state)


def _aks_url(call: Call, operation: Operation, kind: str) -> str:
    scope = f"{call.base_url}/subscriptions/{call.params['subscription']}/providers/{NAMESPACE}/locations/{operation.location}"
    return f"{scope}/{kind}/{operation.identifier}?{_API_VERSION}"


def status(call: Call) -> Reply:
    """What Azure-AsyncOperation points at: always 200, the outcome is in the body."""
    operation = _operation(call)
    # In Azure's recordings the name is the id of the URL with its first three groups byte-swapped.
    body: dict[str, Any] = {
        "name": str(uuid.UUID(bytes=uuid.UUID(operation.identifier).bytes_le)),
        "status": operation.status,
        "startTime": _timestamp(operation.started),
    }
    if operation.ended is not None:
        body["endTime"] = _timestamp(operation.ended)
    if operation.status == "Failed":
        body["error"] = operation.fate.error
    return Reply(body=body, headers=pace(call.state))


def result(call: Call) -> Reply:
    """What Location points at: 202 while the operation runs, 204 once it has ended well, its error where it hasn't."""
    operation = _operation(call)
    if operation.status == "Failed":
        return Reply(status=409, body={"error": operation.fate.error})
    if operation.ended is not None:
        return Reply(status=204)
    return Reply(status=202, headers={"Location": f"{call.base_url}{call.path}?{_API_VERSION}", **pace(call.state)})


def _operation(call: Call) -> Operation:
    operation = call.state.operations.find(call.params["operation"])
    if operation is None:
        raise OperationNotFoundError(call.params["operation"])
    return operation


def _timestamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


_LOCATION = f"/subscriptions/{{subscription}}/providers/{NAMESPACE}/locations/{{location}}"

ROUTES = (
    Route("GET", f"{_LOCATION}/operations/{{operation}}", status),
    Route("GET", f"{_LOCATION}/operationresults/{{operation}}", result),
    Route("GET", "/subscriptions/{subscription}/operationresults/{operation}", result),
)
