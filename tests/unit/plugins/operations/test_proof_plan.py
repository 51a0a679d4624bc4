# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that cannot end in its time is refused before it begins."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporters import Exporter
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import ProofJob, ProofSettings, job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.conclusion import Plan
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.load import with_load_seconds
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
    plan = Plan([], jobs)
    request = with_load_seconds(proof_request(task_parameters(OPERATION, params), NONCE), plan, ())
    require_time(request, plan)


@pytest.mark.parametrize(
    ("nodes", "gpus", "params", "least"),
    [
        (1, 8, {"level": "stress", "wait_timeout": 960}, "960 s"),  # one after the other
        (40, 8, {"level": "stress"}, "3840 s"),  # ten nodes at a time
        (1, 16, {"level": "stress", "timeout": 600}, "4800 s"),
        (3, 1, {"level": "stress", "timeout": 100, "parallel": 2, "wait_timeout": 70}, "75 s"),
        (1, 8, {"measure_load": True, "load_seconds": 1800}, "1800 s"),  # all at once
        (30, 1, {"measure_load": True, "load_seconds": 600}, "1800 s"),
        (1, 2, {"level": "stress", "measure_load": True, "load_seconds": 60, "wait_timeout": 300}, "300 s"),
    ],
)
def test_proof_that_cannot_end_in_time_is_refused(nodes: int, gpus: int, params: dict[str, Any], least: str) -> None:
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
        (40, 16, {"load_seconds": 3600, "wait_timeout": 1}),  # nobody measures the load
        (1, 16, {"measure_load": True, "load_seconds": 0, "wait_timeout": 1}),
        (0, 0, {"level": "stress", "wait_timeout": 1}),
    ],
)
def test_what_can_end_in_time_is_not(nodes: int, gpus: int, params: dict[str, Any]) -> None:
    check(nodes, gpus, **params)


def test_jobs_of_a_node_run_at_the_same_time() -> None:
    check(1, 8, slices=7, level="stress", wait_timeout=961)
    with pytest.raises(InvalidInputError):
        check(1, 7, slices=8, level="stress", wait_timeout=960)


@pytest.mark.parametrize(
    ("params", "seconds"),
    [
        ({}, 0),
        ({"measure_load": True}, 35),
        ({"measure_load": True, "load_seconds": 2}, 2),
        ({"measure_load": True, "level": "stress"}, 0),  # 120 s are load enough
        ({"measure_load": True, "level": "stress", "timeout": 20}, 35),
        ({"measure_load": True, "level": "stress", "load_seconds": 5}, 5),
    ],
)
def test_gpus_work_for_as_long_as_the_exporters_need(params: dict[str, Any], seconds: int) -> None:
    job = ProofJob("job", "node0", GPU, 1)
    settings = load_settings(job, params)
    (container,) = job_manifest(job, settings, "program")["spec"]["template"]["spec"]["containers"]
    assert settings.load_seconds == seconds
    assert container["args"][6:] == (["--load-seconds", str(seconds)] if seconds else [])


def test_gpus_do_not_work_where_no_exporter_would_show_it() -> None:
    assert load_settings(ProofJob("job", "node0", "nvidia.com/mig-1g.5gb", 7, sliced=True), {"measure_load": True}).load_seconds == 0
    assert load_settings(ProofJob("job", "node1", GPU, 1), {"measure_load": True}).load_seconds == 0


@pytest.mark.parametrize(("wait_timeout", "seconds"), [(36, 35), (35, 0)])
def test_load_that_nobody_asked_for_does_not_keep_gpus_from_being_proven(wait_timeout: int, seconds: int) -> None:
    settings = load_settings(ProofJob("job", "node0", GPU, 1), {"measure_load": True, "wait_timeout": wait_timeout})
    assert settings.load_seconds == seconds


def load_settings(job: ProofJob, params: dict[str, Any]) -> ProofSettings:
    """The settings of a run with one Job, where the exporter of node0 has answered."""
    request = proof_request(task_parameters(OPERATION, params), NONCE)
    return with_load_seconds(request, Plan([], [job]), [Exporter("node0", "pod x", "/metrics")]).settings
