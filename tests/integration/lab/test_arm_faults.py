# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Microsoft's SDK makes of the simulator's failures; all of them are tested in tests/unit/lab/arm/faults/test_arm_faults.py.

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest
from azure.mgmt.containerservice import ContainerServiceClient

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, SimulatedSleep, send, serve
from tests.integration.lab.test_arm_clients import CLUSTER, pool
from tests.lab.__main__ import main
from tests.lab.config import Layout, Settings


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ArmSite]:
    """A simulator with a cluster `aks` in resource group `rg`."""
    with serve(tmp_path) as running:
        client = running.client()
        send(client, "PUT", "/resourcegroups/rg", body={"location": "eastus"})
        client.managed_clusters.begin_create_or_update("rg", "aks", CLUSTER).result()
        yield running


def create(site: ArmSite, **options: Any) -> Any:
    return site.client(**options).agent_pools.begin_create_or_update("rg", "aks", "gpunp", pool()).result()


def pools(site: ArmSite) -> list[str]:
    return list(site.state.aks.cluster("rg", "aks").pools)


def test_failed_operation_reaches_the_poller_and_the_pool(site: ArmSite) -> None:
    site.state.faults.arm("quota-exceeded")
    with pytest.raises(HttpResponseError, match="exceeding approved Standard NCASv3_T4 Family Cores quota"):
        create(site)
    found = site.client().agent_pools.get("rg", "aks", "gpunp")
    assert found.provisioning_state == "Failed"
    assert found.status.provisioning_error.code == "QuotaExceeded"
    assert found.status.provisioning_error.details[0].code == "OperationNotAllowed"


@pytest.mark.parametrize(("name", "made"), [("cut-before", False), ("cut-after", True)])
def test_cut_connection_is_an_error_without_retries(site: ArmSite, name: str, made: bool) -> None:
    site.state.faults.arm(name)
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        create(site, retry_total=0)
    assert ("gpunp" in pools(site)) is made
    last = json.loads(site.log.read_text().splitlines()[-1])
    assert (last["method"], last["status"]) == ("PUT", 499)


def test_sdk_retries_a_put_after_a_server_error(site: ArmSite) -> None:
    site.state.faults.arm("server-error", times=2, method="PUT")
    assert create(site).provisioning_state == "Succeeded"


def test_sdk_waits_for_the_retry_after_of_a_throttled_response(site: ArmSite) -> None:
    site.state.faults.arm("throttled", times=2, method="PUT", values={"retry_after_s": "7"})
    sleeps = SimulatedSleep(site.state.clock, ca=site.ca)
    create(site, transport=sleeps)
    assert sleeps.slept[:2] == [7, 7]


def test_slow_response_exceeds_the_clients_timeout(site: ArmSite) -> None:
    site.state.faults.arm("slow", values={"seconds": "1"})
    with pytest.raises(ServiceResponseTimeoutError):
        site.client(retry_total=0).agent_pools.get("rg", "aks", "nodepool1", read_timeout=0.1)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("token-expired", ClientAuthenticationError),
        ("wrong-tenant", ClientAuthenticationError),
        ("authorization-failed", HttpResponseError),
        ("subscription-not-found", ResourceNotFoundError),
    ],
)
def test_identities_that_may_not_get_errors_of_their_kind(site: ArmSite, name: str, error: type[AzureError]) -> None:
    site.state.faults.arm(name)
    with pytest.raises(error):
        site.client().agent_pools.get("rg", "aks", "nodepool1")


def test_sku_pages_are_followed_by_azures_links(site: ArmSite) -> None:
    site.state.page_size = 4
    client = site.client()
    url: str | None = (
        f"/subscriptions/{PRINCIPAL.subscription_id}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=location eq 'eastus'"
    )
    names: list[str] = []
    while url:
        page = client.send_request(HttpRequest("GET", url)).json()
        names += [sku["name"] for sku in page["value"]]
        url = page.get("nextLink")
    assert len(names) == len(set(names)) == len(site.state.compute.sizes())


def test_sdk_pager_follows_pools_to_the_empty_page(site: ArmSite) -> None:
    site.state.page_size = 1
    create(site)
    assert [found.name for found in site.client().agent_pools.list("rg", "aks")] == ["nodepool1", "gpunp"]
    requests = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert sum(entry["path"].endswith("/agentPools") for entry in requests) == 3


@pytest.fixture
def lab_directory(site: ArmSite, tmp_path: Path) -> Path:
    """What the lab's command line looks for in a lab's directory."""
    layout = Layout(tmp_path / "lab")
    layout.pki.mkdir(parents=True)
    layout.ca.write_bytes(Path(site.ca).read_bytes())
    settings = Settings.new(era="2026", speed=60)
    replace(settings, ports=replace(settings.ports, arm=int(site.url.rpartition(":")[2]))).save(layout)
    return layout.root


def test_the_command_line_arms_lists_and_clears(site: ArmSite, lab_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fault(*arguments: str) -> tuple[int, str]:
        status = main(["fault", "--dir", str(lab_directory), *arguments])
        output = capsys.readouterr()
        return status, output.out + output.err

    status, said = fault("throttled", "--times", "0", "--method", "get", "--path", "**/agentPools/*", "--set", "retry_after_s=9")
    assert (status, said) == (0, "Armed: throttled, until cleared, GET **/agentPools/*\n")
    (armed,) = site.state.faults.armed()
    assert (armed.times, armed.values["retry_after_s"]) == (None, "9")
    status, said = fault()
    assert "sku-not-available" in said
    assert said.endswith("armed: throttled, until cleared, GET **/agentPools/*\n")
    assert fault("--clear")[0] == 0
    assert site.state.faults.armed() == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nonsense"], "There is no fault 'nonsense'"),
        (["slow", "--set", "x"], "write NAME=VALUE"),
        (["--dir", "nowhere"], "There is no lab in"),
    ],
)
def test_command_line_reports_errors(lab_directory: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str) -> None:
    assert main(["fault", "--dir", str(lab_directory), *arguments]) == 1
    assert word in capsys.readouterr().err


def test_usages_are_read_through_the_aks_client(site: ArmSite) -> None:
    client: ContainerServiceClient = site.client()
    listed = send(client, "GET", "/providers/Microsoft.Compute/locations/eastus/usages").json()["value"]
    assert {"cores", "lowPriorityCores", "Standard NCASv3_T4 Family"} <= {entry["name"]["value"] for entry in listed}


def test_trickled_response_arrives_completely(site: ArmSite) -> None:
    site.state.faults.arm("trickle", values={"seconds": "0.0005"})
    assert site.client().managed_clusters.get("rg", "aks").provisioning_state == "Succeeded"


def test_missing_response_ends_with_the_clients_timeout(site: ArmSite) -> None:
    client = site.client(retry_total=0)
    site.state.faults.arm("no-answer")
    with pytest.raises(ServiceResponseTimeoutError):
        client.managed_clusters.get("rg", "aks", read_timeout=0.1)
    assert client.managed_clusters.get("rg", "aks").name == "aks"
