# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.lab.arm.errors.gateway import InvalidSkipTokenError
from tests.lab.arm.routing import Call, Reply

_TOKEN = "$skipToken"


def page(call: Call, items: Sequence[Any], **beside: Any) -> Reply:
    """One page of a list, with what it has beside the items; a full page has a nextLink, whose page may be empty."""
    size = call.state.page_size
    start = _start(call)
    shown = items[start : start + size]
    body: dict[str, Any] = {"value": list(shown), **beside}
    if len(shown) == size:
        body["nextLink"] = f"{call.base_url}{call.path}?{_query(call, start + size)}"
    return Reply(body=body)


def _start(call: Call) -> int:
    token = next((value for name, value in call.query.items() if name.lower() == _TOKEN.lower()), "0")
    if not token.isdecimal():
        raise InvalidSkipTokenError(token)
    return int(token)


def _query(call: Call, start: int) -> str:
    kept = {name: value for name, value in call.query.items() if name.lower() != _TOKEN.lower()}
    return urlencode({**kept, _TOKEN: str(start)})
