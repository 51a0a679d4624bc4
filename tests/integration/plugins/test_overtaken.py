# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Somebody else's write comes between our reading and our own: nobody's change is lost, and only what we did is told as changed.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, cluster_body
from tests.lab.arm.faults.armed import Armed
from tests.lab.arm.faults.effects import Answer, Values
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import CLUSTER_PUT, POOL_PUT, Where
from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.lab.arm.routing import Call, Reply
from tests.lab.arm.state import ArmState

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE}
OURS = {"gpuops-aks-created": "true", "cost": "42"}
THEIRS = {"gpuops-aks-created": "true", "rack": "7"}


def tag_pool(state: ArmState, tags: dict[str, str]) -> None:
    _cluster, pool = state.aks.pool(GROUP, CLUSTER, "gpunp")
    pool.properties = {**pool.properties, "tags": tags}
    pool.revision += 1


def tag_cluster(state: ArmState, tags: dict[str, str]) -> None:
    cluster = state.aks.cluster(GROUP, CLUSTER)
    cluster.document = {**cluster.document, "tags": tags}
    cluster.revision += 1


@dataclass(frozen=True)
class SomebodyElse:
    """Another client's write, in the moment before ours arrives."""

    write: Callable[[ArmState, dict[str, str]], None]
    tags: dict[str, str]

    async def apply(self, call: Call, answer: Answer, _values: Values) -> Reply:
        self.write(call.state, self.tags)
        return answer()


class Kind(NamedTuple):
    """What is written by both."""

    operation: Operation
    params: dict[str, Any]
    result: str
    put: Where
    write: Callable[[ArmState, dict[str, str]], None]


EACH = pytest.mark.parametrize(
    "kind",
    [
        Kind(NODEPOOL, POOL, "pool", POOL_PUT, tag_pool),
        Kind(CLUSTERS, {"resource_group": GROUP, "name": CLUSTER}, "cluster", CLUSTER_PUT, tag_cluster),
    ],
    ids=["pool", "cluster"],
)


def overtaken(azure: Azure, kind: Kind, tags: dict[str, str]) -> None:
    """The next write meets somebody else's."""
    azure.run(kind.operation, **kind.params)
    azure.site.state.faults._armed.append(Armed(Fault("somebody-else", kind.put, SomebodyElse(kind.write, tags), ""), 1, {}))


@EACH
def test_concurrent_change_of_others_is_kept(with_cluster: Azure, kind: Kind) -> None:
    overtaken(with_cluster, kind, THEIRS)
    with with_cluster.requests() as sent:
        done = with_cluster.run(kind.operation, **kind.params, tags={"cost": "42"})
    assert [request.status for request in sent if request.is_write] == [412, 200]
    assert done.changed
    assert done.result[kind.result]["tags"].items() >= {**THEIRS, "cost": "42"}.items()


@EACH
def test_change_of_others_is_not_reported_as_changed(with_cluster: Azure, kind: Kind) -> None:
    overtaken(with_cluster, kind, OURS)
    with with_cluster.requests() as sent:
        done = with_cluster.run(kind.operation, **kind.params, tags={"cost": "42"})
    assert [request.status for request in sent if request.is_write] == [412]
    assert (done.changed, done.changes[0].diff()["after"]) == (False, {})
    assert done.result[kind.result]["tags"].items() >= OURS.items()


@EACH
def test_change_with_a_lost_response_is_reported_as_changed(with_cluster: Azure, kind: Kind) -> None:
    with_cluster.run(kind.operation, **kind.params)
    with_cluster.site.state.faults.arm("cut-after", method="PUT")
    done = with_cluster.run(kind.operation, **kind.params, tags={"cost": "42"})
    assert done.changed
    assert done.result[kind.result]["tags"]["cost"] == "42"


class SameCluster:
    """Another client's cluster of the same name, begun in the moment before ours."""

    async def apply(self, call: Call, answer: Answer, _values: Values) -> Reply:
        body = {**cluster_body(), "tags": {"rack": "7"}}
        call.state.aks.cluster_work.put(GROUP, CLUSTER, body=body, headers=CustomHeaders())
        return answer()


def test_cluster_just_created_by_others_is_not_overwritten(azure: Azure) -> None:
    azure.make_group()
    azure.site.state.faults._armed.append(Armed(Fault("somebody-else", CLUSTER_PUT, SameCluster(), ""), 1, {}))
    with azure.requests() as sent:
        done = azure.run(CLUSTERS, resource_group=GROUP, name=CLUSTER)
    assert [request.status for request in sent if request.is_write] == [409]
    assert (done.changed, done.result["cluster"]["tags"]) == (False, {"rack": "7"})


def test_creation_with_a_lost_response_is_not_repeated(azure: Azure) -> None:
    azure.site.state.faults.arm("cut-after", method="PUT")
    with azure.requests() as sent:
        done = azure.run(CLUSTERS, resource_group=GROUP, name=CLUSTER, location="eastus")
    assert [change.subject for change in done.changes if change.changed] == ["resource group rg", "cluster aks"]
    assert done.result["cluster"]["tags"] == {"gpuops-aks-created": "true"}
    assert 200 not in [request.status for request in sent if str(request) == "PUT managedClusters/aks"]


@pytest.mark.parametrize(
    ("method", "change"),
    [("PUT", {"tags": {"cost": "42"}}), ("DELETE", {"state": "absent"})],
)
@pytest.mark.parametrize("fault", ["cluster-operation-in-progress", "cluster-operation-in-progress-2026"])
def test_every_change_of_a_cluster_waits_for_another_clients_operation(
    with_cluster: Azure, fault: str, method: str, change: dict[str, Any]
) -> None:
    azure = with_cluster
    azure.site.state.faults.arm(fault, times=2, method=method, path="**/managedClusters/*")
    with azure.requests() as sent:
        assert azure.run(CLUSTERS, resource_group=GROUP, name=CLUSTER, **change).changed
    assert [request.status for request in sent if request.method == method and request.status == 409] == [409, 409]
