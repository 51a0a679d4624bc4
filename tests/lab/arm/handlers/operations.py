# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Long-running operations on the wire: the first answer carries no Retry-After, only operation GETs hint at a pace.

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.lab.arm.errors.resource import OperationNotFoundError
from tests.lab.arm.model.operations.timeline import Operation
from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.state import ArmState

_FINAL_STATES = frozenset({"Succeeded", "Failed", "Canceled", "Registered", "NotRegistered", "Unregistered"})
# What AKS puts into these URLs, whatever the request's own version was. Since late 2023 they are signed.
_OLD_QUERY, _SIGNED_VERSION = "api-version=2016-03-30", "api-version=2025-03-01"
_TICKS_BEFORE_1970 = 621_355_968_000_000_000  # .NET counts from the year 1, in tenths of a microsecond


def started_headers(call: Call, operation: Operation) -> Mapping[str, str]:
    """The header of a PUT's first answer."""
    return {"Azure-AsyncOperation": _aks_url(call, operation, "operations")}


def deleting_headers(call: Call, operation: Operation) -> Mapping[str, str]:
    """The headers of a DELETE's first answer."""
    return {**started_headers(call, operation), "Location": _aks_url(call, operation, "operationresults")}


def group_deletion_location(call: Call, operation: Operation) -> str:
    """The URL with the outcome of a resource group's deletion."""
    return f"{call.base_url}/subscriptions/{call.params['subscription']}/operationresults/{operation.identifier}?{_OLD_QUERY}"


def pace(state: ArmState) -> Mapping[str, str]:
    """When to poll again: no header at speed 1, as in Azure, otherwise azure-core's default at the lab's speed."""
    milliseconds = state.poll_milliseconds()
    return {} if milliseconds is None else {"x-ms-retry-after-ms": str(milliseconds)}


def unfinished_pace(state: ArmState, shown: str) -> Mapping[str, str]:
    """The lab's own addition: a client that polls the resource instead of the operation gets the lab's pace, too."""
    return {} if shown in _FINAL_STATES else pace(state)


def _aks_url(call: Call, operation: Operation, kind: str) -> str:
    scope = f"{call.base_url}/subscriptions/{call.params['subscription']}/providers/{NAMESPACE}/locations/{operation.location}"
    return f"{scope}/{kind}/{operation.identifier}?{_query(call, operation)}"


def _query(call: Call, operation: Operation) -> str:
    """The query of an operation's URL; the certificate and signatures have Azure's length, but are not checked."""
    if not call.state.era.signs_operations:
        return _OLD_QUERY
    ticks = _TICKS_BEFORE_1970 + round(operation.started.timestamp() * 10**7)
    parts = {"c": 1200, "s": 256, "h": 32}
    signed = "&".join(f"{name}={_letters(f'{name}/{operation.identifier}', length)}" for name, length in parts.items())
    return f"{_SIGNED_VERSION}&t={ticks}&{signed}"


def _letters(seed: str, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.shake_256(seed.encode()).digest(length)).decode().rstrip("=")


def status(call: Call) -> Reply:
    """The target of Azure-AsyncOperation: always 200, with the status in the body."""
    operation = _operation(call)
    body: dict[str, Any] = {
        "name": operation.identifier if call.state.era.signs_operations else _swapped(operation.identifier),
        "status": operation.phase(call.state.clock.now()),
        "startTime": _timestamp(operation.started),
    }
    if operation.ended is not None:
        body["endTime"] = _timestamp(operation.ended)
    if operation.error is not None:
        body["error"] = dict(operation.error)
    return Reply(body=body, headers=pace(call.state))


def _swapped(identifier: str) -> str:
    """Until mid-2023 the name was the URL's id with its first three groups byte-swapped."""
    return str(uuid.UUID(bytes=uuid.UUID(identifier).bytes_le))


def result(call: Call) -> Reply:
    """The target of Location: 202 while the operation runs, 204 after success, its error after a failure."""
    operation = _operation(call)
    if operation.status == "Failed":
        return Reply(status=409, body={"error": operation.error})
    if operation.ended is not None:
        return Reply(status=204)
    query = urlencode(call.query)
    return Reply(status=202, headers={"Location": f"{call.base_url}{call.path}?{query}", **pace(call.state)})


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
