# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Faults whose point is what happens around the error: in mid-poll, at the end of an operation, in an answer that is not whole.

from __future__ import annotations

import pytest

from tests.lab.arm.faults.effects import NoAnswerError
from tests.unit.lab.arm_calls import CLUSTER, POOL, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster().with_pool())


def begin(caller: Caller, **changes: object) -> str:
    """The operation of an update of the pool."""
    return str(caller.send("PUT", POOL, {"properties": gpu_pool(**changes)}).headers["Azure-AsyncOperation"])


def state(caller: Caller) -> str:
    return str(caller.get(POOL)["properties"]["provisioningState"])


def test_a_poll_meets_a_bad_gateway_and_the_operation_goes_on(caller: Caller) -> None:
    operation = begin(caller, count=2)
    caller.lab.state.faults.arm("bad-gateway-connection", times=2)
    assert [caller.send("GET", operation).status for _again in range(3)] == [502, 502, 200]
    caller.lab.advance(60)
    assert caller.get(operation)["status"] == "Succeeded"


def test_azure_may_ask_to_come_back_in_an_hour(caller: Caller) -> None:
    caller.lab.state.faults.arm("throttled", values={"retry_after_s": "3600"})
    reply = caller.send("GET", POOL)
    assert (reply.status, reply.headers["Retry-After"]) == (429, "3600")


def test_another_services_limit_names_no_time(caller: Caller) -> None:
    caller.lab.state.faults.arm("identity-operation-throttled")
    reply = caller.send("PUT", POOL, {"properties": gpu_pool()})
    assert reply.status == 429
    assert "Retry-After" not in reply.headers


@pytest.mark.parametrize(("sticks", "afterwards"), [("false", None), ("true", "NotLatestOperation")])
def test_an_operation_stumbles_and_succeeds(caller: Caller, sticks: str, afterwards: str | None) -> None:
    caller.lab.state.faults.arm("interim-error", values={"code": "NotLatestOperation", "sticks": sticks})
    operation = begin(caller, count=2)
    running = caller.get(operation)
    assert (running["status"], running["error"]["code"]) == ("InProgress", "NotLatestOperation")
    caller.lab.advance(60)
    ended = caller.get(operation)
    assert (ended["status"], ended.get("error", {}).get("code")) == ("Succeeded", afterwards)
    assert state(caller) == "Succeeded"
    assert "status" not in caller.get(POOL)["properties"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_operation_can_be_aborted_by_others(caller: Caller, method: str) -> None:
    caller.lab.state.faults.arm("operation-canceled")
    operation = caller.send(method, POOL, {"properties": gpu_pool(count=2)}).headers["Azure-AsyncOperation"]
    caller.lab.advance(60)
    ended = caller.get(operation)
    assert (ended["status"], ended["error"]["message"]) == ("Canceled", "Operation is being canceled by user")
    assert state(caller) == "Canceled"
    assert caller.lab.nodes()["gpunp"] == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_cluster_operation_can_be_aborted_by_others(caller: Caller, method: str) -> None:
    caller.lab.state.faults.arm("operation-canceled")
    body = {**caller.get(CLUSTER), "tags": {"a": "b"}}
    operation = caller.send(method, CLUSTER, body).headers["Azure-AsyncOperation"]
    caller.lab.advance(300)
    assert caller.get(operation)["status"] == "Canceled"
    assert caller.get(CLUSTER)["properties"]["provisioningState"] == "Canceled"


def test_a_disruption_budget_fails_an_upgrade_of_the_image(caller: Caller) -> None:
    caller.lab.state.faults.arm("drain-blocked", values={"pod": "web-1"})
    operation = caller.send("POST", f"{POOL}/upgradeNodeImageVersion").headers["Azure-AsyncOperation"]
    caller.lab.advance(241)
    error = caller.get(operation)["error"]
    assert error["code"] == "UpgradeFailed"
    assert "evicting pod web-1 failed with Too Many Requests error" in error["message"]


@pytest.mark.parametrize(("query", "status"), [("", "Failed"), ("?ignore-pod-disruption-budget=true", "Succeeded")])
def test_a_disruption_budget_fails_a_deletion_that_does_not_ignore_it(caller: Caller, query: str, status: str) -> None:
    caller.lab.state.faults.arm("delete-drain-blocked")
    operation = caller.send("DELETE", f"{POOL}{query}").headers["Azure-AsyncOperation"]
    caller.lab.advance(50)
    assert caller.get(operation)["status"] == status


def test_an_answer_may_not_say_how_things_stand(caller: Caller) -> None:
    caller.lab.state.faults.arm("no-provisioning-state")
    properties = caller.get(POOL)["properties"]
    assert "provisioningState" not in properties
    assert properties["count"] == 1


def test_an_accepted_deletion_may_not_say_where_to_ask(caller: Caller) -> None:
    caller.lab.state.faults.arm("no-operation-url")
    reply = caller.send("DELETE", POOL)
    assert reply.status == 202
    assert not {"Location", "Azure-AsyncOperation"} & set(reply.headers)
    assert state(caller) == "Deleting"


def test_an_answer_may_trickle_in_or_never_come(caller: Caller) -> None:
    caller.lab.state.faults.arm("trickle", values={"seconds": "0.5"})
    reply = caller.send("GET", POOL)
    assert (reply.status, reply.byte_every_s) == (200, 0.5)
    caller.lab.state.faults.arm("no-answer")
    with pytest.raises(NoAnswerError):
        caller.send("GET", POOL)


def test_an_operation_that_never_ends_may_show_an_error_all_the_time(caller: Caller) -> None:
    caller.lab.state.faults.arm("never-ends", values={"code": "OverlaymgrReconcileError", "message": "{pool} is not well"})
    operation = begin(caller, count=2)
    caller.lab.advance(86400)
    assert caller.get(operation)["status"] == "InProgress"
    assert caller.get(operation)["error"] == {"code": "OverlaymgrReconcileError", "message": "gpunp is not well"}
