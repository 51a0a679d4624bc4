# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a stopped pool shows, what starts it again, and what an abort leaves. Recorded: aks-preview's test_aks_nodepool_abort.

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lab.arm_calls import CLUSTER, POOL, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool

STOPPED, RUNNING = {"code": "Stopped"}, {"code": "Running"}


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster().with_pool(count=2))


def properties(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(POOL)["properties"]
    return found


def put(caller: Caller, **changes: Any) -> dict[str, Any]:
    reply = caller.send("PUT", POOL, {"properties": {**properties(caller), **changes}})
    assert reply.status == 200, reply.body
    assert isinstance(reply.body, dict)
    answered: dict[str, Any] = reply.body["properties"]
    return answered


def stop(caller: Caller) -> None:
    put(caller, powerState=STOPPED)
    caller.lab.advance(60)


def test_stopped_pool_is_stopping_in_its_response_and_empty_when_done(caller: Caller) -> None:
    answered = put(caller, powerState=STOPPED)
    assert (answered["count"], answered["powerState"], answered["provisioningState"]) == (0, STOPPED, "Stopping")
    assert (properties(caller)["count"], properties(caller)["powerState"]) == (2, STOPPED)
    caller.lab.advance(60)
    assert (properties(caller)["count"], properties(caller)["provisioningState"]) == (0, "Succeeded")
    profiles = {profile["name"]: profile["count"] for profile in caller.get(CLUSTER)["properties"]["agentPoolProfiles"]}
    assert profiles == {"nodepool1": 1, "gpunp": 0}


@pytest.mark.parametrize("sent", [{"count": 0}, {"count": None}])
def test_a_start_without_a_count_brings_the_old_one_back(caller: Caller, sent: dict[str, Any]) -> None:
    stop(caller)
    assert put(caller, powerState=RUNNING, **sent)["count"] == 2
    caller.lab.advance(273)
    assert caller.lab.nodes()["gpunp"] == 2


def test_a_start_with_a_count_has_so_many_nodes(caller: Caller) -> None:
    stop(caller)
    put(caller, powerState=RUNNING, count=3)
    caller.lab.advance(273)
    assert caller.lab.nodes()["gpunp"] == 3


@pytest.mark.parametrize("sent", [{"count": 0}, {"count": 2}, {"count": 0, "minCount": 1, "maxCount": 3}])
def test_a_stopped_pool_goes_on_showing_no_nodes_whatever_count_is_sent(caller: Caller, sent: dict[str, Any]) -> None:
    stop(caller)
    assert put(caller, nodeLabels={"a": "b"}, **sent)["count"] == 0
    caller.lab.advance(100)
    assert properties(caller)["count"] == 0
    assert caller.lab.nodes()["gpunp"] == 0


def test_a_pool_that_is_stopped_with_a_count_of_0_keeps_what_it_had(caller: Caller) -> None:
    put(caller, powerState=STOPPED, count=0)
    caller.lab.advance(60)
    put(caller, powerState=RUNNING)
    caller.lab.advance(273)
    assert caller.lab.nodes()["gpunp"] == 2


def test_a_cluster_can_be_updated_while_a_pool_of_it_is_stopped(caller: Caller) -> None:
    stop(caller)
    assert caller.send("PUT", CLUSTER, {**caller.get(CLUSTER), "tags": {"a": "b"}}).status == 200
    caller.lab.advance(111)
    assert properties(caller)["count"] == 0
    put(caller, powerState=RUNNING)
    caller.lab.advance(273)
    assert caller.lab.nodes()["gpunp"] == 2


@pytest.mark.parametrize("which", ["pool", "cluster"])
def test_an_aborted_stop_leaves_running_what_ran(caller: Caller, which: str) -> None:
    if which == "pool":
        put(caller, powerState=STOPPED)
    else:
        caller.send("POST", f"{CLUSTER}/stop")
    aborted = caller.send("POST", f"{POOL if which == 'pool' else CLUSTER}/abort")
    assert aborted.status == 202
    assert properties(caller)["powerState"] == (STOPPED if which == "pool" else RUNNING)
    caller.lab.advance(10)
    shown = properties(caller)
    assert (shown["provisioningState"], shown["powerState"], shown["count"]) == ("Canceled", RUNNING, 2)
    assert caller.get(CLUSTER)["properties"]["powerState"] == RUNNING
    caller.lab.advance(400)
    assert caller.lab.nodes()["gpunp"] == 2


def test_an_aborted_start_leaves_stopped_what_was_stopped(caller: Caller) -> None:
    stop(caller)
    put(caller, powerState=RUNNING)
    caller.send("POST", f"{POOL}/abort")
    caller.lab.advance(10)
    shown = properties(caller)
    assert (shown["provisioningState"], shown["powerState"], shown["count"]) == ("Canceled", STOPPED, 0)
    assert caller.lab.nodes()["gpunp"] == 0


def test_a_stop_that_fails_leaves_the_pool_running(caller: Caller) -> None:
    caller.tell("faults", {"name": "half-made", "values": {"part": "0"}})
    put(caller, powerState=STOPPED)
    caller.lab.advance(60)
    shown = properties(caller)
    assert (shown["provisioningState"], shown["powerState"], shown["count"]) == ("Failed", RUNNING, 2)
    assert caller.lab.nodes()["gpunp"] == 2


def test_an_aborted_update_of_a_running_pool_leaves_it_running(caller: Caller) -> None:
    caller.send("PUT", POOL, {"properties": gpu_pool(count=3)})
    caller.send("POST", f"{POOL}/abort")
    caller.lab.advance(10)
    assert properties(caller)["powerState"] == RUNNING
