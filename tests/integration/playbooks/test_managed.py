# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path managed, end to end: what AKS runs itself, what Azure may ask for, and what must not run beside it."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.lab.manifests import TOLERATION, apply, plugin
from tests.integration.playbooks.hosts_run import run_on_hosts
from tests.integration.playbooks.playbook import Workbench, azure_writes, kubernetes_writes
from tests.integration.running_lab import RunningLab, cluster_path

LAB_OPTIONS = ("--speed", "240")
FEATURE = "Microsoft.ContainerService/ManagedGPUExperiencePreview"
POOL = "agentPools/gpunp"
REMOVE = "kubectl delete daemonset nvidia-device-plugin-daemonset -n default"  # the remedy


@pytest.fixture(scope="module")
def empty(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """The path, in a lab without anything of ours."""
    return Workbench(own_lab, tmp_path_factory.mktemp("managed"), {"gpu_path": "managed", "gpu_metrics": "auto"})


@pytest.fixture
def bench(empty: Workbench) -> Workbench:
    """The feature is not registered, and Azure asks for it."""
    empty.lab.arm("POST", "/_lab/features", {FEATURE: "NotRegistered"})
    require_feature(empty.lab, required=True)
    return empty


@pytest.fixture
def with_cluster(bench: Workbench) -> Workbench:
    """The same, and the chain has created a cluster, which has no GPU pool."""
    if bench.lab.arm("GET", cluster_path()).status == HTTPStatus.NOT_FOUND:
        bench.succeed("playbooks/cluster.yml")
    return bench


def require_feature(lab: RunningLab, *, required: bool) -> None:
    """Whether Azure refuses a managed pool of a subscription without the feature."""
    assert lab.arm("POST", "/_lab/settings", {"managed_gpu_needs_feature": required}).status == 200


def feature(lab: RunningLab) -> str:
    """The state of the feature."""
    state: str = lab.arm("GET", "/_lab/state").body["features"][FEATURE]
    return state


def written(lab: RunningLab, since: int) -> list[str]:
    """What was asked to be changed in Azure since then, by the end of its path."""
    return [f"{one.split()[0]} {'/'.join(one.rsplit('/', 2)[-2:])}" for one in azure_writes(lab)[since:]]


def test_check_of_an_empty_subscription_predicts_and_writes_nothing(bench: Workbench) -> None:
    before = azure_writes(bench.lab), kubernetes_writes(bench.lab)
    run = bench.succeed("site.yml", "--check", "--diff")
    assert '"managementMode": "Managed"' in run.output
    assert (azure_writes(bench.lab), kubernetes_writes(bench.lab)) == before
    assert feature(bench.lab) == "NotRegistered"


# A host's name → the bounds that it has chosen. No two maxima are the same, because Ansible shows the same warning once.
FIXED: dict[str, dict[str, int]] = {"default": {}, "count": {"gpu_node_count": 2}}
SCALED = {"maximum": {"gpu_max_count": 3}, "both": {"gpu_min_count": 1, "gpu_max_count": 4}}
STRICT = {"gpu_preflight_fail_on": "warning"}


def test_bounds_that_do_not_ask_for_scaling_are_not_warned_of(bench: Workbench) -> None:
    strict = {f"{host}-strict": {**chosen, **STRICT} for host, chosen in FIXED.items()}
    accepted = run_on_hosts(bench, "playbooks/preflight.yml", {**FIXED, **strict})
    assert (accepted.run.status, accepted.errors) == (0, {})
    assert ("[WARNING]" in accepted.run.output, "gpu_max_count" in accepted.run.output) == (False, False)


def test_bounds_that_ask_for_scaling_are_answered_before_anything_is_made(bench: Workbench) -> None:
    warned = run_on_hosts(bench, "playbooks/preflight.yml", SCALED)
    assert (warned.run.status, warned.errors) == (0, {})
    warnings = [line for line in warned.run.output.splitlines() if line.startswith("[WARNING]") and "gpu_max_count" in line]
    assert sorted(re.findall(r"max_count: \d", " ".join(warnings))) == ["max_count: 3", "max_count: 4"]
    refused = run_on_hosts(bench, "playbooks/preflight.yml", {host: {**chosen, **STRICT} for host, chosen in SCALED.items()})
    assert {host: error["code"] for host, error in refused.errors.items()} == dict.fromkeys(SCALED, "BoundsIgnored")


def test_feature_that_azure_requires_is_registered_and_the_pool_requested_again(bench: Workbench) -> None:
    since = len(azure_writes(bench.lab))
    run = bench.succeed("site.yml")
    assert [one for one in written(bench.lab, since) if "PUT" not in one or POOL in one] == [
        f"PUT {POOL}", "POST ManagedGPUExperiencePreview/register", "POST Microsoft.ContainerService/register", f"PUT {POOL}",
    ]  # fmt: skip
    assert "Azure requires the feature ManagedGPUExperiencePreview" in run.output
    assert "[WARNING]" not in run.output
    report = bench.report
    assert (report["verdict"], report["path"], report["findings"]) == ("proven", "managed", [])
    assert report["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"
    assert min(bench.highest_load.values()) > 80, "the exporter shows the proof"
    assert {step["step"]: step["changed"] for step in report["steps"]}["register"], "the report tells of the registration"
    assert bench.lab.get("daemonsets", "--all-namespaces")["items"] == []
    again = bench.succeed("site.yml", "--diff")
    assert again.counts["changed"] == 0
    assert "Nothing was kept." in bench.succeed("playbooks/teardown.yml").output


def test_pool_that_azure_refuses_for_another_reason_registers_nothing(with_cluster: Workbench) -> None:
    lab = with_cluster.lab
    lab.arm("POST", "/_lab/faults", {"name": "vm-size-not-supported"})
    assert with_cluster.run("playbooks/pool.yml").status == 2
    assert (with_cluster.report["error"]["code"], feature(lab)) == ("VMSizeNotSupported", "NotRegistered")


def own_plugin() -> dict[str, Any]:
    """A device plugin that the user has installed, for all pools with the usual taint."""
    made = plugin(TOLERATION)
    made["metadata"]["name"] = "nvidia-device-plugin-daemonset"
    made["spec"]["template"]["spec"]["containers"][0]["image"] = "nvcr.io/nvidia/k8s-device-plugin:v0.18.0"
    return made


def test_daemonset_that_would_land_on_the_pool_is_refused_and_later_reported(with_cluster: Workbench) -> None:
    bench = with_cluster
    require_feature(bench.lab, required=False)
    apply(bench.lab, own_plugin())
    since = len(azure_writes(bench.lab))
    assert REMOVE in bench.run("playbooks/pool.yml", "--check").output
    assert bench.run("playbooks/pool.yml").status == 2
    assert bench.report["error"]["code"] == "PluginReachesPool"
    assert written(bench.lab, since) == []
    bench.lab.kubectl("delete", "daemonsets", "--all", "--all-namespaces")
    bench.succeed("playbooks/pool.yml")
    assert written(bench.lab, since) == [f"PUT {POOL}"], "what Azure does not ask for is not registered"
    pool = bench.lab.arm("GET", f"{cluster_path()}/{POOL}").body["properties"]
    assert pool["gpuProfile"] == {"driver": "Install", "nvidia": {"managementMode": "Managed"}}
    assert (pool["count"], pool["enableAutoScaling"]) == (1, False)
    apply(bench.lab, own_plugin())
    again = bench.succeed("playbooks/pool.yml", "playbooks/plugin.yml")
    assert again.counts["changed"] == 0
    assert REMOVE in again.output
    bench.lab.until(lambda: bench.lab.get("pods", "--all-namespaces", "--selector", "app=anything")["items"])
    bench.succeed("playbooks/verify.yml", "playbooks/report.yml")
    assert "PluginBesideNodesOwn" in {finding["code"] for finding in bench.report["findings"]}
    bench.lab.kubectl("delete", "daemonsets", "--all", "--all-namespaces")
    bench.lab.delete_pool("gpunp")
