# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the texts of faults say of the request that they meet.

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.lab.arm.model.pools.scale import size_name
from tests.lab.arm.routing import Call

_RESOURCE = re.compile(
    r"(?P<scope>/subscriptions/[^/]+(/resourceGroups/(?P<group>[^/]+))?"
    r"(/providers/(?P<kind>Microsoft\.ContainerService/managedClusters)(/(?P<cluster>[^/]+)(/agentPools(/(?P<pool>[^/]+))?)?)?)?).*",
    re.IGNORECASE,
)
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


class _Known(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def facts(call: Call, values: Mapping[str, str]) -> Mapping[str, str]:
    """The values for a fault's messages: its own and the request's; a value may refer to others, such as `{family} Cores`."""
    match = _RESOURCE.fullmatch(call.path)
    place = {name: value for name, value in match.groupdict().items() if value} if match else {}
    principal = call.state.principal
    known = _Known(
        place,
        subscription=principal.subscription_id,
        tenant=principal.tenant_id,
        client=principal.client_id,
        resource=call.path,
        action=_action(call.method, place),
        **_machine(call, place),
    )
    known.update(values)
    known.update({name: value.format_map(known) for name, value in values.items() if name != "message"})
    return known


def _action(method: str, place: Mapping[str, str]) -> str:
    kind = place.get("kind", "Microsoft.Resources/subscriptions/resourceGroups")
    return f"{kind}{'/agentPools' if 'pool' in place else ''}/{_VERBS.get(method, 'read')}"


def _machine(call: Call, place: Mapping[str, str]) -> dict[str, str]:
    """Size, family and location, from the body or from what exists."""
    cluster = call.state.aks.find(place.get("group", ""), place.get("cluster", ""))
    pool = cluster.find_pool(place.get("pool", "")) if cluster else None
    body = _body(call)
    known = size_name(pool.properties) if pool else call.state.era.default_vm_size
    size = next((asked for asked in _sizes(body) if isinstance(asked, str)), known)
    found = call.state.era.size(size)
    group = call.state.groups.find(place.get("group", ""))
    location = cluster.location if cluster else str(body.get("location") or (group.location if group else "eastus"))
    return {"size": size, "family": found.family if found else "unknown", "location": location}


def _sizes(body: dict[str, Any]) -> list[object]:
    properties = _object(body.get("properties"))
    profiles = properties.get("agentPoolProfiles")
    return [entry.get("vmSize") for entry in (properties, *map(_object, profiles if isinstance(profiles, list) else ()))]


def _body(call: Call) -> dict[str, Any]:
    try:
        return _object(json.loads(call.body))
    except ValueError:
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
