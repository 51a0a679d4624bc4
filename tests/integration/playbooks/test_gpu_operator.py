# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path gpu_operator, end to end, with the real Helm and the lab's stand-in for NVIDIA's chart and operator.

In their order, the tests are those of an empty subscription, a chain with the driver of AKS from nothing to nothing, and those that share a
cluster that others have made, in which the chain with the operator's driver has run once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import CREATED_TAG
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO

from tests.integration.chart import CHART, NAMESPACE
from tests.integration.playbooks.hosts_run import HostsRun, run_on_hosts, written
from tests.integration.playbooks.playbook import Workbench
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab, cluster_path

LAB_OPTIONS = ("--speed", "240")
POOL = "agentPools/gpunp"


@pytest.fixture(scope="module")
def bench(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """The path, in a lab that is empty at first."""
    chosen = {"gpu_path": "gpu_operator", "gpu_operator_chart": str(CHART), "gpu_metrics": "auto"}
    return Workbench(own_lab, tmp_path_factory.mktemp("operator"), chosen)


def test_check_of_an_empty_subscription_shows_the_values_and_writes_nothing(bench: Workbench) -> None:
    before = written(bench.lab)
    run = bench.succeed("site.yml", "--check", "--diff", gpu_operator_values={"dcgmExporter": {"annotations": {"team": "vision"}}})
    assert '"gpuProfile": {\n+        "driver": "None"' in run.output
    assert '"RUNTIME_CONFIG_SOURCE"' in run.output
    assert '"team": "vision"' in run.output
    assert "containerd does not start again" in run.output, "the reason of a value"
    assert written(bench.lab) == before


def test_helm_that_cannot_work_is_named_before_anything_is_changed(bench: Workbench) -> None:
    newer = bench.directory / "helm"
    newer.write_text("#!/bin/sh\necho v4.2.4\n")  # a stand-in: kubernetes.core 6.2, which is installed, is the real thing here
    newer.chmod(0o755)
    programs = {"missing": "/no/such/helm", "newer": str(newer)}
    refused = run_on_hosts(bench, "site.yml", {host: {"gpu_operator_helm": path} for host, path in programs.items()})
    assert {host: error["code"] for host, error in refused.errors.items()} == {"missing": "HelmMissing", "newer": "HelmTooNew"}
    assert not refused.has_written


# A host's name → what it has chosen, and the code with which the preflight refuses it and a part of what it says.
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "namespace": ({"gpu_operator_namespace": "Bad_NS"}, "InvalidVariable", "gpu_operator_namespace is 'Bad_NS'."),
    "release": ({"gpu_operator_release": "Bad_REL"}, "InvalidVariable", "gpu_operator_release is 'Bad_REL'."),
    "licensed-driver": ({"gpu_vm_size": "Standard_NV36ads_A10_v5"}, "LicensedDriver", ""),
    "azure-linux": ({"gpu_pool_options": {"os_sku": "AzureLinux"}}, "SystemNotSupported", "NVIDIA has no driver image for Azure Linux"),
}
SECURED = {"gpu_pool_options": {"security_profile": {"enable_secure_boot": True}}}


@pytest.fixture(scope="module")
def preflight(bench: Workbench) -> HostsRun:
    """A preflight of all that is refused, and of a pool with Secure Boot."""
    refused = {host: chosen for host, (chosen, _code, _said) in REFUSED.items()}
    return run_on_hosts(bench, "playbooks/preflight.yml", {**refused, "secured": SECURED})


@pytest.mark.parametrize("host", REFUSED)
def test_names_and_pools_that_cannot_work_are_refused_by_preflight(preflight: HostsRun, host: str) -> None:
    _chosen, code, said = REFUSED[host]
    error = preflight.errors[host]
    assert error["code"] == code
    assert said in f"{error['message']} {error['cause']}"
    assert not preflight.has_written


def test_secure_boot_is_warned_of_by_preflight(preflight: HostsRun) -> None:
    assert preflight.run.counts_of("secured")["failed"] == 0
    assert "security_profile.enable_secure_boot: true" in preflight.run.output


def expect_proof(bench: Workbench, driver: str, again: str = "all") -> None:
    """The last run, the first of the chain, has proven the GPU of a pool with this driver; one more, with these tags, changes nothing."""
    report = bench.report
    assert (report["verdict"], report["path"], report["findings"]) == ("proven", "gpu_operator", [])
    assert report["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"
    assert min(bench.highest_load.values()) > 80, "the exporter shows the proof"
    assert {step["step"]: step["changed"] for step in report["steps"]}["plugin"]
    assert bench.lab.arm("GET", f"{cluster_path()}/{POOL}").body["properties"]["gpuProfile"]["driver"] == driver
    namespace = bench.lab.get("namespace", NAMESPACE)["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    started = {row["step"]: row["started"] for row in report["timeline"]}["plugin"]
    assert started[:19] <= namespace["creationTimestamp"][:19], "the time of the step includes Helm's"
    assert bench.succeed("site.yml", "--diff", "--tags", again).counts["changed"] == 0


def expect_given_up(bench: Workbench, hook: str, fault: str) -> None:
    """The teardown, in a cluster that stays, gives up a Job of the chart that hangs, and removes everything."""
    bench.lab.set_fault(fault, pool="nodepool1")
    try:
        removed = bench.succeed("playbooks/teardown.yml", gpu_operator_helm_timeout=10)
    finally:
        bench.lab.clear_faults()
    assert f"did not succeed within 10 seconds: {hook}. They are given up" in removed.output.replace("\n", " ")
    assert "may be left" not in removed.output
    assert re.search(r"Node aks-nodepool1-\S+: has labels of node feature discovery", removed.output)
    left = bench.lab.get("namespaces,customresourcedefinitions,clusterroles,nodes")["items"]
    names = [each["metadata"]["name"] for each in left]
    assert [name for name in names if "gpu-operator" in name or name.endswith(("nvidia.com", "nfd.k8s-sigs.io")) or "gpunp" in name] == []


@contextmanager
def without_tag(lab: RunningLab) -> Iterator[None]:
    """The cluster is not marked as created by the chain, so that the teardown keeps it, and must remove the operator by itself."""
    set_tags(lab, {})
    yield
    set_tags(lab, {CREATED_TAG: "true"})


def set_tags(lab: RunningLab, tags: dict[str, str]) -> None:
    """The cluster has these tags and no others."""
    assert lab.arm("PATCH", cluster_path(), {"tags": tags}).status == 200
    lab.advance(1200)


def test_whole_chain_with_the_driver_of_aks_from_nothing_to_nothing(bench: Workbench) -> None:
    chosen = {"gpu_operator_driver": "aks", "gpu_node_taints": ["nvidia.com/gpu=present:NoSchedule"]}
    own = Workbench(bench.lab, bench.directory, {**bench.chosen, **chosen})
    own.succeed("site.yml")
    # What comes after the plugin step does not depend on the driver when it runs again, and does so in the other chain.
    expect_proof(own, "Install", again="register,preflight,cluster,pool,plugin")
    with without_tag(own.lab):
        expect_given_up(own, "gpu-operator-node-feature-discovery-prune", "nfd-prune-hangs")
    assert "Nothing was kept." in own.succeed("playbooks/teardown.yml").output


@pytest.fixture(scope="module")
def staying(bench: Workbench) -> Workbench:
    """A cluster that others have made."""
    bench.lab.delete_cluster()
    bench.lab.create_cluster()
    return Workbench(bench.lab, bench.directory, {**bench.chosen, "gpu_create_cluster": False})


@pytest.fixture(scope="module")
def operated(staying: Workbench) -> Workbench:
    """The chain has run in it once, with the operator's driver."""
    staying.succeed("site.yml")
    return staying


def test_whole_chain_with_the_driver_of_the_operator_is_proven(operated: Workbench) -> None:
    expect_proof(operated, "None")


def test_environment_that_leads_helm_elsewhere_is_refused_before_anything_is_changed(
    staying: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(staying.lab.env, "HELM_DRIVER", "memory")
    monkeypatch.setitem(staying.lab.env, "HELM_KUBEAPISERVER", "https://other.example")
    before = written(staying.lab)
    for playbook in (("playbooks/preflight.yml", "--check"), ("playbooks/teardown.yml",)):
        refused = staying.run(*playbook)
        assert refused.status == 2
        assert "HELM_DRIVER is 'memory'" in refused.output
        assert "Unset HELM_KUBEAPISERVER" in refused.output
    assert written(staying.lab) == before


@contextmanager
def other_pool(lab: RunningLab, driver: str) -> Iterator[None]:
    """Another pool of the cluster, with a node, which others have made. driver: what AKS installs, Install or None."""
    lab.create_pool("other", vmSize="Standard_NC4as_T4_v3", gpuProfile={"driver": driver})
    lab.until(lambda: lab.get("nodes", "--selector", "agentpool=other")["items"])
    try:
        yield
    finally:
        lab.delete_pool("other")
        lab.until(lambda: not lab.get("nodes", "--selector", "agentpool=other")["items"])


def facts_of(bench: Workbench) -> dict[str, Any]:
    """What the last run's plugin step says of the operator."""
    result = run_task(INFO, {"kubeconfig": str(bench.kubeconfig), "namespace": NAMESPACE})
    found: dict[str, Any] = result["gpu_operator"]
    return found


def test_operator_serves_no_two_pools_with_different_owners_of_the_driver(operated: Workbench) -> None:
    taken_over: dict[str, Any] = {"gpu_pool": "other", "gpu_operator_driver": "aks"}
    wrong: dict[str, dict[str, Any]] = {
        "of-operator": {**taken_over, "gpu_operator_pools": {"gpunp": {}}},
        "of-aks": {"gpu_operator_pools": {"other": {}}},
    }
    with other_pool(operated.lab, "Install"):
        preflight = run_on_hosts(operated, "playbooks/preflight.yml", wrong)
        plugin = run_on_hosts(operated, "playbooks/plugin.yml", {**wrong, "taken-over": taken_over})
    assert plugin.errors["taken-over"]["code"] == "OtherPoolsServed"
    said = " ".join(plugin.run.failures_of("taken-over"))
    assert "would also serve the nodes of gpunp" in said
    assert "only serve pools with gpu_driver: Install" in said
    for host in wrong:
        for refused in (preflight, plugin):
            assert refused.errors[host]["code"] == "PathDoesNotFit"
            assert "Remove " in refused.errors[host]["remedy"]
    assert (preflight.has_written, plugin.has_written) == (False, False)


def test_other_pools_of_the_operator_are_waited_for(operated: Workbench) -> None:
    with other_pool(operated.lab, "None"):
        served = {"gpu_operator_pools": {"other": {"vm_size": "Standard_NC4as_T4_v3"}, "later": {}}}
        operated.succeed("playbooks/preflight.yml", "playbooks/plugin.yml", **served)
        assert {node["pool"]: node["complete"] for node in facts_of(operated)["nodes"]} == {"gpunp": True, "other": True}


def test_job_of_the_chart_that_hangs_before_the_removal_is_given_up_by_name(operated: Workbench) -> None:
    expect_given_up(operated, "gpu-operator-cleanup-gpucluster", "chart-hook-hangs")
