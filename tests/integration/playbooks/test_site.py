# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml from nothing to a proven workload, run twice, and back to nothing: the story that the collection is for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.integration.playbooks.playbook import ANSIBLE_PLAYBOOK, Run, Workbench, azure_writes, kubernetes_writes
from tests.integration.running_lab import REPOSITORY, RunningLab, cluster_path

LAB_OPTIONS = ("--speed", "240")
STEPS = ["register", "preflight", "cluster", "credentials", "pool", "plugin", "verify", "metrics", "workload", "prove"]


@pytest.fixture(scope="module")
def bench(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(own_lab, tmp_path_factory.mktemp("site"), {"gpu_metrics": "auto"})


@dataclass(frozen=True)
class Proof:
    """One run from nothing, and the reports that it left."""

    run: Run
    report: Mapping[str, Any]
    page: str


@pytest.fixture(scope="module")
def proof(bench: Workbench) -> Proof:
    """The chain has been run once."""
    run = bench.succeed("site.yml")
    return Proof(run, bench.report, (bench.directory / "report.html").read_text())


@pytest.fixture(scope="module")
def empty(bench: Workbench) -> Workbench:
    """A subscription without anything of ours: a new lab's, or one that the chain has left."""
    if bench.lab.arm("GET", cluster_path()).status != HTTPStatus.NOT_FOUND:
        bench.succeed("playbooks/teardown.yml")
    return bench


@pytest.fixture(scope="module")
def others(empty: Workbench) -> RunningLab:
    """A resource group and a cluster that somebody else has made."""
    empty.lab.create_cluster()
    return empty.lab


def changed(report: Mapping[str, Any]) -> dict[str, bool]:
    return {step["step"]: step["changed"] for step in report["steps"]}


def writes(bench: Workbench) -> tuple[list[str], list[str]]:
    """What was written so far, in Azure and in Kubernetes."""
    return azure_writes(bench.lab), kubernetes_writes(bench.lab)


def objects(bench: Workbench) -> dict[str, int]:
    """The generation of each object of ours in Kubernetes, by UID."""
    selector = "--selector=app.kubernetes.io/managed-by=gpuops.aks"
    found = bench.lab.get("namespaces,daemonsets,jobs,configmaps", "--all-namespaces", selector)["items"]
    return {each["metadata"]["uid"]: each["metadata"].get("generation", 0) for each in found}


def test_check_mode_of_an_empty_subscription_shows_all_and_writes_nothing(bench: Workbench) -> None:
    before = writes(bench)
    run = bench.succeed("site.yml", "--check", "--diff")
    assert writes(bench) == before
    for shown in (
        '"dnsPrefix": "myAKSCluster-myResourceGroup"',
        '"vmSize": "Standard_NC4as_T4_v3"',
        '"kind": "DaemonSet"',
        '"kind": "Job"',
    ):
        assert shown in run.output, f"the diff doesn't show {shown}"
    assert not bench.kubeconfig.exists()
    assert not (bench.directory / "report.json").exists()


def test_one_run_proves_a_gpu_workload(bench: Workbench, proof: Proof) -> None:
    report = proof.report
    assert proof.run.counts["skipped"] == 0
    assert "[WARNING]" not in proof.run.output
    assert [step["step"] for step in report["steps"]] == STEPS
    assert changed(report) == {
        "register": False, "preflight": False, "cluster": True, "credentials": True, "pool": True, "plugin": True, "verify": False,
        "metrics": True, "workload": True, "prove": False,
    }  # fmt: skip
    assert {key: report[key] for key in ("path", "cluster", "pool", "schedulable_gpus")} == {
        "path": "manual_plugin", "cluster": "myAKSCluster", "pool": "gpunp", "schedulable_gpus": 1,
    }  # fmt: skip
    (node,) = report["nodes"]
    assert node["name"].startswith("aks-gpunp-")
    assert {**node, "name": ""} == {"name": "", "vm_size": "Standard_NC4as_T4_v3", "capacity": 1, "allocatable": 1, "schedulable": True}
    job = report["job"]
    assert (job["name"], job["succeeded"], job["gpu_device"], job["steps"]) == ("samples-tf-mnist-demo", True, "Tesla T4", 490)
    assert 0.9 < job["final_accuracy"] < 1.0
    assert (report["verdict"], report["lab"], report["error"], report["findings"]) == ("proven", True, None, [])
    assert f"{job['name']} ran on Tesla T4, node {node['name']}" in report["summary"]
    assert report["summary"] in proof.page
    assert report["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"
    assert report["devices"][0]["uuid"] in proof.page
    assert bench.highest_load[report["devices"][0]["uuid"]] > 80, "the exporter shows the proof on the GPU that was proven"
    assert "Load during the proof" in proof.page
    assert report["server"].startswith("https://127.0.0.1:"), "the report names the API server that was proven"
    assert bench.kubeconfig.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("proof")
def test_objects_of_the_chain_are_marked(bench: Workbench) -> None:
    lab = bench.lab
    group = lab.arm("GET", "/resourcegroups/myResourceGroup").body
    cluster = lab.arm("GET", cluster_path()).body
    tags = [group["tags"], cluster["tags"], cluster["properties"]["agentPoolProfiles"][1]["tags"]]
    assert all("gpuops-aks-created" in found for found in tags), tags
    selector = "--selector=app.kubernetes.io/managed-by=gpuops.aks"
    marked = [lab.get(kind, "--all-namespaces", selector)["items"] for kind in ("namespaces", "daemonsets", "jobs")]
    assert [len(found) for found in marked] == [2, 2, 1]


@pytest.mark.usefixtures("proof")
def test_second_run_changes_and_skips_nothing(bench: Workbench) -> None:
    before = azure_writes(bench.lab), objects(bench)
    run = bench.succeed("site.yml", "--diff")
    assert (run.counts["changed"], run.counts["skipped"]) == (0, 0)
    assert (azure_writes(bench.lab), objects(bench)) == before, "the proof of the GPUs leaves nothing behind"
    assert set(changed(bench.report).values()) == {False}
    assert bench.report["job"]["succeeded"], "a second run proves the workload again, from its log"


@pytest.mark.usefixtures("proof")
def test_check_mode_of_a_finished_chain_has_nothing_to_change(bench: Workbench) -> None:
    assert bench.succeed("site.yml", "--check").counts["changed"] == 0


@pytest.mark.usefixtures("proof")
def test_steps_can_be_chosen_by_tag_and_started_at(bench: Workbench) -> None:
    run = bench.succeed("site.yml", "--tags", "plugin,verify", "--start-at-task", "Run the device plugin")
    ran = re.findall(r"^TASK \[gpuops.aks.(\w+) : (?!Validating|Refuse|Show)", run.output, re.MULTILINE)
    assert ran == ["manual_plugin", "gpu_verify"]


@pytest.mark.usefixtures("proof")
def test_steps_alone_say_what_they_found(bench: Workbench) -> None:
    assert "GPUs in gpunp: 1, in use: 0, schedulable: 1." in bench.succeed("playbooks/verify.yml").output
    assert "1 of 1 GPUs proven on 1 node" in bench.succeed("playbooks/prove.yml").output
    assert "GPUs in gpunp with metrics: 1 (DaemonSet gpu-metrics/dcgm-exporter-gpunp)." in bench.succeed("playbooks/metrics.yml").output


@pytest.mark.usefixtures("proof")
def test_collect_takes_the_kubeconfig_of_the_chain_and_gives_each_cluster_an_archive(bench: Workbench, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "gpuops-myResourceGroup-myAKSCluster.config").write_text(bench.kubeconfig.read_text())
    hosts = {name: {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} for name in ("one", "other")}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    cluster = {"gpu_resource_group": "myResourceGroup", "gpu_cluster": "myAKSCluster"}
    command = [str(ANSIBLE_PLAYBOOK), "playbooks/collect.yml", "--inventory", str(inventory), "--extra-vars"]
    for chosen, archives in (("one", {""}), ("all", {"", "-one", "-other"})):
        extra = json.dumps({**cluster, "gpu_hosts": chosen})
        subprocess.run([*command, extra], cwd=REPOSITORY, env={**bench.lab.env, "HOME": str(home)}, check=True)
        assert {each.name for each in home.glob("*.tar.gz")} == {f"gpuops-aks-collect{which}.tar.gz" for which in archives}


@pytest.mark.usefixtures("proof")
def test_collect_as_a_job_says_what_the_diagnosis_found(bench: Workbench, tmp_path: Path) -> None:
    archive = {"gpu_collect_dest": str(tmp_path / "archive.tar.gz")}
    assert "The diagnosis has no findings." in bench.succeed("playbooks/jobs/collect.yml", **archive).output
    (node,) = bench.lab.get("nodes", "--selector=kubernetes.azure.com/accelerator=nvidia")["items"]
    name = node["metadata"]["name"]
    bench.lab.kubectl("cordon", name)
    try:
        assert "NodeCordoned" in bench.succeed("playbooks/jobs/collect.yml", **archive).output
    finally:
        bench.lab.kubectl("uncordon", name)


@pytest.mark.usefixtures("proof")
def test_metrics_step_that_is_off_neither_changes_nor_skips_anything(bench: Workbench) -> None:
    run = bench.succeed("playbooks/metrics.yml", "playbooks/report.yml", gpu_metrics=False)  # as YAML reads off
    assert (run.counts["changed"], run.counts["skipped"], bench.report["steps"]) == (0, 0, [])


OWN_WORKLOAD = {
    "gpu_workload_module": "gpu_job",
    "gpu_workload_image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu",
    "gpu_workload_command": ["nvidia-smi"],
    "gpu_workload_device_pattern": r"\| +0 \| (Tesla \w+)",
    "gpu_workload_success_pattern": r"\| GPU \| Name",
}


@pytest.mark.usefixtures("proof")
def test_workload_step_runs_an_image_of_ones_own(bench: Workbench) -> None:
    steps = ("playbooks/workload.yml", "playbooks/report.yml")
    first, again = (bench.succeed(*steps, gpu_workload_name="smoke", **OWN_WORKLOAD) for _unused in range(2))
    assert (first.counts["changed"], again.counts["changed"], again.counts["skipped"]) == (1, 0, 0)
    job = bench.report["job"]
    assert (job["name"], job["succeeded"], job["gpu_device"], job["final_accuracy"]) == ("smoke", True, "Tesla T4", None)


@pytest.mark.usefixtures("proof")
def test_image_of_ones_own_needs_a_name(bench: Workbench) -> None:
    run = bench.run("playbooks/workload.yml", **OWN_WORKLOAD)
    assert run.status != 0
    assert "Set gpu_workload_name" in run.output


def test_proof_of_another_pool_does_not_prove_the_reports(bench: Workbench, proof: Proof) -> None:
    bench.succeed("playbooks/prove.yml", "playbooks/report.yml", gpu_pool="gpuother", gpu_prove_pool=proof.report["pool"])
    report = bench.report
    assert (report["pool"], report["coverage"]["proven"], report["verdict"]) == ("gpuother", 1, "not_proven")
    assert "gpuother" in report["summary"]


def test_report_without_steps_says_that_nothing_was_checked(bench: Workbench) -> None:
    assert "whether gpunp is proven is not known" in bench.succeed("playbooks/report.yml").output
    assert bench.report["verdict"] == "not_checked"


@pytest.mark.parametrize("name", ["site.yml", "playbooks/site.yml", "gpuops.aks.site"])
def test_plain_clone_works_without_installation(name: str) -> None:
    listed = subprocess.run([ANSIBLE_PLAYBOOK, name, "--list-tasks"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count("play #") == len(STEPS)


@pytest.mark.usefixtures("proof")
def test_teardown_removes_everything_and_reports_it(bench: Workbench) -> None:
    shown = bench.succeed("playbooks/teardown.yml", "--check")
    assert shown.counts["changed"] > 0
    assert bench.lab.get("jobs")["items"], "check mode has removed the job"
    run = bench.succeed("playbooks/teardown.yml")
    assert "Nothing was kept." in run.output
    assert bench.lab.arm("GET", "/resourcegroups/myResourceGroup").status == 404
    assert not bench.kubeconfig.exists()
    assert not bench.lab.get("nodes,pods,daemonsets,jobs", "--all-namespaces")["items"]
    left = {one["metadata"]["name"] for one in bench.lab.get("namespaces")["items"]}
    assert not left & {"gpu-resources", "gpu-metrics"}


def test_teardown_of_nothing_changes_nothing(empty: Workbench) -> None:
    run = empty.succeed("playbooks/teardown.yml")
    assert run.counts["changed"] == 0
    assert "Nothing was kept." in run.output


def test_teardown_leaves_what_was_there_before(others: RunningLab, here: Path) -> None:
    own = Workbench(others, here, {"gpu_create_cluster": False})
    own.succeed("playbooks/cluster.yml", "playbooks/pool.yml")
    others.arm("POST", "/_lab/faults", {"name": "delete-drain-blocked"})
    others.kubectl("create", "job", "mnist-mine", "--image", "example.com/none:1")
    others.kubectl("label", "job", "mnist-mine", "app.kubernetes.io/managed-by=gpuops.aks")
    run = own.succeed("playbooks/teardown.yml", gpu_teardown_ignore_pod_disruption_budget=True, gpu_workload_name="mnist-mine")
    assert "mnist-mine" not in others.kubectl("get", "jobs,pods")
    for left in ("cluster myAKSCluster: not made by this collection", "resource group myResourceGroup: not made by this collection"):
        assert left in run.output
    assert f"context myAKSCluster in the kubeconfig {own.kubeconfig}: the cluster myAKSCluster stays." in run.output
    pools = others.arm("GET", f"{cluster_path()}/agentPools").body["value"]
    assert [pool["name"] for pool in pools] == ["nodepool1"]


def test_teardown_goes_on_where_the_api_server_does_not_answer(others: RunningLab, here: Path) -> None:
    unbacked = f"{cluster_path().rpartition('/')[0]}/unbacked"  # the lab has one control plane, and that is the first cluster's
    first = {"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System"}
    body = {"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": {"dnsPrefix": "x", "agentPoolProfiles": [first]}}
    assert others.arm("PUT", unbacked, body).status == 201
    own = Workbench(others, here, {"gpu_create_cluster": False, "gpu_cluster": "unbacked"})
    own.succeed("playbooks/pool.yml")
    run = own.succeed("playbooks/teardown.yml")
    left = (
        "Job default/samples-tf-mnist-demo, Jobs of gpu_proof in namespace default, device plugin in namespace gpu-resources, "
        "exporter of pool gpunp in namespace gpu-metrics may be left:"
    )
    assert left in run.output
    assert "the API server https://" in run.output
    pools = others.arm("GET", f"{unbacked}/agentPools").body["value"]
    assert [pool["name"] for pool in pools] == ["nodepool1"], "the pool is what costs"
