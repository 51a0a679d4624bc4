# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that cannot end in its time is refused before it begins."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import ProofJob
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.conclusion import Plan
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.plan import require_time
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import proof_request

from ..builders import GPU, assert_explained
from ..proof_builders import NONCE
from ..tasks import task_parameters


def check(nodes: int, gpus: int, *, slices: int = 0, **params: Any) -> None:
    """Check the time for so many nodes with so many GPUs each, and beside them MIG slices."""
    names = [f"node{number}" for number in range(nodes)]
    jobs = [ProofJob(f"{name}-whole", name, GPU, gpus) for name in names]
    jobs += [ProofJob(f"{name}-slices", name, "nvidia.com/mig-1g.5gb", slices) for name in names if slices]
    require_time(proof_request(task_parameters(OPERATION, params), NONCE), Plan([], jobs))


@pytest.mark.parametrize(
    ("nodes", "gpus", "params", "least"),
    [
        (1, 8, {"level": "stress", "wait_timeout": 960}, "960 s"),  # one after the other
        (40, 8, {"level": "stress"}, "3840 s"),  # ten nodes at a time
        (1, 16, {"level": "stress", "timeout": 600}, "4800 s"),
        (3, 1, {"level": "stress", "timeout": 100, "parallel": 2, "wait_timeout": 70}, "75 s"),
    ],
)
def test_stress_test_that_cannot_end_in_time_is_refused(nodes: int, gpus: int, params: dict[str, Any], least: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check(nodes, gpus, **params)
    assert_explained(refused.value, "NotEnoughTime", "wait_timeout")
    assert least in refused.value.message


@pytest.mark.parametrize(
    ("nodes", "gpus", "params"),
    [
        (1, 8, {"level": "stress"}),
        (40, 8, {"level": "stress", "parallel": 40}),
        (40, 8, {"level": "stress", "require": "any"}),
        (40, 16, {"level": "smoke", "wait_timeout": 1}),  # ends when it has measured
        (0, 0, {"level": "stress", "wait_timeout": 1}),
    ],
)
def test_what_can_end_in_time_is_not(nodes: int, gpus: int, params: dict[str, Any]) -> None:
    check(nodes, gpus, **params)


def test_jobs_of_a_node_run_at_the_same_time() -> None:
    check(1, 8, slices=7, level="stress", wait_timeout=961)
    with pytest.raises(InvalidInputError):
        check(1, 7, slices=8, level="stress", wait_timeout=960)
