# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from azure.mgmt.containerservice import models

from tests.lab.arm import schema
from tests.unit.lab.arm_calls import CLUSTER, POOL, PREVIEW, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool, system_pool

UNKNOWN = (
    'UnmarshalEntity encountered error: json: unknown field "{}" Check that the field is in the right location, is spelled correctly, '
    "and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information.."
)


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster())


def pool(**changes: Any) -> dict[str, Any]:
    return {"properties": gpu_pool(**changes)}


def cluster(**properties: Any) -> dict[str, Any]:
    return {"location": "eastus", "properties": {"dnsPrefix": "aks", "agentPoolProfiles": [system_pool()], **properties}}


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (POOL, pool(vmsize="x"), "vmsize"),
        (POOL, pool(gpuProfile={"nvidia": {"migStrategy": "None"}}), "migStrategy"),
        (POOL, {**pool(), "vmSize": "Standard_NC4as_T4_v3"}, "vmSize"),
        (CLUSTER, cluster(nonsense=1), "nonsense"),
        (CLUSTER, cluster(agentPoolProfiles=[system_pool(gpuProfile={"driverType": "CUDA"})]), "driverType"),
    ],
)
def test_a_stable_version_refuses_what_it_does_not_know_and_a_preview_takes_it(
    caller: Caller, url: str, body: dict[str, Any], field: str
) -> None:
    reply = caller.send("PUT", url, body)
    assert reply.status == 400
    assert reply.body == {"code": "UnmarshalError", "details": None, "message": UNKNOWN.format(field), "subcode": ""}
    assert caller.send("PUT", url, body, api_version=PREVIEW).status in {200, 201}


def test_preview_version_echoes_unknown_properties(caller: Caller) -> None:
    caller.send("PUT", POOL, pool(brandNew={"a": [1]}), api_version=PREVIEW)
    assert caller.get(POOL)["properties"]["brandNew"] == {"a": [1]}


@pytest.mark.parametrize(
    ("change", "found", "wanted"),
    [
        ({"nodeTaints": "sku=gpu:NoSchedule"}, "string into Go struct field Properties.properties.nodeTaints", "[]string"),
        ({"nodeTaints": [1]}, "number into Go struct field Properties.properties.nodeTaints", "string"),
        ({"nodeTaints": [None]}, "null into Go struct field Properties.properties.nodeTaints", "string"),
        ({"count": "1"}, "string into Go struct field Properties.properties.count", "int32"),
        ({"count": True}, "bool into Go struct field Properties.properties.count", "int32"),
        ({"count": 1.5}, "number into Go struct field Properties.properties.count", "int32"),
        ({"gpuProfile": {"nvidia": "Managed"}}, "string into Go struct field Properties.properties.gpuProfile.nvidia", "NvidiaGPUProfile"),
        ({"tags": {"a": 1}}, "number into Go struct field Properties.properties.tags.a", "string"),
        ({"enableAutoScaling": "yes"}, "string into Go struct field Properties.properties.enableAutoScaling", "bool"),
        ({"spotMaxPrice": "1"}, "string into Go struct field Properties.properties.spotMaxPrice", "float64"),
    ],
)
@pytest.mark.parametrize("version", ["2021-05-01", "2026-08-01", PREVIEW])
def test_a_field_of_the_wrong_type_is_refused_by_every_version(
    caller: Caller, change: dict[str, Any], found: str, wanted: str, version: str
) -> None:
    status, code, message = caller.refused("PUT", POOL, pool(**change), api_version=version)
    assert (status, code) == (400, "UnmarshalError")
    assert message == f"UnmarshalEntity encountered error: json: cannot unmarshal {found} of type {wanted}."


@pytest.mark.parametrize("change", [{"tags": {"a": None}}, {"spotMaxPrice": -1}, {"nodeLabels": None}])
def test_null_and_whole_numbers_are_valid_types(caller: Caller, change: dict[str, Any]) -> None:
    assert caller.send("PUT", POOL, pool(**change)).status == 201


def test_what_was_read_can_be_put_again(caller: Caller) -> None:
    caller.lab.with_pool()
    assert caller.send("PUT", POOL, caller.get(POOL)).status == 200
    caller.lab.advance(60)
    assert caller.send("PUT", CLUSTER, caller.get(CLUSTER)).status == 200


@pytest.mark.parametrize("model", [models.AgentPool, models.ManagedCluster])
def test_every_field_of_the_sdks_models_is_understood(model: type) -> None:
    seen: set[type] = set()
    waiting = [model]
    while waiting:
        current = waiting.pop()
        seen.add(current)
        kinds = list(schema._fields(current).values())
        assert kinds or current.__name__ == "UserAssignedIdentity" or not vars(current).get("__annotations__")
        for kind in kinds:
            assert kind.go_type
            inner = kind
            while isinstance(inner, schema._Sequence | schema._Map):
                inner = inner.item
            if isinstance(inner, schema._Model) and inner.model not in seen:
                waiting.append(inner.model)
    assert len(seen) > 10
