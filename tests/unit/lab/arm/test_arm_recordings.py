# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The same requests must get the answers that were recorded, apart from what the recordings' other time and Kubernetes version explain.

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from tests.lab.arm.model.clusters.cluster import cluster_resource
from tests.lab.arm.model.pools.echo import pool_resource
from tests.sources import SOURCES
from tests.unit.lab.arm_lab import PLAIN, Lab, system_pool

# Of the recordings' own place and time, or sent by a preview client only and not asked of the simulator.
_OTHER = {"orchestratorVersion", "currentOrchestratorVersion", "nodeImageVersion", "maxPods", "id"}
_ADDED_SINCE = {"scaleDownMode", "securityProfile", "eTag", "upgradeSettings"}
_UNTIL_MADE_S = 322
_POOLS, _CLUSTERS = "microsoft.containerservice/managedclusters/agentpools", "microsoft.containerservice/managedclusters"


def recorded(kind: str, status: HTTPStatus) -> list[Any]:
    """Parameters of a test: every PUT of such a resource that was answered so, of each source."""
    return [
        pytest.param(exchange, id=f"{source.name}-{path.stem}-{number}")
        for source in SOURCES
        for path in sorted(source.recordings.glob("*.json"))
        for number, exchange in enumerate(_puts(json.loads(path.read_text()), kind, status))
    ]


def _puts(content: Any, kind: str, status: HTTPStatus) -> list[dict[str, Any]]:
    exchanges = content if isinstance(content, list) else []
    puts = (e for e in exchanges if e["request"]["method"] == "PUT" and e["response"]["status"]["code"] == status)
    return [e for e in puts if e["response"]["body"]["type"].lower() == kind]


def without(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


@pytest.mark.parametrize("exchange", recorded(_POOLS, HTTPStatus.CREATED))
def test_a_new_pool_is_echoed_as_recorded(exchange: dict[str, Any]) -> None:
    answer = exchange["response"]["body"]
    pool = Lab().with_cluster().put_raw_pool(exchange["request"]["body"]["properties"], name=answer["name"])
    ours = pool_resource(pool, cluster_id=answer["id"].partition("/agentPools/")[0])
    assert ours["id"] == answer["id"]
    assert ours["type"] == answer["type"]
    assert without(ours["properties"], _OTHER | _ADDED_SINCE) == without(answer["properties"], _OTHER | _ADDED_SINCE)


@pytest.mark.parametrize("exchange", recorded(_POOLS, HTTPStatus.OK))
def test_taints_set_and_cleared_are_echoed_as_recorded(exchange: dict[str, Any]) -> None:
    requested, answer = exchange["request"]["body"]["properties"], exchange["response"]["body"]["properties"]
    lab = Lab()
    lab.put_cluster(pools=[system_pool(vmSize=requested["vmSize"], count=requested["count"])])
    lab.advance(_UNTIL_MADE_S)
    requested = {**requested, "orchestratorVersion": "", "maxPods": 250}
    ours = pool_resource(lab.put_raw_pool(requested, name="nodepool1"), cluster_id="")["properties"]
    assert ours["provisioningState"] == answer["provisioningState"] == "Updating"
    assert without(ours, _OTHER | _ADDED_SINCE) == without(answer, _OTHER | _ADDED_SINCE)


@pytest.mark.parametrize("exchange", recorded(_CLUSTERS, HTTPStatus.CREATED))
def test_a_new_cluster_has_every_field_that_was_recorded(exchange: dict[str, Any]) -> None:
    answer = exchange["response"]["body"]
    written = Lab().state.aks.cluster_work.put("rg", answer["name"], body=exchange["request"]["body"], headers=PLAIN)
    ours = cluster_resource(written.cluster, subscription="sub", tenant="tenant")
    assert set(answer) <= set(ours)
    assert set(answer["properties"]) <= set(ours["properties"])
    assert set(answer["identity"]) <= set(ours["identity"])
    assert ours["sku"] == answer["sku"]
