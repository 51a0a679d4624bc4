# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the Azure CLI, azure.azcollection and the SDK send: each request must be answered with the status that lets the client go on.

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, serve
from tests.sources import SOURCES

_CAPTURED_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_CUSTOM_HEADERS = {"usegpudedicatedvhd", "usegen2vm"}
_OF_ANOTHER_VERSION = {"kubernetesVersion", "orchestratorVersion", "maxPods"}  # captured against 1.33, which 2021 did not have
_LONGER_THAN_ANY_OPERATION = 400
_CAPTURES = [pytest.param(path, id=f"{source.name}-{path.stem}") for source in SOURCES for path in sorted(source.captures.glob("*.json"))]


def captured(path: Path) -> list[dict[str, Any]]:
    """The calls to Azure Resource Manager; polls are left out, their URLs are of another simulator."""
    exchanges = json.loads(path.read_text())
    return [e for e in exchanges if e["path"].startswith("/subscriptions/") and "/operation" not in e["path"]]


def replayed(exchange: dict[str, Any]) -> HttpRequest:
    body = exchange["body"] or None
    if body is not None and "properties" in body:
        body = {**body, "properties": {key: value for key, value in body["properties"].items() if key not in _OF_ANOTHER_VERSION}}
    path = exchange["path"].replace(_CAPTURED_SUBSCRIPTION, PRINCIPAL.subscription_id)
    headers = {name: value for name, value in exchange["headers"].items() if name.lower() in _CUSTOM_HEADERS}
    return HttpRequest(exchange["method"], f"{path}?{exchange['query']}", json=body, headers=headers)


def replay(site: ArmSite, exchanges: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Sends the requests one after another: the method, the path and the status of each answer."""
    client = site.client()
    answers = []
    for exchange in exchanges:
        response = client.send_request(replayed(exchange))
        answers.append((exchange["method"], exchange["path"], response.status_code))
        site.state.clock.advance(_LONGER_THAN_ANY_OPERATION)
    return answers


def made(exchanges: list[dict[str, Any]]) -> set[str]:
    """The clusters that these requests make."""
    return {e["path"] for e in exchanges if e["method"] == "PUT" and e["path"].rpartition("/")[0].endswith("/managedClusters")}


def make_what_is_taken_for_granted(site: ArmSite, capture: Path) -> None:
    """A capture that only changes a cluster is of a time when another one, beside it, had made it."""
    used = {e["path"].split("/agentPools")[0] for e in captured(capture) if "/agentPools/" in e["path"]}
    for other in sorted(capture.parent.glob("*.json")):
        if made(captured(other)) & (used - made(captured(capture))):
            replay(site, [exchange for exchange in captured(other) if exchange["method"] != "DELETE"])


@pytest.mark.parametrize("capture", _CAPTURES)
def test_captured_requests_are_answered_as_their_client_expects(tmp_path: Path, capture: Path) -> None:
    with serve(tmp_path, era="2021") as site:
        make_what_is_taken_for_granted(site, capture)
        answers = replay(site, captured(capture))
        assert answers == [(e["method"], e["path"], e["resp_status"]) for e in captured(capture)]
        assert answers
