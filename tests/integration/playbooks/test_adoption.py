# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools and device plugins that others have made are used as they are, as docs/migration.md says: nothing changes, and nothing is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chart import CHART, NAMESPACE, helm, install, uninstall
from tests.integration.playbooks.hosts_run import written
from tests.integration.playbooks.playbook import Workbench
from tests.integration.running_lab import REPOSITORY, RunningLab, cluster_path
from tests.sources import OURS

LAB_OPTIONS = ("--speed", "600")
PAGE = REPOSITORY / "docs" / "migration.md"
MADE = REPOSITORY / "tests" / "fixtures" / "pools_of_others"
ARTICLE = OURS.articles / "2021"
PRIVILEGED = [f"pod-security.kubernetes.io/{mode}=privileged" for mode in ("enforce", "audit", "warn")]
# The pool step begins with the preflight.
STEPS = ("playbooks/pool.yml", "playbooks/plugin.yml", "playbooks/verify.yml", "playbooks/report.yml")


@dataclass(frozen=True)
class Case:
    """A pool that somebody has made, and the variables with which the chain uses it as it is.

    serves: whether the plugin step has nothing to install, because the pool's nodes serve their GPUs themselves.
    """

    path: str
    variables: dict[str, Any] = field(default_factory=dict)
    serves: bool = False


PRESENT = "nvidia.com/gpu=present:NoSchedule"
CASES = {
    "terraform": Case("manual_plugin", {"gpu_vm_size": "Standard_NC8as_T4_v3", "gpu_max_count": 2}),
    "terraform_without_gpu_driver": Case(
        "manual_plugin", {"gpu_enable_auto_scaling": False, "gpu_node_count": 2, "gpu_node_taints": [PRESENT]}
    ),
    "az": Case("manual_plugin", {"gpu_vm_size": "Standard_NC16as_T4_v3"}),
    "az_managed": Case("managed", serves=True),
    "az_without_driver": Case("gpu_operator", {"gpu_enable_auto_scaling": False}),
    "bicep": Case("gpu_operator", {"gpu_enable_auto_scaling": False, "gpu_node_taints": [PRESENT]}),
}
# In these cases, the device plugin or the operator is there before the chain; in the others of the same paths, the chain installs it.
OF_THE_ARTICLE, BY_HAND = "az", "az_without_driver"


@pytest.fixture(scope="module")
def cluster(own_lab: RunningLab) -> RunningLab:
    """A cluster without a GPU pool, in a subscription that has the preview of managed pools, as the Azure CLI needs it.

    Each test leaves it as it was.
    """
    own_lab.arm("POST", "/_lab/features", {"Microsoft.ContainerService/ManagedGPUExperiencePreview": "Registered"})
    own_lab.create_cluster()
    return own_lab


@contextmanager
def pool_of_others(lab: RunningLab, name: str) -> Iterator[str]:
    """A pool by the request of this client; its name."""
    request = json.loads((MADE / f"{name}.json").read_text())
    path = f"{cluster_path()}/agentPools/{request['pool']}"
    answer = lab.arm("PUT", path, request["body"], version=request["api_version"])
    assert answer.status in (200, 201), answer
    lab.advance(1200)
    pool: str = request["pool"]
    lab.until(lambda: len(ready_nodes(lab, pool)) == request["body"]["properties"]["count"])
    try:
        yield pool
    finally:
        lab.delete_pool(pool)
        lab.until(lambda: not nodes(lab, pool))


def nodes(lab: RunningLab, pool: str) -> list[Any]:
    """The pool's nodes."""
    found: list[Any] = lab.get("nodes", "--selector", f"agentpool={pool}")["items"]
    return found


def ready_nodes(lab: RunningLab, pool: str) -> list[Any]:
    """The pool's nodes that are Ready."""
    return [node for node in nodes(lab, pool) if {"type": "Ready", "status": "True"}.items() <= {**_ready(node)}.items()]


def _ready(node: Any) -> dict[str, str]:
    return next((condition for condition in node["status"].get("conditions", ()) if condition["type"] == "Ready"), {})


def bench_of(lab: RunningLab, here: Path, pool: str, case: Case) -> Workbench:
    """The chain with the variables of a case."""
    chosen = {"gpu_path": case.path, "gpu_create_cluster": False, "gpu_pool": pool, "gpu_operator_chart": str(CHART)}
    return Workbench(lab, here, {**chosen, **case.variables})


def of_azure(lab: RunningLab, pool: str) -> Any:
    """The pool as Azure shows it."""
    return lab.arm("GET", f"{cluster_path()}/agentPools/{pool}").body


def steps_of(bench: Workbench) -> dict[str, bool]:
    """Step → whether the last run has changed anything."""
    return {step["step"]: step["changed"] for step in bench.report["steps"]}


def expect_kept(bench: Workbench, pool: str, **variables: Any) -> str:
    """The teardown keeps the pool; what it prints."""
    kept = bench.succeed("playbooks/teardown.yml", **variables).output
    assert f"node pool {pool}" in kept
    assert of_azure(bench.lab, pool)["properties"]["provisioningState"] == "Succeeded"
    return kept


@pytest.mark.parametrize("name", [name for name in CASES if name not in (OF_THE_ARTICLE, BY_HAND)])
def test_pool_of_others_is_used_as_it_is(cluster: RunningLab, here: Path, name: str) -> None:
    case = CASES[name]
    with pool_of_others(cluster, name) as pool:
        bench, before = bench_of(cluster, here, pool, case), of_azure(cluster, pool)
        bench.succeed("playbooks/cluster.yml", *STEPS)
        assert (steps_of(bench)["pool"], steps_of(bench)["plugin"]) == (False, not case.serves)
        assert bench.report["findings"] == []
        assert of_azure(cluster, pool) == before
        again = bench.succeed(*STEPS)
        assert (again.counts["changed"], bench.report["findings"]) == (0, [])
        expect_kept(bench, pool)


@pytest.mark.parametrize("name", CASES)
def test_variables_of_the_page_are_those_that_were_tried(name: str) -> None:
    case, text = CASES[name], PAGE.read_text()
    for variable, value in {"gpu_path": case.path, **case.variables}.items():
        assert f"{variable}: {json.dumps(value)}".replace('"', "") in text.replace('"', ""), f"docs/migration.md does not set {variable}"


@pytest.fixture
def plugin_of_the_article(cluster: RunningLab, here: Path) -> Iterator[None]:
    """The article's DaemonSet, which tolerates the taint of the pool."""
    manifest = here / "plugin.yaml"
    text = (ARTICLE / "nvidia-device-plugin-ds.yaml").read_text()
    manifest.write_text(text.replace("key: tenant", "key: sku").replace("value: vision", "value: gpu"))
    cluster.kubectl("create", "namespace", "gpu-operators")
    cluster.kubectl("apply", "--filename", str(manifest))
    yield
    cluster.kubectl("delete", "namespace", "gpu-operators")


@pytest.mark.usefixtures("plugin_of_the_article")
def test_device_plugin_of_the_article_stays_or_is_taken_over(cluster: RunningLab, here: Path) -> None:
    with pool_of_others(cluster, OF_THE_ARTICLE) as pool:
        bench, before = bench_of(cluster, here, pool, CASES[OF_THE_ARTICLE]), of_azure(cluster, pool)
        left = bench.succeed("playbooks/cluster.yml", "playbooks/pool.yml", "playbooks/verify.yml", "playbooks/report.yml")
        assert (left.counts["changed"], bench.report["findings"]) == (1, []), "the kubeconfig"
        taken = {"manual_plugin_namespace": "gpu-operators"}
        bench.succeed(*STEPS, **taken)
        assert (steps_of(bench)["pool"], steps_of(bench)["plugin"]) == (False, True)
        assert bench.report["findings"] == []
        again = bench.succeed(*STEPS, **taken)
        assert (again.counts["changed"], bench.report["findings"]) == (0, [])
        assert of_azure(cluster, pool) == before
        assert "DaemonSet gpu-operators/nvidia-device-plugin-daemonset" in expect_kept(bench, pool, **taken)


def test_pool_that_terraform_has_replaced_with_the_driver_of_aks_gets_no_second_one(cluster: RunningLab, here: Path) -> None:
    with pool_of_others(cluster, "terraform") as pool:
        bench = bench_of(cluster, here, pool, CASES[BY_HAND])
        before = written(cluster)
        assert bench.run("playbooks/preflight.yml", gpu_vm_size="Standard_NC8as_T4_v3").status == 2
        assert bench.report["error"]["code"] == "PathDoesNotFit"
        assert "gpu_operator with gpu_operator_driver: aks" in bench.report["error"]["remedy"]
        assert written(cluster) == before


@pytest.fixture
def release_by_hand(cluster: RunningLab, here: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Installs the operator with values as a person does."""

    def install_with(values: dict[str, Any]) -> None:
        cluster.kubectl("create", "namespace", NAMESPACE)
        cluster.kubectl("label", "namespace", NAMESPACE, *PRIVILEGED)
        install(cluster, values, here)

    yield install_with
    uninstall(cluster)
    cluster.kubectl("delete", "namespace", NAMESPACE)


def test_pool_and_release_that_was_installed_by_hand_stay_as_they_are(
    cluster: RunningLab, here: Path, release_by_hand: Callable[[dict[str, Any]], None]
) -> None:
    with pool_of_others(cluster, BY_HAND) as pool:
        bench, before = bench_of(cluster, here, pool, CASES[BY_HAND]), of_azure(cluster, pool)
        bench.succeed("playbooks/cluster.yml")
        shown = bench.succeed("playbooks/plugin.yml", "--check")
        assert shown.counts["changed"] > 0, "the step would install the operator"
        values, _end = json.JSONDecoder().raw_decode(shown.output, shown.output.index("{", shown.output.index('"wanted":')))
        release_by_hand(values)
        run = bench.succeed(*STEPS)
        assert (run.counts["changed"], bench.report["findings"]) == (0, [])
        assert of_azure(cluster, pool) == before
        assert f"Helm release {NAMESPACE}/{NAMESPACE}" in expect_kept(bench, pool)
        assert '"name":"gpu-operator"' in helm(cluster, "list", "--namespace", NAMESPACE, "--output", "json")
