# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a later step would refuse is refused before the first one, by the step's own rules and with the variable to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.steps import STEPS, step_refusals
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.step_options import step_options

from ..core.chain.test_rules import CHAIN
from ..operation_table import refusal_of

REPOSITORY = Path(__file__).parents[4]
MODULES = {
    "register": "aks_feature", "cluster": "aks_cluster", "pool": "aks_gpu_nodepool", "plugin": "nvidia_device_plugin",
    "verify": "gpu_schedulable_facts", "metrics": "dcgm_exporter", "workload": "mnist_job", "prove": "gpu_proof",
}  # fmt: skip
TIMES = [
    *(f"manual_plugin_{step}_timeout" for step in ("register", "pool", "plugin")),
    *("aks_cluster_timeout", "gpu_verify_timeout", "gpu_verify_fail_fast_after", "gpu_workload_timeout"),
    *("gpu_metrics_timeout", "gpu_prove_timeout", "gpu_prove_gpu_timeout"),
]
REFUSED: list[tuple[str, object, str]] = [
    *((name, value, "OutOfRange") for name in TIMES for value in (0, "0", -1)),
    *((name, "soon", "InvalidArguments") for name in TIMES),
    ("gpu_prove_load_seconds", -1, "OutOfRange"),
    ("gpu_metrics_namespace", "Bad_NS", "InvalidName"),
    ("gpu_metrics_pod_monitor", "sometimes", "InvalidArguments"),
    ("gpu_metrics_image", "", "InvalidName"),
    ("gpu_metrics_image_pull_secrets", "", "InvalidName"),
    ("gpu_prove_level", "smok", "InvalidArguments"),
    ("gpu_prove_require", "some", "InvalidArguments"),
    ("gpu_prove_parallel", "0", "OutOfRange"),
    ("gpu_prove_namespace", "Bad_NS", "InvalidName"),
    ("gpu_prove_image", "", "InvalidName"),
    ("gpu_prove_nodes", ["Bad_Name"], "InvalidName"),
    ("gpu_prove_image_pull_secrets", ["Bad_Name"], "InvalidName"),
    ("gpu_prove_node_selector", {"team": None}, "NotAString"),
    ("gpu_prove_evidence_dir", "/dev/null/x", "UnwritableFile"),
    ("gpu_workload_namespace", "Bad_NS", "InvalidName"),
    ("gpu_workload_name", "Bad_Name", "InvalidName"),
    ("gpu_workload_image", "", "InvalidName"),
    ("gpu_workload_gpus", "0.5", "InvalidGpuCount"),
    ("gpu_workload_min_accuracy", 90, "OutOfRange"),
    ("gpu_workload_resource_name", "cpu", "InvalidResourceName"),
    ("gpu_workload_log_path", "/dev/null/x", "UnwritableFile"),
]


def refusals(variables: dict[str, Any], *, local: bool = True, **modules: str) -> list[InvalidInputError]:
    steps = step_options(
        {**MODULES, **modules}, "manual_plugin", lambda names: {each: variables[each] for each in names if each in variables}, local=local
    )
    return list(step_refusals(steps, "manual_plugin"))


@pytest.mark.parametrize(("variable", "value", "code"), REFUSED)
def test_value_that_a_step_would_refuse_is_refused_with_its_variable(variable: str, value: object, code: str) -> None:
    (refused,) = refusals({variable: value})
    assert refused.code == code
    assert f" is {variable}" in refused.remedy


def test_each_step_has_a_refusal_of_its_own() -> None:
    assert len(refusals(dict.fromkeys(TIMES, 0))) == len(MODULES)


def test_values_that_work_and_those_that_are_not_set_are_accepted() -> None:
    assert refusals({}) == []
    assert refusals({"gpu_prove_parallel": "20", "gpu_prove_nodes": None, "gpu_prove_evidence_dir": "", "gpu_workload_gpus": "2.0"}) == []


def test_step_that_is_left_out_is_not_checked() -> None:
    assert refusals({"gpu_prove_parallel": 0}, prove="") == []


def test_path_on_another_machine_is_not_checked_here() -> None:
    assert refusals({"gpu_prove_evidence_dir": "/dev/null/x", "gpu_workload_log_path": "/dev/null/x"}, local=False) == []


def test_module_of_the_workload_is_checked() -> None:
    (unnamed,) = refusals({}, workload="gpu_job")
    assert "name is gpu_workload_name" in unnamed.remedy
    (unknown,) = refusals({}, workload="cuda_job")
    assert "gpu_workload_module" in unknown.remedy
    assert refusals({"gpu_workload_name": "mine", "gpu_workload_image": "mine:1"}, workload="gpu_job") == []


def test_the_role_has_every_step_checked() -> None:
    (task,) = yaml.safe_load((REPOSITORY / "roles" / "gpu" / "tasks" / "preflight.yml").read_text())
    steps = task["gpuops.aks.gpu_variables"]["steps"]
    assert {step: name for step, name in steps.items() if "{{" not in name} == {
        step: module for step, module in MODULES.items() if step not in ("metrics", "workload", "prove")
    }
    assert steps.keys() == MODULES.keys()
    assert {*MODULES.values(), "gpu_job"} == STEPS.keys()


@pytest.mark.parametrize(("taints", "said"), [(["skugpu"], "not of the form"), ("sku=gpu", "which is not a list")])
def test_taints_that_pool_and_plugin_take_are_refused_once(taints: object, said: str) -> None:
    variables = dict.fromkeys(("manual_plugin_node_taints", "gpu_node_taints"), taints)
    steps = step_options(MODULES, "manual_plugin", lambda names: {each: variables[each] for each in names if each in variables}, local=True)
    assert list(step_refusals(steps, "manual_plugin"))
    refusal = refusal_of(OPERATION, values={}, names=[], chain={**CHAIN, "node_taints": taints}, steps=steps)
    assert (refusal.code, refusal.message.count(said)) == ("InvalidTaint", 1)
