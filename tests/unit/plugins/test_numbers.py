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
    assert_explained(refusal, "OutOfRange", name, str(seconds), f"Set {name} to 1")
    assert {*re.findall(r"\b([a-z_]+): ", refusal.remedy)} <= OPERATIONS[module].arguments.keys()
    assert ("wait: false" in refusal.remedy) is (name == "wait_timeout" and "wait" in OPERATIONS[module].arguments)


@pytest.mark.parametrize("module", ["aks_gpu_nodepool", "gpu_preflight_info"])
@pytest.mark.parametrize(("name", "number"), [("count", -1), ("min_count", -1), ("max_count", -3), ("max_count", 0), ("count", 1001)])
def test_preflight_and_pool_reject_the_same_node_counts(module: str, name: str, number: int) -> None:
    refusal = refusal_of(OPERATIONS[module], vm_size="Standard_NC4as_T4_v3", location="eastus", **{name: number})
    assert_explained(refusal, "OutOfRange", f"{name} is {number}", "AKS accepts")
