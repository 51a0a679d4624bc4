# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What can be done to a pool or cluster besides PUT and DELETE, and under which condition.

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.model.clusters.versions import check_skew
from tests.lab.eras import ERAS
from tests.unit.lab.arm_calls import CLUSTER, POOL, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool


@pytest.fixture
def caller() -> Caller:
    return Caller(Lab().with_cluster().with_pool())


def pool_body(**changes: Any) -> dict[str, Any]:
    return {"properties": gpu_pool(**changes)}


class TestConditions:
    """If-Match and If-None-Match."""

    @pytest.mark.parametrize("url", [POOL, CLUSTER])
    def test_the_etag_changes_with_each_accepted_write_and_at_its_operations_end(self, caller: Caller, url: str) -> None:
        def etag() -> str:
            found = caller.get(url)
            return str(found.get("eTag") or found["properties"]["eTag"])

        first = etag()
        assert caller.send("PUT", url, caller.get(url)).status == 200
        second = etag()
        caller.lab.advance(400)
        third = etag()
        assert len({first, second, third}) == 3
        caller.lab.advance(400)
        assert etag() == third

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"If-Match": "nonsense"}, 412),
            ({"If-Match": "*"}, 200),
            ({"If-None-Match": "*"}, 412),
            ({"If-None-Match": "nonsense"}, 200),
            ({}, 200),
        ],
    )
    @pytest.mark.parametrize("url", [POOL, CLUSTER])
    def test_a_write_meets_its_condition_or_is_refused(self, caller: Caller, url: str, headers: dict[str, str], status: int) -> None:
        assert caller.send("PUT", url, caller.get(url), headers=headers).status == status

    def test_the_etag_that_was_read_lets_a_write_through_once(self, caller: Caller) -> None:
        headers = {"If-Match": caller.get(POOL)["properties"]["eTag"]}
        assert caller.send("PUT", POOL, pool_body(count=2), headers=headers).status == 200
        caller.lab.advance(60)
        assert caller.refused("PUT", POOL, pool_body(count=3), headers=headers)[:2] == (412, "PreconditionFailed")
        assert caller.send("DELETE", POOL, headers=headers).status == 412

    def test_what_is_not_there_has_no_etag_to_match(self, caller: Caller) -> None:
        other = POOL.replace("gpunp", "other")
        assert caller.send("PUT", other, pool_body(), headers={"If-Match": "*"}).status == 412
        assert caller.send("PUT", other, pool_body(), headers={"If-None-Match": "*"}).status == 201


class TestAbort:
    """An operation that is ended where it is."""

    def test_an_update_of_a_pool(self, caller: Caller) -> None:
        running = caller.send("PUT", POOL, pool_body(count=3)).headers["Azure-AsyncOperation"]
        aborted = caller.send("POST", POOL.replace("managedClusters", "managedclusters") + "/abort")
        assert aborted.status == 202
        assert {"Azure-AsyncOperation", "Location"} <= set(aborted.headers)
        assert caller.get(running)["status"] == "Canceled"
        assert caller.get(POOL)["properties"]["provisioningState"] == "Scaling"
        caller.lab.advance(10)
        assert caller.get(aborted.headers["Azure-AsyncOperation"])["status"] == "Succeeded"
        assert caller.get(POOL)["properties"]["provisioningState"] == "Canceled"
        caller.lab.advance(400)
        assert caller.lab.nodes()["gpunp"] == 1
        assert caller.send("PUT", POOL, pool_body(count=3)).status == 200

    def test_a_clusters_creation(self, caller: Caller) -> None:
        caller.lab.put_cluster("second")
        second = CLUSTER.replace("aks", "second")
        assert caller.send("POST", f"{second}/abort").status == 202
        caller.lab.advance(400)
        properties = caller.get(second)["properties"]
        assert properties["provisioningState"] == properties["agentPoolProfiles"][0]["provisioningState"] == "Canceled"

    @pytest.mark.parametrize("url", [POOL, CLUSTER])
    def test_nothing_to_abort_is_a_conflict(self, caller: Caller, url: str) -> None:
        assert caller.refused("POST", f"{url}/abort")[0] == 409


class TestPower:
    """Stopped machines cost nothing and are not there."""

    def test_a_cluster_stops_and_starts_with_all_its_nodes(self, caller: Caller) -> None:
        assert caller.send("POST", f"{CLUSTER}/stop").status == 202
        assert caller.get(CLUSTER)["properties"]["provisioningState"] == "Stopping"
        caller.lab.advance(180)
        properties = caller.get(CLUSTER)["properties"]
        assert (properties["provisioningState"], properties["powerState"]) == ("Succeeded", {"code": "Stopped"})
        assert caller.get(POOL)["properties"]["powerState"] == {"code": "Stopped"}
        assert set(caller.lab.nodes().values()) == {0}
        assert caller.refused("PUT", POOL, pool_body(count=2))[0] == 400
        assert caller.send("POST", f"{CLUSTER}/start").status == 202
        caller.lab.advance(240)
        assert caller.get(CLUSTER)["properties"]["powerState"] == {"code": "Running"}
        assert caller.lab.nodes() == {"nodepool1": 1, "gpunp": 1}

    def test_a_pool_stops_and_starts_by_its_own_put(self, caller: Caller) -> None:
        body = caller.get(POOL)
        body["properties"]["powerState"] = {"code": "Stopped"}
        caller.send("PUT", POOL, body)
        assert caller.get(POOL)["properties"]["provisioningState"] == "Stopping"
        caller.lab.advance(60)
        assert caller.get(POOL)["properties"]["powerState"] == {"code": "Stopped"}
        assert caller.lab.nodes()["gpunp"] == 0
        caller.send("PUT", POOL, pool_body(nodeLabels={"a": "b"}))  # does not name the power state
        caller.lab.advance(8)
        assert caller.lab.nodes()["gpunp"] == 0
        caller.send("PUT", POOL, pool_body(powerState={"code": "Running"}))
        assert caller.get(POOL)["properties"]["provisioningState"] == "Starting"
        caller.lab.advance(273)
        assert caller.lab.nodes()["gpunp"] == 1


class TestNodeImages:
    """A newer node image comes by an upgrade of its own."""

    def test_a_pool_keeps_its_image_until_it_is_upgraded(self, caller: Caller) -> None:
        before = caller.get(POOL)["properties"]["nodeImageVersion"]
        caller.tell("settings", {"node_image_release": "202612.01.0"})
        caller.send("PUT", POOL, pool_body(count=2))
        caller.lab.advance(60)
        assert caller.get(POOL)["properties"]["nodeImageVersion"] == before
        newest = before.rpartition("-")[0] + "-202612.01.0"
        assert caller.get(f"{POOL}/upgradeProfiles/default")["properties"]["latestNodeImageVersion"] == newest
        assert caller.send("POST", f"{POOL}/upgradeNodeImageVersion").status == 202
        assert caller.get(POOL)["properties"]["provisioningState"] == "UpgradingNodeImageVersion"
        caller.lab.advance(241)
        assert caller.get(POOL)["properties"]["nodeImageVersion"] == newest

    def test_new_pools_have_the_newest(self, caller: Caller) -> None:
        caller.tell("settings", {"node_image_release": "202612.01.0"})
        assert caller.lab.put_pool("other").properties["nodeImageVersion"].endswith("-202612.01.0")


class TestVersions:
    """Kubernetes versions go up step by step."""

    @pytest.mark.parametrize(("version", "text"), [("1.36", "1.34.8 to 1.36.2"), ("1.33", "1.34.8 to 1.33.12")])
    def test_a_cluster_goes_up_by_one_minor_version(self, version: str, text: str) -> None:
        lab = Lab().with_cluster()
        with pytest.raises(ArmError) as refusal:
            lab.put_cluster(properties={"kubernetesVersion": version}, pools=[])
        assert refusal.value.code == "OperationNotAllowed"
        assert refusal.value.message.startswith(f"Upgrading Kubernetes version {text} is not allowed. Available upgrades: [1.35.5].")

    def test_a_pool_is_never_newer_than_its_cluster(self, caller: Caller) -> None:
        _status, code, message = caller.refused("PUT", POOL, pool_body(orchestratorVersion="1.35"))
        assert code == "NodePoolMcVersionIncompatible"
        assert message.startswith("Node pool version 1.35.5 and control plane version 1.34.8 are incompatible.")

    @pytest.mark.parametrize(("era", "pool", "control_plane", "most"), [("2021", "1.18.1", "1.21.1", 2), ("2026", "1.32.1", "1.36.2", 3)])
    def test_a_pool_is_not_much_older_than_its_cluster(self, era: str, pool: str, control_plane: str, most: int) -> None:
        with pytest.raises(ArmError, match=f"cannot be more than {most} versions less than control plane's version"):
            check_skew(pool, control_plane, era=ERAS[era])

    def test_a_pool_does_not_go_back(self, caller: Caller) -> None:
        assert caller.refused("PUT", POOL, pool_body(orchestratorVersion="1.33"))[1] == "OperationNotAllowed"

    def test_profiles_list_the_way_up(self, caller: Caller) -> None:
        profile = caller.get(f"{CLUSTER}/upgradeProfiles/default")["properties"]
        assert profile["controlPlaneProfile"]["upgrades"] == [{"kubernetesVersion": "1.35.5"}]
        assert caller.get(f"{POOL}/upgradeProfiles/default")["properties"]["upgrades"] == []
        offered = caller.get(f"{CLUSTER}/availableAgentPoolVersions")["properties"]["agentPoolVersions"]
        assert [entry["kubernetesVersion"] for entry in offered] == ["1.33.12", "1.34.8"]


def test_tags_of_a_cluster_are_replaced_by_patch(caller: Caller) -> None:
    assert caller.send("PATCH", CLUSTER, {"tags": {"a": "b"}}).status == 200
    caller.lab.advance(111)
    assert caller.get(CLUSTER)["tags"] == {"a": "b"}


class TestReimage:
    """The lab's control API for what `az vmss reimage` does."""

    def test_nodes_are_made_anew_one_by_one_or_all(self, caller: Caller) -> None:
        caller.send("PUT", POOL, pool_body(count=2))
        caller.lab.advance(60)
        caller.tell("reimage", {"pool": "gpunp", "indexes": [1]})
        caller.tell("reimage", {"pool": "gpunp"})
        assert caller.lab.state.backed_pools()[1].reimaged == {0: 1, 1: 2}

    @pytest.mark.parametrize(
        "body", [{}, {"pool": "nonsense"}, {"pool": 5}, {"pool": "gpunp", "indexes": 1}, {"pool": "gpunp", "indexes": ["x"]}]
    )
    def test_nonsense_is_refused(self, caller: Caller, body: dict[str, Any]) -> None:
        assert caller.refused("POST", "/_lab/reimage", body)[:2] == (400, "LabControl")
