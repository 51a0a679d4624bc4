# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.lab.arm.faults.effects import ConnectionCutError, FailLater, Refuse
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.table import FAULTS
from tests.unit.lab.arm_calls import CLUSTER, GROUP, POOL, SUBSCRIPTION, Caller
from tests.unit.lab.arm_lab import PRINCIPAL, Lab, gpu_pool, system_pool

OTHER_CLUSTER = CLUSTER.replace("aks", "second")
FEATURE = f"{SUBSCRIPTION}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/GPUDedicatedVHDPreview/unregister"
OPERATION = f"{SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/eastus/operations/x"
TOKEN = f"/{PRINCIPAL.tenant_id}/oauth2/v2.0/token"
_UNFILLED = re.compile(r"\{\w*\}|<\w+>")


def named(kind: type) -> list[Fault]:
    return [fault for fault in FAULTS.values() if isinstance(fault.effect, kind)]


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster())


def body_of(url: str) -> dict[str, Any]:
    if url == OTHER_CLUSTER:
        return {"location": "eastus", "properties": {"dnsPrefix": "x", "agentPoolProfiles": [system_pool()]}}
    return {"properties": gpu_pool()}


def aim(fault: Fault) -> tuple[str, str]:
    """A request that the fault meets."""
    targets = (
        ("PUT", POOL),
        ("PUT", OTHER_CLUSTER),
        ("POST", FEATURE),
        ("DELETE", POOL),
        ("POST", TOKEN),
        ("GET", OPERATION),
        ("GET", CLUSTER),
    )
    return next(target for target in targets if fault.where.matches(*target))


@pytest.mark.parametrize("fault", [f for f in named(Refuse) if not f.effect.entra], ids=lambda fault: fault.name)
def test_a_refusal_has_azures_shape_and_leaves_nothing(caller: Caller, fault: Fault) -> None:
    assert isinstance(fault.effect, Refuse)
    method, url = aim(fault)
    caller.lab.state.faults.arm(fault.name)
    reply = caller.send(method, url, body_of(url))
    assert isinstance(reply.body, dict)
    error = reply.body["error"] if fault.effect.gateway else reply.body
    assert (reply.status, error["code"]) == (fault.effect.status, fault.effect.code)
    assert error["message"]
    assert not _UNFILLED.search(error["message"])
    assert ("Retry-After" in reply.headers) is fault.effect.retry_after
    assert ("WWW-Authenticate" in reply.headers) is fault.effect.challenge
    assert ("x-ms-failure-cause" in reply.headers) is fault.effect.gateway
    assert caller.lab.state.aks.find("rg", "second") is None
    assert list(caller.lab.state.aks.cluster("rg", "aks").pools) == ["nodepool1"]
    assert url == OPERATION or caller.send(method, url, body_of(url)).status < 400


@pytest.mark.parametrize("fault", [f for f in named(Refuse) if f.effect.entra], ids=lambda fault: fault.name)
def test_the_token_endpoint_refuses_in_oauths_shape(caller: Caller, fault: Fault) -> None:
    caller.lab.state.faults.arm(fault.name)
    reply = caller.send(*aim(fault))
    assert isinstance(reply.body, dict)
    assert reply.body["error_description"].startswith("AADSTS")
    assert not _UNFILLED.search(reply.body["error_description"])


@pytest.mark.parametrize("fault", [f for f in named(FailLater) if "DELETE" not in f.where.methods], ids=lambda fault: fault.name)
def test_a_failure_shows_in_the_operation_and_in_the_pool_and_a_second_put_mends_it(caller: Caller, fault: Fault) -> None:
    assert isinstance(fault.effect, FailLater)
    caller.lab.state.faults.arm(fault.name)
    accepted = caller.send("PUT", POOL, body_of(POOL))
    assert accepted.status == 201
    operation = accepted.headers["Azure-AsyncOperation"]
    assert caller.get(operation)["status"] == "InProgress"
    caller.lab.advance(273)
    status = caller.get(operation)
    assert (status["status"], status["error"]["code"]) == ("Failed", fault.effect.code)
    assert not _UNFILLED.search(status["error"]["message"])
    properties = caller.get(POOL)["properties"]
    assert properties["provisioningState"] == "Failed"
    assert properties["status"]["provisioningError"] == status["error"]
    assert caller.send("PUT", POOL, body_of(POOL)).status == 200
    caller.lab.advance(273)
    properties = caller.get(POOL)["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert "status" not in properties


@pytest.mark.parametrize(("part", "nodes"), [(None, 2), ("0.75", 3), ("0", 0)])
def test_a_pool_can_be_half_made(caller: Caller, part: str | None, nodes: int) -> None:
    caller.lab.state.faults.arm("half-made", values={"part": part} if part else None)
    caller.send("PUT", POOL, {"properties": gpu_pool(count=4, maxCount=4)})
    caller.lab.advance(273)
    assert (caller.lab.pool().state, caller.lab.pool().nodes) == ("Failed", nodes)
    assert caller.lab.nodes().get("gpunp", 0) == nodes


def test_a_failed_update_leaves_the_nodes_as_they_were(caller: Caller) -> None:
    caller.lab.with_pool()
    caller.lab.state.faults.arm("allocation-failed")
    caller.send("PUT", POOL, {"properties": gpu_pool(count=3, nodeTaints=["a=b:NoSchedule"])})
    caller.lab.advance(60)
    assert caller.lab.pool().state == "Failed"
    (view,) = (view for view in caller.lab.state.backed_pools() if view.name == "gpunp")
    assert (view.count, view.taints) == (1, ("sku=gpu:NoSchedule",))


def test_a_deletion_can_fail(caller: Caller) -> None:
    caller.lab.with_pool()
    caller.lab.state.faults.arm("delete-failed")
    accepted = caller.send("DELETE", POOL)
    assert accepted.status == 202
    assert caller.send("GET", accepted.headers["Location"]).status == 202
    caller.lab.advance(50)
    assert caller.lab.pool().state == "Failed"
    assert caller.refused("GET", accepted.headers["Location"])[:2] == (409, "InternalOperationError")


def test_failed_cluster_reports_the_reason(caller: Caller) -> None:
    caller.lab.state.faults.arm("sku-not-available")
    caller.send("PUT", OTHER_CLUSTER, body_of(OTHER_CLUSTER))
    caller.lab.advance(322)
    properties = caller.get(OTHER_CLUSTER)["properties"]
    assert properties["provisioningState"] == properties["agentPoolProfiles"][0]["provisioningState"] == "Failed"
    assert properties["status"]["provisioningError"]["code"] == "SkuNotAvailable"


def test_an_operation_can_go_on_for_ever(caller: Caller) -> None:
    caller.lab.state.faults.arm("never-ends")
    operation = caller.send("PUT", POOL, body_of(POOL)).headers["Azure-AsyncOperation"]
    caller.lab.advance(10 * 86400)
    assert caller.get(operation)["status"] == "CreatingAgentPool: 0/1 nodes completed"
    assert caller.send("POST", f"{POOL}/abort").status == 202
    caller.lab.advance(10)
    assert caller.get(operation)["status"] == "Canceled"
    assert caller.lab.pool().state == "Canceled"


@pytest.mark.parametrize(("name", "made"), [("cut-before", False), ("cut-after", True)])
def test_a_cut_connection_may_or_may_not_have_taken_effect(caller: Caller, name: str, made: bool) -> None:
    caller.lab.state.faults.arm(name)
    with pytest.raises(ConnectionCutError):
        caller.send("PUT", POOL, body_of(POOL))
    assert (caller.lab.state.aks.cluster("rg", "aks").find_pool("gpunp") is not None) is made


def test_a_burst_ends(caller: Caller) -> None:
    caller.lab.state.faults.arm("server-error", times=2, values={"status": "502"})
    assert [caller.send("GET", CLUSTER).status for _again in range(3)] == [502, 502, 200]


def test_a_fault_without_times_stays_until_it_is_cleared(caller: Caller) -> None:
    caller.tell("faults", {"name": "throttled", "times": None, "method": "GET", "path": "**/managedClusters/*"})
    assert [caller.send("GET", CLUSTER).status for _again in range(3)] == [429, 429, 429]
    assert caller.send("GET", GROUP).status == 200
    assert len(caller.get("/_lab/faults")["armed"]) == 1
    assert caller.send("DELETE", "/_lab/faults").status == 200
    assert caller.send("GET", CLUSTER).status == 200


def test_code_and_message_can_be_others(caller: Caller) -> None:
    caller.tell("faults", {"name": "vm-size-not-supported", "values": {"code": "Odd", "message": "{size} in {location}"}})
    assert caller.refused("PUT", POOL, body_of(POOL)) == (400, "Odd", "Standard_NC4as_T4_v3 in eastus")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "many"),
        ("status", "200"),
        ("retry_after_s", "soon"),
        ("seconds", "-1"),
        ("part", "2"),
        ("message", '{"a'),
        ("message", "{0}"),
    ],
)
def test_a_value_that_a_fault_cannot_use_is_refused_when_it_is_armed(caller: Caller, name: str, value: str) -> None:
    status, code, message = caller.refused("POST", "/_lab/faults", {"name": "server-error", "values": {name: value}})
    assert (status, code) == (400, "LabControl")
    assert f"{name}={value}: write a " in message
    assert caller.send("GET", CLUSTER).status == 200


def test_a_device_fault_is_set_and_cleared_while_the_lab_runs(caller: Caller) -> None:
    caller.tell("device-faults", {"fault": "ecc", "device": 3, "pool": "gpunp"})
    assert caller.get("/_lab/device-faults")["set"] == [{"fault": "ecc", "device": 3, "node": None, "pool": "gpunp"}]
    assert caller.lab.state.device_faults.of(node="any", pool="gpunp", device=3) == "ecc"
    assert caller.send("DELETE", "/_lab/device-faults").body["set"] == []


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"fault": "nonsense", "pool": "gpunp"}, "nonsense"),
        ({"fault": "ecc"}, "node or a pool"),
        ({"fault": "ecc", "pool": "gpunp", "device": -1}, "device"),
        ({"fault": "ecc", "pool": 1}, "pool"),
    ],
)
def test_a_device_fault_that_cannot_be_is_refused(caller: Caller, fault: dict[str, Any], word: str) -> None:
    status, code, message = caller.refused("POST", "/_lab/device-faults", fault)
    assert (status, code, word in message) == (400, "LabControl", True)
    assert caller.get("/_lab/device-faults")["set"] == []


def test_a_value_may_follow_from_another(caller: Caller) -> None:
    caller.lab.state.faults.arm("quota-exceeded", values={"required": "16"})
    operation = caller.send("PUT", POOL, body_of(POOL)).headers["Azure-AsyncOperation"]
    caller.lab.advance(273)
    message = caller.get(operation)["error"]["message"]
    assert "exceeding approved Standard NCASv3_T4 Family Cores quota." in message
    assert "Additional Required: 16, (Minimum) New Limit Required: 16." in message


def test_fault_messages_name_the_requested_resource(caller: Caller) -> None:
    caller.lab.state.faults.arm("authorization-failed")
    _status, _code, message = caller.refused("PUT", POOL, body_of(POOL))
    assert "action 'Microsoft.ContainerService/managedClusters/agentPools/write'" in message
    assert f"over scope '{POOL}'" in message


@pytest.mark.parametrize("body", [None, [], {"properties": []}, {"properties": {"agentPoolProfiles": [1]}}, {"properties": {"vmSize": 5}}])
def test_odd_bodies_do_not_matter_to_a_fault(caller: Caller, body: object) -> None:
    caller.lab.state.faults.arm("vm-size-not-supported")
    assert caller.refused("PUT", POOL, body)[1] == "VMSizeNotSupported"
