# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab's own interface beside Azure's: no token, loopback only, not in the request log.

from __future__ import annotations

from typing import Any

from tests.lab.arm.errors.gateway import InvalidRequestContentError
from tests.lab.arm.model.pools.scale import node_count
from tests.lab.arm.model.resources import Cluster
from tests.lab.arm.routing import Call, Reply, Route

PREFIX = "/_lab/"
_LONGEST_ADVANCE_S = 10 * 365 * 86400  # ten years: keeps dates within what datetime can hold


def state_summary(call: Call) -> Reply:
    """All resources and their states."""
    state = call.state
    return Reply(
        body={
            "era": state.era.name,
            **_clock(call),
            "operations_running": state.operations.running(),
            "providers": {provider.name: provider.state for provider in state.registrations.providers()},
            "features": {feature.name: feature.state for feature in state.registrations.features()},
            "resource_groups": {group.name: group.state for group in state.groups.all()},
            "clusters": [_cluster(cluster, backed=cluster is state.aks.backed) for cluster in state.aks.clusters()],
        }
    )


def _cluster(cluster: Cluster, *, backed: bool) -> dict[str, Any]:
    pools = {pool.name: {"state": pool.state, "count": node_count(pool.properties), "nodes": pool.nodes} for pool in cluster.pools.values()}
    return {"name": cluster.name, "resource_group": cluster.group.name, "state": cluster.state, "backed": backed, "pools": pools}


def _clock(call: Call) -> dict[str, Any]:
    return {"now": call.state.clock.now().isoformat(), "speed": call.state.clock.speed}


def get_clock(call: Call) -> Reply:
    """The simulated time and how fast it runs."""
    return Reply(body=_clock(call))


def advance_clock(call: Call) -> Reply:
    """Move simulated time forward by `advance_s` seconds."""
    seconds = call.json().get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST_ADVANCE_S:
        message = f"advance_s must be a number of seconds from 0 to {_LONGEST_ADVANCE_S}"
        raise InvalidRequestContentError(message)
    call.state.clock.advance(seconds)
    call.state.settle()
    call.state.changed()  # time alone also changes what the nodes show
    return Reply(body=_clock(call))


def set_providers(call: Call) -> Reply:
    """Put providers into registration states: {namespace: state}."""
    for namespace, state in _states(call).items():
        call.state.registrations.set_provider(namespace, state)
    return state_summary(call)


def set_features(call: Call) -> Reply:
    """Put preview features into states, known ones or new: {namespace/feature: state}."""
    for name, state in _states(call).items():
        if name.count("/") != 1:
            message = f"'{name}' is not namespace/feature"
            raise InvalidRequestContentError(message)
        call.state.registrations.set_feature(name, state)
    return state_summary(call)


def _states(call: Call) -> dict[str, str]:
    states = call.json()
    if not all(isinstance(state, str) for state in states.values()):
        message = "every value must be a state, as a string"
        raise InvalidRequestContentError(message)
    return states


ROUTES = (
    Route("GET", f"{PREFIX}state", state_summary, public=True),
    Route("GET", f"{PREFIX}clock", get_clock, public=True),
    Route("POST", f"{PREFIX}clock", advance_clock, public=True),
    Route("POST", f"{PREFIX}providers", set_providers, public=True),
    Route("POST", f"{PREFIX}features", set_features, public=True),
)
