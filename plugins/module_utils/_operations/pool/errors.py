# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Explains Azure's refusal of a pool with what the request and the pool's own state say about it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Iterator

from ..._azure.session import Session
from ..._core.arm.resource_option import inside, shown
from ..._core.pool.options import name_at
from ..._core.pool.plan import PoolPlan, pool_facts
from ..._core.shared.mappings import Json
from ..._core.sizes.lookup import size_advice
from ..._errors import AzureError
from ..failure_reason import with_reason
from .request import PoolRequest

_PROPERTY = re.compile(r"Changing property '(?:properties\.)?(?P<path>[^']+)'")


@contextmanager
def explaining(request: PoolRequest, session: Session, plan: PoolPlan) -> Iterator[None]:
    """Complete Azure's refusal of a pool, or its failure, with what the request and the pool itself say about it."""
    try:
        yield
    except AzureError as error:
        completed = with_pools_reason(error, request, session)
        if completed.code == "VMSizeNotSupported":
            completed.remedy = size_advice(str(plan.body["properties"].get("vmSize") or ""))
        if completed.code == "PropertyChangeNotAllowed" and plan.live is not None:
            _name_values(completed, plan.live, plan.body)
        raise completed from error


def with_pools_reason(error: AzureError, request: PoolRequest, session: Session) -> AzureError:
    """A failure with what the pool itself says of it."""
    return with_reason(
        error,
        session,
        path=request.path(session),
        api=request.api,
        kind="node pool",
        name=request.desired.name,
        facts=lambda failed: {"pool": pool_facts(failed)},
    )


def _name_values(error: AzureError, live: Json, body: Json) -> None:
    """Say which option Azure doesn't change, from what and to what."""
    match = _PROPERTY.search(error.message)
    if match is None:
        return
    path = match["path"]
    before, after = (shown(inside(pool, f"properties.{path}")) for pool in (live, body))
    error.message = f"{error.message.rstrip('.')}: {name_at(tuple(path.split('.')))} is {before} and can't be changed to {after}."
