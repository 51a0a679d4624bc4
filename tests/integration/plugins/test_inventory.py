# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, through the real ansible-inventory and ansible-playbook, on several subscriptions of the simulated Azure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import SIZE, Azure, cluster_body, simulated_azure
from tests.integration.running_lab import REPOSITORY

FIRST = PRINCIPAL.subscription_id
SECOND = "44444444-4444-4444-4444-444444444444"
TAINT = "sku=gpu:NoSchedule"
GPU_POOL = {"name": "gpunp", "count": 2, "vmSize": SIZE, "mode": "User", "nodeTaints": [TAINT]}
OPERATOR_POOL = {**GPU_POOL, "name": "free", "gpuProfile": {"driver": "None"}}


@dataclass(frozen=True)
class Fleet:
    """The simulated Azure, and a place for the inventory's file."""

    azure: Azure
    here: Path

    def add(self, subscription: str, group: str, cluster: str, *pools: Any, **tags: str) -> None:
        """A cluster that somebody else has made, with its resource group."""
        client = self.azure.site.client(subscription=subscription)
        url = f"/subscriptions/{subscription}/resourcegroups/{group}?api-version=2024-11-01"
        assert client.send_request(HttpRequest("PUT", url, json={"location": "eastus"})).status_code in (200, 201)
        body = cluster_body()
        body["properties"]["agentPoolProfiles"] += pools
        client.managed_clusters.begin_create_or_update(group, cluster, {**body, "tags": tags}).result()

    def run(self, program: str, *arguments: str, options: Any = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs on the inventory."""
        source = self.here / "gpu.aks.yml"
        source.write_text(json.dumps({"plugin": "gpuops.aks.aks", **(options or {})}))
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ANSIBLE_"))}
        return subprocess.run(
            [str(Path(sys.executable).with_name(program)), "-i", str(source), *arguments],
            env={**own, **self.azure.environ, "ANSIBLE_NOCOLOR": "1", **environ},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    def listed(self, *, options: Any = None, **environ: str) -> Any:
        """What ansible-inventory --list prints, and nothing is said against it."""
        done = self.run("ansible-inventory", "--list", options=options, **environ)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    def hosts(self, **options: Any) -> set[str]:
        """The names of the hosts."""
        return set(self.listed(options=options)["_meta"]["hostvars"])

    def refusal(self, **options: Any) -> str:
        """What ansible-inventory says of an inventory that it must not take."""
        done = self.run("ansible-inventory", "--list", options=options, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr
        assert PRINCIPAL.secret not in done.stderr
        return " ".join(done.stderr.split())


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Two subscriptions and three clusters, two of which have the same name."""
    with simulated_azure(tmp_path) as azure:
        azure.site.state.add_subscription(SECOND, "second")
        made = Fleet(azure, tmp_path)
        made.add(FIRST, "rg-a", "gpu", GPU_POOL, environment="production")
        made.add(FIRST, "rg-b", "plain")
        made.add(SECOND, "rg-c", "gpu", OPERATOR_POOL)
        yield made


def test_host_has_what_the_chain_needs_and_the_facts_of_its_cluster(fleet: Fleet) -> None:
    host = fleet.listed()["_meta"]["hostvars"]["gpu.rg-a"]
    facts = host.pop("aks")
    assert host == {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "gpu_subscription": FIRST,
        "gpu_resource_group": "rg-a",
        "gpu_cluster": "gpu",
        "gpu_location": "eastus",
        "gpu_pool": "gpunp",
        "gpu_vm_size": SIZE,
        "gpu_node_count": 2,
        "gpu_enable_auto_scaling": False,
        "gpu_min_count": 2,
        "gpu_max_count": 2,
        "gpu_node_taints": [TAINT],
    }
    assert facts["subscription_id"] == FIRST
    assert (facts["power_state"], facts["tags"]) == ("Running", {"environment": "production"})
    assert (facts["gpu_sizes"], facts["gpu_models"], facts["driver_owners"]) == ([SIZE], ["Tesla T4"], ["aks"])


def test_names_that_clash_stay_apart(fleet: Fleet) -> None:
    assert fleet.hosts() == {"gpu.rg-a", "gpu.rg-c", "plain"}
    fleet.add(SECOND, "rg-a", "GPU")
    assert fleet.hosts() == {f"gpu.rg-a.{FIRST}", f"GPU.rg-a.{SECOND}", "gpu.rg-c", "plain"}


def test_groups_come_from_facts(fleet: Fleet) -> None:
    keys = {"region": "location", "gpu": "gpu_models", "size": "gpu_sizes", "path": "paths", "power": "power_state", "tag": "tags"}
    keyed = [{"prefix": prefix, "key": f"aks.{name}"} for prefix, name in keys.items()]
    groups = {"served_by_operator": "gpu_path | default('') == 'gpu_operator'"}
    done = fleet.run("ansible-inventory", "--graph", options={"keyed_groups": keyed, "groups": groups, "strict": False})
    assert (done.returncode, done.stderr) == (0, "")
    members: dict[str, set[str]] = {}
    group = ""
    for line in done.stdout.splitlines():
        name = line.lstrip(" |-")
        if name.startswith("@"):
            group = name.strip("@:")
        else:
            members.setdefault(group, set()).add(name)
    everyone = {"gpu.rg-a", "gpu.rg-c", "plain"}
    with_gpus = everyone - {"plain"}
    assert members == {
        "region_eastus": everyone,
        "power_Running": everyone,
        "gpu_Tesla_T4": with_gpus,
        f"size_{SIZE}": with_gpus,
        "path_gpu_operator": with_gpus,
        "path_manual_plugin": {"gpu.rg-a"},
        "served_by_operator": {"gpu.rg-c"},
        "tag_environment_production": {"gpu.rg-a"},
    }


def test_filters_compose_and_subscriptions_choose(fleet: Fleet) -> None:
    assert fleet.hosts(filters=["aks.gpu_pools | length > 0"]) == {"gpu.rg-a", "gpu.rg-c"}
    assert fleet.hosts(exclude_filters=["aks.tags.environment == 'production'"]) == {"gpu.rg-c", "plain"}
    assert fleet.hosts(subscriptions=["Second"]) == fleet.hosts(subscription_id=SECOND) == {"gpu"}
    host = fleet.listed(options={"compose": {"gpu_report": "'/var/' ~ aks.name", "gpu_pool": "'mine'"}})["_meta"]["hostvars"]["plain"]
    assert (host["gpu_report"], host["gpu_pool"]) == ("/var/plain", "mine")


def test_subscription_that_refuses_does_not_lose_the_others(fleet: Fleet) -> None:
    fleet.azure.site.state.subscriptions[SECOND].faults.arm("authorization-failed", times=None)
    done = fleet.run(
        "ansible-inventory", "--list", options={"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(fleet.here / "kept")}
    )
    assert set(json.loads(done.stdout)["_meta"]["hostvars"]) == {"gpu", "plain"}
    said = " ".join(done.stderr.split())
    assert f"The inventory lacks the clusters of subscription {SECOND}." in said
    assert "AuthorizationFailed" in said
    assert not list((fleet.here / "kept").iterdir())


def test_all_that_refuse_fail(fleet: Fleet) -> None:
    for state in fleet.azure.site.state.subscriptions.values():
        state.faults.arm("authorization-failed", times=None, path="**/managedClusters")
    assert "AuthorizationFailed" in fleet.refusal()


def test_pages_and_pauses_of_azure_are_obeyed(fleet: Fleet) -> None:
    for state in fleet.azure.site.state.subscriptions.values():
        state.page_size = 1
        state.faults.arm("throttled", times=2, values={"retry_after_s": "1"})
    with fleet.azure.requests() as sent:
        assert fleet.hosts() == {"gpu.rg-a", "gpu.rg-c", "plain"}
    statuses = [request.status for request in sent]
    assert statuses.count(429) == 4
    assert {request.method for request in sent if "/subscriptions" in request.path} == {"GET"}


def test_cache_has_the_facts_and_no_secret(fleet: Fleet) -> None:
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(fleet.here / "kept"), "secret": PRINCIPAL.secret}
    once = fleet.listed(options=options)
    with fleet.azure.requests() as sent:
        assert fleet.listed(options=options) == once
    assert not sent
    (kept,) = (fleet.here / "kept").iterdir()
    assert "rg-c" in kept.read_text()
    assert PRINCIPAL.secret not in kept.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"subscriptions": ["nowhere"]}, "does not see the subscription 'nowhere'"),
        ({"subscribtions": []}, "Unknown option 'subscribtions'"),
        ({"subscription_id": "mine"}, "not a subscription ID"),
        ({"filters": ["aks.nothing == 1"], "strict": True}, "The filter 'aks.nothing == 1' cannot be evaluated for the host"),
        ({"auth_source": "credential_file"}, "NoCredentialProfile"),
    ],
)
def test_wrong_options_are_refused(fleet: Fleet, options: Any, said: str) -> None:
    assert said in fleet.refusal(**options)


def test_refused_sign_in_is_said_without_what_libraries_log(fleet: Fleet) -> None:
    done = fleet.run("ansible-playbook", "gpuops.aks.verify", "-e", "gpu_hosts=all", AZURE_SECRET="wrong")
    assert "InvalidClientSecret" in done.stderr
    assert "get_token" not in done.stderr  # what azure-identity logs
    assert (done.returncode, "no hosts matched" in done.stdout) == (0, True)


def test_variable_that_the_documentation_names_makes_a_failure_fail(fleet: Fleet) -> None:
    refused = {"AZURE_SECRET": "wrong", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"}
    assert fleet.run("ansible-playbook", "gpuops.aks.verify", "-e", "gpu_hosts=all", **refused).returncode != 0


def test_stopped_cluster_is_said_to_be_stopped(fleet: Fleet) -> None:
    fleet.add(SECOND, "rg-s", "stopped", {**GPU_POOL, "enableAutoScaling": True, "minCount": 1, "maxCount": 2})
    fleet.azure.site.client(subscription=SECOND).managed_clusters.begin_stop("rg-s", "stopped").result()
    assert fleet.listed()["_meta"]["hostvars"]["stopped"]["aks"]["power_state"] == "Stopped"
    done = fleet.run("ansible-playbook", "gpuops.aks.preflight", "-e", "gpu_hosts=stopped")
    assert "ClusterStopped" in done.stdout
    assert "az aks start --resource-group rg-s --name stopped" in done.stdout


def test_no_subscription_needs_to_be_set(fleet: Fleet) -> None:
    assert fleet.listed(AZURE_SUBSCRIPTION_ID="")["all"]


def test_playbooks_leave_pools_as_they_are_in_every_subscription(fleet: Fleet) -> None:
    scaled = {**GPU_POOL, "vmSize": "Standard_NC24ads_A100_v4", "count": 1, "enableAutoScaling": True, "minCount": 1, "maxCount": 2}
    fleet.add(SECOND, "rg-a", "gpu", {**scaled, "nodeTaints": []})
    with fleet.azure.requests() as sent:
        done = fleet.run("ansible-playbook", "gpuops.aks.pool", "-e", "gpu_hosts=gpu.rg-a.*", AZURE_SUBSCRIPTION_ID=FIRST)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(" : ")[0].strip() for line in done.stdout.splitlines() if "changed=0" in line] == [
        f"gpu.rg-a.{FIRST}",
        f"gpu.rg-a.{SECOND}",
    ]
    assert sent.writes == []
    assert {request.path.split("/")[2] for request in sent if request.path.endswith("/agentPools/gpunp")} == {FIRST, SECOND}
