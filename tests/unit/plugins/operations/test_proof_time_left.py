# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier proof has left takes little of the next one's time, and a proof without time says so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import ProofJob
from ansible_collections.gpuops.aks.plugins.module_utils._errors import WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.cleanup import clearing_seconds
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.conclusion import Plan
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.plan import require_time_left
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import ProofRequest, proof_request

from ..builders import GPU, assert_explained
from ..proof_builders import NONCE
from ..tasks import task_parameters


def request(**params: Any) -> ProofRequest:
    return proof_request(task_parameters(OPERATION, params), NONCE)


@pytest.mark.parametrize(
    ("params", "seconds"),
    [
        ({"wait_timeout": 1800}, 60),
        ({"wait_timeout": 100}, 25),
        ({"wait_timeout": 100, "state": "absent"}, 60),
    ],
)
def test_waiting_for_what_is_left_leaves_the_time_to_the_proof(params: dict[str, Any], seconds: float) -> None:
    assert clearing_seconds(request(**params)) == seconds


ONE_GPU = Plan([], [ProofJob("node0-whole", "node0", GPU, 1)])


@pytest.mark.parametrize("params", [{}, {"require": "any"}, {"level": "stress", "timeout": 60}])
def test_proof_that_has_no_time_left_says_so(params: dict[str, Any]) -> None:
    with pytest.raises(WaitTimeoutError) as refused:
        require_time_left(request(wait_timeout=100, **params), ONE_GPU, 0.0)
    assert_explained(refused.value, "NotEnoughTime", "wait_timeout")
    assert "Of 100 s, 0 s are left" in refused.value.message


def test_proof_that_needs_more_than_is_left_is_refused() -> None:
    stress = request(wait_timeout=100, level="stress", timeout=120)  # 60 s a GPU
    with pytest.raises(WaitTimeoutError):
        require_time_left(stress, ONE_GPU, 59.0)
    require_time_left(stress, ONE_GPU, 61.0)


def test_no_job_needs_no_time() -> None:
    require_time_left(request(wait_timeout=100), Plan([], []), 0.0)
