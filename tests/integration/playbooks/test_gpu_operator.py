# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path gpu_operator, end to end, with the real Helm and the lab's stand-in for NVIDIA's chart and operator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO

from tests.integration.chart import CHART, NAMESPACE
from tests.integration.playbooks.playbook import Workbench, azure_writes, kubernetes_writes
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab, cluster_path, command

LAB_OPTIONS = ("--speed", "240")
POOL = "agentPools/gpunp"


@pytest.fixture
def bench(own_lab: RunningLab, here: Path) -> Workbench:
    """An empty lab."""
    return Workbench(own_lab, here, {"gpu_path": "gpu_operator", "gpu_operator_chart": str(CHART), "gpu_metrics": "auto"})


def written(lab: RunningLab) -> tuple[list[str], list[str]]:
    """What clients have asked to be changed so far, in Azure and in Kubernetes."""
    return azure_writes(lab), kubernetes_writes(lab)


def test_check_of_an_empty_subscription_shows_the_values_and_writes_nothing(bench: Workbench) -> None:
    before = written(bench.lab)
    run = bench.succeed("site.yml", "--check", "--diff", gpu_operator_values={"dcgmExporter": {"annotations": {"team": "vision"}}})
    assert '"gpuProfile": {\n+        "driver": "None"' in run.output
    assert '"RUNTIME_CONFIG_SOURCE"' in run.output
    assert '"team": "vision"' in run.output
    assert "containerd does not start again" in run.output, "the reason of a value"
    assert written(bench.lab) == before


@pytest.mark.parametrize(("driver", "taint"), [("operator", "sku=gpu:NoSchedule"), ("aks", "nvidia.com/gpu=present:NoSchedule")])
def test_whole_chain_is_proven_and_a_second_run_changes_nothing(bench: Workbench, driver: str, taint: str) -> None:
    chosen = {"gpu_operator_driver": driver, "gpu_node_taints": [taint]}
    bench.succeed("site.yml", **chosen)
    report = bench.report
    assert (report["verdict"], report["path"], report["findings"]) == ("proven", "gpu_operator", [])
    assert report["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"
    assert min(bench.highest_load.values()) > 80, "the exporter shows the proof"
    assert {step["step"]: step["changed"] for step in report["steps"]}["plugin"]
    profile = bench.lab.arm("GET", f"{cluster_path()}/{POOL}").body["properties"]["gpuProfile"]
    assert profile["driver"] == {"operator": "None", "aks": "Install"}[driver]
    namespace = bench.lab.get("namespace", NAMESPACE)["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    started = {row["step"]: row["started"] for row in report["timeline"]}["plugin"]
    assert started[:19] <= namespace["creationTimestamp"][:19], "the time of the step includes Helm's"
    again = bench.succeed("site.yml", "--diff", **chosen)
    assert again.counts["changed"] == 0
    assert "Nothing was kept." in bench.succeed("playbooks/teardown.yml", **chosen).output


PRUNE, CLEANUP = "gpu-operator-node-feature-discovery-prune", "gpu-operator-cleanup-gpucluster"


@pytest.fixture
def staying(bench: Workbench) -> Iterator[Workbench]:
    """A cluster that the chain has not created, so that the teardown must remove the operator by itself."""
    bench.lab.create_cluster()
    yield Workbench(bench.lab, bench.directory, {**bench.chosen, "gpu_create_cluster": False})
    command(bench.lab.dir, "fault", "--clear")
    bench.lab.delete_cluster()


@pytest.mark.parametrize(("hook", "fault"), [(PRUNE, "nfd-prune-hangs"), (CLEANUP, "chart-hook-hangs")], ids=["post-delete", "pre-delete"])
def test_job_of_the_chart_that_hangs_is_given_up_by_name(staying: Workbench, hook: str, fault: str) -> None:
    staying.succeed("playbooks/cluster.yml", "playbooks/pool.yml", "playbooks/plugin.yml")
    assert command(staying.lab.dir, "fault", fault, "--pool", "nodepool1").returncode == 0
    removed = staying.succeed("playbooks/teardown.yml", gpu_operator_helm_timeout=10)
    assert f"did not succeed within 10 seconds: {hook}. They are given up" in removed.output.replace("\n", " ")
    assert "may be left" not in removed.output
    assert re.search(r"Node aks-nodepool1-\S+: has labels of node feature discovery", removed.output)
    left = staying.lab.get("namespaces,customresourcedefinitions,clusterroles,nodes")["items"]
    names = [each["metadata"]["name"] for each in left]
    assert [name for name in names if "gpu-operator" in name or name.endswith(("nvidia.com", "nfd.k8s-sigs.io")) or "gpunp" in name] == []


def test_helm_that_cannot_work_is_named_before_anything_is_changed(bench: Workbench) -> None:
    before = written(bench.lab)
    assert bench.run("site.yml", gpu_operator_helm="/no/such/helm").status == 2
    assert bench.report["error"]["code"] == "HelmMissing"
    newer = bench.directory / "helm"
    newer.write_text("#!/bin/sh\necho v4.2.4\n")  # a stand-in: kubernetes.core 6.2, which is installed, is the real thing here
    newer.chmod(0o755)
    assert bench.run("site.yml", gpu_operator_helm=str(newer)).status == 2
    assert bench.report["error"]["code"] == "HelmTooNew"
    assert written(bench.lab) == before


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


def test_names_and_secure_boot_are_judged_before_anything_is_changed(bench: Workbench) -> None:
    before = written(bench.lab)
    for variable, name in {"gpu_operator_namespace": "Bad_NS", "gpu_operator_release": "Bad_REL"}.items():
        refused = bench.run("playbooks/preflight.yml", **{variable: name})
        assert refused.status == 2
        assert f"{variable} is '{name}'." in bench.report["error"]["message"]
    secured = bench.succeed("playbooks/preflight.yml", gpu_pool_options={"security_profile": {"enable_secure_boot": True}})
    assert "security_profile.enable_secure_boot: true" in secured.output
    assert written(bench.lab) == before


def test_pool_that_the_operator_cannot_serve_is_refused_by_preflight(bench: Workbench) -> None:
    before = written(bench.lab)
    assert bench.run("playbooks/preflight.yml", gpu_vm_size="Standard_NV36ads_A10_v5").status == 2
    assert bench.report["error"]["code"] == "LicensedDriver"
    azure_linux = bench.run("playbooks/preflight.yml", gpu_pool_options={"os_sku": "AzureLinux"})
    assert azure_linux.status == 2
    assert "NVIDIA has no driver image for Azure Linux" in azure_linux.output
    assert written(bench.lab) == before


def more_pool(bench: Workbench, name: str, driver: str) -> None:
    """Another pool of the cluster, with a node, which others have made. driver: what AKS installs, Install or None."""
    bench.lab.create_pool(name, vmSize="Standard_NC4as_T4_v3", gpuProfile={"driver": driver})
    bench.lab.until(lambda: bench.lab.get("nodes", "--selector", f"agentpool={name}")["items"])


def facts_of(bench: Workbench) -> dict[str, Any]:
    """What the last run's plugin step says of the operator."""
    result = run_task(INFO, {"kubeconfig": str(bench.kubeconfig), "namespace": NAMESPACE})
    found: dict[str, Any] = result["gpu_operator"]
    return found


def test_operator_serves_no_two_pools_with_different_owners_of_the_driver(staying: Workbench) -> None:
    lab = staying.lab
    staying.succeed("playbooks/cluster.yml", "playbooks/pool.yml", "playbooks/plugin.yml")
    more_pool(staying, "other", "Install")
    before = written(lab)
    taken_over = {"gpu_pool": "other", "gpu_operator_driver": "aks"}
    refused = staying.run("playbooks/plugin.yml", **taken_over)
    assert refused.status == 2
    assert staying.report["error"]["code"] == "OtherPoolsServed"
    assert "would also serve the nodes of gpunp" in refused.output
    assert "only serve pools with gpu_driver: Install" in refused.output.replace("\n", " ")
    for wrong in ({**taken_over, "gpu_operator_pools": {"gpunp": {}}}, {"gpu_operator_pools": {"other": {}}}):
        for playbook in ("playbooks/preflight.yml", "playbooks/plugin.yml"):
            assert staying.run(playbook, **wrong).status == 2
            assert staying.report["error"]["code"] == "PathDoesNotFit"
            assert "Remove " in staying.report["error"]["remedy"]
    assert written(lab) == before


def test_other_pools_of_the_operator_are_waited_for(staying: Workbench) -> None:
    staying.succeed("playbooks/cluster.yml", "playbooks/pool.yml", "playbooks/plugin.yml")
    more_pool(staying, "other", "None")
    served = {"gpu_operator_pools": {"other": {"vm_size": "Standard_NC4as_T4_v3"}, "later": {}}}
    staying.succeed("playbooks/preflight.yml", "playbooks/plugin.yml", **served)
    assert {node["pool"]: node["complete"] for node in facts_of(staying)["nodes"]} == {"gpunp": True, "other": True}
