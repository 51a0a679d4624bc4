# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure at the end of a proof does not lose its result."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.load import Load
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import NodePlan, Offer
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import PROVEN, DeviceVerdict
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError, KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.conclusion import Conclusion, Plan, concluded, with_evidence
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import write_evidence
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import ProofRequest, proof_request

from ..builders import GPU, GPU_NODE
from ..proof_builders import NONCE, device, observed, proof_job, run_line, uuid
from ..tasks import task_parameters

PLAN = Plan([NodePlan(GPU_NODE, "gpunp", "Tesla T4", (), (Offer(GPU, 1, 1),))], [proof_job()])


def request() -> ProofRequest:
    return proof_request(task_parameters(OPERATION, {}), NONCE)


def later(error: GpuopsError | None, evidence_dir: Path | None = None) -> Conclusion:
    """The conclusion of a proof that has gone well until then."""
    asked = replace(request(), evidence_dir=str(evidence_dir) if evidence_dir else None)
    return with_evidence(asked, concluded(asked, PLAN, {proof_job().name: observed(device(), run_line())}, error, gone=(), load=Load()))


def test_proof_that_went_well_does_not_fail() -> None:
    later(None).require_success()


def test_every_later_failure_has_the_verdicts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    forbidden = KubernetesError("Deleting jobs: Forbidden", code="Forbidden", facts={"more": 1})
    for conclusion, code in (
        (later(forbidden), "Forbidden"),
        (later(None).failed_by(forbidden), "Forbidden"),
        (later(None, tmp_path / "file"), "UnwritableFile"),
    ):
        with pytest.raises(GpuopsError) as failed:
            conclusion.require_success()
        assert failed.value.code == code
        assert failed.value.facts["coverage"]["proven"] == 1
        assert [each["verdict"] for each in failed.value.facts["devices"]] == ["proven"]


def summary_of(conclusion: Conclusion) -> dict[str, Any]:
    return dict(json.loads(Path(conclusion.result["evidence"][-1]).read_text()))


def test_summary_says_how_the_task_has_ended(tmp_path: Path) -> None:
    good = summary_of(later(None, tmp_path))
    assert (good["failed"], good["error"], good["require"]) == (False, None, "free")
    bad = summary_of(later(KubernetesError("Deleting jobs: Forbidden", code="Forbidden", cause="RBAC.", remedy="Grant it."), tmp_path))
    assert bad["failed"]
    assert bad["error"] == {
        "code": "Forbidden", "message": "Deleting jobs: Forbidden", "cause": "RBAC.", "remedy": "Grant it.", "retriable": False,
    }  # fmt: skip
    assert [Path(name).is_file() for name in bad["evidence"]] == [True] * 3


def test_first_failure_is_the_one_that_is_told() -> None:
    first, second = (KubernetesError(code, code=code) for code in ("First", "Second"))
    assert later(first).failed_by(second).failure is first


def test_names_of_evidence_files_are_bounded(tmp_path: Path) -> None:
    names = [f"{'n' * 240}.{number}" for number in range(2)]
    devices = [DeviceVerdict(name, GPU, PROVEN, uuid=uuid(1)) for name in names]
    written = write_evidence(tmp_path, Coverage([], devices), later(None).result)
    assert len(set(written)) == 4
    assert max(len(Path(path).name) for path in written) < 200
