# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three paths side by side in one cluster, each with the taint that Microsoft documents as the alternative, from the pool to the proof."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.chart import CHART, NAMESPACE
from tests.integration.playbooks.playbook import Workbench
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--speed", "240")
# https://learn.microsoft.com/azure/aks/best-practices-gpu
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
COMMON = {"gpu_node_taints": ["nvidia.com/gpu=present:NoSchedule"], "gpu_max_count": 1}
# Path → its pool, and what else a user sets.
PATHS: dict[str, dict[str, Any]] = {
    "manual_plugin": {"gpu_pool": "manual", "manual_plugin_pools": ["manual"]},
    "managed": {"gpu_pool": "managed"},
    "gpu_operator": {"gpu_pool": "operated", "gpu_operator_chart": str(CHART)},
}
STEPS = tuple(f"playbooks/{step}.yml" for step in ("pool", "plugin", "verify", "prove"))


@pytest.fixture(scope="module")
def bench(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A cluster in which each path has run, one after another."""
    made = Workbench(own_lab, tmp_path_factory.mktemp("mixed"), COMMON)
    made.succeed("playbooks/cluster.yml")
    for path, chosen in PATHS.items():
        made.succeed(*STEPS, gpu_path=path, **chosen)
    return made


def facts(bench: Workbench, **params: Any) -> dict[str, Any]:
    """What verify says."""
    result = run_task(FACTS, {"kubeconfig": str(bench.kubeconfig), **params})
    found: dict[str, Any] = result["ansible_facts"]["gpu_schedulable"]
    return found


@pytest.mark.parametrize("pool", [chosen["gpu_pool"] for chosen in PATHS.values()])
def test_tainted_pool_of_each_path_serves_its_gpu(bench: Workbench, pool: str) -> None:
    (node,) = bench.lab.get("nodes", "--selector", f"agentpool={pool}")["items"]
    assert TAINT in node["spec"]["taints"]
    found = facts(bench, pool=pool)
    assert (found["schedulable_gpus"], found["findings"]) == (1, [])


def test_paths_side_by_side_have_no_finding(bench: Workbench) -> None:
    found = facts(bench)
    assert (found["schedulable_gpus"], found["findings"]) == (3, [])
    owners = {pool: each["owners"] for pool, each in found["pools"].items() if pool in ("manual", "managed", "operated")}
    assert owners == {
        "manual": {"driver": [], "plugin": ["a DaemonSet"], "metrics": []},
        "managed": {"driver": ["AKS"], "plugin": ["AKS"], "metrics": ["AKS"]},
        "operated": {"driver": ["the GPU Operator"], "plugin": ["the GPU Operator"], "metrics": ["the GPU Operator"]},
    }
    for pool in ("", "operated"):
        operator = run_task(INFO, {"kubeconfig": str(bench.kubeconfig), "namespace": NAMESPACE, "pool": pool})["gpu_operator"]
        assert (operator["ready"], operator["findings"]) == (True, [])


@pytest.mark.parametrize("path", PATHS)
def test_second_run_of_each_path_changes_nothing(bench: Workbench, path: str) -> None:
    assert bench.succeed(*STEPS[:-1], "--diff", gpu_path=path, **PATHS[path]).counts["changed"] == 0
