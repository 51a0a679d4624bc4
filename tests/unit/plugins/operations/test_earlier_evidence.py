# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that does not reach its cluster leaves no evidence of the run before; check mode and a wrong option leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import write_evidence
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION

from ..tasks import real_run, task_parameters

# Port 1 (tcpmux) of loopback refuses connections.
HOST = "http://127.0.0.1:1"
TASK: dict[str, Any] = {"resource_group": "rg-ml", "cluster": "aks-dev", "pool": "gpunp", "wait_timeout": 1}


def evidence(directory: Path, **changes: Any) -> list[Path]:
    """The evidence of an earlier run."""
    selection = {"pool": "gpunp", "nodes": [], "node_selector": ""}
    ran = {"server": HOST, "resource_group": "rg-ml", "cluster": "aks-dev", "selection": selection, **changes}
    return [Path(name) for name in write_evidence(directory, Coverage([], []), ran)]


def failed(directory: Path, *, check: bool = False, **params: Any) -> str:
    """The code of a task that fails."""
    with pytest.raises(GpuopsError) as error:
        OPERATION.run(task_parameters(OPERATION, {**TASK, "evidence_dir": str(directory), **params}), real_run(check_mode=check))
    return error.value.code


@pytest.mark.parametrize(
    ("params", "code"),
    [({"host": HOST}, "ApiServerUnreachable"), ({"kubeconfig": "/nowhere/config"}, "MissingKubeconfig")],
    ids=["cluster that does not answer", "cluster whose kubeconfig is missing"],
)
def test_nothing_is_left_of_the_run_before(tmp_path: Path, params: dict[str, Any], code: str) -> None:
    own, others = evidence(tmp_path), evidence(tmp_path, cluster="aks-stage")
    assert failed(tmp_path, **params) == code
    assert not any(path.exists() for path in own)
    assert all(path.exists() for path in others)


@pytest.mark.parametrize("params", [{"check": True}, {"parallel": 0}, {"state": "absent"}], ids=["check mode", "wrong option", "absent"])
def test_run_that_is_not_a_proof_leaves_the_evidence(tmp_path: Path, params: dict[str, Any]) -> None:
    own = evidence(tmp_path)
    failed(tmp_path, host=HOST, **params)
    assert all(path.exists() for path in own)


@pytest.mark.parametrize("check", [True, False])
def test_what_obstructs_the_folder_is_named_before_the_cluster_is_asked(tmp_path: Path, *, check: bool) -> None:
    *_devices, junit, _summary = evidence(tmp_path)
    junit.unlink()
    junit.mkdir()
    assert failed(tmp_path, check=check, host=HOST) == "UnwritableFile"
