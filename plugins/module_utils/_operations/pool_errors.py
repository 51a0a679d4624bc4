# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from typing import Any, Mapping

from .._azure.failures import azure_error
from .._azure.session import Session
from .._errors import AzureError
from .._gpu.pool_options import name_at
from .._gpu.pool_states import provisioning_error
from .._gpu.pools import PoolPlan, pool_facts
from .._gpu.resource_options import inside
from .._gpu.sizes import size_advice
from .pool_request import PoolRequest

Json = Mapping[str, Any]
_PROPERTY = re.compile(r"Changing property '(?:properties\.)?(?P<path>[^']+)'")


def explained(error: AzureError, request: PoolRequest, session: Session, plan: PoolPlan) -> AzureError:
    """Azure's refusal of a pool, or its failure, with what the request and the pool itself say about it."""
    if error.status == 0 and error.code != "AzureUnreachable":
        error = _with_reason(error, request, session)
    if error.code == "VMSizeNotSupported":
        error.remedy = size_advice(str(plan.body["properties"].get("vmSize") or ""))
    if error.code == "PropertyChangeNotAllowed" and plan.live is not None:
        _name_values(error, plan.live, plan.body)
    return error


def _with_reason(error: AzureError, request: PoolRequest, session: Session) -> AzureError:
    """An operation that failed tells why, at times only in the pool: both are in the result, and the one that we know explains it."""
    try:
        failed = session.find(request.path(session), api=request.api, what=f"Reading the node pool {request.desired.name}")
    except AzureError:
        return error  # that the pool can't be read must not hide why the operation failed
    reason = provisioning_error(failed) if failed is not None else None
    if reason is not None and not error.recognized:
        found = azure_error(f"{error.message} Of the pool it says", status=0, code=reason["code"], message=reason["message"])
        error = found if found.recognized else error
    if failed is not None:
        error.facts = {**error.facts, "pool": pool_facts(failed)}
    return error


def _name_values(error: AzureError, live: Json, body: Json) -> None:
    """Say which option Azure doesn't change, from what and to what."""
    match = _PROPERTY.search(error.message)
    if match is None:
        return
    path = match["path"]
    before, after = (_shown(inside(pool, f"properties.{path}")) for pool in (live, body))
    error.message = f"{error.message.rstrip('.')}: {name_at(tuple(path.split('.')))} is {before} and can't be changed to {after}."


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
