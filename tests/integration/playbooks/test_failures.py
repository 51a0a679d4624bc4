# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user meets when something is wrong: the cause and the remedy in one paragraph, nothing half-made."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Run, Workbench, azure_writes
from tests.integration.running_lab import REPOSITORY, RunningLab, cluster_path

# A host's name → what it has chosen, and what it is told.
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "path": (
        {"gpu_path": "gpu_oprator"},
        "gpu_path is 'gpu_oprator'. It must be one of manual_plugin, managed, gpu_operator, dedicated_vhd. Did you mean gpu_operator?",
    ),
    "managed-first-pool": ({"gpu_path": "managed", "gpu_first_pool": True}, "Set gpu_first_pool: false"),
    "managed-without-driver": ({"gpu_path": "managed", "gpu_pool_options": {"gpu_driver": "None"}}, "gpu_driver"),
    "managed-autoscaler": ({"gpu_path": "managed", "gpu_pool_options": {"enable_auto_scaling": True}}, "enable_auto_scaling"),
    "operator-first-pool": ({"gpu_path": "gpu_operator", "gpu_first_pool": True}, "Set gpu_first_pool: false"),
    "operator-driver": ({"gpu_path": "gpu_operator", "gpu_pool_options": {"gpu_driver": "Install"}}, "gpu_driver"),
    "pool-name": ({"gpu_pool": "aksMigNode"}, "The node pool name 'aksMigNode' is not valid"),
    "taint": ({"gpu_node_taints": ["skugpu"]}, "key=value:Effect"),
    "misspelled-variable": ({"gpu_node_cout": 2}, "Did you mean gpu_node_count?"),
    "no-cluster-named": ({"gpu_cluster": ""}, "gpu_cluster is not set."),
    "null": ({"gpu_resource_group": None}, "gpu_resource_group is null."),
    "report-that-is-a-directory": ({"gpu_report": "/"}, "The report cannot be written to /."),
    "report-that-its-page-would-replace": ({"gpu_report": "~/gpu.html"}, "a path that does not end in .html"),
    "relative-report": ({"gpu_report": "rel/report.json"}, "gpu_report must be an absolute path"),
    "relative-evidence": ({"gpu_prove_evidence_dir": "rel/evidence"}, "gpu_prove_evidence_dir must be an absolute path"),
    "prove-parallel": ({"gpu_prove_parallel": 0}, "Set gpu_prove_parallel to a value from 1"),
    "prove-namespace": ({"gpu_prove_namespace": "Bad_NS"}, "namespace is gpu_prove_namespace"),
    "prove-evidence": ({"gpu_prove_evidence_dir": "/dev/null/x"}, "evidence_dir is gpu_prove_evidence_dir"),
    "workload-timeout": ({"gpu_workload_timeout": "{{ 1 - 1 }}"}, "gpu_workload_timeout is 0. It is a time in seconds."),
    "metrics-namespace": ({"gpu_metrics": "auto", "gpu_metrics_namespace": "Bad_NS"}, "namespace is gpu_metrics_namespace"),
    "metrics-choice": ({"gpu_metrics": "on"}, "It must be one of auto, off"),
    "verify-timeout": ({"gpu_verify_fail_fast_after": 0}, "Set gpu_verify_fail_fast_after to a value from 1"),
    "pool-timeout": ({"manual_plugin_pool_timeout": 0}, "Set manual_plugin_pool_timeout to a value from 1"),
    "word": ({"gpu_operator_driver": "nvidia"}, "gpu_operator_driver is 'nvidia'. It must be one of operator, aks."),
    "type": ({"gpu_operator_values": "a b"}, "gpu_operator_values is a string. It must be a dictionary."),
    "operator-values": (
        {"gpu_path": "gpu_operator", "gpu_operator_values": {"driver": {"enabled": False}}},
        "Remove driver.enabled from gpu_operator_values, or set gpu_operator_driver: aks",
    ),
    "helm-timeout": ({"gpu_path": "gpu_operator", "gpu_operator_helm_timeout": ""}, "gpu_operator_helm_timeout is ''."),
    "pool-option": ({"gpu_pool_options": {"os_disk_typ": "Managed"}}, "Did you mean os_disk_type?"),
    "no-node": ({"gpu_enable_auto_scaling": False, "gpu_node_count": 0}, "gpu_node_count is 0. Without the autoscaler"),
    "bounds": ({"gpu_min_count": 4}, "min_count (4) is greater than max_count (3)"),
}
FAMILY = "Standard NCASv3_T4 Family"


@pytest.fixture
def bench(own_lab: RunningLab, here: Path) -> Workbench:
    return Workbench(own_lab, here, {})


@pytest.fixture(scope="module")
def refused(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    """A run of all that is refused, a host each, and what it has asked Azure to change."""
    before = azure_writes(own_lab)
    bench = Workbench(own_lab, tmp_path_factory.mktemp("refused"), {})
    run = bench.run_on_hosts("site.yml", {host: chosen for host, (chosen, _said) in REFUSED.items()})
    return run, azure_writes(own_lab)[len(before) :]


@pytest.mark.parametrize("host", REFUSED)
def test_request_that_azure_would_refuse_is_refused_before_the_first_step(refused: tuple[Run, list[str]], host: str) -> None:
    run, writes = refused
    assert run.counts_of(host)["failed"] == 1
    assert any(REFUSED[host][1] in failure for failure in run.failures_of(host)), run.output
    assert "Traceback" not in run.output
    assert writes == []


def test_extra_variable_is_checked_too(bench: Workbench) -> None:
    before = azure_writes(bench.lab)
    run = bench.run("site.yml", gpu_node_cout=2)
    assert run.status != 0
    assert "Did you mean gpu_node_count?" in run.output
    assert azure_writes(bench.lab) == before


@pytest.mark.parametrize("command", [("playbooks/prove.yml",), ("site.yml", "--tags", "prove")], ids=" ".join)
@pytest.mark.parametrize("variable", ["gpu_prove_evidence_dir", "gpu_report"])
def test_relative_path_is_refused_by_a_step_alone_and_not_written(bench: Workbench, command: tuple[str, ...], variable: str) -> None:
    run = bench.run(*command, **{variable: "rel/x.json"})
    assert run.status != 0
    assert f"{variable} must be an absolute path or begin with ~ (got 'rel/x.json')." in run.output
    assert [path for path in (REPOSITORY / "rel", REPOSITORY / "playbooks" / "rel") if path.exists()] == []


def test_report_does_not_replace_a_named_pipe(bench: Workbench, here: Path) -> None:
    pipe = here / "pipe"
    os.mkfifo(pipe)
    run = bench.run("playbooks/report.yml", gpu_report=str(pipe))
    assert run.status != 0
    assert f"cannot be written to {pipe}" in run.output
    assert pipe.is_fifo()


@pytest.fixture
def without_quota(bench: Workbench) -> Iterator[Workbench]:
    """The subscription was never granted a GPU."""
    for limit in (0, 100_000):
        assert bench.lab.arm("POST", "/_lab/quotas", {"*": {FAMILY: limit}}).status == 200
        if limit == 0:
            yield bench


def test_pool_without_quota_is_refused_before_the_cluster_is_created(without_quota: Workbench) -> None:
    before = azure_writes(without_quota.lab)
    run = without_quota.run("site.yml")
    assert run.status != 0
    assert "0 of 0 used; 1 node of 4 vCPUs needs 4" in run.output
    assert "a limit of 16" in run.output
    assert "Traceback" not in run.output
    assert azure_writes(without_quota.lab) == before


@pytest.mark.parametrize(
    ("chosen", "said"),
    [({"gpu_preflight_fail_on": "never"}, "A limit of 0"), ({"gpu_preflight": False}, "skipping: [localhost]")],
)
def test_preflight_can_be_overridden(without_quota: Workbench, chosen: dict[str, object], said: str) -> None:
    assert said in without_quota.succeed("playbooks/preflight.yml", **chosen).output


def test_preflight_playbook_reports_what_azure_offers(bench: Workbench) -> None:
    before = azure_writes(bench.lab)
    said = bench.succeed("playbooks/preflight.yml", gpu_vm_size="Standard_NC24ads_A100_v4").output
    assert "1 GPU (NVIDIA A100 80GB PCIe) and 24 vCPUs" in said
    assert "needs 24 vCPUs now and at most 96" in said
    assert "StandardNCADSA100v4Family: 100000, cores:" in said
    assert azure_writes(bench.lab) == before


def test_wrong_secret_is_reported_and_not_shown(bench: Workbench) -> None:
    bench.lab.env["AZURE_SECRET"], right = "not-the-secret", bench.lab.env["AZURE_SECRET"]
    run = bench.run("site.yml")
    bench.lab.env["AZURE_SECRET"] = right
    assert run.status != 0
    assert "The service principal's secret is wrong." in run.output
    assert "not-the-secret" not in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("mode", "asked"), [((), True), (("--check",), True), (("--check",), False)], ids=["run", "check", "check without preflight"]
)
def test_run_without_a_cluster_fails_in_check_mode_too(bench: Workbench, mode: tuple[str, ...], asked: bool) -> None:
    before = azure_writes(bench.lab)
    run = bench.run("site.yml", *mode, gpu_create_cluster=False, gpu_preflight=asked)
    assert run.status != 0
    assert "he cluster myAKSCluster does not exist in the resource group myResourceGroup" in run.output
    assert "gpu_create_cluster: true" in run.output
    assert azure_writes(bench.lab) == before


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_rerun_resumes_after_a_run_killed_during_pool_creation(bench: Workbench, how: signal.Signals) -> None:
    bench.succeed("playbooks/cluster.yml")
    pool = f"{cluster_path()}/agentPools/gpunp"
    process = bench.start("playbooks/pool.yml")
    bench.lab.until(lambda: bench.lab.arm("GET", pool).body.get("properties", {}).get("provisioningState") == "Creating")
    bench.kill(process, how)
    puts = azure_writes(bench.lab).count(f"PUT /subscriptions/{bench.lab.settings.subscription_id}{pool}")
    bench.succeed("playbooks/pool.yml")
    assert bench.lab.arm("GET", pool).body["properties"]["provisioningState"] == "Succeeded"
    assert azure_writes(bench.lab).count(f"PUT /subscriptions/{bench.lab.settings.subscription_id}{pool}") == puts, "no second PUT"
    bench.lab.delete_pool("gpunp")


def test_missing_toleration_of_a_plugin_is_found_and_its_remedy_works(bench: Workbench) -> None:
    bench.succeed("playbooks/cluster.yml", "playbooks/pool.yml")
    plugin = bench.succeed("playbooks/plugin.yml", gpu_node_taints=[])
    assert "The device plugin does not serve aks-gpunp-" in plugin.output
    run = bench.run("playbooks/verify.yml", gpu_verify_timeout=3)
    assert run.status != 0
    assert "DaemonSet gpu-resources/nvidia-device-plugin-daemonset does not tolerate the taint sku=gpu:NoSchedule" in run.output
    assert (bench.report["verdict"], bench.report["error"]["step"]) == ("failed", "verify")
    assert [finding["code"] for finding in bench.report["findings"]] == ["PluginLacksToleration"]
    assert bench.report["error"]["code"] == "PluginLacksToleration"
    assert "node_taints: [&#x27;sku=gpu:NoSchedule&#x27;]" in (bench.directory / "report.html").read_text()
    assert "node_taints: ['sku=gpu:NoSchedule']" in run.output
    assert "Traceback" not in run.output
    bench.succeed("playbooks/plugin.yml", "playbooks/verify.yml", "playbooks/workload.yml")


def test_gpu_in_use_is_reported_while_the_workload_waits(bench: Workbench) -> None:
    # Of more than one node the autoscaler would bring the second GPU.
    bench.succeed("playbooks/cluster.yml", "playbooks/pool.yml", "playbooks/plugin.yml", gpu_max_count=1)
    holder = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "holder"},
        "spec": {
            "containers": [{"name": "holder", "image": "registry.k8s.io/pause:3.10", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
            "tolerations": [{"key": "sku", "operator": "Exists"}],
        },
    }  # fmt: skip
    manifest = bench.directory / "holder.json"
    manifest.write_text(json.dumps(holder))
    bench.lab.kubectl("apply", "--filename", str(manifest))
    bench.lab.kubectl("wait", "--for=condition=Ready", "pod/holder")
    verified = bench.succeed("playbooks/verify.yml")
    assert verified.counts["failed"] == 0, "GPUs that are taken are served all the same"
    run = bench.run("playbooks/workload.yml", gpu_workload_name="second", gpu_workload_timeout=8)
    assert run.status != 0
    assert "held by default/holder (1)" in run.output
    bench.lab.kubectl("delete", "pod/holder", "job/second")
