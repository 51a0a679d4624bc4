# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that make no sense are refused before anything is called."""

from __future__ import annotations

import re

import pytest

from .builders import assert_explained
from .operation_table import NAMES, OPERATIONS, refusal_of

TIMES = [(module, name) for module in NAMES for name in ("wait_timeout", "poll_interval") if name in OPERATIONS[module].arguments]


def test_every_module_that_waits_is_covered() -> None:
    assert {module for module, _name in TIMES} == {name for name in NAMES if {"wait", "wait_timeout"} & OPERATIONS[name].arguments.keys()}


@pytest.mark.parametrize("seconds", [0, -5, 10**9, 10**400])
@pytest.mark.parametrize(("module", "name"), TIMES)
def test_zero_negative_or_endless_timeout_is_rejected(module: str, name: str, seconds: int) -> None:
    refusal = refusal_of(OPERATIONS[module], **{name: seconds})
    assert_explained(refusal, "OutOfRange", name, str(seconds), f"Set {name} to a value from 1 ")
    assert {*re.findall(r"\b([a-z_]+): ", refusal.remedy)} <= OPERATIONS[module].arguments.keys()
    assert ("wait: false" in refusal.remedy) is (name == "wait_timeout" and "wait" in OPERATIONS[module].arguments)


@pytest.mark.parametrize("module", ["aks_gpu_nodepool", "gpu_preflight_info"])
@pytest.mark.parametrize(("name", "number"), [("count", -1), ("min_count", -1), ("max_count", -3), ("max_count", 0), ("count", 1001)])
def test_preflight_and_pool_reject_the_same_node_counts(module: str, name: str, number: int) -> None:
    refusal = refusal_of(OPERATIONS[module], vm_size="Standard_NC4as_T4_v3", location="eastus", **{name: number})
    assert_explained(refusal, "OutOfRange", f"{name} is {number}", "AKS accepts")


# The other numbers of modules, apart from those that AKS bounds: the least that makes sense, and the most.
COUNTS = {
    "dcgm_exporter": {"min_ready_seconds": (0, 315360000)},
    "gpu_metrics_info": {"window": (0, 32 * 24 * 3600), "step": (0, 32 * 24 * 3600)},
    "gpu_operator_info": {"min_nodes": (0, 5000), "fail_fast_after": (1, 315360000)},
    "gpu_schedulable_facts": {"min_nodes": (0, 5000), "fail_fast_after": (1, 315360000)},
    "gpu_job": {"backoff_limit": (0, 2**31 - 1), "active_deadline": (0, 315360000), "min_accuracy": (0, 1)},
    "mnist_job": {"backoff_limit": (0, 2**31 - 1), "active_deadline": (0, 315360000), "min_accuracy": (0, 1)},
    "gpu_proof": {"parallel": (1, 1000), "timeout": (1, 864000), "load_seconds": (0, 864000)},
    "nvidia_device_plugin": {"min_ready_seconds": (0, 315360000)},
    "aks_cluster": {"node_count": (1, 1000)},
}
_ACCURACY = r"(?P<step>\d+) (?P<accuracy>[\d.]+)"
BOUNDED_BY_AKS = {"aks_gpu_nodepool", "gpu_preflight_info"}


def test_every_number_of_a_module_is_covered() -> None:
    numbers = {
        name: {option for option, spec in operation.arguments.items() if spec["type"] in ("int", "float")} - {"wait_timeout"}
        for name, operation in OPERATIONS.items()
        if name not in BOUNDED_BY_AKS
    }
    assert {name: options for name, options in numbers.items() if options} == {name: {*options} for name, options in COUNTS.items()}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, options in COUNTS.items() for name in options])
def test_senseless_number_is_rejected(module: str, name: str) -> None:
    low, high = COUNTS[module][name]
    job = {"name": "train", "image": "mine:1", "accuracy_pattern": _ACCURACY} if module.endswith("_job") else {}
    for number in (low - 1, high + 1):
        refusal = refusal_of(OPERATIONS[module], **{**job, name: number})
        assert_explained(refusal, "OutOfRange", f"{name} is {number}", f"Set {name} to a value from {low} to {high}.")


@pytest.mark.parametrize("name", ["allocatable", "schedulable"])
def test_senseless_number_of_gpus_is_rejected(name: str) -> None:
    wanted: dict[str, object] = {"allocatable": None, "schedulable": None, "nodes": [], name: -1}
    refusal = refusal_of(OPERATIONS["gpu_schedulable_facts"], wait_for=wanted)
    assert_explained(refusal, "OutOfRange", f"wait_for.{name} is -1")
