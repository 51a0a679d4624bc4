# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Microsoft's recordings of real Azure, read in place beside the clone (not part of the project): the same requests must get the same
# answers, apart from what the recordings' other time and Kubernetes version explain.

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.arm.model.clusters import cluster_resource
from tests.lab.arm.model.pools.echo import pool_resource
from tests.unit.lab.arm_lab import PLAIN, Lab

ORACLE = Path(__file__).parents[4] / "shared" / "oracle" / "extracted"
pytestmark = pytest.mark.skipif(not ORACLE.is_dir(), reason="the recordings are not beside this clone")

# Of the recordings' own place and time, or sent by a preview client only and not asked of the simulator.
_OTHER = {"orchestratorVersion", "currentOrchestratorVersion", "nodeImageVersion", "maxPods", "id"}
_ADDED_SINCE = {"scaleDownMode", "securityProfile", "eTag", "upgradeSettings"}


def exchanges(recording: str, method: str, part: str) -> list[dict[str, Any]]:
    content = json.loads((ORACLE / recording).read_text())
    return [e for e in content if e["request"]["method"] == method and part in e["request"]["uri"].split("?")[0]]


def without(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


@pytest.mark.parametrize("number", [0, 1])
def test_a_new_pool_is_echoed_as_recorded(number: int) -> None:
    exchange = exchanges("nodepool_delete.json", "PUT", "/agentPools/")[number]
    recorded = exchange["response"]["body"]
    pool = Lab().with_cluster().put_raw_pool(exchange["request"]["body"]["properties"], name=recorded["name"])
    ours = pool_resource(pool, cluster_id=recorded["id"].partition("/agentPools/")[0])
    assert ours["id"] == recorded["id"]
    assert ours["type"] == recorded["type"]
    assert without(ours["properties"], _OTHER | _ADDED_SINCE) == without(recorded["properties"], _OTHER | _ADDED_SINCE)


@pytest.mark.parametrize("number", [0, 1])
def test_taints_set_and_cleared_are_echoed_as_recorded(number: int) -> None:
    exchange = exchanges("nodepool_update_taints.json", "PUT", "/agentPools/")[number]
    requested, recorded = exchange["request"]["body"]["properties"], exchange["response"]["body"]["properties"]
    lab = Lab().with_cluster()
    requested = {**requested, "orchestratorVersion": "", "maxPods": 250}
    ours = pool_resource(lab.put_raw_pool(requested, name="nodepool1"), cluster_id="")["properties"]
    assert ours["provisioningState"] == recorded["provisioningState"] == "Updating"
    assert without(ours, _OTHER | _ADDED_SINCE) == without(recorded, _OTHER | _ADDED_SINCE)


def test_a_new_cluster_has_every_field_that_was_recorded() -> None:
    exchange = exchanges("nodepool_delete.json", "PUT", "/managedClusters/")[0]
    recorded = exchange["response"]["body"]
    lab = Lab()
    written = lab.state.aks.cluster_work.put("rg", recorded["name"], body=exchange["request"]["body"], headers=PLAIN)
    ours = cluster_resource(written.cluster, subscription="sub", tenant="tenant")
    assert set(recorded) <= set(ours)
    assert set(recorded["properties"]) <= set(ours["properties"])
    assert set(recorded["identity"]) <= set(ours["identity"])
    assert ours["sku"] == recorded["sku"]
