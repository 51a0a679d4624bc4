# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How an operation shows itself: its URL, its name, its phases. Recorded: aks-preview's tests until mid-2023 and from 2025 on.

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.lab.arm_calls import CLUSTER, POOL, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool


def begun(era: str, **changes: object) -> tuple[Caller, str]:
    caller = Caller(Lab(era).with_cluster())
    reply = caller.send("PUT", POOL, {"properties": gpu_pool(era, **changes)})
    assert reply.status == 201, reply.body
    return caller, str(reply.headers["Azure-AsyncOperation"])


def identifier(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def test_the_url_of_today_is_signed_and_leads_to_the_operation() -> None:
    caller, url = begun("2026")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert list(query) == ["api-version", "t", "c", "s", "h"]
    assert query["api-version"] == "2025-03-01"
    assert query["t"].isdigit()
    assert len(url) > 1500
    assert caller.get(url)["name"] == identifier(url)


def test_the_url_of_2021_is_bare_and_the_name_has_its_first_groups_swapped() -> None:
    caller, url = begun("2021")
    assert urlsplit(url).query == "api-version=2016-03-30"
    assert caller.get(url)["name"] == str(uuid.UUID(bytes=uuid.UUID(identifier(url)).bytes_le))


def test_the_location_of_a_deletion_stays_what_it_was_while_it_runs() -> None:
    caller, _url = begun("2026")
    caller.lab.advance(273)
    location = caller.send("DELETE", POOL).headers["Location"]
    running = caller.send("GET", location)
    assert (running.status, running.headers["Location"]) == (202, location)
    caller.lab.advance(50)
    assert caller.send("GET", location).status == 204


@pytest.mark.parametrize(
    ("nodes", "phases"),
    [
        (1, ["InProgress", "CreatingAgentPool: 0/1 nodes completed"]),
        (2, ["InProgress", "CreatingAgentPool: 0/2 nodes completed", "CreatingAgentPool: 1/2 nodes completed"]),
        (0, ["InProgress", "CreatingAgentPool: 0/0 nodes completed"]),
    ],
)
def test_a_creation_tells_how_far_it_is(nodes: int, phases: list[str]) -> None:
    caller, url = begun("2026", count=nodes, minCount=0)
    seen = []
    for _second in range(272):
        seen.append(caller.get(url)["status"])
        caller.lab.advance(1)
    assert list(dict.fromkeys(seen)) == phases
    caller.lab.advance(1)
    assert caller.get(url)["status"] == "Succeeded"


def test_operations_of_2021_are_in_progress_until_they_end() -> None:
    caller, url = begun("2021")
    caller.lab.advance(270)
    assert caller.get(url)["status"] == "InProgress"


def test_a_cluster_reconciles_its_addons_at_the_end() -> None:
    caller = Caller(Lab().with_cluster())
    url = caller.send("PUT", CLUSTER, caller.get(CLUSTER)).headers["Azure-AsyncOperation"]
    assert caller.get(url)["status"] == "InProgress"
    caller.lab.advance(100)
    assert caller.get(url)["status"] == "ReconcilingAddons"


def test_missing_pool_has_the_services_own_error_form() -> None:
    reply = Caller(Lab().with_cluster()).send("GET", POOL)
    assert reply.status == 404
    assert isinstance(reply.body, dict)
    assert (reply.body["code"], reply.body["subcode"]) == ("NotFound", "GetAgentPool_NotFound_HCPServerError")
    assert reply.body["details"] == [{"code": "Unspecified", "message": reply.body["message"]}]
