# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Pools of type VirtualMachines. Recorded: aks-preview's test_vms_agentpool_type of 2025.

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.lab.arm_calls import CLUSTER, POOL, PREVIEW, STABLE, Caller
from tests.unit.lab.arm_lab import Lab

T4, T4_TWICE = "Standard_NC4as_T4_v3", "Standard_NC8as_T4_v3"


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster())


def pool(*manual: tuple[str, int], **changes: Any) -> dict[str, Any]:
    scale = {"manual": [{"size": size, "count": count} for size, count in manual]}
    return {"properties": {"type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}, "osType": "Linux", **changes}}


def test_machine_pool_shows_no_count_or_size(caller: Caller) -> None:
    assert caller.send("PUT", POOL, pool((T4, 2), (T4_TWICE, 1))).status == 201
    caller.lab.advance(273)
    shown = caller.get(POOL)["properties"]
    assert not {"count", "vmSize", "minCount", "maxCount"} & set(shown)
    assert shown["virtualMachinesProfile"]["scale"]["manual"] == [{"size": T4, "count": 2}, {"size": T4_TWICE, "count": 1}]
    assert caller.lab.nodes()["gpunp"] == 3


def test_what_was_read_can_be_put_again_and_scaled(caller: Caller) -> None:
    caller.send("PUT", POOL, pool((T4, 1)))
    caller.lab.advance(273)
    shown = caller.get(POOL)
    assert caller.send("PUT", POOL, shown).status == 200
    caller.lab.advance(8)
    shown["properties"]["virtualMachinesProfile"]["scale"]["manual"][0]["count"] = 4
    caller.send("PUT", POOL, shown)
    assert caller.get(POOL)["properties"]["provisioningState"] == "Scaling"
    caller.lab.advance(60)
    assert caller.lab.nodes()["gpunp"] == 4
    assert caller.send("PUT", CLUSTER, caller.get(CLUSTER)).status == 200


def test_a_profile_that_is_not_sent_stays(caller: Caller) -> None:
    caller.send("PUT", POOL, pool((T4, 1)))
    caller.lab.advance(273)
    assert caller.send("PUT", POOL, {"properties": {"nodeLabels": {"a": "b"}}}).status == 200
    assert caller.get(POOL)["properties"]["virtualMachinesProfile"]["scale"]["manual"] == [{"size": T4, "count": 1}]


@pytest.mark.parametrize(("version", "autoscale"), [(PREVIEW, {}), (STABLE, [{}])])
def test_autoscaled_machine_pool_has_the_form_of_the_api_version(caller: Caller, version: str, autoscale: Any) -> None:
    limits = {"size": T4, "minCount": 1, "maxCount": 3}
    scale = {"autoscale": [limits] if isinstance(autoscale, list) else limits}
    body = {"properties": {"type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}, "enableAutoScaling": True}}
    assert caller.send("PUT", POOL, body, api_version=version).status == 201
    caller.lab.advance(273)
    assert caller.get(POOL)["properties"]["virtualMachinesProfile"]["scale"] == scale
    assert caller.lab.nodes()["gpunp"] == 1


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (pool((T4, 1), vmSize=T4), "BadRequest", "has no vmSize"),
        (pool((T4, 1), count=1), "BadRequest", "has no count"),
        (pool(), "InvalidParameter", "virtualMachinesProfile.scale is missing"),
        (pool(("", 1)), "InvalidParameter", "virtualMachinesProfile.scale is missing"),
        (pool((T4, -1)), "InvalidParameter", "virtualMachinesProfile.scale"),
        (pool(("Standard_Nonsense", 1)), "VMSizeNotSupported", "Standard_Nonsense"),
        (pool((T4, 1), (T4_TWICE, 1), gpuInstanceProfile="MIG1g"), "InvalidParameter", "gpuInstanceProfile"),
    ],
)
def test_what_it_can_not_be(caller: Caller, body: dict[str, Any], code: str, text: str) -> None:
    status, found, message = caller.refused("PUT", POOL, body)
    assert (status, found) == (400, code)
    assert text in message


def test_a_cluster_may_begin_with_one(caller: Caller) -> None:
    first = {"name": "nodepool1", "mode": "System", **pool(("Standard_D4s_v5", 2))["properties"]}
    second = CLUSTER.replace("aks", "second")
    body = {"location": "eastus", "properties": {"dnsPrefix": "second", "agentPoolProfiles": [first]}}
    assert caller.send("PUT", second, body).status == 201
    profile = caller.get(second)["properties"]["agentPoolProfiles"][0]
    assert not {"count", "vmSize"} & set(profile)


def test_its_machines_count_against_quotas(caller: Caller) -> None:
    caller.tell("quotas", {"*": {"Standard NCASv3_T4 Family": 8}})
    assert caller.refused("PUT", POOL, pool((T4, 3)))[1] == "ErrCode_InsufficientVCPUQuota"
    assert caller.send("PUT", POOL, pool((T4, 2))).status == 201
