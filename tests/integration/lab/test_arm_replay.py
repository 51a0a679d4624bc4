# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the Azure CLI, azure.azcollection and the SDK were once seen to send, read in place beside the clone (not part of the project):
# each request must be answered with the status that let the client go on.

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, serve

CAPTURES = Path(__file__).parents[4] / "shared" / "oracle" / "client-requests"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captured requests are not beside this clone")

_CAPTURED_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_CUSTOM_HEADERS = {"usegpudedicatedvhd", "usegen2vm"}
_OF_ANOTHER_VERSION = {"kubernetesVersion", "orchestratorVersion", "maxPods"}  # captured against 1.33, which 2021 did not have
_LONGER_THAN_ANY_OPERATION = 400

CLI = "azure-cli-2.91.0-seed-sequence.json"
COLLECTION = "azcollection-3.12.0-aks-playbook.json"
SDK = "sdk-41.8.0-agentpool.json"


def captured(name: str) -> list[dict[str, Any]]:
    """The calls to Azure Resource Manager; polls are left out, their URLs are of another simulator."""
    exchanges = json.loads((CAPTURES / name).read_text())
    return [e for e in exchanges if e["path"].startswith("/subscriptions/") and "/operation" not in e["path"]]


def replayed(exchange: dict[str, Any]) -> HttpRequest:
    body = exchange["body"] or None
    if body is not None and "properties" in body:
        body = {**body, "properties": {key: value for key, value in body["properties"].items() if key not in _OF_ANOTHER_VERSION}}
    path = exchange["path"].replace(_CAPTURED_SUBSCRIPTION, PRINCIPAL.subscription_id)
    headers = {name: value for name, value in exchange["headers"].items() if name.lower() in _CUSTOM_HEADERS}
    return HttpRequest(exchange["method"], f"{path}?{exchange['query']}", json=body, headers=headers)


def run_the_cli_first(site: ArmSite) -> None:
    """What the capture of the SDK takes for granted: the feature, group and cluster of the CLI's."""
    client = site.client()
    for exchange in captured(CLI):
        if exchange["method"] != "DELETE":
            client.send_request(replayed(exchange))
            site.state.clock.advance(_LONGER_THAN_ANY_OPERATION)


@pytest.mark.parametrize("name", [CLI, COLLECTION, SDK])
def test_captured_requests_are_answered_as_their_client_expects(tmp_path: Path, name: str) -> None:
    with serve(tmp_path, era="2021") as site:
        if name == SDK:
            run_the_cli_first(site)
        client = site.client()
        answers = []
        for exchange in captured(name):
            response = client.send_request(replayed(exchange))
            answers.append((exchange["method"], exchange["path"], response.status_code))
            site.state.clock.advance(_LONGER_THAN_ANY_OPERATION)
        assert answers == [(e["method"], e["path"], e["resp_status"]) for e in captured(name)]
        assert answers
